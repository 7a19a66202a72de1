"""What the operator tells of bill lines and usage, over the air or as a file of the same columns: read and checked, never guessed."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select

from console.core import permissions
from console.core.db import session
from console.core.errors import Conflict
from console.core.permissions import Permission
from console.expenses import placements, queries, rules, taking_in, using, watching
from console.expenses.items import BillItem, PaidBy, TaxClass
from console.expenses.states import StatementState
from console.expenses.taking_in import Billed
from console.expenses.using import Counted
from console.plans.models import Plan

LONGEST_NAME = 100
MOST_ROWS = 5_000
"""Of a file: it is taken in while somebody waits. More comes over the air."""
MOST_BYTES = 2_000_000
MOST_PROBLEMS = 50
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
    billed: Sequence[Billed]
    counted: Sequence[Counted]
    problems: Sequence[Problem]

    @property
    def rows(self) -> int:
        return len(self.billed) + len(self.counted)


def line(told: Mapping[str, Any], names: Mapping[str, str]) -> Billed:
    """A bill line of the contract. Raises ValueError, KeyError or TypeError for what is none."""
    code: str | None = told.get("code") or None
    name = f"{names[code]} {told['name']}" if code and code in names else str(told["name"])
    return Billed(
        operator_line=_text(told["lineId"], 60),
        operator_version=int(told["version"]),
        msisdn=told.get("msisdn") or None,
        item=BillItem(told["item"]).value,
        tax_class=TaxClass(told["taxClass"]).value,
        product=code,
        name=name[:LONGEST_NAME],
        service_from=date.fromisoformat(told["serviceFrom"]),
        service_to=date.fromisoformat(told["serviceTo"]),
        amount_fen=int(told["fen"]),
        paid_by=PaidBy(told["paidBy"]).value,
        prepaid=bool(told.get("prepaid")),
    )


def product_names() -> dict[str, str]:
    """Code → name of the newest version."""
    return {code: name for code, name in session.execute(select(Plan.code, Plan.name).order_by(Plan.id))}


def read(content: bytes, period: str) -> File:
    """A CSV in UTF-8 or GB18030. Raises Conflict E_BILL_FILE: too large, no text, or other columns than the contract's."""
    rows = list(_rows(content))
    if not rows or len(rows) - 1 > MOST_ROWS:
        raise Conflict("E_BILL_FILE")
    heading = [cell.strip() for cell in rows[0]]
    kind = next(
        (one for one, wanted in (("bill", BILL), ("usage", USAGE)) if set(wanted) <= set(heading)), None
    )
    if kind is None:
        raise Conflict("E_BILL_FILE")
    names = product_names()
    billed: dict[str, Billed] = {}
    counted: dict[str, Counted] = {}
    problems: list[Problem] = []
    for number, cells in enumerate(rows[1:], start=2):
        if not any(cells):
            continue
        told: dict[str, Any] = {name: cell.strip() for name, cell in zip(heading, cells, strict=False)}
        column, text = _wrong(kind, told, period)
        if not text and told["lineId" if kind == "bill" else "msisdn"] in (
            billed if kind == "bill" else counted
        ):
            column, text = ("lineId" if kind == "bill" else "msisdn"), "twice"
        if text:
            problems.append(Problem(number, column, text))
        elif kind == "bill":
            billed[told["lineId"]] = line(told | {"prepaid": told.get("prepaid") in YES}, names)
        else:
            counted[told["msisdn"]] = using.read(told)
    return File(kind, list(billed.values()), list(counted.values()), problems[:MOST_PROBLEMS])


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
    for name, values in (("item", BillItem), ("taxClass", TaxClass), ("paidBy", PaidBy)):
        if told[name] not in {one.value for one in values}:
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
    for name, longest in (("lineId", 60), ("code", 40)):
        if len(told.get(name, "")) > longest:
            return name, "long"
    number = told.get("msisdn", "")
    return (
        ("", "")
        if not number or (number.isascii() and number.isdecimal() and len(number) == 11)
        else ("msisdn", "number")
    )


def take_in(role: str, period: str, file: File) -> int:
    """All of it in the transaction of whoever calls, as what came over the air; how much was new.

    Raises Conflict: E_BILL_FILE (there are problems), E_STATEMENT_BUSY (the month is just being taken in).
    """
    permissions.check(role, Permission.STATEMENTS_CLOSE)
    if file.problems or not file.rows:
        raise Conflict("E_BILL_FILE")
    numbers = {one.msisdn for one in file.billed if one.msisdn} | {one.msisdn for one in file.counted}
    lines = taking_in.lines_by_number(period, numbers)
    if file.kind == "usage":
        return using.take_page(period, file.counted, lines)
    newest = queries.newest(period)
    if newest is not None and newest.state == StatementState.DRAFT:
        raise Conflict("E_STATEMENT_BUSY", period=period)
    placements.remember()
    draft = taking_in.begin(period)
    draft.revision = newest.revision if newest is not None else draft.revision
    session.flush()
    new = taking_in.take_page(draft, file.billed, "", lines)
    session.flush()
    done = taking_in.complete(draft)
    if done is draft:
        watching.look(done)
    return new


def _rows(content: bytes) -> Iterator[list[str]]:
    if not content or len(content) > MOST_BYTES or b"\0" in content:
        raise Conflict("E_BILL_FILE")
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise Conflict("E_BILL_FILE")
    try:
        yield from csv.reader(io.StringIO(text, newline=""))
    except csv.Error as error:
        raise Conflict("E_BILL_FILE") from error


def _text(value: Any, longest: int) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= longest:
        raise ValueError("no name")
    return value
