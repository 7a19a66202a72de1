"""What is changed of lines, as kinds of upload: another plan, products added and removed, limits of data."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from console.bulk import columns
from console.bulk.columns import Found, Reading
from console.bulk.kind import Column, Group, Price, Row
from console.core import clock
from console.core.permissions import Permission
from console.employees import queries as employees
from console.identifiers.amounts import as_typed
from console.plans import combining
from console.plans import queries as plans
from console.plans.matching import Names
from console.sims import extras, rules, switching
from console.sims.changing import Change
from console.sims.line_kind import LineChange, Lines, said, yes_options
from console.sims.rules import Effective, Held, Work
from console.sims.uploads import plan, plan_options
from console.spreadsheets import cells
from console.spreadsheets.cells import Cell

EFFECTIVE = {
    "下个账期": "NEXT_CYCLE",
    "下月": "NEXT_CYCLE",
    "次月": "NEXT_CYCLE",
    "next cycle": "NEXT_CYCLE",
    "立即": "NOW",
    "now": "NOW",
}
ACTIONS = {"断网": "CUT", "限速": "THROTTLE", "cut off": "CUT", "slow down": "THROTTLE"}
NO_LIMIT = ("不限", "取消", "取消限额", "无", "no limit")
MOST_MB = 10 * 1024 * 1024
_AMOUNT = re.compile(r"([0-9]{1,7}(?:\.[0-9]{1,3})?)\s*(GB|G|MB|M)", re.IGNORECASE)


def _effective_options(_reference: Any) -> Sequence[tuple[str, str]]:
    return [("下个账期", _("下个账期")), ("立即", _("立即，只限本月新开的号码"))]


def _when_options(_reference: Any) -> Sequence[tuple[str, str]]:
    return [("立即", _("立即")), ("下个账期", _("下个账期"))]


def _action_options(_reference: Any) -> Sequence[tuple[str, str]]:
    return [("断网", _("断网")), ("限速", _("限速"))]


def product(cell: Cell, reference: Lines) -> Reading:
    """As plans are read, with its own words for what is not known."""
    reading = plan(cell, reference)  # type: ignore[arg-type]
    found = tuple(
        Found(one.code.replace("E_PLAN", "E_PRODUCT"), one.level, one.values) for one in reading.found
    )
    return Reading(reading.value, found)


def product_options(reference: Lines) -> Sequence[tuple[str, str]]:
    return [(code, offer.name) for code, offer in combining.extras(reference.offers).items()]


def data_limit(cell: Cell, _reference: Any) -> Reading:
    """10GB or 500MB, in MB; 0 for no limit any more."""
    text = as_typed(cell.value) if cell.kind == cells.NUMBER else cell.value.strip()
    if text.lower() in NO_LIMIT:
        return Reading(0)
    if not (amount := _AMOUNT.fullmatch(text)):
        return columns.refused("E_LIMIT_FORMAT")
    megabytes = round(float(amount[1]) * (1024 if amount[2].upper().startswith("G") else 1))
    return Reading(megabytes) if 0 < megabytes <= MOST_MB else columns.refused("E_LIMIT_FORMAT")


PENALTY = Column(
    "accepts", _l("接受违约金"), columns.yes_or_no, width=12, options=yes_options, shape="short", default=True,
    synonyms=("同意违约金",), hint=_l("合约期内填“是”才办理，违约金在确认前列出"),
)  # fmt: skip


class ChangePlan(LineChange):
    """Another plan for each line."""

    slug = "change-plan"
    version = 2
    title = _l("批量变更套餐")
    short = _l("套餐变更")
    lead = _l("升档、降档")
    icon = "i-swap"
    group = Group.CHANGE
    permission = Permission.LINES_CHANGE
    work = Work.CHANGE_PLAN
    priced_as = _l("变更套餐")
    columns = (
        *LineChange.columns,
        Column(
            "plan", _l("新套餐"), plan, required=True, width=28, example="全球通5G商务套餐89元档", shown=True, shape="word",
            synonyms=("套餐", "变更后套餐", "目标套餐", "主套餐", "新资费", "New plan"), options=plan_options,
            hint=_l("必填，写变更后的套餐"),
        ),
        Column(
            "effective", _l("生效时间"), columns.choice(EFFECTIVE), width=14, example="下个账期", default=True, shape="word",
            synonyms=("生效方式", "生效日期"), options=_effective_options, hint=_l("不填用上传时选的时间"),
        ),
        Column(**PENALTY.__dict__ | {"default": False}),
    )  # fmt: skip

    def reference(self) -> Lines:
        today = clock.today()
        offers = plans.offers(today)
        main = [(o.code, o.name, o.synonyms) for o in offers.values() if o.kind == "MAIN"]
        return Lines(today, offers, Names.of(main))

    def look_up(self, rows: list[Row], reference: Lines) -> None:
        super().look_up(rows, reference)
        of_age = {code for code, offer in reference.offers.items() if offer.eligibility == "AGE_16_30"}
        asked = {row.employee_id for row in rows if row.values.get("plan") in of_age and row.employee_id}
        reference.documents = employees.documents(asked)
        for row in rows:
            line = reference.line.get(row.number)
            if line and line.plan.code != row.values.get("plan"):
                row.values["was"] = {"plan": line.plan.code}
            if line and (due := switching.plan_penalty(row, line, reference.offers, reference.today)):
                row.values["penalty_fen"] = due

    def check_line(self, row: Row, line: Held, reference: Lines) -> Iterable[tuple[str, Found]]:
        return switching.check_plan(
            row, line, reference.offers, reference.today, reference.documents.get(line.employee_id)
        )

    def price(self, row: Row, reference: Lines) -> Price | None:
        return switching.plan_price(row, reference.line[row.number], reference.offers, reference.today)

    def change(self, row: Row) -> Change:
        offer = plans.offers(clock.today())[row.values["plan"]]
        when = switching.effective(row.values)
        return self.asked(row, switching.day_of(when), **switching.plan_asked(offer, when, row.values))

    def words(self) -> Callable[[str, Any], str]:
        names = self.price_labels()
        return lambda field, value: names.get(value, str(value)) if field == "plan" else said(field, value)

    def price_labels(self) -> dict[str, str]:
        return {code: offer.name for code, offer in plans.offers(clock.today()).items()}


class ProductChange(LineChange):
    """A product beside the plan."""

    icon = "i-layers"
    group = Group.CHANGE
    permission = Permission.LINES_CHANGE

    def reference(self) -> Lines:
        today = clock.today()
        offers = plans.products(today)
        names = [(o.code, o.name, o.synonyms) for o in combining.extras(offers).values()]
        return Lines(today, offers, Names.of(names))

    def words(self) -> Callable[[str, Any], str]:
        names = self.price_labels()
        return lambda field, value: names.get(value, str(value)) if field == "product" else said(field, value)

    def price_labels(self) -> dict[str, str]:
        return {code: offer.name for code, offer in plans.products(clock.today()).items()}


class AddProducts(ProductChange):
    """A pack or a function for each line, with what it needs."""

    slug = "add-products"
    title = _l("批量加包")
    short = _l("加包")
    lead = _l("流量包、V 网、漫游等附加产品")
    work = Work.ADD_PRODUCT
    priced_as = _l("加包")
    columns = (
        *LineChange.columns,
        Column(
            "product", _l("产品"), product, required=True, width=28, example="国内流量加油包10GB月包", shown=True, shape="word",
            synonyms=("附加产品", "加包", "流量包", "产品名称", "Product"), options=product_options, hint=_l("必填，一行一个产品"),
        ),
        Column(
            "effective", _l("生效时间"), columns.choice(EFFECTIVE), width=14, shape="word",
            synonyms=("生效方式",), options=_when_options, hint=_l("选填，不填按产品的规则：流量包立即，其他下个账期"),
        ),
        Column(
            "agreed", _l("本人已确认"), columns.yes_or_no, width=12, options=yes_options, shape="short",
            synonyms=("使用人确认",), hint=_l("开通国际漫游必填“是”"),
        ),
    )  # fmt: skip

    def work_of(self, values: Mapping[str, Any]) -> Work:
        return Work.ROAMING_ON if values.get("product") == combining.ROAMING else self.work

    def check_line(self, row: Row, line: Held, reference: Lines) -> Iterable[tuple[str, Found]]:
        return extras.check_added(row, line, reference.offers)

    def price(self, row: Row, reference: Lines) -> Price | None:
        return extras.added_price(row, reference.line[row.number], reference.offers, reference.today)

    def change(self, row: Row) -> Change:
        if self.work_of(row.values) is Work.ROAMING_ON:
            return self.asked(row, userConfirmed=True)
        when = Effective(row.values["when"])
        codes = row.values["codes"]
        products = [{"action": "add", "code": code, "effective": when.value} for code in codes]
        return self.asked(row, switching.day_of(when), products=products)

    def look_up(self, rows: list[Row], reference: Lines) -> None:
        super().look_up(rows, reference)
        for row in rows:
            line, offer = reference.line.get(row.number), reference.offers.get(row.values.get("product", ""))
            if line and offer:
                row.values["codes"] = [one.code for one in extras.along(line, offer, reference.offers)]
                row.values["when"] = extras.when(row.values, offer).value


class RemoveProducts(ProductChange):
    """A product goes at the end of the cycle."""

    slug = "remove-products"
    spends = False
    title = _l("批量退包")
    short = _l("退包")
    lead = _l("附加产品用到账期末为止")
    work = Work.REMOVE_PRODUCT
    priced_as = _l("退包")
    columns = (
        *LineChange.columns,
        Column(
            "product", _l("产品"), product, required=True, width=28, example="企业彩铃", shown=True, shape="word",
            synonyms=("附加产品", "退包", "产品名称", "Product"), options=product_options, hint=_l("必填，一行一个产品"),
        ),
    )  # fmt: skip

    def check_line(self, row: Row, line: Held, reference: Lines) -> Iterable[tuple[str, Found]]:
        return extras.check_removed(row, line, reference.offers)

    def price(self, row: Row, reference: Lines) -> Price | None:
        offer = reference.offers[row.values["product"]]
        return Price(offer.code, -offer.fee_fen if offer.monthly else 0, 0)

    def change(self, row: Row) -> Change:
        products = [{"action": "delete", "code": row.values["product"], "effective": "NEXT_CYCLE"}]
        return self.asked(row, switching.day_of(Effective.NEXT_CYCLE), products=products)


class LimitData(LineChange):
    """How much data a line may use in a month, and what happens then."""

    slug = "data-limits"
    spends = False
    title = _l("批量设置流量限额")
    short = _l("流量限额")
    lead = _l("设置或取消每月上限")
    icon = "i-shield"
    group = Group.CHANGE
    permission = Permission.LINES_CHANGE
    work = Work.SET_DATA_LIMIT
    priced_as = _l("流量限额")
    columns = (
        *LineChange.columns,
        Column(
            "limit", _l("每月限额"), data_limit, required=True, width=14, example="20GB", shown=True, shape="short",
            synonyms=("流量限额", "限额", "流量上限", "Data limit"), hint=_l("必填，例如 20GB；取消限额写“不限”"),
        ),
        Column(
            "beyond", _l("到限后"), columns.choice(ACTIONS), width=12, example="限速", options=_action_options, shape="word",
            synonyms=("超限处理",), default=True, hint=_l("断网或限速，不填用上传时选的"),
        ),
    )  # fmt: skip

    def look_up(self, rows: list[Row], reference: Lines) -> None:
        super().look_up(rows, reference)
        for row in rows:
            line = reference.line.get(row.number)
            if line and line.limit and line.limit[0] is not None:
                row.values |= {"was": {"limit": line.limit[0]}, "beyond_before": line.limit[1]}

    def work_of(self, values: Mapping[str, Any]) -> Work:
        return Work.CLEAR_DATA_LIMIT if values.get("limit") == 0 else self.work

    def check_line(self, row: Row, line: Held, reference: Lines) -> Iterable[tuple[str, Found]]:
        if code := rules.why_not_limit(line, row.values.get("limit"), row.values.get("beyond", "CUT")):
            yield "limit", Found(code)

    def price(self, row: Row, reference: Lines) -> Price | None:
        return Price(self.work_of(row.values).value, 0, 0)

    def change(self, row: Row) -> Change:
        if self.work_of(row.values) is Work.CLEAR_DATA_LIMIT:
            return self.asked(row)
        limit = {"limitMb": row.values["limit"], "action": row.values.get("beyond", "CUT")}
        return self.asked(row, dataLimit=limit)
