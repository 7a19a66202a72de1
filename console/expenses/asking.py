"""Questions on charges and corrections of where lines belonged, as their pages show them."""

from collections.abc import Sequence
from typing import Any

from flask import request
from sqlalchemy import func, select

from console.accounts.models import User
from console.core import clock
from console.core.db import session
from console.core.errors import NotFound
from console.employees import queries as employees
from console.expenses import listing, placements, queries, rules
from console.expenses.models import Charge, Statement
from console.expenses.states import QuestionState
from console.expenses.talk import Question

Shown = dict[str, Any]
MOST_LINES = 500
"""So many lines are corrected at once; more are a case for the full roster."""


def version_asked_for(period: str) -> Statement | None:
    """The version that the address asks for, else the one in force. Raises NotFound for one that is not there."""
    wanted = request.args.get("version", type=int)
    if wanted is None:
        return queries.in_force(period)
    found = next((one for one in queries.versions(period) if one.version == wanted), None)
    if found is None:
        raise NotFound
    return found


def open_questions(period: str) -> int:
    wanted = select(func.count(Question.id)).where(
        Question.period == period, Question.state != QuestionState.SETTLED
    )
    return session.scalar(wanted) or 0


def on_charges(period: str) -> dict[int, str]:
    """Charge → the state of its latest question."""
    wanted = select(Question.charge_id, Question.state).where(Question.period == period).order_by(Question.id)
    return {charge: state for charge, state in session.execute(wanted)}


def month_of(charge_id: int) -> str:
    charge = session.get(Charge, charge_id)
    if charge is None:
        raise NotFound
    return charge.period


def period_of(question_id: int) -> str:
    question = session.get(Question, question_id)
    if question is None:
        raise NotFound
    return question.period


def shown(period: str) -> list[Shown]:
    """All questions of the month, open ones first."""
    wanted = (
        select(Question, Charge, User.name)
        .join(Charge, Charge.id == Question.charge_id)
        .join(User, User.id == Question.asked_by)
        .where(Question.period == period)
        .order_by(Question.state == QuestionState.SETTLED.value, Question.id.desc())
    )
    found = session.execute(wanted).all()
    telephones = listing.telephone_numbers(
        list({charge.line_id for _q, charge, _n in found if charge.line_id})
    )
    return [
        {
            "id": question.id,
            "state": question.state,
            "text": question.text,
            "answer": question.answer,
            "by": name,
            "when": question.asked_at,
            "charge": charge.name,
            "line": telephones.get(charge.line_id or 0),
            "sum": listing.bare(charge.amount_fen),
        }
        for question, charge, name in found
    ]


def correcting(lines: Sequence[int], form: dict[str, str]) -> Shown:
    """The form in which lines get another department or cost centre for a stretch of time, with what is known now."""
    chosen = list(lines)[:MOST_LINES]
    last_month = rules.months_before(rules.period_of(clock.today()), 1)
    histories = placements.of_lines(chosen)
    telephones = listing.telephone_numbers(chosen)
    people = listing.people(
        list(
            {
                one.place.employee_id
                for placed in histories.values()
                for one in placed
                if one.place.employee_id
            }
        )
    )
    return {
        "lines": [
            {
                "id": line,
                "number": telephones[line],
                "history": [
                    {
                        "since": one.since,
                        "who": people.get(one.place.employee_id or 0),
                        "department": one.place.department,
                        "cost_center": one.place.cost_center,
                    }
                    for one in histories.get(line, ())
                ],
            }
            for line in chosen
            if line in telephones
        ],
        "form": form
        | {
            "first": form["first"] or rules.first_day(last_month).isoformat(),
            "last": form["last"] or rules.last_day(last_month).isoformat(),
        },
        "departments": list(employees.departments()),
        "cost_centers": list(employees.cost_centers()),
    }
