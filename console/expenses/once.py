"""What a month's orders cost once, as it was shown and confirmed: cards, packs, penalties for leaving a contract."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, time

from sqlalchemy import or_, select

from console.bulk.models import BatchRow
from console.core.clock import SHANGHAI
from console.core.db import session
from console.expenses import rules
from console.expenses.items import BillItem, TaxClass
from console.expenses.rated import Cycle, Held, Once
from console.expenses.terms import Sold
from console.orders.models import Order
from console.orders.states import OrderState


@dataclass
class Bought:
    """Of one line in one month: packs, which may also be used, and what is only paid."""

    packs: list[Held] = field(default_factory=list)
    fees: list[Once] = field(default_factory=list)


def of_month(period: str, catalogue: Sold) -> dict[int, Bought]:
    """Line → what it cost beside its months. Orders that were carried out in this month, by the day."""
    wanted = (
        select(
            Order.line_id, Order.settled_at, BatchRow.price_key, BatchRow.once_fen, BatchRow.penalty_fen, BatchRow.id
        )
        .join(BatchRow, BatchRow.id == Order.row_id)
        .where(
            Order.state == OrderState.DONE,
            Order.settled_at >= _midnight(rules.first_day(period)),
            Order.settled_at < _midnight(rules.first_day(rules.months_before(period, -1))),
            or_(BatchRow.once_fen != 0, BatchRow.penalty_fen != 0),
        )
        .order_by(Order.id)
    )  # fmt: skip
    found: dict[int, Bought] = defaultdict(Bought)
    seen: set[int] = set()
    for line, settled, key, once, penalty, row in session.execute(wanted):
        if row in seen or settled is None:  # a row whose order was repeated costs once
            continue
        seen.add(row)
        day = settled.astimezone(SHANGHAI).date()
        pack = catalogue.on(key or "", day)
        if pack and pack.cycle == Cycle.ONCE:
            found[line].packs.append(Held(pack, day))
        elif once:
            found[line].fees.append(Once(BillItem.OTHER, TaxClass.GOODS, "SIM 卡费", day, once, "SIMFEE"))
        if penalty:
            found[line].fees.append(Once(BillItem.OTHER, TaxClass.VOICE, "合约违约金", day, penalty))
    return found


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), SHANGHAI)
