"""The floor: a roster read by calamine, checked by the same rules in one loop of plain code, written by one insert.

No sealing, no trail, no suggestions, no list of what was tidied: only which rows are taken, why not, and the price.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from io import BytesIO
from operator import itemgetter, mul
from typing import Any

from python_calamine import CalamineWorkbook
from sqlalchemy import Column, Engine, Integer, MetaData, String, Table

FIELDS = {
    "employee_number": "员工编号",
    "name": "姓名",
    "document_type": "证件类型",
    "document_no": "身份证号码",
    "document_until": "证件有效期",
    "department": "所属部门",
    "cost_center": "成本中心",
    "phone": "手机",
    "plan": "主套餐",
    "payment": "付费方式",
}
ROWS = Table(
    "lean_rows",
    MetaData(),
    Column("number", Integer, primary_key=True),
    *(Column(name, String) for name in FIELDS),
    Column("monthly_fen", Integer),
    Column("cycle_fen", Integer),
    Column("problems", String),
)
KINDS = {
    "居民身份证": "RESIDENT_ID",
    "身份证": "RESIDENT_ID",
    "港澳居民来往内地通行证": "HK_MACAO_PERMIT",
    "外国护照": "FOREIGN_PASSPORT",
}
PAYMENTS = {
    "集团统付": "GROUP",
    "统付": "GROUP",
    "定额统付": "GROUP_CAP",
    "个人付费": "PERSON",
    "个人": "PERSON",
}
PROVINCES = frozenset(
    map(str, (*range(11, 16), 21, 22, 23, *range(31, 38), *range(41, 47), *range(50, 55), *range(61, 66)))
)
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
YOUNGEST = 16
FOREVER = "9999-12-31"
_EIGHTEEN = re.compile(r"[0-9]{17}[0-9X]")
_OTHERS = {"HK_MACAO_PERMIT": re.compile(r"[HM](?:[0-9]{8}|[0-9]{10})"),
           "FOREIGN_PASSPORT": re.compile(r"(?=.*[0-9])[A-Z0-9]{6,9}")}  # fmt: skip
_HAN = re.compile("[\u3007\u3400-\u9fff·]{2,30}")
_LATIN = re.compile(r"[A-Za-z][A-Za-z .'’·-]{1,29}")
_SPACES = re.compile(r"\s+")
_NOISE = re.compile("[\\s\u200b-\u200f\ufeff'’‘`-]+")
_MOBILE = re.compile(r"(?:(?:\+|00)?86)?(1[3-9][0-9]{9})")
_DAY = re.compile(r"((?:19|20)[0-9]{2})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?")


class Wrong(Exception):
    """Its one argument is the code."""


@dataclass(frozen=True)
class Books:
    """What the company has: departments, cost centres, written name of a plan → code, code → (a month, this month)."""

    departments: frozenset[str]
    cost_centers: frozenset[str]
    plans: Mapping[str, str]
    prices: Mapping[str, tuple[int, int]]


def run(content: bytes, books: Books, engine: Engine, today: date) -> list[dict[str, Any]]:
    sheet = CalamineWorkbook.from_filelike(BytesIO(content)).get_sheet_by_index(0).to_python()
    rows = check(sheet, books, today)
    with engine.begin() as connection:
        connection.execute(ROWS.insert(), rows)
    return rows


def check(sheet: list[list[Any]], books: Books, today: date) -> list[dict[str, Any]]:
    pick = itemgetter(*(sheet[0].index(heading) for heading in FIELDS.values()))
    numbers: dict[str, int] = {}
    people: dict[str, tuple[str, dict[str, Any]]] = {}
    lost = any(type(values[3]) is float for values in map(pick, sheet))
    iso, found = today.isoformat(), []
    for place, values in enumerate(map(pick, sheet[1:]), start=2):
        employee, name, kind, document, until, department, center, phone, plan, payment = values
        row: dict[str, Any] = {"number": place, "monthly_fen": 0, "cycle_fen": 0, "problems": ""}
        problems = []

        row["employee_number"] = employee = text(employee) if employee != "" else None
        if employee and numbers.setdefault(employee, place) != place:
            problems.append("E_EMP_DUP")
        try:
            row["name"] = name = person_name(name)
        except Wrong as wrong:
            row["name"] = name = None
            problems.append(wrong.args[0])
        row["document_type"] = kind = (
            KINDS.get(kind) or KINDS.get(text(kind)) if kind != "" else "RESIDENT_ID"
        )
        if kind is None:
            problems.append("E_DOC_TYPE")
        try:
            row["document_no"] = document = document_number(document, kind, today, lost)
            if name and kind == "RESIDENT_ID" and not is_han(name):
                problems.append("E_NAME_DOC")
            first, keeper = people.setdefault(document, (name, row))
            if keeper is not row:
                problems.append("E_DUP_ID")
                if first != name:
                    problems.append("E_ID_NAME_CONFLICT")
                    keeper["problems"] += " E_ID_NAME_CONFLICT"
        except Wrong as wrong:
            row["document_no"] = None
            problems.append(wrong.args[0])
        try:
            row["document_until"] = until = last_day(until)
            if until and until < iso:
                problems.append("E_ID_EXPIRED")
        except Wrong as wrong:
            row["document_until"] = None
            problems.append(wrong.args[0])
        if department not in books.departments:
            department = text(department)
            if not department:
                problems.append("E_REQUIRED")
        row["department"] = department
        row["cost_center"] = center if center in books.cost_centers else text(center)
        try:
            row["phone"] = mobile(phone)
        except Wrong as wrong:
            row["phone"] = None
            problems.append(wrong.args[0])
        row["plan"] = plan = books.plans.get(plan) or books.plans.get(text(plan))
        if plan is None:
            problems.append("E_PLAN_UNKNOWN")
        row["payment"] = payment = PAYMENTS.get(payment) or PAYMENTS.get(text(payment))
        if payment is None:
            problems.append("E_CHOICE")

        if problems or plan is None:
            row["problems"] = " ".join(problems)
        else:
            row["monthly_fen"], row["cycle_fen"] = books.prices[plan]
        found.append(row)
    return found


def text(value: Any) -> str:
    if type(value) is float and value.is_integer():
        return str(int(value))
    return _SPACES.sub(" ", str(value)).strip()


def person_name(value: Any) -> str:
    if type(value) is str and _HAN.fullmatch(value):
        return value
    name = text(value) if type(value) is str else "0"
    if not name:
        raise Wrong("E_REQUIRED")
    if not (_HAN.fullmatch(name) or _LATIN.fullmatch(name)):
        raise Wrong("E_NAME_REMARK" if any(map(str.isdigit, name)) else "E_NAME_CHARSET")
    return name


def is_han(name: str) -> bool:
    return _HAN.fullmatch(name) is not None


def document_number(value: Any, kind: str | None, today: date, lost: bool) -> str:
    """`lost`: somebody's Excel has made numbers of other cells of this column."""
    if type(value) is float:
        raise Wrong("E_ID_FLOAT")
    number = value if _EIGHTEEN.fullmatch(value) else _NOISE.sub("", str(value)).upper()
    if not number:
        raise Wrong("E_REQUIRED")
    if "*" in number:
        raise Wrong("E_MASKED")
    if kind != "RESIDENT_ID":
        if kind is None or not _OTHERS[kind].fullmatch(number):
            raise Wrong("E_ID_FORMAT")
        return number
    if not _EIGHTEEN.fullmatch(number):
        raise Wrong("E_ID_LENGTH" if len(number) != 18 else "E_ID_CHARSET")
    if number[:2] not in PROVINCES:
        raise Wrong("E_ID_REGION")
    try:
        born = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        raise Wrong("E_ID_BIRTHDATE") from None
    if born.year < 1900 or born > today:
        raise Wrong("E_ID_BIRTHDATE")
    if number[14:17] == "000":
        raise Wrong("E_ID_SEQUENCE")
    # GB 11643, ISO 7064 MOD 11-2; 48 is the code of "0", and the weights sum up to 100.
    if "10X98765432"[(sum(map(mul, number[:17].encode(), WEIGHTS)) - 48 * 100) % 11] != number[17]:
        raise Wrong("E_ID_CHECK_DIGIT")
    if lost and number.endswith("000"):
        raise Wrong("E_ID_FLOAT")
    if today.year - born.year - ((today.month, today.day) < (born.month, born.day)) < YOUNGEST:
        raise Wrong("E_AGE_UNDER_16")
    return number


def last_day(value: Any) -> str | None:
    """ISO 8601."""
    if isinstance(value, date):
        return (value.date() if isinstance(value, datetime) else value).isoformat()
    if value == "长期":
        return FOREVER
    if value == "":
        return None
    if not (parts := _DAY.fullmatch(text(value))):
        raise Wrong("E_DATE")
    try:
        return date(*map(int, parts.groups())).isoformat()
    except ValueError:
        raise Wrong("E_DATE") from None


def mobile(value: Any) -> str | None:
    if value == "":
        return None
    written = value if type(value) is str else text(value)
    number = _MOBILE.fullmatch(written) or _MOBILE.fullmatch(_NOISE.sub("", written))
    if number is None:
        raise Wrong("E_PHONE_MULTI" if "/" in written else "E_PHONE_FORMAT")
    return number[1]
