"""The roster of employees as a kind of upload; it changes only our own books, never the operator's."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

from flask_babel import lazy_gettext as _l

from console.bulk import columns
from console.bulk.columns import Found, Reading, note
from console.bulk.kind import Agreeing, Column, Group, Outcome, Row, Unique, UploadKind
from console.core import clock
from console.core.permissions import Permission
from console.employees import actions, identity, queries, rules
from console.identifiers import documents, numbers, words
from console.spreadsheets.cells import TEXT, Cell


@dataclass
class People:
    """What readers and checks need of the company; `documents` and `numbers` are filled by look_up()."""

    today: date
    departments: dict[str, int]
    cost_centers: dict[str, int]
    cost_names: dict[str, str]
    numbers: dict[str, tuple[int, bytes | None, bytes]] = field(default_factory=dict)
    names_of: dict[int, bytes] = field(default_factory=dict)
    documents: dict[bytes, tuple[int, str]] = field(default_factory=dict)
    index: dict[int, bytes] = field(default_factory=dict)
    batch_id: int = 0
    date1904: bool = False

    @cached_property
    def tree(self) -> rules.Tree:
        return rules.Tree(self.departments)


def people_reference() -> dict[str, Any]:
    return {
        "today": clock.today(),
        "departments": queries.departments(),
        "cost_centers": queries.cost_centers(),
        "cost_names": queries.cost_center_names(),
    }


_words, _code = columns.text(200), columns.text(30)


def department(cell: Cell, reference: Any) -> Reading:
    """A path of the tree. One that is not there is made after the confirmation, and said so."""
    if cell.value in reference.departments and cell.kind == TEXT:
        return Reading(cell.value)
    plain = _words(cell, reference)
    if plain.value is None:
        return plain
    path = rules.department_path(plain.value)
    if not path:
        return columns.refused("E_REQUIRED")
    if why := rules.why_not_department(path):
        return columns.refused(why)
    found = plain.found if path == plain.value else (note("W_DEPT_PATH"),)
    if path in reference.departments:
        return Reading(path, found)
    if known := reference.tree.variant_of(path):
        return Reading(known, (*found, note("W_VARIANT")))
    near = reference.tree.closest(path)
    return Reading(path, (*found, note("W_DEPT_NEW", suggest=near) if near else note("W_DEPT_NEW")))


def cost_center(cell: Cell, reference: Any) -> Reading:
    plain = _code(cell, reference)
    if plain.value is None or plain.value in reference.cost_centers:
        return plain
    if plain.value in reference.cost_names:
        return Reading(reference.cost_names[plain.value], (*plain.found, note("W_COST_NAME")))
    return Reading(plain.value, (*plain.found, note("W_COST_NEW")))


def birth(cell: Cell, reference: Any) -> Reading:
    """Only compared with the document, so a day that cannot be read is no trouble."""
    return Reading(columns.day(cell, reference).value)


def sex(cell: Cell, _reference: Any) -> Reading:
    return Reading(words.SEXES.get(words.plain(cell.value)))


def department_options(reference: Any) -> Sequence[tuple[str, str]]:
    return [(path, path) for path in reference.departments]


def cost_center_options(reference: Any) -> Sequence[tuple[str, str]]:
    names_of = {code: name for name, code in reference.cost_names.items()}
    return [(code, f"{code} {names_of.get(code, '')}".strip()) for code in reference.cost_centers]


def document_type_options(_reference: Any) -> Sequence[tuple[str, str]]:
    return [(str(kind.value), str(label)) for kind, label in identity.LABELS.items()]


NUMBER = Column(
    "employee_number", _l("工号"), columns.employee_number, width=12, example="QL0140", shape="code", padded=True,
    synonyms=("员工编号", "职工号", "员工号", "人员编号", "编号", "员工工号", "员工编码", "人员编码", "Employee No", "Employee ID"),
    hint=_l("文本，保留前面的 0"),
)  # fmt: skip
NAME = Column(
    "name", _l("姓名"), columns.person_name, required=True, width=12, example="测试甲", shown=True, shape="name",
    synonyms=("使用人", "使用人姓名", "员工姓名", "名字", "人员姓名", "Name"), hint=_l("必填，与证件一致"),
)  # fmt: skip
DOCUMENT_TYPE = Column(
    "document_type", _l("证件类型"), columns.document_type, width=16, example="居民身份证", shape="word",
    synonyms=("证件种类", "ID Type"), hint=_l("选填，不填按号码识别"), options=document_type_options,
)  # fmt: skip
DOCUMENT_NO = Column(
    "document_no", _l("证件号码"), columns.document_number, required=True, width=24, example="110101199003079913",
    synonyms=("身份证号", "身份证", "身份证号码", "证件号", "身份证件号码", "公民身份号码", "ID Number", "ID No"),
    hint=_l("必填，仅用于实名核验，加密保存"), mask=documents.mask, shown=True, shape="document",
)  # fmt: skip
DEPARTMENT = Column(
    "department", _l("部门"), department, required=True, width=20, example="技术部/研发一组", shown=True,
    synonyms=("所属部门", "所在部门", "部门名称", "所属组织", "组织", "机构", "Department"), options=department_options,
    hint=_l("必填，用于分摊费用；下级部门用 / 隔开"), shape="word", filled_down=True,
)  # fmt: skip
COST_CENTER = Column(
    "cost_center", _l("成本中心"), cost_center, width=14, example="CC1001", options=cost_center_options, shape="code",
    synonyms=("成本中心编码", "成本中心代码", "成本归属", "费用归属", "Cost Center"), hint=_l("选填"),
)  # fmt: skip
PHONE = Column(
    "phone", _l("联系电话"), columns.contact_phone, width=16, example="13900000101", mask=numbers.mask, shape="mobile",
    synonyms=("手机", "电话", "联系方式", "手机号码", "联系手机", "联系方式/手机", "本人手机", "个人手机", "Phone"),
    hint=_l("选填，员工现有的手机，用来收激活短信"),
)  # fmt: skip


WITNESSES = (
    Column("birth", _l("出生日期"), birth, synonyms=("出生年月日", "生日", "出生年月", "Date of birth")),
    Column("sex", _l("性别"), sex, synonyms=("Sex", "Gender")),
)
ONE_NAME = Agreeing(
    "name", "E_ID_NAME_CONFLICT", lambda values: values.get("person_key"), lambda values: values.get("name")
)


class EmployeeRoster(UploadKind):
    """People, departments and cost centres, by 工号."""

    slug = "employees"
    title = _l("批量更新花名册")
    short = _l("更新花名册")
    lead = _l("员工、部门和成本中心")
    icon = "i-users"
    group = Group.PEOPLE
    permission = Permission.EMPLOYEES_WRITE
    places_orders = False
    columns = (
        Column(**{**NUMBER.__dict__, "required": True}),
        NAME,
        DOCUMENT_TYPE,
        Column(**{**DOCUMENT_NO.__dict__, "required": False, "hint": _l("选填，加密保存")}),
        DEPARTMENT,
        COST_CENTER,
        PHONE,
    )
    unique = (
        Unique("employee_number", "E_EMP_DUP", lambda values: values.get("employee_number")),
        Unique("document_no", "E_DUP_ID", lambda values: values.get("person_key")),
    )

    witnesses = WITNESSES
    agreeing = (ONE_NAME,)

    def reference(self) -> People:
        return People(**people_reference())

    def look_up(self, rows: list[Row], reference: People) -> None:
        identity.look_up(rows, reference)

    def check(self, row: Row, reference: People) -> Iterable[tuple[str, Found]]:
        return identity.check(row, reference)

    def apply(self, batch: Any, rows: list[Row]) -> dict[int, Found]:
        actions.save_people([identity.person(row.values) for row in rows])
        return {}

    def words(self) -> Callable[[str, Any], str]:
        return identity.word

    def outcomes(self, batch: Any, rows: Sequence[Any]) -> dict[int, Outcome]:
        return {row.id: Outcome("ok", "saved") for row in rows if row.state == "done"}
