"""Colleagues of the made-up company who have had their telephones for a year, so that there are months to look at."""

from datetime import timedelta

from sqlalchemy import select, update

from console.core import acting, clock, queue
from console.core.config import Settings
from console.core.db import session, transaction
from console.core.queue import Job
from console.employees import actions as employees
from console.expenses import placements, rules, terms
from console.plans.models import Plan
from console.sims import actions as sims
from console.sims.models import Line, PhoneNumber, SimCard
from console.sims.queries import msisdn_index
from examples import company, roster

COUNT = 36
MONTHS = 12
PLANS = ("QQT5G059", "QQT5G089", "QQT5G059", "QQT5G129", "QQT5G059", "DGDD5G039")
PRODUCTS: tuple[list[str], ...] = ([], ["CRING"], [], [], ["VNET_BASIC"])


def people() -> roster.Roster:
    return roster.make(COUNT, seed=7, faults=False, first=901, prefix="YG")


def make(settings: Settings) -> None:
    """With their lines on both sides, and the bills of the last twelve months asked for."""
    owner, _user = company.office_user()
    made = people()
    msisdns = company.numbers(8000 + COUNT)[8000:]
    cards = company.iccids(COUNT, batch=9)
    today = clock.today()
    opened = today - timedelta(days=400)
    with acting.acting(owner, acting.CONSOLE, "demo"), transaction():
        ids = employees.save_people([_person(row) for row in made.rows])
        sims.take_in_numbers(msisdns, None)
        sims.take_in_sims(cards)
        index = [msisdn_index(one) for one in msisdns]
        numbers = list(
            session.scalars(
                select(PhoneNumber.id).where(PhoneNumber.msisdn_index.in_(index)).order_by(PhoneNumber.id)
            )
        )
        drawer = list(
            session.scalars(select(SimCard.id).where(SimCard.iccid.in_(cards)).order_by(SimCard.id))
        )
        plans = {code: id_ for code, id_ in session.execute(select(Plan.code, Plan.id).order_by(Plan.id))}
        sims.reserve_numbers(numbers)
        sims.reserve_sims(drawer)
        lines = sims.open_lines(
            [
                {"number_id": number, "sim_id": card, "employee_id": person, "plan_id": plans[_plan(place)]}
                for place, (number, card, person) in enumerate(zip(numbers, drawer, ids, strict=True))
            ]
        )
        sims.lines_moved(dict.fromkeys(lines, "active"), clock.now())
        session.execute(update(PhoneNumber).where(PhoneNumber.id.in_(numbers)).values(state="assigned"))
        session.execute(update(SimCard).where(SimCard.id.in_(drawer)).values(state="assigned"))
        session.execute(update(Line).where(Line.id.in_(lines)).values(opened_on=opened))
        for place, line in enumerate(lines):
            session.get_one(Line, line).products = _products(place)
        placements.remember()
        terms.remember()
    seeded = [
        {
            "msisdn": number,
            "iccid": card,
            "plan": _plan(place),
            "products": _products(place),
            "activatedAt": opened.isoformat(),
        }
        for place, (number, card) in enumerate(zip(msisdns, cards, strict=True))
    ]
    company.pull(
        settings,
        "/sim/seed",
        {"groupCode": company.GROUP, "uscc": company.uscc(company.USCC_BODY), "lines": seeded},
    )
    month = rules.period_of(today)
    for back in range(MONTHS, 0, -1):
        queue.ring(Job.TAKE_IN_BILL, owner, rules.number_of(rules.months_before(month, back)))
    queue.ring(Job.LOOK_FOR_USAGE, owner)


def _person(row: list[str]) -> dict[str, str]:
    _place, number, name, document, department, center, phone, _plan_name = row
    return {
        "number": number, "name": name, "document_type": "RESIDENT_ID", "document_no": document,
        "person_key": f"RESIDENT_ID:{document}", "department": department, "cost_center": center, "phone": phone,
    }  # fmt: skip


def _plan(place: int) -> str:
    return PLANS[place % len(PLANS)]


def _products(place: int) -> list[str]:
    return PRODUCTS[place % len(PRODUCTS)]
