"""Cards and numbers of the drawer as kinds of upload: taken in, kept at the operator, given back."""

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from flask_babel import lazy_gettext as _l

from console.bulk import columns
from console.bulk.columns import Found
from console.bulk.kind import Column, Group, Outcome, Price, Row, Unique, UploadKind
from console.core import clock
from console.core.permissions import Permission
from console.identifiers import numbers
from console.sims import actions, queries
from console.sims.states import NumberState

MOST_IN_A_ROW = 5_000
LOCK_DAYS = 30
AT_ONCE = 50
FIT = ("BLANK", "PREPERSO")
"""States of a card at the operator in which it can still become somebody's."""


@dataclass
class Drawer:
    """What we have already, by what the rows speak of."""

    sims: dict[str, tuple[int, str]] = field(default_factory=dict)
    numbers: dict[str, tuple[int, str]] = field(default_factory=dict)
    batch_id: int = 0
    date1904: bool = False


class Stocking(UploadKind):
    """Nothing of a person, and no order: the operator is asked, then our drawer says the same."""

    group = Group.CARDS
    can_be_barred = False
    permission = Permission.LINES_ACTIVATE
    repeatable = True
    asks_first = True
    said_when_done: str

    def reference(self) -> Drawer:
        return Drawer()

    def asks_operator(self, row: Row) -> bool:
        return False

    def price(self, row: Row, reference: Drawer) -> Price | None:
        return Price(self.slug, 0, 0)

    def price_labels(self) -> dict[str, str]:
        return {self.slug: str(self.short)}

    def outcomes(self, batch: Any, rows: Sequence[Any]) -> dict[int, Outcome]:
        return {row.id: Outcome("ok", self.said_when_done) for row in rows if row.state == "done"}


class TakeInCards(Stocking):
    """Cards that were delivered: each in a row of its own, or from the first to the last of a box."""

    slug = "take-in-cards"
    title = _l("SIM 卡入库")
    short = _l("SIM 卡入库")
    lead = _l("逐张或按号段，向运营商核对")
    icon = "i-sim"
    priced_as = _l("SIM 卡入库")
    said_when_done = "stocked"
    columns = (
        Column(
            "sim", _l("SIM 卡号"), columns.sim_card, required=True, width=24, example="89860219000000330107", shown=True,
            shape="card", synonyms=("ICCID", "卡号", "起始卡号", "首张卡号"), hint=_l("必填；按号段入库时写第一张"),
        ),
        Column(
            "last", _l("末张卡号"), columns.sim_card, width=24, shown=True, shape="card",
            synonyms=("结束卡号", "末号"), hint=_l("选填，整段入库时写最后一张，最多 5000 张"),
        ),
    )  # fmt: skip
    unique = (Unique("sim", "E_DUP_ICCID", lambda values: values.get("sim")),)

    def look_up(self, rows: list[Row], reference: Drawer) -> None:
        for row in rows:
            row.values["cards"] = _span(row.values)
        reference.sims = queries.sims_by_key({key for row in rows for key in row.values["cards"]})

    def check(self, row: Row, reference: Drawer) -> Iterable[tuple[str, Found]]:
        if "sim" in row.values and not row.values["cards"]:
            yield "last", Found("E_ICCID_RANGE", values={"most": MOST_IN_A_ROW})
        if known := [key for key in row.values["cards"] if key in reference.sims]:
            yield "sim", Found("E_SIM_HAVE", values={"n": len(known)})

    def together(self, rows: list[Row], reference: Drawer) -> None:
        """A card in two boxes is in neither."""
        first: dict[str, int] = {}
        for row in rows:
            twice = next((first[key] for key in row.values.get("cards", ()) if key in first), None)
            if twice is not None and not row.wrong:
                row.add("sim", Found("E_DUP_ICCID", values={"first": twice}))
            first |= dict.fromkeys(
                (key for key in row.values.get("cards", ()) if key not in first), row.number
            )

    def ask_first(self, gateway: Any, group: str, rows: Mapping[int, Mapping[str, Any]]) -> dict[int, Any]:
        """Row → the cards as the operator writes them, or None when one of them is not ours to use."""
        return {id_: _ours(gateway.cards(values["cards"]), group) for id_, values in rows.items()}

    def apply(self, batch: Any, rows: list[Row]) -> dict[int, Found]:
        good = [row for row in rows if row.answer]
        actions.take_in_sims([iccid for row in good for iccid in row.answer])
        return _refused(rows, good, "E_STOCK_CARD")


class KeepNumbers(Stocking):
    """Numbers that the operator is to keep for the company."""

    slug = "keep-numbers"
    title = _l("号码锁定")
    short = _l("号码锁定")
    lead = _l("挑好的号码保留 30 天")
    icon = "i-lock"
    priced_as = _l("号码锁定")
    said_when_done = "kept"
    columns = (
        Column(
            "msisdn", _l("号码"), columns.new_number, required=True, width=16, example="13800003377", shown=True,
            mask=numbers.mask, shape="mobile", synonyms=("手机号", "选号", "Number"), hint=_l("必填，运营商的空闲号码"),
        ),
    )  # fmt: skip
    unique = (Unique("msisdn", "E_DUP_NUMBER", lambda values: values.get("msisdn")),)

    def look_up(self, rows: list[Row], reference: Drawer) -> None:
        reference.numbers = _known(rows)

    def check(self, row: Row, reference: Drawer) -> Iterable[tuple[str, Found]]:
        state = reference.numbers.get(row.values.get("msisdn", ""), (0, ""))[1]
        if state in (NumberState.RESERVED, NumberState.ASSIGNED):
            yield "msisdn", Found("E_NUMBER_OURS")

    def ask_first(self, gateway: Any, group: str, rows: Mapping[int, Mapping[str, Any]]) -> dict[int, Any]:
        wanted = [values["msisdn"] for values in rows.values()]
        kept: set[str] = set()
        for start in range(0, len(wanted), AT_ONCE):
            part = wanted[start : start + AT_ONCE]
            kept |= set(gateway.lock_numbers(part, group, LOCK_DAYS * 86400, str(uuid.uuid4())))
        return {id_: values["msisdn"] in kept for id_, values in rows.items()}

    def apply(self, batch: Any, rows: list[Row]) -> dict[int, Found]:
        good = [row for row in rows if row.answer]
        until = clock.now() + timedelta(days=LOCK_DAYS)
        actions.take_in_numbers([row.values["msisdn"] for row in good], until)
        return _refused(rows, good, "E_STOCK_TAKEN_NUMBER")


class GiveBackNumbers(Stocking):
    """Numbers that the company does not want kept any more."""

    slug = "give-back-numbers"
    title = _l("号码释放")
    short = _l("号码释放")
    lead = _l("不再保留的号码还给运营商")
    icon = "i-undo"
    priced_as = _l("号码释放")
    said_when_done = "given_back"
    columns = (
        Column(
            "msisdn", _l("号码"), columns.new_number, required=True, width=16, example="13800003377", shown=True,
            mask=numbers.mask, shape="mobile", synonyms=("手机号", "Number"), hint=_l("必填，公司保留而没有用的号码"),
        ),
    )  # fmt: skip
    unique = (Unique("msisdn", "E_DUP_NUMBER", lambda values: values.get("msisdn")),)

    def look_up(self, rows: list[Row], reference: Drawer) -> None:
        reference.numbers = _known(rows)

    def check(self, row: Row, reference: Drawer) -> Iterable[tuple[str, Found]]:
        known = reference.numbers.get(row.values.get("msisdn", ""))
        if "msisdn" in row.values and (known is None or known[1] != NumberState.LOCKED):
            yield "msisdn", Found("E_NUMBER_NOT_LOCKED")

    def ask_first(self, gateway: Any, group: str, rows: Mapping[int, Mapping[str, Any]]) -> dict[int, Any]:
        unlock: Callable[..., bool] = gateway.unlock_number
        return {id_: unlock(values["msisdn"], group, str(uuid.uuid4())) for id_, values in rows.items()}

    def apply(self, batch: Any, rows: list[Row]) -> dict[int, Found]:
        good = [row for row in rows if row.answer]
        known = _known(good)
        actions.numbers_given_back([known[row.values["msisdn"]][0] for row in good])
        return _refused(rows, good, "E_STOCK_OPERATOR")


def _span(values: Mapping[str, Any]) -> list[str]:
    """The first 19 characters of every card from the first to the last; none when that is no range."""
    first, last = values.get("sim"), values.get("last")
    if first is None or last is None:
        return [first] if first else []
    if not (first.isdecimal() and last.isdecimal()) or not 0 <= int(last) - int(first) < MOST_IN_A_ROW:
        return []
    return [str(number) for number in range(int(first), int(last) + 1)]


def _ours(shown: Sequence[Mapping[str, Any]] | None, group: str) -> list[str] | None:
    if not shown or any(one.get("state") not in FIT or one.get("groupCode") != group for one in shown):
        return None
    return [str(one["iccid"]) for one in shown]


def _known(rows: Iterable[Row]) -> dict[str, tuple[int, str]]:
    indexes = {
        row.values["msisdn"]: queries.msisdn_index(row.values["msisdn"])
        for row in rows
        if "msisdn" in row.values
    }
    known = queries.numbers_by_index(set(indexes.values()))
    return {msisdn: known[index] for msisdn, index in indexes.items() if index in known}


def _refused(rows: Iterable[Row], good: list[Row], code: str) -> dict[int, Found]:
    return {row.id: Found(code) for row in rows if row.id is not None and row not in good}
