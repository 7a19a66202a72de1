"""What is asked for lines that a company has, as kinds of upload: another plan, suspension, back in use."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, ClassVar

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from console.bulk import columns
from console.bulk.columns import Found
from console.bulk.kind import Column, Outcome, Price, Row, Unique, UploadKind
from console.core import clock
from console.core.permissions import Permission
from console.employees import identity
from console.employees import queries as employees
from console.employees.comparing import Person
from console.employees.uploads import NAME, NUMBER
from console.identifiers import numbers
from console.plans import queries as plans
from console.plans.matching import Names
from console.plans.queries import Offer
from console.sims import activation, changing, queries, rules, switching
from console.sims.changing import Change
from console.sims.rules import Held, Work
from console.sims.uploads import plan, plan_options

EFFECTIVE = {
    "下个账期": "NEXT_CYCLE",
    "下月": "NEXT_CYCLE",
    "次月": "NEXT_CYCLE",
    "next cycle": "NEXT_CYCLE",
    "立即": "NOW",
    "now": "NOW",
}
REASONS = {
    "离职": "left",
    "休假": "leave",
    "其他": "other",
    "left": "left",
    "on leave": "leave",
    "other": "other",
}


@dataclass
class Lines:
    """Lines and people that the rows speak of; `line` and `why` go by the number of the row."""

    today: date
    offers: dict[str, Offer] = field(default_factory=dict)
    names: Names = field(default_factory=Names)
    batch_id: int = 0
    date1904: bool = False
    people: dict[int, Person] = field(default_factory=dict)
    line: dict[int, Held] = field(default_factory=dict)
    why: dict[int, Found] = field(default_factory=dict)
    documents: dict[int, tuple[str | None, str | None]] = field(default_factory=dict)


def _effective_options(_reference: Any) -> Sequence[tuple[str, str]]:
    return [("下个账期", _("下个账期")), ("立即", _("立即，只限本月新开的号码"))]


def _reason_options(_reference: Any) -> Sequence[tuple[str, str]]:
    return [("离职", _("离职")), ("休假", _("休假")), ("其他", _("其他"))]


MSISDN = Column(
    "msisdn", _l("号码"), columns.new_number, width=16, mask=numbers.mask, shown=True, shape="mobile",
    synonyms=("手机号", "手机号码", "业务号码", "Number"), hint=_l("号码和工号至少填一个；一人多号时要填号码"),
)  # fmt: skip
WHO = Column(**NUMBER.__dict__ | {"shown": True, "hint": _l("号码和工号至少填一个")})
HOLDER = Column(**NAME.__dict__ | {"required": False, "hint": _l("选填，填了就核对使用人")})


class LineChange(UploadKind):
    """One order for a line that is found by its number or by whose it is."""

    work: ClassVar[Work]
    columns: ClassVar[tuple[Column, ...]] = (MSISDN, WHO, HOLDER)
    unique = (Unique("msisdn", "E_LINE_TWICE", lambda values: values.get("line")),)

    def reference(self) -> Lines:
        return Lines(clock.today())

    def look_up(self, rows: list[Row], reference: Lines) -> None:
        indexes = {
            row.values["msisdn"]: queries.msisdn_index(row.values["msisdn"])
            for row in rows
            if "msisdn" in row.values
        }
        by_number = queries.lines_by_number(set(indexes.values()))
        known = employees.by_number(
            {row.values["employee_number"] for row in rows if "employee_number" in row.values}
        )
        by_person = queries.lines_of_people({id_ for id_, _document, _name in known.values()})
        for row in rows:
            person = known.get(row.values.get("employee_number", ""))
            number = by_number.get(indexes.get(row.values.get("msisdn", ""), b""))
            found = _line_of(row.values, number, person[0] if person else None, by_person)
            if isinstance(found, Found):
                reference.why[row.number] = found
            else:
                reference.line[row.number] = found
        reference.people = employees.people({line.employee_id for line in reference.line.values()})
        for row in rows:
            _introduce(row, reference)

    def check(self, row: Row, reference: Lines) -> Iterable[tuple[str, Found]]:
        line = reference.line.get(row.number)
        if why := reference.why.get(row.number):
            yield "msisdn" if "msisdn" in row.values else "employee_number", why
        if line and (code := rules.why_not(self.work, line)):
            yield "msisdn", Found(code)
        if line:
            yield from self.check_line(row, line, reference)

    def check_line(self, row: Row, line: Held, reference: Lines) -> Iterable[tuple[str, Found]]:
        return ()

    def apply(self, batch: Any, rows: list[Row]) -> dict[int, Found]:
        changing.order(batch, [self.change(row) for row in rows])
        return {}

    def change(self, row: Row) -> Change:
        return Change(row, self.work, int(row.values["line"]), row.values["number_id"])

    def outcomes(self, batch: Any, rows: Sequence[Any]) -> dict[int, Outcome]:
        return activation.outcomes(batch, rows)

    def words(self) -> Callable[[str, Any], str]:
        plan_names = {code: offer.name for code, offer in plans.offers(clock.today()).items()}
        return lambda field, value: (
            plan_names.get(value, str(value)) if field == "plan" else said(field, value)
        )

    def price_labels(self) -> dict[str, str]:
        return {Work.SUSPEND.value: _("停机保号"), Work.RESUME.value: _("复机")}


class ChangePlan(LineChange):
    """Another plan for each line."""

    slug = "change-plan"
    title = _l("批量变更套餐")
    short = _l("套餐变更")
    lead = _l("升档、降档，下个账期生效")
    icon = "i-swap"
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

    def check_line(self, row: Row, line: Held, reference: Lines) -> Iterable[tuple[str, Found]]:
        return switching.check_plan(
            row, line, reference.offers, reference.today, reference.documents.get(line.employee_id)
        )

    def price(self, row: Row, reference: Lines) -> Price | None:
        return switching.plan_price(row, reference.line[row.number], reference.offers, reference.today)

    def change(self, row: Row) -> Change:
        offer = plans.offers(clock.today())[row.values["plan"]]
        return Change(
            row,
            self.work,
            int(row.values["line"]),
            row.values["number_id"],
            offer,
            switching.effective(row.values),
        )

    def price_labels(self) -> dict[str, str]:
        return {code: offer.name for code, offer in plans.offers(clock.today()).items()}


class SuspendLines(LineChange):
    """The number is kept and cannot be used."""

    slug = "suspend"
    title = _l("批量停机保号")
    short = _l("停机保号")
    lead = _l("离职、休假，号码保留")
    icon = "i-pause"
    permission = Permission.LINES_SUSPEND
    work = Work.SUSPEND
    priced_as = _l("停机保号")
    columns = (
        *LineChange.columns,
        Column(
            "reason", _l("原因"), columns.choice(REASONS), width=12, example="休假", options=_reason_options, shape="word",
            synonyms=("停机原因",), hint=_l("选填"),
        ),
    )  # fmt: skip

    def price(self, row: Row, reference: Lines) -> Price | None:
        return switching.suspension_price(reference.line[row.number], reference.today)


class ResumeLines(LineChange):
    """Back in use after a suspension."""

    slug = "resume"
    title = _l("批量复机")
    short = _l("复机")
    lead = _l("停机的号码恢复使用")
    icon = "i-refresh"
    permission = Permission.LINES_SUSPEND
    work = Work.RESUME
    priced_as = _l("复机")

    def price(self, row: Row, reference: Lines) -> Price | None:
        monthly, cycle = rules.suspension(reference.line[row.number].plan, reference.today)
        return Price(Work.RESUME.value, -monthly, -cycle)


def _line_of(
    values: Mapping[str, Any], number: Held | None, person: int | None, by_person: Mapping[int, list[Held]]
) -> Held | Found:
    """The line that a row means, or why that is not clear."""
    if "msisdn" in values:
        if number is None:
            return Found("E_LINE_UNKNOWN")
        return (
            number
            if "employee_number" not in values or number.employee_id == person
            else Found("E_LINE_OTHER")
        )
    if "employee_number" not in values:
        return Found("E_LINE_WHICH")
    if person is None:
        return Found("E_PERSON_UNKNOWN")
    lines = by_person.get(person, [])
    if len(lines) > 1:
        return Found("E_LINES_MANY", values={"lines": len(lines)})
    return lines[0] if lines else Found("E_NO_LINE")


def _introduce(row: Row, reference: Lines) -> None:
    """Whose line it is, so that people see it; a name that was written must be the holder's."""
    line = reference.line.get(row.number)
    holder = reference.people.get(line.employee_id) if line else None
    if line is None or holder is None:
        return
    if row.values.setdefault("name", holder.name) != holder.name:
        reference.why[row.number] = Found("E_LINE_NAME")
    row.employee_id = holder.id
    row.values |= {"line": str(line.line_id), "number_id": line.number_id, "department": holder.department}
    row.values.setdefault("employee_number", holder.number)


def said(field: str, value: Any) -> str:
    """How a value of a change is said to people."""
    known = {
        "effective": {"NEXT_CYCLE": _("下个账期"), "NOW": _("立即")},
        "reason": {"left": _("离职"), "leave": _("休假"), "other": _("其他")},
    }
    return known.get(field, {}).get(value) or identity.word(field, value)
