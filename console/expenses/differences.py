"""The operator's bill of a month beside our own computation, for all lines whose history we know."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from console.core.db import session
from console.expenses import computing
from console.expenses.differing import Difference, Differs, compare
from console.expenses.models import Charge, Statement

FACTS = (
    Charge.line_id, Charge.item, Charge.tax_class, Charge.product, Charge.name, Charge.service_from,
    Charge.amount_fen, Charge.paid_by,
)  # fmt: skip


@dataclass(frozen=True)
class Compared:
    """What was found in a month; `lines` were compared, `unknown` could not be: no history, or no usage yet."""

    rows: list[tuple[int, Differs]]
    lines: int
    unknown: int
    theirs_fen: int
    ours_fen: int

    def by_code(self) -> dict[Difference, tuple[int, int]]:
        """How many of each kind, and what they come to."""
        count = Counter(one.code for _line, one in self.rows)
        return {
            code: (count[code], sum(one.fen for _line, one in self.rows if one.code == code))
            for code in Difference
            if count[code]
        }


def of_statement(statement: Statement) -> Compared:
    """What is charged to the company as such, and to no line, is not looked at."""
    bill: dict[int, list[Any]] = defaultdict(list)
    wanted = select(*FACTS).where(Charge.at(statement.period, statement.version), Charge.line_id.is_not(None))
    for charge in session.execute(wanted.order_by(Charge.id)):
        bill[charge.line_id].append(charge)
    computed = computing.of_month(statement.period)
    known = computed.keys() & computing.counted(statement.period)
    rows = [(line, one) for line in sorted(known) for one in compare(bill.get(line, []), computed[line])]
    rows.sort(key=lambda row: (-abs(row[1].fen), row[0]))
    return Compared(
        rows,
        len(known),
        len(bill.keys() - known),
        sum(one.amount_fen for line in known for one in bill.get(line, [])),
        sum(one.amount_fen for line in known for one in computed[line]),
    )
