"""Another person for a number that is in use, as a kind of upload: checked and registered like the first one."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import update

from console.bulk.columns import Found
from console.bulk.kind import Column, Group, Outcome, Price, Row, Unique, UploadKind
from console.bulk.models import BatchRow
from console.core.db import session
from console.core.permissions import Permission
from console.employees import actions as employees
from console.employees import identity
from console.employees import queries as people
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
from console.orders import people as operator
from console.orders.people import Person, Told
from console.sims import activation, changing, eligibility, presenting, queries, rules
from console.sims.changing import Change
from console.sims.line_kind import MSISDN
from console.sims.rules import Held, Work
from console.sims.uploads import DOCUMENT_UNTIL


@dataclass
class Handing(People):
    """Also the lines that change hands, and how many lines the new users have."""

    line: dict[int, Held] = field(default_factory=dict)
    lines: dict[bytes, int] = field(default_factory=dict)
    told: dict[Person, Told] = field(default_factory=dict)


class ChangeUsers(UploadKind):
    """A number goes to somebody else of the company."""

    slug = "change-users"
    vouched_for = (None,)
    spends = False
    title = _l("批量更换使用人")
    short = _l("换使用人")
    lead = _l("离职交接，号码给别人用")
    icon = "i-users"
    group = Group.CARDS
    permission = Permission.LINES_ACTIVATE
    repeatable = True
    priced_as = _l("换使用人")
    columns = (
        Column(
            **MSISDN.__dict__
            | {"required": True, "example": "13800001234", "hint": _l("必填，公司在用的号码")}
        ),
        Column(**NUMBER.__dict__ | {"required": True, "hint": _l("必填，新使用人的工号")}),
        Column(**NAME.__dict__ | {"hint": _l("必填，新使用人的姓名，与证件一致")}),
        DOCUMENT_TYPE,
        DOCUMENT_NO,
        DOCUMENT_UNTIL,
        Column(**DEPARTMENT.__dict__ | {"required": False, "hint": _l("选填，填了就写进花名册")}),
        COST_CENTER,
        PHONE,
    )
    unique = (Unique("msisdn", "E_LINE_TWICE", lambda values: values.get("msisdn")),)
    witnesses = WITNESSES
    agreeing = (ONE_NAME,)

    def reference(self) -> Handing:
        return Handing(**people_reference())

    def look_up(self, rows: list[Row], reference: Handing) -> None:
        identity.look_up(rows, reference)
        reference.lines = queries.lines_per_document(set(reference.index.values()))
        reference.told = operator.told(eligibility.people_of(rows))
        indexes = {
            row.number: queries.msisdn_index(row.values["msisdn"]) for row in rows if "msisdn" in row.values
        }
        known = queries.lines_by_number(set(indexes.values()))
        holders = people.people({line.employee_id for line in known.values()})
        for row in rows:
            row.employee_id = reference.numbers.get(row.values.get("employee_number", ""), (None,))[0]
            row.cost_center = row.values.get("cost_center")
            if line := known.get(indexes.get(row.number, b"")):
                reference.line[row.number] = line
                row.values |= {"line": str(line.line_id), "number_id": line.number_id}
                row.values["was"] = {"name": holders[line.employee_id].name}

    def check(self, row: Row, reference: Handing) -> Iterable[tuple[str, Found]]:
        yield from identity.check(row, reference)
        yield from eligibility.expired(row.values, reference.today)
        yield from eligibility.vouched(row, reference.told)
        line = reference.line.get(row.number)
        if line is None and "msisdn" in row.values:
            yield "msisdn", Found("E_LINE_UNKNOWN")
        if line and (code := rules.why_not(Work.CHANGE_USER, line)):
            yield "msisdn", Found(code)
        if line and row.employee_id == line.employee_id:
            yield "employee_number", Found("E_USER_SAME")

    def together(self, rows: list[Row], reference: Handing) -> None:
        """Five numbers for one document, those of this roster included."""
        counted: Counter[bytes] = Counter()
        for row in rows:
            if row.document_index is None or row.wrong:
                continue
            counted[row.document_index] += 1
            if (
                reference.lines.get(row.document_index, 0) + counted[row.document_index]
                > eligibility.MOST_FOR_ONE
            ):
                row.add("document_no", Found("E_ONE_ID_FILE"))

    def price(self, row: Row, reference: Handing) -> Price | None:
        return Price(Work.CHANGE_USER.value, 0, 0)

    def apply(self, batch: Any, rows: list[Row]) -> dict[int, Found]:
        ids = employees.save_people([identity.person(row.values) for row in rows])
        for row, person in zip(rows, ids, strict=True):
            session.execute(
                update(BatchRow)
                .where(BatchRow.id == row.id)
                .values(employee_id=person)
                .execution_options(synchronize_session=False)
            )
        changing.order(batch, [_change(row) for row in rows])
        return {}

    def outcomes(self, batch: Any, rows: Sequence[Any]) -> dict[int, Outcome]:
        return activation.outcomes(batch, rows)

    def words(self) -> Callable[[str, Any], str]:
        return identity.word

    def price_labels(self) -> dict[str, str]:
        return {Work.CHANGE_USER.value: presenting.order_kind(Work.CHANGE_USER.value)}


def _change(row: Row) -> Change:
    user = activation.user_of(row.values)
    return Change(
        row,
        Work.CHANGE_USER,
        int(row.values["line"]),
        row.values["number_id"],
        {"subscriber": {"user": user}},
    )
