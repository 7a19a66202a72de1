"""What people do with a month: close it, correct where lines belonged, ask about a charge, set budgets."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import func, select

from console.accounts.models import Company
from console.core import acting, clock, permissions
from console.core.db import session
from console.core.errors import Conflict, NotFound
from console.core.permissions import Permission
from console.expenses import allocating, placements, queries, rules, sharing, taking_in
from console.expenses.models import Budget, Charge, Statement
from console.expenses.rules import Share
from console.expenses.states import QuestionState, StatementState
from console.expenses.talk import Question


def may_close(role: str) -> bool:
    return permissions.allows(role, Permission.STATEMENTS_CLOSE)


def close(role: str, user_id: int, period: str, version: int) -> Statement:
    """Agreed: from now on it is changed by a new version only. Raises Conflict when it is not the version shown."""
    permissions.check(role, Permission.STATEMENTS_CLOSE)
    statement = _shown(period, version)
    if statement.state == StatementState.CLOSED:
        return statement
    waiting = session.scalar(
        select(func.count(Question.id)).where(
            Question.period == period, Question.state != QuestionState.SETTLED
        )
    )
    if waiting:
        raise Conflict("E_STATEMENT_QUESTIONS", n=waiting)
    statement.state = StatementState.CLOSED
    statement.closed_at, statement.closed_by = clock.now(), user_id
    return statement


def correct_placement(
    role: str,
    lines: Sequence[int],
    first: date,
    last: date,
    department: str | None,
    cost_center: str | None,
    reason: str,
) -> list[Statement]:
    """These lines belonged elsewhere from `first` to `last`: the months concerned are restated; their new versions.

    Months that nobody has billed yet follow by themselves. A month whose draft is just being taken in is refused.
    """
    permissions.check(role, Permission.STATEMENTS_CLOSE)
    if not rules.may_be_corrected(first, last, clock.today()) or not lines or not (department or cost_center):
        raise Conflict("E_PLACEMENT")
    placements.remember()
    placements.correct(lines, first, last, department, cost_center)
    restated = []
    period = rules.period_of(first)
    while period <= rules.period_of(last):
        if queries.newest(period):
            restated.append(_restate(period, lines, reason))
        period = rules.months_before(period, -1)
    return restated


def share(role: str, source: str, since: str, parts: Sequence[Share], reason: str) -> list[Statement]:
    """From the month `since` on a source is borne so; without parts it is shared no more. The months that are restated.

    Raises Conflict: E_SHARES (no rule, or no month it may hold from), E_STATEMENT_BUSY.
    """
    permissions.check(role, Permission.STATEMENTS_CLOSE)
    if sharing.problem(source, parts) or not rules.may_be_shared_since(since, clock.today()):
        raise Conflict("E_SHARES")
    session.get_one(Company, acting.company(), with_for_update=True)  # two who press at once
    sharing.keep(source, since, parts)
    lines = sharing.lines_of(source) if source else []
    billed = sorted(one.period for one in queries.all_in_force() if one.period >= since)
    return [_restate(one, lines, reason, of_no_line=not source) for one in billed]


def _restate(period: str, lines: Sequence[int], reason: str, *, of_no_line: bool = False) -> Statement:
    newest = queries.newest(period)
    if newest and newest.state == StatementState.DRAFT:
        raise Conflict("E_STATEMENT_BUSY", period=period)
    draft = taking_in.begin(period, reason)
    allocating.allocate_anew(draft, lines, of_no_line=of_no_line)
    return taking_in.complete(draft)


def ask(role: str, user_id: int, charge_id: int, text: str) -> Question:
    """A question on a charge of the version in force."""
    permissions.check(role, Permission.STATEMENTS_READ)
    charge = session.get(Charge, charge_id)
    statement = queries.in_force(charge.period) if charge else None
    if charge is None or statement is None or charge.from_version > statement.version:
        raise NotFound  # what a draft has written may go again
    question = Question(
        period=charge.period, charge_id=charge.id, text=text, asked_by=user_id, asked_at=clock.now()
    )
    session.add(question)
    return question


def answer(role: str, user_id: int, question_id: int, text: str, *, dispute: bool = False) -> None:
    """Settled with an answer, or put to the operator with what is disputed."""
    permissions.check(role, Permission.STATEMENTS_CLOSE)
    question = session.get(Question, question_id)
    if question is None:
        raise NotFound
    question.state = QuestionState.DISPUTED if dispute else QuestionState.SETTLED
    question.answer, question.answered_by, question.answered_at = text, user_id, clock.now()


def set_budget(role: str, scope: str, key: str, since: str, amount_fen: int) -> None:
    """From the month `since` on; an amount of 0 takes the budget back."""
    permissions.check(role, Permission.BUDGETS_SET)
    session.get_one(Company, acting.company(), with_for_update=True)  # two who press at once
    found = session.scalars(
        select(Budget).where(Budget.scope == scope, Budget.key == key, Budget.since == since)
    ).one_or_none()
    if found:
        found.amount_fen = amount_fen
    else:
        session.add(Budget(scope=scope, key=key, since=since, amount_fen=amount_fen))


def _shown(period: str, version: int) -> Statement:
    statement = queries.in_force(period)
    if statement is None:
        raise NotFound
    if statement.version != version:
        raise Conflict("E_STATEMENT_RESTATED", period=period, version=statement.version)
    return statement
