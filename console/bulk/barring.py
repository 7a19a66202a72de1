"""Why a batch cannot be confirmed for the company's sake: what it owes, or a letter of authorisation that has ended."""

from flask_babel import gettext as _
from sqlalchemy import or_, select

from console.bulk.kind import KINDS
from console.bulk.models import Batch, BatchRow
from console.bulk.states import RowState
from console.core.db import session
from console.core.errors import Conflict
from console.identifiers.amounts import yuan
from console.orders import standing
from console.orders.rules import Bar


def look(batch: Batch) -> Bar | None:
    kind = KINDS[batch.kind]
    if not kind.places_orders or not kind.can_be_barred:
        return None
    return standing.bar(spends=_costs_more(batch) if kind.mixed else kind.spends)


def check(batch: Batch) -> None:
    """Raises Conflict E_ARREARS or E_LETTER_EXPIRED."""
    if found := look(batch):
        raise Conflict(found.value)


def sentence(batch: Batch) -> str | None:
    """The same for the bar of the confirmation."""
    found, told = look(batch), standing.current()
    if found is None or told is None:
        return None
    if found is Bar.ARREARS:
        return _("公司账户欠费 %(sum)s，缴清后才能办理", sum=yuan(max(told.owed_fen, 0)))
    return _("公司授权书 %(day)s 已到期，更新后才能办理", day=str(told.letter_until))


def _costs_more(batch: Batch) -> bool:
    more = or_(
        BatchRow.monthly_fen > 0, BatchRow.cycle_fen > 0, BatchRow.once_fen > 0, BatchRow.penalty_fen > 0
    )
    wanted = select(BatchRow.id).where(BatchRow.batch_id == batch.id, BatchRow.state == RowState.READY, more)
    return session.scalar(wanted.limit(1)) is not None
