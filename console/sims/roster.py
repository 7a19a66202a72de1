"""The full roster as a kind of upload: everybody of the company, from which the console works out what is to be done."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from console.bulk.columns import Found, note
from console.bulk.kind import Column, Operation, Outcome, Price, Row, Unique
from console.core import clock
from console.core.permissions import Permission
from console.employees import actions as people
from console.employees import identity
from console.employees import queries as employees
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
)
from console.orders import people as operator
from console.plans import queries as plans
from console.sims import activation, changing, deciding, eligibility, queries, rules, switching
from console.sims.changing import Change
from console.sims.deciding import OPENS, Books
from console.sims.rules import Effective, Held, Work
from console.sims.states import LineState
from console.sims.uploads import Activate, plan, plan_options


def _plans_or_none(reference: Books) -> list[tuple[str, str]]:
    return [("", _("不开通，只登记")), *plan_options(reference)]


def _nobody_twice(_first: Mapping[str, Any], later: Mapping[str, Any]) -> bool:
    """Who is not in the file has a row for each line."""
    return bool(later.get("absent"))


class FullRoster(Activate):
    """Joiners, movers, changes and leavers, from one list of everybody."""

    slug = "full-roster"
    vouched_for = (Operation.JOIN,)
    title = _l("上传全量花名册")
    short = _l("全量花名册")
    lead = _l("自动找出入职、调动和离职")
    icon = "i-users"
    permission = Permission.EMPLOYEES_WRITE
    confirming = (Permission.LINES_ACTIVATE, Permission.LINES_CHANGE, Permission.LINES_SUSPEND)
    mixed = True
    opens_lines = False
    columns = (
        NUMBER,
        NAME,
        DOCUMENT_TYPE,
        Column(**DOCUMENT_NO.__dict__ | {"required": False, "hint": _l("开通号码的新员工必填，加密保存")}),
        DEPARTMENT,
        COST_CENTER,
        PHONE,
        Column(
            "plan", _l("套餐"), plan, width=28, example="全球通5G商务套餐59元档", shown=True, shape="word",
            synonyms=("主套餐", "资费套餐", "资费", "套餐名称", "套餐档位", "Plan"), options=plan_options,
            hint=_l("选填，和现在的不同就从下个账期变更"),
        ),
        Column(
            "new_plan", _l("新员工套餐"), plan, width=28, example="", default=True, shape="word",
            synonyms=("入职套餐",), options=_plans_or_none, hint=_l("选填，新员工没有写套餐时用"),
        ),
    )  # fmt: skip
    unique = (
        Unique("employee_number", "E_EMP_DUP", lambda values: values.get("employee_number"), _nobody_twice),
        Unique("document_no", "E_DUP_ID", lambda values: values.get("person_key")),
    )
    witnesses = WITNESSES
    agreeing = (ONE_NAME,)

    def reference(self) -> Books:
        return Books(**vars(super().reference()))

    def look_up(self, rows: list[Row], reference: Any) -> None:
        written = [row for row in rows if not row.absent]
        identity.look_up(written, reference)
        for row in written:
            row.employee_id = deciding.whom(row, reference)
        ids = {row.employee_id for row in rows if row.employee_id}
        reference.people, reference.held = employees.people(ids), queries.lines_of_people(ids)
        reference.lines = queries.lines_per_document(set(reference.index.values()))
        reference.told = operator.told(eligibility.people_of(rows))
        for row in rows:
            row.cost_center = row.values.get("cost_center")
            (deciding.decide_absent if row.absent else deciding.decide)(row, reference)

    def unmentioned(self, rows: list[Row], reference: Any) -> list[Row]:
        """A row for each line in use of whoever is not in the file, or one for somebody without any."""
        nameless = {
            row.values["name"] for row in rows if row.wrong and not row.employee_id and "name" in row.values
        }
        mentioned = {row.employee_id for row in rows} | employees.with_names(nameless)
        missing = (employees.staff() | queries.users_of_lines()) - mentioned
        reference.people |= employees.people(missing)
        reference.held |= queries.lines_of_people(missing)
        absent: list[Row] = []
        last = max((row.number for row in rows), default=0)
        for person in sorted((reference.people[id_] for id_ in missing), key=lambda person: person.number):
            lines: list[Held | None] = [*deciding.in_use(reference, person.id)]
            for line in lines or [None]:
                absent.append(deciding.absent(last + len(absent) + 1, person, line))
                deciding.decide_absent(absent[-1], reference)
        return absent

    def check(self, row: Row, reference: Any) -> Iterable[tuple[str, Found]]:
        if row.absent:
            yield from _check_absent(row, reference)
            return
        yield from identity.check(row, reference)
        yield from _check_person(row, reference)
        if OPENS in row.values:
            yield from _check_joiner(row, reference)
        yield from _check_change(row, reference)

    def together(self, rows: list[Row], reference: Any) -> None:
        """Everybody has one row."""

    def price(self, row: Row, reference: Any) -> Price | None:
        if OPENS in row.values:
            return super().price(row, reference)
        line = deciding.line_of(row, reference)
        if line is None or not self.asks_operator(row):
            return None
        if row.absent:
            return switching.suspension_price(line, reference.today)
        return switching.plan_price(row, line, reference.offers, reference.today)

    def asks_operator(self, row: Row) -> bool:
        return OPENS in row.values or "line" in row.values

    def headcount(self) -> int | None:
        return employees.headcount()

    def apply(self, batch: Any, rows: list[Row]) -> dict[int, Found]:
        opening = [row for row in rows if OPENS in row.values]
        absent = [row for row in rows if row.absent]
        booked = [row for row in rows if not row.absent and row not in opening]
        bad = activation.order(batch, opening) if opening else {}
        people.save_people([identity.person(row.values) for row in booked])
        people.leave({row.employee_id for row in absent if row.employee_id})
        changing.order(batch, [_change(row) for row in (*booked, *absent) if "line" in row.values])
        return bad

    def outcomes(self, batch: Any, rows: Any) -> dict[int, Outcome]:
        done = {row.id: _done(row) for row in rows if row.state == "done"}
        return done | super().outcomes(batch, [row for row in rows if row.id not in done])

    def price_labels(self) -> dict[str, str]:
        return super().price_labels() | {Work.SUSPEND.value: _("停机保号")}

    def deed(self, row: Any, words: Callable[[str, Any], str]) -> str:
        ordered = "line" in row.values
        if row.operation == Operation.CHANGE and ordered:
            return _("下个账期换套餐")
        if row.operation == Operation.JOIN:
            return _("开通号码") if OPENS in row.values else _("登记")
        if row.operation == Operation.LEAVE:
            return _("停机保号") if ordered else _("标为离职")
        return {Operation.MOVE: _("调动"), Operation.CHANGE: _("更新资料"), Operation.LEFT: _("已离职")}.get(
            row.operation, _("不变")
        )


def _check_absent(row: Row, reference: Books) -> Iterable[tuple[str, Found]]:
    line = deciding.line_of(row, reference)
    if line and (code := rules.why_not(Work.SUSPEND, line)):
        yield "plan", Found(code)


def _check_person(row: Row, reference: Books) -> Iterable[tuple[str, Found]]:
    number, person = row.values.get("employee_number"), reference.people.get(row.employee_id or 0)
    if number is None and "person_key" not in row.values:
        yield "employee_number", Found("E_WHO")
    elif number and person and number != person.number:
        yield "employee_number", Found("E_EMP_OTHER_NUMBER", values={"suggest": person.number})
    suspended = any(
        line.state == LineState.SUSPENDED for line in reference.held.get(row.employee_id or 0, ())
    )
    if person and person.left and suspended:
        yield "name", note("W_STILL_SUSPENDED")


def _check_joiner(row: Row, reference: Books) -> Iterable[tuple[str, Found]]:
    if "document_no" not in row.values:
        yield "document_no", Found("E_JOINER_DOCUMENT")
    yield from eligibility.plan_fits(row.values, reference)
    yield from eligibility.vouched(row, reference.told)
    if row.document_index and reference.lines.get(row.document_index, 0) >= eligibility.MOST_FOR_ONE:
        yield "document_no", Found("E_ONE_ID_FILE")


def _check_change(row: Row, reference: Books) -> Iterable[tuple[str, Found]]:
    lines, line = reference.held.get(row.employee_id or 0, []), deciding.line_of(row, reference)
    wanted = row.values.get("plan")
    if wanted and len(lines) > 1 and all(line.plan.code != wanted for line in lines):
        yield "plan", Found("E_LINES_MANY", values={"lines": len(lines)})
    if line is None:
        return
    if code := rules.why_not(Work.CHANGE_PLAN, line):
        yield "plan", Found(code)
    document = (row.values.get("document_type"), row.values.get("document_no"))
    yield from switching.check_plan(row, line, reference.offers, reference.today, document)


def _change(row: Row) -> Change:
    line, number = int(row.values["line"]), row.values["number_id"]
    if row.absent:
        return Change(row, Work.SUSPEND, line, number)
    offer = plans.offers(clock.today())[row.values["plan"]]
    asks = switching.plan_asked(offer, Effective.NEXT_CYCLE, {})
    return Change(row, Work.CHANGE_PLAN, line, number, asks, switching.day_of(Effective.NEXT_CYCLE))


def _done(row: Any) -> Outcome:
    return Outcome("ok", "left" if row.operation == Operation.LEAVE else "saved")
