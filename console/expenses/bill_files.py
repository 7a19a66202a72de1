"""What the operator tells of bill lines and usage, over the air or as a file of the same columns: read and checked, never guessed."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select

from console.core.db import session
from console.core.errors import Conflict
from console.expenses import placements, queries, rules, taking_in, using, watching
from console.expenses.items import BillItem, PaidBy, TaxClass
from console.expenses.models import Statement
from console.expenses.states import StatementState
from console.expenses.taking_in import Billed
from console.expenses.using import Counted
from console.plans.models import Plan
from console.spreadsheets import doubles, reading
from console.spreadsheets.cells import NUMBER, Cell, Row, Workbook
from console.spreadsheets.limits import MEGABYTE, Limits
from console.spreadsheets.refusals import F_NO_ROWS, F_NO_TABLE, Refused

LONGEST_NAME, LONGEST_LINE_NAME, LONGEST_CODE = 100, 60, 40
LIMITS = Limits(
    upload_bytes=30 * MEGABYTE, rows=200_000, cells=3_000_000, unzipped_bytes=400 * MEGABYTE, characters=60_000_000,
    small_part_bytes=60 * MEGABYTE, seconds=60.0,
)  # fmt: skip
"""A bill of 50,000 lines has some 150,000 rows of twelve columns."""
AT_ONCE = 5_000
MOST_PROBLEMS = 50
ROWS_ABOVE = 15
"""A title, a remark, and then the columns."""
MONTHS_BACK = 36
"""A service is billed at most so much later."""
MOST, MOST_KB = 2**31 - 1, 10**14
"""What the columns of counts, versions and 分 hold, and what nobody uses in a month."""
YES = ("1", "true", "是")
BILL = (
    "lineId", "version", "msisdn", "item", "taxClass", "code", "name", "serviceFrom", "serviceTo", "fen", "paidBy",
    "prepaid",
)  # fmt: skip
USAGE = ("msisdn", "version", "minutes", "onNetMinutes", "messages", "dataKb")
COLUMNS = {"bill": BILL, "usage": USAGE}
KEYS = {"bill": "lineId", "usage": "msisdn"}
VALUES = {
    name: frozenset(one.value for one in values)
    for name, values in (("item", BillItem), ("taxClass", TaxClass), ("paidBy", PaidBy))
}
EXAMPLES: Mapping[str, Sequence[Sequence[str]]] = {
    "bill": [
        BILL,
        ("B-0001", "1", "13900000001", "RENT", "VOICE", "QQT5G059", "套餐月费", "2026-10-01", "2026-10-31", "5900", "company", ""),
        ("B-0002", "1", "", "OTHER", "VOICE", "", "集团专线", "2026-10-01", "2026-10-31", "120000", "company", ""),
    ],
    "usage": [USAGE, ("13900000001", "1", "120", "30", "5", "20971520")],
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Problem:
    """`row` as Excel counts; `column` "" when the row as such is wrong."""

    row: int
    column: str
    text: str


@dataclass(frozen=True, slots=True)
class File:
    """Either bill lines or counts; nothing of it is taken in while there are problems."""

    kind: str
    lines: Sequence[Billed | Counted]
    problems: Sequence[Problem]
    wrong: int = 0
    """Rows with a problem; the first of them are told."""


class Unreadable(Exception):
    """A line of the operator's that is none; `name` is what it calls it."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


def lines(page: Sequence[Any], names: Mapping[str, str]) -> list[Billed]:
    """Of a page that came over the air. Raises Unreadable."""
    found = []
    for told in page:
        try:
            found.append(line(told, names))
        except (ValueError, KeyError, TypeError, AttributeError, ArithmeticError) as error:
            name = told.get("lineId") if isinstance(told, Mapping) else None
            raise Unreadable(str(name)[:LONGEST_LINE_NAME] if name else "?") from error
    return found


def line(told: Mapping[str, Any], names: Mapping[str, str]) -> Billed:
    """A bill line of the contract. Raises ValueError, KeyError, TypeError or AttributeError for what is none."""
    code = _text(told["code"], LONGEST_CODE) if told.get("code") else None
    name = f"{names[code]} {told['name']}" if code and code in names else str(told["name"])
    return Billed(
        operator_line=_text(told["lineId"], LONGEST_LINE_NAME),
        operator_version=_whole(told["version"], 1),
        msisdn=_text(told["msisdn"], 20) if told.get("msisdn") else None,
        item=BillItem(told["item"]).value,
        tax_class=TaxClass(told["taxClass"]).value,
        product=code,
        name=name[:LONGEST_NAME],
        service_from=date.fromisoformat(told["serviceFrom"]),
        service_to=date.fromisoformat(told["serviceTo"]),
        amount_fen=_whole(told["fen"], -MOST),
        paid_by=PaidBy(told["paidBy"]).value,
        prepaid=bool(told.get("prepaid")),
    )


def product_names() -> dict[str, str]:
    """Code → name of the newest version."""
    return {code: name for code, name in session.execute(select(Plan.code, Plan.name).order_by(Plan.id))}


def read(content: bytes, name: str, period: str) -> File:
    """A CSV or a workbook with the contract's columns in a row of their own.

    Raises Refused: what spreadsheets.reading raises, F_NO_TABLE (no sheet has the columns), F_NO_ROWS.
    """
    kind, heading, rows = _table(reading.read(content, name, LIMITS))
    names = product_names()
    known: dict[str, Billed | Counted] = {}
    problems: list[Problem] = []
    key = KEYS[kind]
    for row in rows:
        told: dict[str, Any] = {
            name: _shown(cell) for name, cell in zip(heading, row.cells, strict=False) if name
        }
        column, text = _wrong(kind, told, period)
        if not text and told[key] in known:
            column, text = key, "twice"
        if text:
            problems.append(Problem(row.number, column, text))
        elif kind == "bill":
            known[told[key]] = line(told | {"prepaid": told.get("prepaid", "").casefold() in YES}, names)
        else:
            known[told[key]] = using.read(told)
    return File(kind, list(known.values()), problems[:MOST_PROBLEMS], len(problems))


def _table(book: Workbook) -> tuple[str, list[str], list[Row]]:
    """(bill or usage, the columns by place, the rows below) of the first sheet that has the columns."""
    for sheet in book.sheets:
        for place, row in enumerate(sheet.rows[:ROWS_ABOVE]):
            heading = [cell.value.strip() for cell in row.cells]
            for kind, wanted in COLUMNS.items():
                if set(wanted) <= set(heading):
                    if place + 1 == len(sheet.rows):
                        raise Refused(F_NO_ROWS)
                    return kind, heading, sheet.rows[place + 1 :]
    raise Refused(F_NO_TABLE)


def _shown(cell: Cell) -> str:
    """As somebody would type it: a workbook may store 13900000001 as 1.3900000001E10."""
    if cell.kind != NUMBER or cell.value.isdecimal():
        return cell.value.strip()
    return doubles.as_text(float(cell.value))


def _wrong(kind: str, told: Mapping[str, str], period: str) -> tuple[str, str]:
    """(column, code) of the first thing that is wrong with a row: missing, number, date, unknown, month, long."""
    needed = ("lineId", "version", "item", "taxClass", "name", "serviceFrom", "serviceTo", "fen", "paidBy") if kind == "bill" else USAGE  # fmt: skip
    for name in needed:
        if not told.get(name):
            return name, "missing"
    for name in ("version", "fen") if kind == "bill" else USAGE[1:]:
        text = told[name]
        digits = text[1:] if name == "fen" and text[:1] == "-" else text
        most = MOST_KB if name == "dataKb" else MOST
        if not (digits.isascii() and digits.isdecimal() and len(digits) <= 15 and int(digits) <= most):
            return name, "number"
    if int(told["version"]) < 1:
        return "version", "number"
    if kind == "usage":
        return "", ""
    for name, values in VALUES.items():
        if told[name] not in values:
            return name, "unknown"
    for name in ("serviceFrom", "serviceTo"):
        try:
            day = date.fromisoformat(told[name])
        except ValueError:
            return name, "date"
        if not rules.months_before(period, MONTHS_BACK) <= rules.period_of(day) <= period:
            return name, "month"
    if told["serviceFrom"] > told["serviceTo"]:
        return "serviceTo", "date"
    for name, longest in (("lineId", LONGEST_LINE_NAME), ("code", LONGEST_CODE)):
        if len(told.get(name, "")) > longest:
            return name, "long"
    number = told.get("msisdn", "")
    return (
        ("", "")
        if not number or (number.isascii() and number.isdecimal() and len(number) == 11)
        else ("msisdn", "number")
    )


def take_in(
    period: str, file: File, progress: Callable[[int], object] = lambda _done: None
) -> tuple[int, Statement | None]:
    """All of it in the transaction of whoever calls, as what came over the air.

    (how much was new, the version of the month that it made, if it made one). Raises Conflict: E_STATEMENT_BUSY (the
    month is just being taken in).
    """
    if file.kind == "usage":
        return sum(_pages(period, file.lines, using.take_page, progress)), None
    newest = queries.newest(period)
    if newest is not None and newest.state == StatementState.DRAFT:
        raise Conflict("E_STATEMENT_BUSY", period=period)
    placements.remember()
    draft = taking_in.begin(period)
    draft.revision = newest.revision if newest is not None else draft.revision
    session.flush()

    def take(_period: str, page: Sequence[Billed], lines: Mapping[str, int]) -> int:
        return taking_in.take_page(draft, page, "", lines)

    new = sum(_pages(period, file.lines, take, progress))
    session.flush()
    done = taking_in.complete(draft)
    if done is not draft:
        return new, None
    watching.look(done)
    return new, done


def _pages(
    period: str,
    lines: Sequence[Any],
    take: Callable[[str, Sequence[Any], Mapping[str, int]], int],
    progress: Callable[[int], object],
) -> Iterator[int]:
    for start in range(0, len(lines), AT_ONCE):
        page = lines[start : start + AT_ONCE]
        yield take(
            period, page, taking_in.lines_by_number(period, {one.msisdn for one in page if one.msisdn})
        )
        session.flush()
        progress(start + len(page))


def _whole(value: Any, least: int) -> int:
    number = int(value)
    if not least <= number <= MOST or number != float(value):
        raise ValueError("no such number")
    return number


def _text(value: Any, longest: int) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= longest:
        raise ValueError("no name")
    return value
