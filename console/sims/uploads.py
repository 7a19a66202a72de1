"""Activation of numbers as a kind of upload: people, plan, number and card in; orders to the operator out."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, ClassVar

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from console.bulk import columns, finding
from console.bulk.columns import Found, Reading, note
from console.bulk.kind import Column, Operation, Outcome, Price, Row, Supply, Unique, UploadKind
from console.core import clock
from console.core.permissions import Permission
from console.employees import identity
from console.employees.uploads import (
    COST_CENTER,
    DEPARTMENT,
    DOCUMENT_NO,
    DOCUMENT_TYPE,
    NAME,
    NUMBER,
    ONE_NAME,
    PHONE,
    WITNESSES,
    People,
    people_reference,
)
from console.identifiers import numbers
from console.identifiers.dates import FOREVER
from console.orders import people as operator
from console.orders.people import Person, Told
from console.plans import queries as plans
from console.plans.matching import Names
from console.plans.queries import Offer
from console.plans.rules import Allowance, first_month
from console.sims import activation, eligibility, queries, supply
from console.spreadsheets.cells import Cell

PAYMENT = {
    "集团统付": "GROUP",
    "统付": "GROUP",
    "定额统付": "GROUP_CAP",
    "定额": "GROUP_CAP",
    "个人付费": "PERSON",
    "个人": "PERSON",
    "company pays all": "GROUP",
    "company pays up to a limit": "GROUP_CAP",
    "person pays": "PERSON",
}


@dataclass
class Activations(People):
    """Also what is on sale, and which numbers and cards of the roster are ours."""

    offers: dict[str, Offer] = field(default_factory=dict)
    names: Names = field(default_factory=Names)
    lines: dict[bytes, int] = field(default_factory=dict)
    known_numbers: dict[bytes, tuple[int, str]] = field(default_factory=dict)
    known_sims: dict[str, tuple[int, str]] = field(default_factory=dict)
    number_index: dict[str, bytes] = field(default_factory=dict)
    waiting: dict[bytes, tuple[str, int]] = field(default_factory=dict)
    told: dict[Person, Told] = field(default_factory=dict)
    prices: dict[str, Price] = field(default_factory=dict)


def plan(cell: Cell, reference: Activations) -> Reading:
    match = reference.names.find(cell.value)
    if match.code:
        found = note("W_VARIANT" if match.variant else "W_PLAN_SYNONYM")
        return Reading(match.code, () if match.exact else (found,))
    if match.candidates:
        shown = [reference.offers[code].name for code in match.candidates]
        return columns.refused("E_PLAN_AMBIGUOUS", candidates=shown, options=list(match.candidates))
    if match.suggestion:
        return columns.refused("E_PLAN_UNKNOWN", suggest=match.suggestion)
    return columns.refused("E_PLAN_UNKNOWN")


def plan_options(reference: Activations) -> Sequence[tuple[str, str]]:
    return [
        (code, _("%(name)s（%(fee)g 元/月）", name=offer.name, fee=offer.fee_fen / 100))
        for code, offer in reference.offers.items()
        if offer.kind == "MAIN"
    ]


def payment_options(_reference: Any) -> Sequence[tuple[str, str]]:
    return [("集团统付", _("集团统付")), ("定额统付", _("定额统付")), ("个人付费", _("个人付费"))]


def yes_options(_reference: Any) -> Sequence[tuple[str, str]]:
    return [("是", _("是")), ("否", _("否"))]


def _second_of_one_person(first: Mapping[str, Any], later: Mapping[str, Any]) -> bool:
    """The same 工号 twice is right when it is the same person, who wants another number."""
    return bool(later.get("second") and later.get("person_key") == first.get("person_key"))


def _short(address: str) -> str:
    """Province and city at most."""
    return f"{address[:6]}****" if len(address) > 6 else "****"


DOCUMENT_UNTIL = Column(
    "document_until", _l("证件有效期止"), columns.last_day, width=14, example="2035-01-01", shape="date",
    synonyms=("证件有效期", "有效期止", "有效期至"), hint=_l("选填，可写长期"),
)  # fmt: skip


class Activate(UploadKind):
    """A new number for each row."""

    slug = "activate"
    vouched_for: ClassVar[tuple[Operation | None, ...]] = (None,)
    version = 2
    title = _l("批量开通号码")
    short = _l("开通号码")
    lead = _l("新员工入职")
    icon = "i-sim"
    permission = Permission.LINES_ACTIVATE
    opens_lines = True
    priced_as = _l("新开号码")
    columns: ClassVar[tuple[Column, ...]] = (
        NUMBER,
        NAME,
        DOCUMENT_TYPE,
        DOCUMENT_NO,
        DOCUMENT_UNTIL,
        Column(
            "document_address", _l("证件地址"), columns.address, width=30, example="", mask=_short,
            synonyms=("身份证地址", "户籍地址", "身份证住址", "住址"), hint=_l("选填，与证件一致，只送交运营商"), shape="word",
        ),
        DEPARTMENT,
        COST_CENTER,
        PHONE,
        Column(
            "plan", _l("套餐"), plan, required=True, width=28, example="全球通5G商务套餐59元档", shown=True, default=True,
            synonyms=("主套餐", "资费套餐", "资费", "套餐名称", "套餐档位", "资费档位", "Plan"), options=plan_options,
            hint=_l("不填用上传时选的套餐"), shape="word",
        ),
        Column(
            "msisdn", _l("指定号码"), columns.new_number, width=16, example="", mask=numbers.mask, shape="mobile",
            synonyms=("号码", "新号码", "号码选择", "开通号码", "业务号码"), hint=_l("选填，不填由系统分配"),
        ),
        Column(
            "sim", _l("SIM 卡号"), columns.sim_card, width=24, example="", shape="card",
            synonyms=("ICCID", "卡号", "SIM卡号"), hint=_l("选填，不填从库存分配"),
        ),
        Column(
            "payment", _l("付费方式"), columns.choice(PAYMENT), width=12, example="集团统付", default=True, shape="word",
            synonyms=("付费", "支付方式"), options=payment_options, hint=_l("不填用上传时选的方式"),
        ),
        Column("cap", _l("统付上限"), columns.money, width=12, example="", shape="short", synonyms=("统付上限元", "统付限额", "上限"),
               hint=_l("只有定额统付填，单位元")),
        Column("second", _l("再开一个号码"), columns.yes_or_no, width=12, example="", options=yes_options, shape="short",
               synonyms=("允许多号",), hint=_l("员工已有号码、确实要再开时填“是”")),
    )  # fmt: skip
    unique: ClassVar[tuple[Unique, ...]] = (
        Unique(
            "employee_number",
            "E_EMP_DUP",
            lambda values: values.get("employee_number"),
            _second_of_one_person,
        ),
        Unique(
            "document_no",
            "E_DUP_ID",
            lambda values: None if values.get("second") else values.get("person_key"),
        ),
        Unique("msisdn", "E_DUP_NUMBER", lambda values: values.get("msisdn")),
        Unique("sim", "E_DUP_ICCID", lambda values: values.get("sim")),
    )
    witnesses = WITNESSES
    agreeing = (ONE_NAME,)
    supplies = (Supply(supply.missing_numbers, supply.fetch_numbers, supply.take_in_numbers),)

    def reference(self) -> Activations:
        people = people_reference()
        offers = plans.offers(people["today"])
        main = [(o.code, o.name, o.synonyms) for o in offers.values() if o.kind == "MAIN"]
        return Activations(**people, offers=offers, names=Names.of(main))

    def look_up(self, rows: list[Row], reference: Activations) -> None:
        identity.look_up(rows, reference)
        reference.lines = queries.lines_per_document(set(reference.index.values()))
        reference.waiting = finding.waiting_elsewhere(
            self.slug, reference.batch_id, set(reference.index.values())
        )
        reference.told = operator.told(eligibility.people_of(rows))
        for row in rows:
            row.cost_center = row.values.get("cost_center")
        written = {row.values["msisdn"] for row in rows if "msisdn" in row.values}
        reference.number_index = {msisdn: queries.msisdn_index(msisdn) for msisdn in written}
        reference.known_numbers = queries.numbers_by_index(reference.number_index.values())
        reference.known_sims = queries.sims_by_key({row.values["sim"] for row in rows if "sim" in row.values})

    def check(self, row: Row, reference: Activations) -> Iterable[tuple[str, Found]]:
        yield from identity.check(row, reference)
        yield from eligibility.expired(row.values, reference.today)
        yield from eligibility.lines_already(row, reference)
        yield from eligibility.vouched(row, reference.told)
        yield from eligibility.stock(row.values, reference)
        yield from eligibility.plan_fits(row.values, reference)
        yield from eligibility.cap_fits(row.values)

    def together(self, rows: list[Row], reference: Activations) -> None:
        """Five numbers for one document, those of this roster included."""
        counted: Counter[str] = Counter()
        for row in rows:
            person = row.values.get("person_key")
            if person is None or row.wrong:
                continue
            counted[person] += 1
            if (
                reference.lines.get(reference.index.get(row.number, b""), 0) + counted[person]
                > eligibility.MOST_FOR_ONE
            ):
                row.add("document_no", Found("E_ONE_ID_FILE"))

    def price(self, row: Row, reference: Activations) -> Price | None:
        code = row.values["plan"]
        if code not in reference.prices:
            reference.prices[code] = _price(reference.offers[code], reference)
        return reference.prices[code]

    def apply(self, batch: Any, rows: list[Row]) -> dict[int, Found]:
        return activation.order(batch, rows)

    def outcomes(self, batch: Any, rows: Sequence[Any]) -> dict[int, Outcome]:
        return activation.outcomes(batch, rows)

    def price_labels(self) -> dict[str, str]:
        return {code: offer.name for code, offer in plans.offers(clock.today()).items()}

    def words(self) -> Callable[[str, Any], str]:
        plan_names = self.price_labels()
        return lambda field, value: (
            plan_names.get(value, str(value)) if field == "plan" else _said(field, value)
        )

    def preview(self, count: int) -> list[tuple[Any, str]]:
        numbers_free, sims_free = queries.stock()
        return [
            (_("可用号码"), _("%(n)s 个", n=numbers_free)),
            (_("库存 SIM 卡"), _("%(n)s 张", n=sims_free)),
        ]


def _said(field: str, value: Any) -> str:
    if field == "payment":
        return {"GROUP": _("集团统付"), "GROUP_CAP": _("定额统付"), "PERSON": _("个人付费")}.get(
            value, str(value)
        )
    if field == "cap":
        return f"{value / 100:.2f}"
    if field == "second":
        return _("是") if value else _("否")
    if field == "document_until" and value == FOREVER:
        return _("长期")
    return identity.word(field, value)


def _price(offer: Offer, reference: Activations) -> Price:
    sold = [offer, *(reference.offers[code] for code in offer.requires if code in reference.offers)]
    return Price(offer.code, sum(o.fee_fen for o in sold), sum(_this_cycle(o, reference.today) for o in sold))


def _this_cycle(offer: Offer, today: date) -> int:
    """分 for the rest of this month, by the plan's own first-month rule (DAILY unless it says otherwise)."""
    allowance = Allowance(offer.voice_min, offer.data_mb, offer.sms)
    return first_month(offer.first_month, offer.fee_fen, allowance, today).fee_fen
