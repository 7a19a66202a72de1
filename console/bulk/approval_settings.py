"""What a company sets about approvals: the rules, and who answers for whom from one day to another."""

from datetime import date

from sqlalchemy import func, select

from console.accounts.models import User
from console.bulk import approval_rules
from console.bulk.approval_rules import Rule
from console.bulk.approvals import ApprovalRule, Deputy
from console.bulk.approving import deciding_roles
from console.bulk.kind import KINDS
from console.core import clock
from console.core.db import session
from console.core.errors import Conflict, NotFound


def add_rule(rule: Rule) -> None:
    session.add(
        ApprovalRule(
            kind=rule.kind if rule.kind in KINDS else "", least_rows=rule.least_rows,
            least_monthly_fen=rule.least_monthly_fen, least_once_fen=rule.least_once_fen,
            cost_center=rule.cost_center, department=rule.department, created_at=clock.now(),
        )
    )  # fmt: skip


def recommend() -> None:
    """The recommended rules, for a company that has none."""
    if session.scalars(select(ApprovalRule.id)).first() is None:
        for rule in approval_rules.RECOMMENDED:
            add_rule(rule)


def deciders() -> int:
    """How many people may decide by their role."""
    wanted = select(func.count(User.id)).where(User.enabled, User.role.in_(deciding_roles()))
    return session.scalar(wanted) or 0


def remove_rule(rule_id: int) -> None:
    session.delete(session.get_one(ApprovalRule, rule_id))


def appoint(user_id: int, deputy_id: int, first_day: date, last_day: date) -> None:
    """Somebody of the company decides for this person from one day to another. Raises Conflict E_OWN_DEPUTY."""
    deputy = session.get_one(User, deputy_id)
    if deputy.id == user_id:
        raise Conflict("E_OWN_DEPUTY")
    session.add(Deputy(user_id=user_id, deputy_id=deputy.id, first_day=first_day, last_day=last_day))


def dismiss(user_id: int, deputy_id: int) -> None:
    deputy = session.get_one(Deputy, deputy_id)
    if deputy.user_id != user_id:
        raise NotFound()
    session.delete(deputy)
