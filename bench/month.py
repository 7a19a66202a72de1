"""The month: a bill taken in and allocated, its workbook, its PDF; each beside the floor of the same rows or cells alone."""

import csv
import io
import random
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import xlsxwriter
from reportlab.pdfgen.canvas import Canvas
from sqlalchemy import select

from bench import documents
from bench.figures import Figure, Found
from bench.place import place
from bench.timing import spending
from console.core import fonts
from console.core.db import session, transaction
from console.core.permissions import Role
from console.employees import actions as employees
from console.expenses import bill_files, book, filing, printing, queries, taking_in, workbook
from console.expenses.book import Row
from console.expenses.models import Allocation, Charge
from console.expenses.taking_in import Billed
from console.plans.models import Plan
from console.sims.models import Line, PhoneNumber, SimCard
from jobs import month

PERIOD = "2026-10"
PAGE = 2_000
CHARGES = 3
SHEET_ROWS, PDF_ROWS = 50_000, 8_000
PART = "A month"


def figures(lines: int) -> Iterator[Found]:
    for count in (1_000, lines):
        with place("sqlite", 20) as here:
            yield from _bill(here, count)
        with place("sqlite", 20) as here:
            yield from _file(here, count)
    yield from _documents()
    with place("sqlite", 5):
        yield from documents.figures(SHEET_ROWS)


def _bill(here: Any, count: int) -> Iterator[Found]:
    with here.acting(), transaction():
        numbers = _lines(count)
    bill = _billed(numbers)
    with here.acting():
        seconds = cpu_seconds(lambda: _take_in(bill))
        head = queries.in_force(PERIOD)
        assert head and head.total_fen == sum(one.amount_fen for one in bill)
        floor = _floor(here)
    yield Figure(
        PART, f"bill of {count:,} lines taken in and allocated ({len(bill):,} charges)", seconds, "CPU s",
        "one Core insert of the same charges and allocations", floor, f"{seconds / len(bill) * 1e6:.0f} µs a charge",
    )  # fmt: skip


def _file(here: Any, count: int) -> Iterator[Found]:
    """The same bill as a file: sent, read, checked and taken in; then sent again, when nothing of it is new."""
    with here.acting(), transaction():
        numbers = _lines(count)
    bill = _billed(numbers)
    content = _csv(bill)

    def take() -> None:
        with here.acting(), transaction():
            sent = filing.receive(Role.FINANCE.value, here.user, PERIOD, "bill.csv", content).id
        month.take_bill_file(here.company, sent)

    seconds = cpu_seconds(take)
    with here.acting():
        head = queries.in_force(PERIOD)
        assert head and head.total_fen == sum(one.amount_fen for one in bill)
    again = cpu_seconds(take)
    floor = cpu_seconds(lambda: list(csv.reader(io.StringIO(content.decode(), newline="")))) + _floor(here)
    yield Figure(
        PART, f"the same as a CSV of {len(bill):,} rows, {len(content) / 2**20:.1f} MB", seconds, "CPU s",
        "csv.reader and one Core insert", floor, f"{seconds / len(bill) * 1e6:.0f} µs a row, sent again {again:.2f} s",
    )  # fmt: skip


def _csv(bill: list[Billed]) -> bytes:
    stream = io.StringIO()
    written = csv.writer(stream)
    written.writerow(bill_files.BILL)
    written.writerows(
        (
            one.operator_line, 1, one.msisdn, one.item, one.tax_class, "", one.name, one.service_from, one.service_to,
            one.amount_fen, one.paid_by, "",
        )
        for one in bill
    )  # fmt: skip
    return stream.getvalue().encode()


def _lines(count: int) -> list[str]:
    """People in twenty departments with a line each, written directly."""
    from console.core.db import insert_many
    from console.sims import queries as sims

    numbers = [f"166{place:08}" for place in range(count)]
    people = employees.save_people(
        [
            {
                "number": f"E{place:06}", "name": f"员工{place}", "document_type": "RESIDENT_ID",
                "document_no": "110101199003079913", "person_key": f"RESIDENT_ID:{place}",
                "department": f"部门{place % 20}",
            }
            for place in range(count)
        ]
    )  # fmt: skip
    ids = insert_many(
        PhoneNumber,
        [
            {"msisdn": one, "msisdn_index": sims.msisdn_index(one), "tail_index": sims.tail_index(one),
             "state": "assigned", "locked_until": None}
            for one in numbers
        ],
    )  # fmt: skip
    cards = insert_many(
        SimCard,
        [
            {"iccid": f"89860166{place:012}", "key19": f"89860166{place:011}", "state": "assigned"}
            for place in range(count)
        ],
    )
    plan = session.scalars(select(Plan.id)).first()
    opened = date(2025, 1, 1)
    from console.core import clock

    insert_many(
        Line,
        [
            {"number_id": number, "sim_id": card, "employee_id": person, "plan_id": plan, "state": "active",
             "opened_on": opened, "created_at": clock.now()}
            for number, card, person in zip(ids, cards, people, strict=True)
        ],
    )  # fmt: skip
    return numbers


def _billed(numbers: list[str]) -> list[Billed]:
    chance = random.Random(4)
    return [
        Billed(
            f"L{place}-{n}", 1, number, ("RENT", "DATA", "VOICE")[n], ("VOICE", "DATA", "VOICE")[n], None,
            ("套餐月费", "套餐外流量费", "套餐外语音费")[n], date(2026, 10, 1), date(2026, 10, 31),
            chance.randrange(100, 9000), "company", False,
        )
        for place, number in enumerate(numbers)
        for n in range(CHARGES)
    ]  # fmt: skip


def _take_in(bill: list[Billed]) -> None:
    from console.expenses import placements

    with transaction():
        placements.remember()
        draft = taking_in.begin(PERIOD).id
    for start in range(0, len(bill), PAGE):
        page = bill[start : start + PAGE]
        lines = taking_in.lines_by_number(PERIOD, {one.msisdn for one in page if one.msisdn})
        with transaction():
            held = taking_in.lock(draft)
            assert held
            taking_in.take_page(held, page, str(start), lines)
    with transaction():
        held = taking_in.lock(draft)
        assert held
        taking_in.complete(held)


def cpu_seconds(work: Callable[[], Any]) -> float:
    with spending() as spent:
        work()
    return spent.cpu


def _floor(here: Any) -> float:
    """The rows as they lie there, got ready beforehand, inserted once more into tables like theirs."""
    with here.owner.begin() as connection:
        ready = []
        for name in (Charge.__tablename__, Allocation.__tablename__):
            connection.exec_driver_sql(f"create table floor_{name} as select * from {name} where 0")
            rows = [tuple(row) for row in connection.exec_driver_sql(f"select * from {name}")]
            marks = ", ".join("?" * len(rows[0]))
            ready.append((f"insert into floor_{name} values ({marks})", rows))
        return cpu_seconds(lambda: [connection.exec_driver_sql(sql, rows) for sql, rows in ready])


def _documents() -> Iterator[Found]:
    with place("sqlite", 5) as here, here.app.test_request_context():
        rows = _rows(SHEET_ROWS)
        head = book.Book(
            "某某公司", PERIOD, 1, "closed", sum(one.amount_fen for one in rows), 0, 5000, len(rows)
        )
        seconds = cpu_seconds(lambda: workbook.write(head, lambda: iter(rows)))
        floor = cpu_seconds(lambda: _cells(rows))
        yield Figure(
            PART,
            f"workbook of seven sheets, {SHEET_ROWS:,} charges",
            seconds,
            "CPU s",
            "XlsxWriter, the charges alone",
            floor,
        )
        few = rows[:PDF_ROWS]
        made: list[bytes] = []
        seconds = cpu_seconds(lambda: made.append(printing.write(head, lambda: iter(few))))
        pages = made[0].count(b"/Type /Page\n") or made[0].count(b"/Type /Page")
        floor = cpu_seconds(lambda: _strings(few))
        yield Figure(
            PART,
            f"PDF of {PDF_ROWS:,} charges",
            seconds,
            "CPU s",
            "ReportLab drawing the same strings",
            floor,
            f"{pages} pages",
        )


def _rows(count: int) -> list[Row]:
    """Ten charges for each person, in twenty departments, as the query gives them."""
    chance = random.Random(5)
    return [
        Row(
            number, f"199 **** {person % 10000:04}", person, f"E{person:06}", f"员工{person}", f"部门{person * 200 // count}",
            f"CC{person % 7}", "RENT", "全球通5G商务套餐59元档 月费", date(2026, 10, 1), date(2026, 10, 31),
            chance.randrange(100, 9000), "company", "VOICE", 9,
        )
        for number, person in ((number, number // 10) for number in range(count))
    ]  # fmt: skip


def _cells(rows: list[Row]) -> None:
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"constant_memory": True}) as made:
        sheet = made.add_worksheet()
        day = made.add_format({"num_format": "yyyy-mm-dd"})
        for line, row in enumerate(rows):
            texts = (row.department, row.cost_center, row.number, row.person, row.msisdn, row.item, row.name)
            for column, text in enumerate(texts):
                sheet.write_string(line, column, text or "")
            sheet.write_datetime(line, 7, row.first, day)
            sheet.write_datetime(line, 8, row.last, day)
            sheet.write_string(line, 9, "9%")
            sheet.write_number(line, 10, row.amount_fen / 100)
            sheet.write_string(line, 11, "公司")


def _strings(rows: list[Row]) -> None:
    canvas = Canvas(io.BytesIO(), pageCompression=1)
    canvas.setFont(fonts.use(), 8)
    for number, row in enumerate(rows):
        y = 800 - number % 40 * 15
        texts = (
            f"{row.person} {row.number}",
            row.msisdn or "",
            row.name,
            "10-01～10-31",
            str(row.amount_fen),
        )
        for column, text in enumerate(texts):
            canvas.drawString(40 + column * 100, y, text)
        if number % 40 == 39:
            canvas.showPage()
            canvas.setFont(fonts.use(), 8)
    canvas.save()
