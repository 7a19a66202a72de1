"""The pages that look at people, departments and cost centres; rosters write them, see uploads.py."""

from collections.abc import Sequence
from io import BytesIO
from typing import Any

from flask import abort, request, send_file, url_for
from flask_admin import expose
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from markupsafe import Markup

from console.accounts import freshness
from console.audit import messages as audit
from console.audit.models import AuditEvent
from console.core.listing import (
    DASH,
    AskedList,
    Option,
    Shown,
    asked,
    lines,
    link,
    pill,
    search_field,
    select_field,
)
from console.core.permissions import Permission, allows
from console.core.web import ConsoleView, requires
from console.employees import identity, listing, reveal, sheets
from console.employees.models import Employee
from console.identifiers import documents, numbers
from console.sims import listing as sims
from console.sims import presenting
from console.sims.models import Line


class EmployeesView(AskedList):
    permission = Permission.EMPLOYEES_READ
    heading = _l("员工花名册")
    asks = ("q", "department", "plan", "line")
    can_export = True
    export_types = ("xlsx",)
    # Flask-Admin loads relationships that are columns, such as `department`, in the statement of the list.
    column_list = ("name", "number", "department", "cost_center", "msisdn", "plan", "state")
    column_sortable_list = ("number",)
    column_default_sort = "number"
    column_labels = {
        "name": _l("姓名"),
        "number": _l("工号"),
        "department": _l("部门"),
        "cost_center": _l("成本中心"),
        "msisdn": _l("号码"),
        "plan": _l("套餐"),
        "state": _l("状态"),
    }
    column_formatters = {
        "department": lambda view, _c, one, _n: one.department.path if one.department else DASH,
        "cost_center": lambda view, _c, one, _n: one.cost_center.name if one.cost_center else DASH,
        "msisdn": lambda view, _c, one, _n: lines(_number(line) for line in view.gathered.get(one.id, ())),
        "plan": lambda view, _c, one, _n: lines(line.plan.name for line in view.gathered.get(one.id, ())),
        "state": lambda view, _c, one, _n: _state(view.gathered.get(one.id, ())),
    }

    def gather(self, rows: Sequence[Employee]) -> dict[int, list[Line]]:
        return sims.of_people([one.id for one in rows])

    def conditions(self) -> list[Any]:
        return [*self._narrowed(), *_with_line(asked("line"))]

    def _narrowed(self) -> list[Any]:
        """All conditions but the chips'."""
        found = []
        if text := asked("q"):
            found.append(_found_by(text))
        if department := asked("department"):
            known = {str(id_): id_ for id_, _path in listing.department_options()}
            found.append(listing.below(known.get(department, 0)))
        if plan := asked("plan"):
            found.append(Employee.id.in_(sims.holders(plan=plan)))
        return found

    def fields(self) -> list[Shown]:
        departments: list[Option] = [("", _("全部部门")), *listing.department_options()]
        states = [
            ("", _("不限")),
            ("any", _("有号码")),
            ("active", _("在用")),
            ("suspended", _("停机")),
            ("opening", _("办理中")),
            ("none", _("未开通")),
        ]
        return [
            search_field("q", _("姓名、工号或号码后四位"), _("例如 1160")),
            select_field("department", _("部门"), departments),
            select_field("plan", _("套餐"), [("", _("全部套餐")), *sims.plans_in_use()]),
            select_field("line", _("号码状态"), states),
        ]

    def chips(self) -> list[Shown]:
        having, lacking = listing.with_and_without(self._narrowed(), sims.holders())
        return [
            self.chip(_("全部"), having + lacking, line=""),
            self.chip(_("有号码"), having, line="any"),
            self.chip(_("未开通"), lacking, line="none"),
        ]

    def around_list(self, shown: dict[str, Any]) -> dict[str, Any]:
        around = super().around_list(shown) | {"trail": _trail(_("员工花名册"))}
        if not allows(current_user.role, Permission.BATCHES_UPLOAD):
            return around
        url = url_for("bulk.upload", kind="employees")
        text = _("上传一份员工名单，就能建立花名册")
        return around | {
            "primary_action": {"url": url_for("bulk.upload"), "label": _("批量办理"), "icon": "i-upload"},
            "empty_state": {"title": _("花名册还是空的"), "text": text, "url": url, "label": _("上传名单")},
        }

    @expose("/export/<export_type>/")
    def export(self, export_type: str) -> Any:
        """The people of the list as it is narrowed; documents and telephones for who may see them."""
        if export_type not in self.export_types:
            abort(404)
        whole = allows(current_user.role, Permission.REVEAL)
        back = self.get_url(".index_view", **{name: asked(name) for name in self.asks if asked(name)})
        why = _("下载完整证件号码前需要再验证一次，之后请再按一次导出")
        if whole and (detour := freshness.code_first(back, why)):
            return detour
        if whole:
            reveal.leave_trace(None, "export")
        people = self.get_query().order_by(Employee.number, Employee.id)
        content = sheets.directory(people, _("花名册"), whole=whole)
        return send_file(BytesIO(content), as_attachment=True, download_name=_("员工花名册") + ".xlsx")

    @expose("/details/")
    def details_view(self) -> Any:
        return self._details(self.get_one(request.args.get("id")))

    @expose("/<int:employee_id>/reveal", methods=["POST"])
    @requires(Permission.REVEAL)
    def reveal(self, employee_id: int) -> Any:
        purpose = request.form.get("purpose", "")
        if purpose not in reveal.PURPOSES:
            abort(400)
        employee = self.get_one(employee_id)
        if answer := reveal.factor_first(employee.id):
            return answer
        reveal.leave_trace(employee.id, purpose)
        return self._details(employee, whole=True)

    def _details(self, employee: Employee, *, whole: bool = False) -> Any:
        return self.render(
            self.details_template,
            model=employee,
            heading=employee.name,
            lead=_("工号 %(number)s", number=employee.number),
            trail=_trail(_("员工花名册"), self.get_url(".index_view"), employee.name),
            facts=_facts(employee, whole=whole),
            sections=[_lines_section(sims.of_people([employee.id], sims.EVERY_STATE).get(employee.id, []))],
            timeline=[_step(event) for event in listing.events(employee)],
            actions=[] if whole else _reveal_buttons(employee),
        )


class DepartmentsView(ConsoleView):
    permission = Permission.EMPLOYEES_READ

    @expose("/")
    def index(self) -> Any:
        departments, centers = _departments_section(), _cost_centers_section()
        return self.render(
            "console/details.html",
            heading=_("部门"),
            lead=_("部门和成本中心随名单建立，确认办理时写入"),
            trail=_trail(_("部门")),
            facts=[
                {"label": _("部门"), "value": _("%(n)s 个", n=len(departments["rows"]))},
                {"label": _("成本中心"), "value": _("%(n)s 个", n=len(centers["rows"]))},
                {"label": _("没有部门的员工"), "value": _("%(n)s 人", n=listing.without_department())},
            ],
            sections=[departments, centers],
        )


def _trail(name: str, url: str | None = None, leaf: str | None = None) -> list[Shown]:
    steps = [(_("首页"), url_for("admin.index")), (_("员工与号码"), None), (name, url)]
    return [{"label": label, "url": to} for label, to in [*steps, *([(leaf, None)] if leaf else [])]]


def _found_by(text: str) -> Any:
    """A name, a 工号 or the last four digits of a number: whichever fits."""
    if len(text) == 4 and text.isascii() and text.isdecimal():
        return listing.called(text) | Employee.id.in_(sims.holders(tail=text))
    return listing.called(text)


def _with_line(wanted: str) -> list[Any]:
    if wanted == "any":
        return [Employee.id.in_(sims.holders())]
    if wanted == "none":
        return [Employee.id.not_in(sims.holders())]
    return [Employee.id.in_(sims.holders(sims.STAGES[wanted]))] if wanted in sims.STAGES else []


def _number(line: Line) -> Markup:
    return Markup('<span class="mono nw">{}</span>').format(numbers.mask(line.number.msisdn))


def _state(theirs: Sequence[Line]) -> Markup:
    if not theirs:
        return pill(presenting.no_line_pill())
    return lines(pill(presenting.line_pill(line.state)) for line in theirs)


def _facts(employee: Employee, *, whole: bool) -> list[Shown]:
    document, phone = employee.document_no, employee.phone
    return [
        {"label": _("姓名"), "value": employee.name},
        {"label": _("工号"), "value": employee.number},
        {"label": _("证件类型"), "value": identity.word("document_type", employee.document_type or "")},
        {"label": _("证件号码"), "value": document if whole or not document else documents.mask(document)},
        {"label": _("联系电话"), "value": phone if whole or not phone else numbers.mask(phone)},
        {"label": _("部门"), "value": employee.department.path if employee.department else None},
        {"label": _("成本中心"), "value": employee.cost_center.name if employee.cost_center else None},
    ]


def _reveal_buttons(employee: Employee) -> list[Shown]:
    """One for each purpose, so that the purpose is said by pressing."""
    if not allows(current_user.role, Permission.REVEAL) or not (employee.document_no or employee.phone):
        return []
    url = url_for("employees.reveal", employee_id=employee.id)
    return [
        {
            "label": _("显示完整号码：%(purpose)s", purpose=purpose),
            "icon": "i-eye",
            "url": url,
            "method": "POST",
            "hidden": {"purpose": key},
        }
        for key, purpose in reveal.PURPOSES.items()
    ]


def _lines_section(theirs: Sequence[Line]) -> Shown:
    rows = [
        (
            link(url_for("lines.details_view", id=line.id), numbers.mask(line.number.msisdn)),
            line.plan.name,
            presenting.money(line.plan.fee_fen),
            pill(presenting.line_pill(line.state)),
            str(line.opened_on or ""),
        )
        for line in theirs
    ]
    columns = [_("号码"), _("套餐"), _("月费（元）"), _("状态"), _("开通日期")]
    return {"title": _("号码"), "columns": columns, "rows": rows, "empty": _("还没有号码")}


def _step(event: AuditEvent) -> Shown:
    detail = audit.purpose(event.changes) or audit.task(event.task)
    return {
        "done": True,
        "title": audit.deed(event),
        "detail": detail,
        "when": event.at,
        "who": event.actor_name,
    }


def _departments_section() -> Shown:
    rows = [
        (link(url_for("employees.index_view", department=id_), path), own, total)
        for id_, path, own, total in listing.departments()
    ]
    columns = [_("部门"), _("本级人数"), _("含下级人数")]
    return {"title": _("部门"), "columns": columns, "rows": rows, "empty": _("还没有部门")}


def _cost_centers_section() -> Shown:
    people = listing.people_per_cost_center()
    rows = [(center.code, center.name, people.get(center.id, 0)) for center in listing.cost_centers()]
    columns = [_("代码"), _("名称"), _("人数")]
    return {"title": _("成本中心"), "columns": columns, "rows": rows, "empty": _("还没有成本中心")}


def pages() -> list[Any]:
    return [
        EmployeesView(Employee, name="employees", endpoint="employees", url="/employees"),
        DepartmentsView(name="departments", endpoint="departments", url="/departments"),
    ]
