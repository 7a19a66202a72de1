"""Readers of cells under any content: nothing raises, nothing changes silently, and the short way is the long way."""

import random
from datetime import date
from io import BytesIO

from hypothesis import example, given
from hypothesis import strategies as st
from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from sqlalchemy import select

from console.app import KINDS
from console.bulk import columns, rules
from console.bulk.columns import Reading
from console.bulk.kind import Column, Row
from console.bulk.models import Batch, BatchRow, Problem
from console.core.db import session
from console.employees.uploads import People
from console.identifiers import amounts, dates, documents, names, numbers, residents, text, words
from console.plans.matching import Names
from console.plans.queries import Offer
from console.sims.uploads import Activate, Activations
from console.spreadsheets import cells
from console.spreadsheets.cells import Cell
from examples import roster

TODAY = date(2026, 1, 1)
DEPARTMENTS = {path: number for number, path in enumerate(("销售部", "技术部/研发一组", "客户服务部"))}
PLAN = Offer(
    plan_id=1, code="QQT5G059", name="全球通5G商务套餐59元档", family="全球通", kind="MAIN", fee_fen=5900, first_month="DAILY",
    voice_min=0, data_mb=0, sms=0, eligibility="ANY", min_qty=1, contract_months=0, requires=(), synonyms=("全球通59",),
)  # fmt: skip
BOOKS = Activations(
    date(2026, 1, 1), DEPARTMENTS, {"CC1": 1}, {"研发中心": "CC1"}, offers={PLAN.code: PLAN},
    names=Names.of([(PLAN.code, PLAN.name, PLAN.synonyms)]),
)  # fmt: skip
DICTIONARIES = {"document_type", "plan", "payment", "second", "birth", "sex"}
CHOICES = {"accepts", "agreed", "beyond", "card", "effective", "product", "reason", "limit"}
"""A value is one of the few that the column's own list gives, or an amount of data in MB."""
"""Their values are not texts: what was written must be a word that the dictionary knows."""
ALL_COLUMNS = {
    (kind.slug, column.field): column for kind in KINDS if kind.slug != "several" for column in kind.columns
}.values()
"""The kind of several works has the columns of the others."""
KINDS_OF_CELL = st.sampled_from(
    [cells.TEXT] * 6 + [cells.NUMBER, cells.DATE, cells.BOOL, cells.ERROR, cells.FORMULA]
)
SEEDS = (
    "110101199003079913", "1.10101E+17", "13900000101", "13900000101.0", "2024.1", "2024.0999999999999", "45296", "1E999999999",
    "2030-01-05", "2030-02-30", "长期", "测试甲", "张　三", "阿卜杜•测试", "销售部", "技术部-研发一组", "臺北", "全球通59", "是", "√", "¥1,500",
    "同上", "=1+1", "#N/A", '=DISPIMG("ID_1",1)', "'007", "\u200b", "\u202e123", "８９", "89860012345678901234", "3月1日", "NaN", "-0",
    "𠮷", "\ue000", "\ufffd", "/", "//", "''", "' '", "a\x00b", "\x1f",
)  # fmt: skip
PIECES = st.sampled_from([*SEEDS, *"0123456789Xx*-/ .·、，'\"=+@\u00a0\u3000\u200b"])
WRITTEN = st.text(max_size=30) | st.lists(PIECES, max_size=5).map("".join) | st.sampled_from(SEEDS)


def readings(cell: Cell, column: Column) -> Reading:
    """As a row of a roster is read, with everything that comes before the reader."""
    row = Row(2, {column.field: cell})

    class One(Activate):
        columns = (column,)
        witnesses = ()

    rules.parse(One(), [row], BOOKS, {}, {})
    return Reading(row.values.get(column.field), tuple(found for _field, found in row.found))


@given(KINDS_OF_CELL, WRITTEN)
@example(cells.TEXT, "\u200b")
@example(cells.NUMBER, "sNaN")
@example(cells.NUMBER, "110101199003079013")
def test_no_cell_in_any_column_raises_or_changes_silently(kind: str, written: str) -> None:
    cell = Cell(kind, written)
    for column in ALL_COLUMNS:
        reading = readings(cell, column)
        if not reading.found:
            assert unchanged(column, cell, reading.value), (column.field, cell, reading)
        elif any(found.level == "error" for found in reading.found):
            assert reading.value is None, (column.field, cell, reading)


def unchanged(column: Column, cell: Cell, value: object) -> bool:
    if value is None:
        return not column.required and columns.is_blank(cell)
    if column.field in DICTIONARIES | CHOICES:
        return True
    if column.field == "cap":
        return (
            f"{value / 100:.2f}"
            == f"{float(amounts.as_typed(cell.value.strip(' ¥￥元').replace(',', ''))):.2f}"
        )
    if column.field == "sim":
        return value == cell.value[:19] and len(cell.value) in (19, 20)
    if column.field == "document_until" and cell.value == "长期":
        return value == dates.FOREVER
    return value == cell.value


@given(
    st.sampled_from([column for column in ALL_COLUMNS if column.field in DICTIONARIES]),
    KINDS_OF_CELL,
    WRITTEN,
)
def test_a_word_is_taken_only_when_it_is_in_the_dictionary(column: Column, kind: str, written: str) -> None:
    reading = readings(Cell(kind, written), column)
    if reading.value is None:
        return
    word = words.plain(amounts.as_typed(written))
    known = {
        *words.DOCUMENTS,
        *words.YES,
        *words.NO,
        *map(words.plain, ("集团统付", "统付", "定额统付", "定额", "个人付费", "个人")),
    }
    known |= {"companypaysall", "companypaysuptoalimit", "personpays"}
    assert word in known or (column.field == "plan" and reading.value == PLAN.code)


PLAIN_NAMES = st.from_regex("[\u4e00-\u9fff]{1,31}", fullmatch=True) | WRITTEN


@given(PLAIN_NAMES)
def test_a_plain_name_is_one_that_the_rule_accepts_as_it_is(name: str) -> None:
    if names.is_plain(name):
        verdict = names.person_name(name)
        assert (verdict.valid, verdict.normalized, verdict.notes) == (True, name, ())


@given(st.from_regex("1[3-9][0-9]{9}", fullmatch=True) | WRITTEN)
def test_a_plain_phone_is_one_that_the_rule_accepts_as_it_is(phone: str) -> None:
    verdict = numbers.mobile(phone)
    assert numbers.is_plain(phone) == (verdict.valid and verdict.normalized == phone)


@given(st.from_regex("[0-9A-Za-z\u4e00-\u9fff/()（）._+& -]{1,12}", fullmatch=True) | WRITTEN)
def test_plain_words_are_those_that_tidying_does_not_change(written: str) -> None:
    if columns._PLAIN_TEXT.fullmatch(written):
        assert text.tidy(written) == written
        assert columns.text(200)(Cell(cells.TEXT, written), None) == Reading(written)
    if columns._PLAIN_NUMBER.fullmatch(written):
        assert text.tidy_code(written) == written


@given(st.from_regex("[0-9]{17}[0-9Xx]", fullmatch=True))
def test_a_plain_document_number_is_one_that_cleaning_does_not_change(number: str) -> None:
    if columns._PLAIN_DOCUMENT.fullmatch(number):
        assert text.clean_id(number) == (number, ())
        assert not columns.destroyed(Cell(cells.TEXT, number))


@given(
    st.dates(date(1900, 1, 1), date(2099, 12, 31)).map(str)
    | st.from_regex("(19|20)[0-9]{2}-[01][0-9]-[0-3][0-9]", fullmatch=True)
)
def test_a_plain_day_is_one_that_the_rule_reads_as_it_is(written: str) -> None:
    verdict = dates.roster_date(written, cells.TEXT)
    reading = columns.day(Cell(cells.TEXT, written), None)
    assert (reading.value is not None) == verdict.valid
    assert reading == Reading(written) or not verdict.valid


@given(st.text(max_size=20))
def test_tidying_twice_changes_nothing_more(written: str) -> None:
    assert text.tidy(text.tidy(written)) == text.tidy(written)
    assert text.tidy_code(text.tidy_code(written)) == text.tidy_code(written)
    assert (text.change(written, text.tidy(written)) is None) == (written == text.tidy(written))


@given(st.integers(0, 10**7), st.sampled_from(["", "0", "00000000000001", "99999999999999"]))
def test_a_number_is_read_as_its_author_typed_it(fen: int, noise: str) -> None:
    yuan = f"{fen // 100}.{fen % 100:02}"
    assert amounts.fen(yuan) == fen
    stored = repr(float(yuan))
    assert amounts.fen(amounts.as_typed(stored)) == fen


@given(st.text("研发一二三组部销售", min_size=2, max_size=6), st.integers(0, 5), st.sampled_from("研发甲"))
def test_a_word_with_one_slip_is_found_near(word: str, place: int, other: str) -> None:
    slips = words.Slips([word])
    for slip in (
        word[:place] + word[place + 1 :],
        word[:place] + other + word[place:],
        word[:place] + other + word[place + 1 :],
    ):
        if slip != word and len(slip) > 1 and place < len(word):
            assert slips.near(slip) == [word]
    assert slips.near(word) == []


def test_people_have_a_tree_for_each_roster() -> None:
    people = People(date(2026, 1, 1), {"技术部/研发一组": 1, "销售部/研发一组": 2, "市场部": 3}, {}, {})
    assert people.tree.closest("研发一组") is None
    assert people.tree.closest("市场步") == "市场部"
    assert people.tree.closest("技术部/研发二组") == "技术部/研发一组"
    assert people.tree.variant_of("市場部") == "市场部"


def test_a_roster_of_rubbish_is_checked_with_every_row_and_every_page_opens(people, sign_in, work) -> None:
    """Three hundred rows of whatever: no row is lost, none is carried out unread, no page breaks."""
    chance, ann = random.Random(6), sign_in("ann")
    kind = Activate()
    book = Workbook()
    book.active.append([str(column.label) for column in kind.columns])
    for number in range(300):
        row = [
            ILLEGAL_CHARACTERS_RE.sub("", "".join(chance.choices(SEEDS, k=chance.choice((1, 1, 2)))))
            for _ in kind.columns
        ]
        row[1] = f"测试{chr(0x4E00 + number)}"
        book.active.append(row)
        for cell in book.active[number + 2]:
            cell.data_type = "s" if isinstance(cell.value, str) else cell.data_type
    file = BytesIO()
    book.save(file)
    assert ann.upload(file.getvalue()).status_code == 302
    work()
    with people.as_("ann"):
        batch = session.get_one(Batch, 1)
        assert (batch.state, batch.refusal) == ("checked", None)
        kept = {row.number: row for row in session.scalars(select(BatchRow))}
        problems = {(problem.row_id, problem.field) for problem in session.scalars(select(Problem))}
    assert sorted(kept) == list(range(2, 302))
    for row in kept.values():
        for column in kind.columns:
            cell, value = Cell(*row.cells.get(column.field, ("blank", ""))), row.values.get(column.field)
            assert (
                (row.id, column.field) in problems or columns.is_blank(cell) or unchanged(column, cell, value)
            )
    for tab in ("wrong", "ready", "notes", "left_out"):
        for page in (1, 2):
            assert ann.get(f"/bulk/1/check?tab={tab}&page={page}").status_code == 200


@given(
    st.sampled_from(roster.REGIONS),
    st.dates(date(1899, 1, 1), date(2027, 1, 1)),
    st.integers(0, 999),
    st.sampled_from("0123456789X"),
)
def test_the_short_way_to_check_a_resident_id_is_the_long_one(
    region: str, born: date, sequence: int, last: str
) -> None:
    body = f"{region}{born:%Y%m%d}{sequence:03}"
    right = "10X98765432"[sum(int(c) * w for c, w in zip(body, roster.WEIGHTS, strict=True)) % 11]
    for number in (
        body + last,
        body + right,
        "000000" + body[6:] + right,
        body[:10] + "0231" + body[14:] + last,
    ):
        verdict = documents.resident_id(number, TODAY)
        assert residents.is_plain(number, TODAY) == (verdict.valid and verdict.normalized == number)


@given(st.sampled_from([*words.PLACEHOLDERS, "ＮＡ", "N/A", "同 上", "／", "－"]) | WRITTEN)
def test_the_short_way_to_a_placeholder_is_the_long_one(written: str) -> None:
    long_way = len(written) <= 6 and words.plain(written.strip()) in words.PLACEHOLDERS
    assert words.is_placeholder(written) == long_way
