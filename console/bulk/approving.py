"""What is done about approvals: asked for, reminded of, decided in whole or in part, taken back, expired."""

import hmac
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Select, and_, func, or_, select, update

from console.accounts.models import User
from console.bulk import approval_rules, costs, numbering, queries, rechecking, steering, steps
from console.bulk.approval_rules import Changed, Rule, Wish
from console.bulk.approvals import Approval, ApprovalRule, Deputy
from console.bulk.kind import KINDS
from console.bulk.models import Batch, BatchRow, Problem
from console.bulk.states import ApprovalState, BatchState, RowState
from console.core import acting, clock, permissions
from console.core.db import session
from console.core.errors import Conflict, NotAllowed
from console.core.permissions import Permission, Role
from console.notices import actions as notices

LIFE = timedelta(days=7)
REMIND_AFTER = timedelta(hours=1)
"""So long after the last time somebody may press for it."""
REMIND_EVERY = timedelta(days=1)
"""So often the console reminds by itself."""


@dataclass(frozen=True)
class Decided:
    """What came of a decision: rows that go on, rows that went back, or what had changed since the maker confirmed."""

    taken: int = 0
    returned: int = 0
    changed: tuple[Changed, ...] = ()


def rule_for(batch: Batch) -> Rule | None:
    """The rule that wants a second person for the ready rows of this batch."""
    rules = [
        Rule(
            one.id,
            one.kind,
            one.least_rows,
            one.least_monthly_fen,
            one.least_once_fen,
            one.cost_center,
            one.department,
        )
        for one in session.scalars(select(ApprovalRule).order_by(ApprovalRule.id))
    ]
    if not rules:
        return None
    total = costs.total(batch.id)
    whose = costs.whose(batch.id)
    once = total.once + total.penalty
    return approval_rules.needed(rules, Wish(batch.kind, total.rows, total.monthly, once, *whose))


def ask(batch: Batch, user_id: int, rule: Rule, run_on: date | None) -> None:
    """The maker has confirmed; the rows stay as they are until a second person decides."""
    total, now = costs.total(batch.id), clock.now()
    batch.state = BatchState.APPROVING
    batch.confirmed_at, batch.confirmed_by, batch.run_on = now, user_id, run_on
    session.add(
        Approval(
            batch_id=batch.id, rule_id=rule.id, agreed=_as_it_stands(batch.id), rows=total.rows,
            monthly_fen=total.monthly, once_fen=total.once + total.penalty, run_on=run_on, asked_by=user_id,
            asked_at=now, expires_at=now + LIFE,
        )
    )  # fmt: skip
    _tell_deciders(batch, user_id, total.rows)


def remind(role: str, user_id: int, batch_id: int) -> None:
    """Raises Conflict E_REMINDED when that was done within the hour."""
    permissions.check(role, Permission.BATCHES_CONFIRM)
    batch, approval = _open(batch_id)
    last = approval.reminded_at or approval.asked_at
    if clock.now() - last < REMIND_AFTER:
        raise Conflict("E_REMINDED")
    approval.reminded_at = clock.now()
    _tell_deciders(batch, user_id, approval.rows)


def take_back(role: str, batch_id: int) -> None:
    """The maker thinks better of it: the rows can be mended and confirmed anew."""
    permissions.check(role, Permission.BATCHES_CONFIRM)
    batch, approval = _open(batch_id)
    permissions.check(role, KINDS[batch.kind].permission)
    with acting.on_batch(batch.id):
        approval.state, approval.decided_at = ApprovalState.TAKEN_BACK, clock.now()
        _give_back(batch)


def decide(
    role: str, user_id: int, batch_id: int, shown: str, returned: set[int], reason: str
) -> Decided | None:
    """Rows that are `returned` live on as a batch of their own with the reason, the others go on; None when the page
    shows something older.

    When rows or prices are not what the maker confirmed, nothing is carried out and the batch goes back with the
    difference. Raises NotAllowed, Conflict E_OWN_BATCH, E_REASON, WrongState.
    """
    if not may_decide(role, user_id):
        raise NotAllowed(permission=Permission.BATCHES_APPROVE.value)
    batch, approval = _open(batch_id)
    if approval.asked_by == user_id:
        raise Conflict("E_OWN_BATCH")
    if returned and not reason.strip():
        raise Conflict("E_REASON")
    with acting.on_batch(batch.id):
        if batch.priced_on != clock.today():
            rechecking.price_again(batch)
        now = _as_it_stands(batch.id)
        if different := approval_rules.changed(approval.agreed, now):
            _close(approval, ApprovalState.RETURNED, user_id, "")
            _give_back(batch)
            notices.tell(approval.asked_by, "APPROVAL_CHANGED", batch.id, title=batch.title, n=len(different))
            return Decided(changed=tuple(different))
        if not hmac.compare_digest(shown.encode(), queries.shown(batch.id).encode()):
            return None
        back = returned & {int(id_) for id_ in now}
        if len(back) == len(now):
            _close(approval, ApprovalState.RETURNED, user_id, reason)
            _give_back(batch)
        else:
            _close(approval, ApprovalState.APPROVED, user_id, reason)
            if back:
                _part(batch, back)
            _go_on(batch)
        code = "APPROVAL_RETURNED" if back else "APPROVAL_GIVEN"
        notices.tell(
            approval.asked_by, code, batch.id, title=batch.title, n=len(back), ok=len(now) - len(back), reason=reason
        )  # fmt: skip
        return Decided(len(now) - len(back), len(back))


def _go_on(batch: Batch) -> None:
    session.execute(
        update(BatchRow)
        .where(BatchRow.batch_id == batch.id, BatchRow.state == RowState.READY)
        .values(state=RowState.CONFIRMED.value)
        .execution_options(synchronize_session=False)
    )
    steps.close(batch.id)
    batch.layout = None
    if batch.run_on and batch.run_on > clock.today():
        batch.state = BatchState.SCHEDULED
    else:
        steering.start(batch)


def _part(batch: Batch, row_ids: set[int]) -> Batch:
    """The returned rows as a batch of their own, with their problems, ready to be mended and confirmed anew."""
    now = clock.now()
    child = Batch(
        number=numbering.next_number(), kind=batch.kind, title=batch.title, file_id=batch.file_id, defaults=batch.defaults,
        headings=batch.headings, unused=batch.unused, notes=batch.notes, state=BatchState.CHECKED.value,
        rows_total=len(row_ids), columns_total=batch.columns_total, priced_on=batch.priced_on, parent_id=batch.id,
        submitted_by=batch.submitted_by, created_at=now, checked_at=now, expires_at=now + LIFE,
    )  # fmt: skip
    session.add(child)
    batch.rows_total = max(0, (batch.rows_total or 0) - len(row_ids))
    session.flush()
    for table, column in ((BatchRow, BatchRow.id), (Problem, Problem.row_id)):
        session.execute(
            update(table)
            .where(column.in_(row_ids), table.batch_id == batch.id)
            .values(batch_id=child.id)
            .execution_options(synchronize_session=False)
        )
    return child


def _as_it_stands(batch_id: int) -> dict[str, list[Any]]:
    wanted = (
        select(
            BatchRow.id, BatchRow.revision, BatchRow.price_key, BatchRow.monthly_fen, BatchRow.once_fen,
            BatchRow.penalty_fen,
        )
        .where(BatchRow.batch_id == batch_id, BatchRow.state == RowState.READY)
        .order_by(BatchRow.id)
    )  # fmt: skip
    return {str(id_): list(values) for id_, *values in session.execute(wanted)}


def _open(batch_id: int) -> tuple[Batch, Approval]:
    """Both locked. Raises Conflict E_DECIDED when nothing is asked any more."""
    batch = session.get_one(Batch, batch_id, with_for_update=True)
    wanted = select(Approval).where(Approval.batch_id == batch.id, Approval.state == ApprovalState.ASKED)
    approval = session.scalars(wanted.with_for_update()).first()
    if approval is None or batch.state != BatchState.APPROVING:
        raise Conflict("E_DECIDED")
    return batch, approval


def _close(approval: Approval, state: ApprovalState, user_id: int, reason: str) -> None:
    approval.state, approval.decided_by, approval.decided_at = state, user_id, clock.now()
    approval.reason = reason.strip()[:200] or None


def _give_back(batch: Batch) -> None:
    """To where it was: what had been carried out before stays so."""
    batch.state = BatchState.FINISHED if queries.tally(batch.id).total else BatchState.CHECKED
    batch.run_on = None
    batch.expires_at = max(batch.expires_at, clock.now() + timedelta(days=1))


def expire_old() -> None:
    """Nobody has decided for seven days: the maker is told, and may ask again."""
    now = clock.now()
    old = select(Approval.batch_id).where(Approval.state == ApprovalState.ASKED, Approval.expires_at < now)
    for batch_id in list(session.scalars(old.order_by(Approval.batch_id))):
        try:
            # Batch first, then approval: the order in which whoever decides takes them.
            batch, approval = _open(batch_id)
        except Conflict:
            continue  # decided meanwhile
        with acting.on_batch(batch_id):
            approval.state, approval.decided_at = ApprovalState.EXPIRED, now
            _give_back(batch)
            notices.tell(approval.asked_by, "APPROVAL_EXPIRED", batch_id, title=batch.title)


def remind_all() -> None:
    """Whoever decides is reminded once a day of what still waits."""
    for batch_id in list(session.scalars(select(Approval.batch_id).where(_forgotten(clock.now())))):
        try:
            batch, approval = _open(batch_id)
        except Conflict:
            continue  # decided meanwhile
        approval.reminded_at = clock.now()
        _tell_deciders(batch, approval.asked_by, approval.rows)


def due(now: datetime) -> Select[Any]:
    """Companies with a question that has expired, or of which nobody was reminded for a day; for the clock."""
    asked = Approval.state == ApprovalState.ASKED
    return (
        select(Approval.company_id).where(asked, or_(Approval.expires_at < now, _forgotten(now))).distinct()
    )


def _forgotten(now: datetime) -> Any:
    last = func.coalesce(Approval.reminded_at, Approval.asked_at)
    return and_(Approval.state == ApprovalState.ASKED, last < now - REMIND_EVERY)


def may_decide(role: str, user_id: int) -> bool:
    """By the role, or as somebody's deputy today."""
    return permissions.allows(role, Permission.BATCHES_APPROVE) or user_id in _deputies()


def _deputies() -> set[int]:
    today = clock.today()
    wanted = (
        select(Deputy.deputy_id)
        .join(User, User.id == Deputy.user_id)
        .where(
            Deputy.first_day <= today, Deputy.last_day >= today, User.enabled, User.role.in_(deciding_roles())
        )
    )
    return set(session.scalars(wanted))


def deciding_roles() -> list[str]:
    return [role.value for role in Role if permissions.allows(role, Permission.BATCHES_APPROVE)]


def _tell_deciders(batch: Batch, maker: int, rows: int) -> None:
    wanted = select(User.id).where(
        User.enabled, User.id != maker, or_(User.role.in_(deciding_roles()), User.id.in_(_deputies()))
    )
    for user in session.scalars(wanted):
        notices.tell(user, "APPROVAL_ASKED", batch.id, title=batch.title, n=rows)
