"""A new card for a line, of plastic or downloaded, as a kind of upload; how the cards of its orders fare."""

from collections.abc import Iterable, Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from console.bulk import columns
from console.bulk.columns import Found, Reading, note
from console.bulk.kind import Column, Group, Price, Row, Unique
from console.core.permissions import Permission
from console.identifiers import sims as identifiers
from console.orders import queries as orders
from console.orders.actions import Change as Heard
from console.orders.rules import SIM_IS_GONE
from console.plans import queries as plans
from console.sims import actions, activation, changing, queries
from console.sims.changing import Change
from console.sims.line_kind import LineChange, Lines
from console.sims.rules import Held, Work
from console.sims.states import LineState, SimState
from console.spreadsheets import cells
from console.spreadsheets.cells import Cell

CARDS = {"实体卡": "PHYSICAL", "普通卡": "PHYSICAL", "esim": "ESIM", "plastic": "PHYSICAL"}
REASONS = {
    "遗失": "lost", "丢失": "lost", "损坏": "broken", "换卡类型": "upgrade", "lost": "lost", "broken": "broken",
    "other type": "upgrade",
}  # fmt: skip
CARD_FEE = "SIMFEE"


class Stocked(Lines):
    """Also which cards of the rows are ours."""

    sims: dict[str, tuple[int, str]]


def eid(cell: Cell, _reference: Any) -> Reading:
    """The number of a telephone's eSIM chip; 32 digits, of which Excel loses half."""
    if cell.kind == cells.NUMBER:
        return columns.refused("E_EID_FLOAT")
    verdict = identifiers.eid(cell.value)
    if not verdict.valid:
        return columns.refused("E_EID_FORMAT")
    return Reading(verdict.normalized, (note("W_NORMALIZED"),) if verdict.notes else ())


def _card_options(_reference: Any) -> Sequence[tuple[str, str]]:
    return [("实体卡", _("实体卡")), ("eSIM", "eSIM")]


def _reason_options(_reference: Any) -> Sequence[tuple[str, str]]:
    return [("损坏", _("损坏")), ("遗失", _("遗失，先挂失再补卡")), ("换卡类型", _("换卡类型"))]


class ReplaceCards(LineChange):
    """The number stays and its card is another one."""

    slug = "replace-cards"
    title = _l("批量补换卡")
    short = _l("补换卡")
    lead = _l("补卡、换卡、换成 eSIM")
    icon = "i-sim"
    group = Group.CARDS
    permission = Permission.LINES_CHANGE
    work = Work.REPLACE_SIM
    priced_as = _l("补换卡")
    columns = (
        *LineChange.columns,
        Column(
            "card", _l("新卡类型"), columns.choice(CARDS), required=True, width=12, example="实体卡", shown=True, default=True,
            shape="word", synonyms=("SIM 类型", "卡类型"), options=_card_options, hint=_l("不填用上传时选的类型"),
        ),
        Column(
            "reason", _l("原因"), columns.choice(REASONS), required=True, width=12, example="损坏", shape="word",
            synonyms=("补卡原因", "换卡原因"), options=_reason_options, hint=_l("必填；遗失的号码要先挂失"),
        ),
        Column(
            "sim", _l("新 SIM 卡号"), columns.sim_card, width=24, shape="card", own=True,
            synonyms=("新ICCID", "ICCID", "SIM卡号", "卡号"), hint=_l("选填，不填从库存分配；eSIM 不填"),
        ),
        Column(
            "eid", "EID", eid, width=36, own=True, shape="chip", mask=lambda value: f"****{value[-4:]}",
            synonyms=("eSIM EID", "EID号"), hint=_l("换成 eSIM 必填，在手机上拨 *#06# 查看"),
        ),
    )  # fmt: skip
    unique = (
        *LineChange.unique,
        Unique("sim", "E_DUP_ICCID", lambda values: values.get("sim")),
        Unique("eid", "E_DUP_EID", lambda values: values.get("eid")),
    )

    def reference(self) -> Stocked:
        today = super().reference().today
        reference = Stocked(today, plans.products(today))
        reference.sims = {}
        return reference

    def look_up(self, rows: list[Row], reference: Any) -> None:
        super().look_up(rows, reference)
        reference.sims = queries.sims_by_key({row.values["sim"] for row in rows if "sim" in row.values})

    def check_line(self, row: Row, line: Held, reference: Any) -> Iterable[tuple[str, Found]]:
        values, holder = row.values, reference.people.get(line.employee_id)
        if values.get("reason") == "lost" and line.state == LineState.ACTIVE:
            yield "reason", Found("E_LOST_FIRST")
        if values.get("card") == "ESIM":
            if "eid" not in values:
                yield "eid", Found("E_EID_MISSING")
        elif "sim" in values and reference.sims.get(values["sim"], (0, ""))[1] != SimState.IN_STOCK:
            yield "sim", Found("E_ICCID_NOT_OURS")
        if holder and holder.document_index is None:
            yield "msisdn", Found("E_PAPER_DOCUMENT")

    def price(self, row: Row, reference: Any) -> Price | None:
        fee = reference.offers[CARD_FEE].fee_fen if row.values["card"] == "PHYSICAL" else 0
        return Price(row.values["card"], 0, 0, fee)

    def apply(self, batch: Any, rows: list[Row]) -> dict[int, Found]:
        plastic = [row for row in rows if row.values["card"] == "PHYSICAL"]
        cards = activation.allocate_sims(plastic)
        actions.reserve_sims(list(cards.values()))
        iccids = queries.iccids(cards.values())
        served = [row for row in rows if row not in plastic or row.id in cards]
        changing.order(batch, [self._change(row, iccids.get(cards.get(row.id or 0, 0))) for row in served])
        return {row.id: Found("E_STOCK_SIM") for row in plastic if row.id is not None and row.id not in cards}

    def _change(self, row: Row, iccid: str | None) -> Change:
        esim = {"simType": "ESIM", "eid": row.values.get("eid")}
        return self.asked(row, subscriber={"iccid": iccid} if iccid else esim)

    def price_labels(self) -> dict[str, str]:
        return {"PHYSICAL": _("实体卡"), "ESIM": "eSIM"}


def give_back(failed: list[Heard]) -> None:
    """Orders for new cards came to nothing: the cards go back to the drawer, unless they are the reason."""
    codes = {change.order_id: change.code for change in failed}
    for order in orders.asked(list(codes)):
        if iccid := order.payload["subscriber"].get("iccid"):
            actions.card_given_up(iccid, lost=codes[order.id] in SIM_IS_GONE)
