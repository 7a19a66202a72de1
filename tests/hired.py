"""People with and without a line, made directly for the tests of pages."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select

from console.core import clock
from console.core.db import session, transaction
from console.employees import actions as employees
from console.plans.models import Plan
from console.sims import actions as sims
from console.sims import queries
from console.sims.models import Line
from tests.cast import Cast

DOCUMENT = "110101199003079913"
PHONE = "13900000007"
PLAN = "QQT5G059"
EXAMPLE = {
    "number": "QL0140",
    "name": "测试甲",
    "document_type": "RESIDENT_ID",
    "document_no": DOCUMENT,
    "person_key": f"RESIDENT_ID:{DOCUMENT}",
}


@dataclass(frozen=True)
class Hired:
    """Ids in the order of the 工号; `lines` of the first people, of whom `active` are in use."""

    people: list[int]
    lines: list[int]


def hire(cast: Cast, login: str, *, lines: int, without: int = 0, active: int = 0, first: int = 0) -> Hired:
    """`lines` people with a number and `without` more; 工号 E0000, E0001 … and names 甲一, 甲二 …"""
    with cast.as_(login, "test.hire"), transaction():
        people = employees.save_people([_person(first + i) for i in range(lines + without)])
        opened = _open(people, lines)
        sims.lines_moved(dict.fromkeys(opened[:active], "active"), clock.now())
    return Hired(people, opened)


def hire_example(cast: Cast, login: str, *states: str, products: Collection[str] = ()) -> Hired:
    """The person whom the examples of the columns are about, with a line that went through these states."""
    with cast.as_(login, "test.hire"), transaction():
        people = employees.save_people([EXAMPLE])
        opened = _open(people, 1)
        for state in states:
            sims.lines_moved({opened[0]: state}, clock.now())
        if products:
            session.get_one(Line, opened[0]).products = list(products)
    return Hired(people, opened)


def _open(people: list[int], lines: int) -> list[int]:
    numbers, cards = queries.free_numbers(lines), queries.free_sims(lines)
    assert len(numbers) == len(cards) == lines, "the stock of the cast is too small"
    sims.reserve_numbers(numbers)
    sims.reserve_sims(cards)
    plan = session.scalars(select(Plan.id).where(Plan.code == PLAN)).one()
    return sims.open_lines(
        [
            {"number_id": number, "sim_id": card, "employee_id": person, "plan_id": plan}
            for number, card, person in zip(numbers, cards, people, strict=False)
        ]
    )


def name(place: int) -> str:
    return f"甲{chr(0x4E00 + place)}"


def numbers_of(cast: Cast, lines: Collection[int], login: str = "ann") -> list[str]:
    """The telephone numbers of these lines, the oldest first."""
    with cast.as_(login):
        found = session.scalars(select(Line).where(Line.id.in_(lines)).order_by(Line.id))
        return [line.number.msisdn for line in found]


def tail(cast: Cast, login: str, line_id: int) -> str:
    """The last four digits of a line's number."""
    with cast.as_(login):
        line = session.get_one(Line, line_id)
        return line.number.msisdn[-4:]


def _person(place: int) -> dict[str, str]:
    return {
        "number": f"E{place:04}",
        "name": name(place),
        "document_type": "RESIDENT_ID",
        "document_no": DOCUMENT,
        "person_key": f"RESIDENT_ID:{place}",
        "phone": PHONE,
        "department": _department(place),
    }


def _department(place: int) -> str:
    """The first ten share two; everybody after has one of his own."""
    if place >= 10:
        return f"分部/{place}"
    return "研发中心/平台组" if place % 2 else "研发中心"
