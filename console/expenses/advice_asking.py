"""One press makes a draft batch of the plan changes that were advised; it goes the way of every uploaded file."""

from collections.abc import Sequence

from flask_babel import gettext as _
from sqlalchemy import select

from console.bulk import actions as batches
from console.bulk.kind import KINDS
from console.bulk.models import Batch
from console.core import clock
from console.core.db import session
from console.core.errors import Conflict
from console.expenses.advice import is_open
from console.expenses.measured import Advice
from console.plans.models import Plan
from console.sims import listing
from console.sims.models import Line
from console.sims.states import LineState
from console.spreadsheets import writing

CHANGE = "change-plan"
FIELDS = ("msisdn", "employee_number", "plan", "effective")


def ask(role: str, user_id: int, chosen: Sequence[int]) -> Batch:
    """A batch for these pieces of advice; raises Conflict E_ADVICE_GONE, and what batches.receive() raises.

    A line that changed its plan in the meantime, or that somebody else has asked for, is left out.
    """
    wanted = (
        select(Advice, Plan.name)
        .join(Line, Line.id == Advice.line_id)
        .join(Plan, Plan.id == Advice.advised_id)
        .where(
            Advice.id.in_(chosen),
            is_open(),
            Line.state == LineState.ACTIVE,
            Line.next_plan_id.is_(None),
        )
        .order_by(Advice.line_id)
        .with_for_update(of=Advice)
    )
    found = [(one, name) for one, name in session.execute(wanted)]
    if not found:
        raise Conflict("E_ADVICE_GONE")
    whose = listing.named([Line.id.in_([one.line_id for one, _name in found])])
    kind = KINDS[CHANGE]
    columns = {column.field: str(column.label) for column in kind.columns}
    rows = [
        [msisdn, number, name, _("下个账期")]
        for (msisdn, number), (_one, name) in zip(whose, found, strict=True)
    ]
    name = _("省钱建议 %(n)s 个号码", n=len(rows))
    content = writing.table([columns[field] for field in FIELDS], rows)
    received = batches.receive(role, user_id, CHANGE, f"{name}.xlsx", content, {})
    assert isinstance(received, Batch), "what we write ourselves is no repair workbook"
    for one, _name in found:
        one.batch_id, one.asked_at = received.id, clock.now()
    return received
