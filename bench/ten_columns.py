"""Rosters of ten columns and any length, mostly right or with every tenth row wrong, as Excel stores them."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from io import BytesIO
from typing import Any

from xlsxwriter import Workbook

from examples.roster import DEPARTMENTS, GIVEN, PLANS, REGIONS, SURNAMES, document_number

HEADINGS = (
    "员工编号", "姓名", "证件类型", "身份证号码", "证件有效期", "所属部门", "成本中心", "手机", "主套餐", "付费方式",
)  # fmt: skip
NUMBER, NAME, KIND, DOCUMENT, UNTIL, DEPARTMENT, CENTER, PHONE, PLAN, PAYMENT = range(10)
PREFIXES = ("139", "138", "137", "136", "150", "151", "182", "188")
PAYMENTS = ("集团统付", "个人付费", "集团统付", "统付")
WRONG_SHARE = 10
FIRST_ROW = 2
Values = list[Any]


@dataclass
class Roster:
    """`wrong` are Excel's numbers of the rows that must be refused."""

    rows: list[Values] = field(default_factory=list)
    wrong: set[int] = field(default_factory=set)

    def xlsx(self) -> bytes:
        file = BytesIO()
        book = Workbook(file, {"in_memory": True})
        sheet, day = book.add_worksheet("花名册"), book.add_format({"num_format": "yyyy-mm-dd"})
        sheet.write_row(0, 0, HEADINGS)
        for number, values in enumerate(self.rows, start=FIRST_ROW - 1):
            for column, value in enumerate(values):
                if isinstance(value, date):
                    sheet.write_datetime(number, column, value, day)
                elif value is not None:
                    sheet.write(number, column, value)
        book.close()
        return file.getvalue()


def right(count: int, seed: int = 1) -> Roster:
    """Every row can be taken; one in twenty is written in another way than the books have it."""
    chance = random.Random(seed)
    used: set[str] = set()
    roster = Roster([_person(chance, seed, number, used) for number in range(1, count + 1)])
    for row in chance.sample(roster.rows, count // 20):
        chance.choice(UNTIDY)(row)
    return roster


def mixed(count: int, seed: int = 1) -> Roster:
    """As right(), but one row in ten is wrong, in as many ways as there are."""
    roster, chance = right(count, seed), random.Random(seed + 1)
    _spoil(roster, chance, sorted(chance.sample(range(1, count), count // WRONG_SHARE)))
    return roster


def all_wrong(count: int, seed: int = 1) -> Roster:
    """One problem in each row."""
    roster, chance = right(count, seed), random.Random(seed + 1)
    _spoil(roster, chance, list(range(1, count)))
    _check_digit(roster, 0)
    roster.wrong.add(FIRST_ROW)
    return roster


def _spoil(roster: Roster, chance: random.Random, places: list[int]) -> None:
    for turn, place in enumerate(places):
        SPOILERS[turn % len(SPOILERS)](roster, place)
        roster.wrong.add(place + FIRST_ROW)


def _person(chance: random.Random, seed: int, number: int, used: set[str]) -> Values:
    kind, name, document = "居民身份证", chance.choice(SURNAMES) + chance.choice(GIVEN), ""
    if number % 50 == 7:
        kind, document = "港澳居民来往内地通行证", f"H{90_000_000 + seed * 100_000 + number:08}"
    elif number % 100 == 33:
        kind, name, document = "外国护照", "ALEX EXAMPLE", f"X{9_000_000 + number:07}"
    while not document or document in used:
        born = date(1965, 1, 1) + timedelta(days=chance.randrange(365 * 40))
        document = document_number(chance.randrange(8), born, chance.choice(REGIONS))
    used.add(document)
    until = "长期" if number % 5 == 0 else date(2030, 1, 1) + timedelta(days=chance.randrange(5000))
    return [
        f"B{seed}{number:05}", name, kind, document, until, chance.choice(DEPARTMENTS), f"CC{100 + number % 4}",
        f"{PREFIXES[number % 8]}0000{(number * 7) % 9000:04}", chance.choice(PLANS), chance.choice(PAYMENTS),
    ]  # fmt: skip


def _spaced_phone(row: Values) -> None:
    row[PHONE] = f"{row[PHONE][:3]} {row[PHONE][3:7]} {row[PHONE][7:]}"


def _number_phone(row: Values) -> None:
    row[PHONE] = int(row[PHONE])


def _space_around(row: Values) -> None:
    row[NAME], row[DOCUMENT] = f" {row[NAME]}", f"{row[DOCUMENT]} "


def _small_letter(row: Values) -> None:
    row[DOCUMENT] = row[DOCUMENT].lower()


def _day_as_text(row: Values) -> None:
    row[UNTIL] = "2036/5/1"


UNTIDY: tuple[Callable[[Values], None], ...] = (
    _spaced_phone, _number_phone, _space_around, _small_letter, _day_as_text,
)  # fmt: skip


def _check_digit(roster: Roster, place: int) -> None:
    number = document_number(place, date(1990, 3, 7), "330102")
    roster.rows[place][KIND], roster.rows[place][NAME] = "居民身份证", "温一航"
    roster.rows[place][DOCUMENT] = number[:17] + ("1" if number[17] != "1" else "2")


def _no_such_day(roster: Roster, place: int) -> None:
    row = roster.rows[place]
    row[KIND], row[NAME], row[DOCUMENT] = "居民身份证", "温一航", "330102199002319914"


def _lost_digits(roster: Roster, place: int) -> None:
    row = roster.rows[place]
    row[KIND], row[NAME], row[DOCUMENT] = "居民身份证", "温一航", 330102199003079000


def _masked(roster: Roster, place: int) -> None:
    roster.rows[place][KIND], roster.rows[place][NAME] = "居民身份证", "温一航"
    roster.rows[place][DOCUMENT] = "330102********9914"


def _same_person(roster: Roster, place: int) -> None:
    """The person of the row before once more, under another 工号."""
    first = roster.rows[place - 1]
    for column in (NAME, KIND, DOCUMENT, UNTIL):
        roster.rows[place][column] = first[column]


def _same_number(roster: Roster, place: int) -> None:
    roster.rows[place][NUMBER] = roster.rows[place - 1][NUMBER]


def _puts(column: int, value: Any) -> Callable[[Roster, int], None]:
    def put(roster: Roster, place: int) -> None:
        roster.rows[place][column] = value

    return put


SPOILERS = (
    _check_digit, _puts(PHONE, "1390000010"), _puts(PLAN, "畅享999"), _puts(NAME, None), _no_such_day,
    _puts(UNTIL, date(2020, 1, 1)), _same_person, _puts(DEPARTMENT, None), _puts(PAYMENT, "老板付"),
    _lost_digits, _puts(NAME, "李四2"), _masked, _same_number, _puts(PHONE, "13900000101/13900000102"),
)  # fmt: skip
