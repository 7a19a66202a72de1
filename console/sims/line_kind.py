"""What is asked for a line that is there: found by its number or by whose it is, checked, ordered, followed."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, ClassVar

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from console.bulk import columns
from console.bulk.columns import Found
from console.bulk.kind import Column, Outcome, Row, Unique, UploadKind
from console.core import clock
from console.employees import identity
from console.employees import queries as employees
from console.employees.comparing import Person
from console.employees.uploads import NAME, NUMBER
from console.identifiers import numbers
from console.plans.matching import Names
from console.plans.queries import Offer
from console.sims import activation, changing, presenting, queries, rules
from console.sims.changing import Change
from console.sims.rules import Held, Work


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


MSISDN = Column(
    "msisdn", _l("号码"), columns.new_number, width=16, mask=numbers.mask, shown=True, shape="mobile",
    synonyms=("手机号", "手机号码", "业务号码", "Number"), hint=_l("号码和工号至少填一个；一人多号时要填号码"),
)  # fmt: skip
WHO = Column(**NUMBER.__dict__ | {"shown": True, "hint": _l("号码和工号至少填一个")})
HOLDER = Column(**NAME.__dict__ | {"required": False, "hint": _l("选填，填了就核对使用人")})


class LineChange(UploadKind):
    """One order for a line that is found by its number or by whose it is."""

    work: ClassVar[Work]
    repeatable = True
    chosen_by = "msisdn"
    columns: ClassVar[tuple[Column, ...]] = (MSISDN, WHO, HOLDER)
    unique: ClassVar[tuple[Unique, ...]] = (
        Unique("msisdn", "E_LINE_TWICE", lambda values: values.get("line")),
    )

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

    def work_of(self, values: Mapping[str, Any]) -> Work:
        """What is asked for this row."""
        return self.work

    def check(self, row: Row, reference: Lines) -> Iterable[tuple[str, Found]]:
        line = reference.line.get(row.number)
        if why := reference.why.get(row.number):
            yield "msisdn" if "msisdn" in row.values else "employee_number", why
        if line and (code := rules.why_not(self.work_of(row.values), line)):
            yield "msisdn", Found(code)
        if line:
            yield from self.check_line(row, line, reference)

    def check_line(self, row: Row, line: Held, reference: Lines) -> Iterable[tuple[str, Found]]:
        return ()

    def apply(self, batch: Any, rows: list[Row]) -> dict[int, Found]:
        changing.order(batch, [self.change(row) for row in rows])
        return {}

    def change(self, row: Row) -> Change:
        return self.asked(row)

    def asked(self, row: Row, first_day: date | None = None, **asks: Any) -> Change:
        """The order for a row, with what this kind asks besides."""
        work, line, number = self.work_of(row.values), int(row.values["line"]), row.values["number_id"]
        return Change(row, work, line, number, asks, first_day)

    def outcomes(self, batch: Any, rows: Sequence[Any]) -> dict[int, Outcome]:
        return activation.outcomes(batch, rows)

    def words(self) -> Callable[[str, Any], str]:
        return said

    def price_labels(self) -> dict[str, str]:
        return {work.value: presenting.order_kind(work.value) for work in Work}


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
    row.employee_id, row.cost_center = holder.id, holder.cost_center
    row.values |= {"line": str(line.line_id), "number_id": line.number_id, "department": holder.department}
    row.values.setdefault("employee_number", holder.number)


def said(field: str, value: Any) -> str:
    """How a value of a change is said to people."""
    known = {
        "beyond": {"CUT": _("断网"), "THROTTLE": _("限速")},
        "card": {"PHYSICAL": _("实体卡"), "ESIM": "eSIM"},
        "effective": {"NEXT_CYCLE": _("下个账期"), "NOW": _("立即")},
        "reason": {
            "left": _("离职"), "leave": _("休假"), "other": _("其他"), "unused": _("不再使用"),
            "lost": _("遗失"), "broken": _("损坏"), "upgrade": _("换卡类型"),
        },
    }  # fmt: skip
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if field == "limit":
        return presenting.limit_words(value)
    return known.get(field, {}).get(value) or identity.word(field, value)


def yes_options(_reference: Any) -> Sequence[tuple[str, str]]:
    return [("是", _("是")), ("否", _("否"))]
