"""What HR really sends, one test for each kind of dirt: the file goes through upload and check as a person's would."""

import html
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from typing import Any

import pytest
from flask_babel import force_locale
from openpyxl import Workbook, load_workbook
from openpyxl.styles import Font
from sqlalchemy import select

from console.bulk import asking, messages
from console.bulk.models import Batch, BatchRow, Problem
from console.core.db import session, transaction
from console.orders.models import Order
from examples import roster
from examples.company import iccids as cards_of_the_company
from examples.company import numbers as numbers_of_the_company
from tests.bulk.test_mending import counting, shown
from tests.cast import Browser, Cast

ID = roster.document_number(1, date(1990, 3, 7), "110101")
WITH_X = next(
    found
    for day in range(1, 29)
    if (found := roster.document_number(1, date(1990, 5, day), "110101")).endswith("X")
)
PLAN = "全球通5G商务套餐59元档"


def person(number: int = 1, **changes: Any) -> dict[str, Any]:
    """A good row by heading; `changes` go on top."""
    good = {
        "工号": f"T{number:03}",
        "姓名": "测试甲",
        "证件号码": roster.document_number(number, date(1990, 3, 1 + number % 28), "110101"),
        "部门": "销售部",
        "套餐": PLAN,
    }
    return good | changes


def workbook(*rows: Mapping[str, Any], headings: tuple[str, ...] = ()) -> Workbook:
    book = Workbook()
    columns = headings or tuple(dict.fromkeys(name for row in rows for name in row))
    book.active.append(list(columns))
    for row in rows:
        book.active.append([row.get(name) for name in columns])
    return book


def saved(book: Workbook) -> bytes:
    file = BytesIO()
    book.save(file)
    return file.getvalue()


@dataclass(frozen=True)
class Checked:
    """What came of a file: the batch, its values by row number, and its codes by row number and field."""

    batch: Batch
    values: dict[int, dict[str, Any]]
    states: dict[int, str]
    cells: list[dict[str, Any]]
    codes: dict[tuple[int, str], set[str]]
    problems: list[Problem]

    def at(self, row: int, field: str) -> set[str]:
        return self.codes.get((row, field), set())

    @property
    def notes(self) -> set[str]:
        return {code for code, _values in self.batch.notes}


Check = Callable[..., Checked]


def latest(people: Cast) -> Checked:
    with people.as_("ann"):
        batch = session.scalars(select(Batch).order_by(Batch.id.desc())).first()
        assert batch is not None
        kept = session.scalars(select(BatchRow).where(BatchRow.batch_id == batch.id)).all()
        problems = session.scalars(select(Problem).where(Problem.batch_id == batch.id)).all()
        numbers = {row.id: row.number for row in kept}
        codes: dict[tuple[int, str], set[str]] = {}
        for problem in problems:
            codes.setdefault((numbers[problem.row_id], problem.field), set()).add(problem.code)
        session.expunge_all()
    values = {row.number: row.values for row in kept}
    states, cells = {row.number: row.state for row in kept}, [row.cells for row in kept]
    return Checked(batch, values, states, cells, codes, list(problems))


def answered(
    people: Cast, sign_in: Callable[[str], Browser], work: Callable[[], None], **said: str
) -> Checked:
    """What comes of the file when its questions are answered so."""
    with people.as_("ann"), transaction():
        batch = session.scalars(select(Batch).order_by(Batch.id.desc())).first()
        assert batch is not None
        asking.answer("office", batch.id, said, {})
    work()
    return latest(people)


@pytest.fixture
def check(people: Cast, sign_in: Callable[[str], Browser], work: Callable[[], None]) -> Check:
    """Upload these rows, or this file, have it checked, and look at what was kept."""
    ann = sign_in("ann")

    def run(
        *rows: Mapping[str, Any], file: bytes | None = None, name: str = "名单.xlsx", **more: str
    ) -> Checked:
        answer = ann.upload(saved(workbook(*rows)) if file is None else file, name=name, **more)
        assert answer.status_code == 302, answer.get_data(as_text=True)
        work()
        return latest(people)

    return run


@pytest.fixture
def page(sign_in: Callable[[str], Browser]) -> Callable[..., str]:
    return lambda tab="", batch=1: sign_in("ann").get(f"/bulk/{batch}/check?tab={tab}").get_data(as_text=True)


DIGITS = int(ID[:15] + "000")


def test_01_an_id_that_excel_made_a_number_of_is_refused_whatever_its_check_digit_says(check):
    # Zeros at the end, and still the right check digit.
    passing = next(n for n in range(110101199003079000, 110101200003079000, 10**6) if _passes(str(n)))
    checked = check(
        person(1, 证件号码=DIGITS),
        person(2, 证件号码="1.10101E+17"),
        person(3, 证件号码=str(DIGITS)),
        person(4, 证件号码=passing),
        person(5),
    )
    assert [checked.at(row, "document_no") for row in range(2, 7)] == [{"E_ID_FLOAT"}] * 4 + [set()]


def _passes(number: str) -> bool:
    total = sum(int(digit) * weight for digit, weight in zip(number[:17], roster.WEIGHTS, strict=True))
    return number[17] == "10X98765432"[total % 11]


def test_02_a_card_number_that_excel_made_a_number_of_is_refused(check):
    card = 89860012345678901234
    checked = check(person(1, **{"ICCID": card}), person(2, **{"ICCID": "8.98600123456789E+19"}))
    assert checked.at(2, "sim") == checked.at(3, "sim") == {"E_ICCID_FLOAT"}


def test_03_a_phone_typed_as_a_number_is_taken_digit_by_digit(check):
    checked = check(person(1, 手机=13900000101), person(2, 手机=13900000102.0))
    assert [checked.values[row]["phone"] for row in (2, 3)] == ["13900000101", "13900000102"]
    assert checked.at(2, "phone") == checked.at(3, "phone") == {"W_NUM_TO_TEXT"}


def test_05_full_width_digits_letters_and_dashes_of_an_id_are_narrowed(check):
    wide = ID.translate(str.maketrans("0123456789X", "０１２３４５６７８９Ｘ"))
    checked = check(person(1, 证件号码=wide[:6] + "－" + wide[6:]))
    assert checked.values[2]["document_no"] == ID
    assert checked.at(2, "document_no") == {"W_NORMALIZED"}


@pytest.mark.parametrize("hidden", ["\u200b", "\ufeff", "\u00ad", "\u202c", "\u2060"])
def test_06_invisible_characters_are_taken_out_and_named(check, hidden):
    checked = check(
        person(1, 证件号码=ID[:6] + hidden + ID[6:], 姓名=f"测试{hidden}甲", 部门=f"销售{hidden}部")
    )
    assert (
        checked.values[2] | {"document_no": ID, "name": "测试甲", "department": "销售部"} == checked.values[2]
    )
    for field in ("document_no", "name", "department"):
        assert checked.at(2, field) == {"W_INVISIBLE"}
    assert {tuple(one.values["points"]) for one in checked.problems} == {(f"U+{ord(hidden):04X}",)}


def test_07_spaces_and_line_breaks_go_from_ids_and_shrink_elsewhere(check):
    checked = check(
        person(
            1, 证件号码=f"{ID[:6]}\u00a0{ID[6:14]}\u3000{ID[14:]}\n", 部门="市场 \n 中心", 姓名="测　试\t甲"
        ),
    )
    assert checked.values[2]["document_no"] == ID and checked.at(2, "document_no") == {"W_SPACE"}
    assert checked.values[2]["department"] == "市场 中心" and "W_SPACE" in checked.at(2, "department")
    assert checked.values[2]["name"] == "测试甲" and checked.at(2, "name") == {"W_NAME_SPACE"}


@pytest.mark.parametrize("quote", ["'", "’"])
def test_08_an_apostrophe_typed_in_front_is_taken_off(check, quote):
    checked = check(
        person(1, 证件号码=quote + ID, 部门=quote + "销售部", 姓名=quote + "测试甲", 工号=quote + "007")
    )
    assert checked.values[2] | {
        "document_no": ID, "department": "销售部", "name": "测试甲", "employee_number": "007",
    } == checked.values[2]  # fmt: skip
    for field in ("document_no", "department", "name", "employee_number"):
        assert checked.at(2, field) == {"W_QUOTE"}


@pytest.mark.parametrize("written", ["x", "Ⅹ", "Х", "х", "Χ", "×", "Ｘ"])
def test_09_what_is_meant_as_x_becomes_x(check, written):
    checked = check(person(1, 证件号码=WITH_X[:17] + written))
    assert checked.values[2]["document_no"] == WITH_X
    assert checked.at(2, "document_no") <= {"W_ID_X", "W_NORMALIZED"}
    assert checked.at(2, "document_no")


def test_09_an_asterisk_for_x_is_refused(check):
    assert check(person(1, 证件号码=WITH_X[:17] + "*")).at(2, "document_no") == {"E_ID_MASKED"}


def test_10_a_first_generation_number_is_refused_and_not_completed(check, page):
    checked = check(person(1, 证件号码="110101900307991"))
    assert checked.at(2, "document_no") == {"E_ID_15"}
    assert "一代证号码已停用（2013-01-01），请填写 18 位号码" in page()


def test_11_masked_numbers_are_refused(check):
    checked = check(person(1, 证件号码="1101**********9913", 手机="138****0001"))
    assert checked.at(2, "document_no") == checked.at(2, "phone") == {"E_MASKED"}


@pytest.mark.parametrize("name", ["测　试", "测 试", "测\u00a0试"])
def test_12_the_space_that_aligns_a_name_is_removed(check, name):
    checked = check(person(1, 姓名=name))
    assert checked.values[2]["name"] == "测试"
    assert checked.at(2, "name") == {"W_NAME_SPACE"}


@pytest.mark.parametrize("dot", "•・･‧⋅.．")
def test_13_every_dot_of_a_transcribed_name_becomes_the_middle_dot(check, dot):
    checked = check(person(1, 姓名=f"阿卜杜{dot}测试"), person(2, 姓名="阿卜杜·测试"))
    assert checked.values[2]["name"] == checked.values[3]["name"] == "阿卜杜·测试"
    assert "W_NAME_DOT" in checked.at(2, "name") and checked.at(3, "name") == set()


@pytest.mark.parametrize("rare", ["𠮷", "䶮", "㛃", "\U00031350"])
def test_14_rare_characters_are_kept_and_the_clerk_is_told(check, rare):
    checked = check(person(1, 姓名=f"{rare}测"))
    assert checked.values[2]["name"] == f"{rare}测"
    assert (checked.states[2], checked.at(2, "name")) == ("ready", {"W_RARE_CHAR"})


@pytest.mark.parametrize(
    ("lost", "said"), [("?", "U+003F"), ("□", "U+25A1"), ("\ufffd", "U+FFFD"), ("\ue863", "U+E863")]
)
def test_15_a_lost_character_is_named_and_refused(check, page, lost, said):
    checked = check(person(1, 姓名=f"张{lost}"))
    assert checked.at(2, "name") == {"E_NAME_LOST"}
    assert said in page() and "请从身份证重新录入" in page()


def test_16_radicals_from_a_pdf_become_characters(check):
    checked = check(person(1, 姓名="⼤⻢"), person(2, 姓名="⻰测"), person(3, 姓名="车\uf9d1"))
    assert [checked.values[row]["name"] for row in (2, 3, 4)] == ["大马", "龙测", "车六"]
    assert [checked.at(row, "name") for row in (2, 3, 4)] == [{"W_RADICAL"}] * 3


@pytest.mark.parametrize("name", ["测试甲/测试乙", "测试甲（离职）", "测试甲2", "测试甲、测试乙"])
def test_17_two_people_or_a_remark_in_a_name_are_refused_with_the_text(check, page, name):
    checked = check(person(1, 姓名=name))
    assert checked.at(2, "name") == {"E_NAME_REMARK"}
    assert f"“{name}”里有备注、数字或不止一个人" in page()


def test_18_dates_are_read_in_every_usual_way(check):
    written = [
        "2030.1.5", "2030/1/5", "2030-01-05", "2030年1月5日", "20300105", date(2030, 1, 5), 47488, "47488", 20300105,
    ]  # fmt: skip
    checked = check(*(person(n, 证件有效期止=day) for n, day in enumerate(written, start=1)))
    assert {values["document_until"] for values in checked.values.values()} == {"2030-01-05"}
    codes = [checked.at(row, "document_until") for row in sorted(checked.values)]
    assert codes[2] == codes[5] == set()
    assert codes[6] == codes[7] == codes[8] == {"W_DATE_SERIAL"}
    assert {frozenset(codes[n]) for n in (0, 1, 3, 4)} == {frozenset({"W_DATE"})}


def test_18_a_workbook_that_counts_from_1904_is_understood_also_after_a_fix(people, check, sign_in):
    from openpyxl.utils.datetime import CALENDAR_MAC_1904

    book = workbook(person(1, 证件有效期止=46026, 部门=None), person(2, 证件有效期止=date(2030, 1, 5)))
    book.epoch = CALENDAR_MAC_1904
    checked = check(file=saved(book))
    assert checked.values[2]["document_until"] == checked.values[3]["document_until"] == "2030-01-05"
    with people.as_("ann"):
        wrong = session.scalars(select(BatchRow.id).where(BatchRow.number == 2)).one()
    sign_in("ann").post(f"/bulk/1/rows/{wrong}", {"department": "销售部"})
    with people.as_("ann"):
        assert session.get_one(BatchRow, wrong).values["document_until"] == "2030-01-05"


@pytest.mark.parametrize("written", [2024.1, "24.1.5", "1/5/2024", "即日", "2024年1月", "2024.1"])
def test_19_a_date_that_could_be_several_is_refused(check, written):
    assert check(person(1, 证件有效期止=written)).at(2, "document_until") == {"E_DATE_AMBIGUOUS"}


def test_20_a_document_without_end_lasts_until_9999(check, page):
    checked = check(person(1, 证件有效期止="长期"), person(2, 证件有效期止="永久"))
    assert {values["document_until"] for values in checked.values.values()} == {"9999-12-31"}
    assert (checked.at(2, "document_until"), checked.at(3, "document_until")) == (set(), {"W_DATE"})
    assert "长期 <span" not in page("notes") and "原为“永久”" in page("notes")


def test_26_a_repeat_names_the_other_row_for_whatever_must_be_unique(check, page):
    free = {"指定号码": numbers_of_the_company(1)[0], "ICCID": cards_of_the_company(1)[0]}
    checked = check(
        person(1, 手机="13900000101", **free),
        person(1, 工号="T009", 手机="13900000101"),
        person(2, 工号="T001"),
        person(3, **free),
    )
    assert checked.states[2] == "ready"
    assert checked.at(3, "document_no") == {"E_DUP_ID"}
    assert checked.at(4, "employee_number") == {"E_EMP_DUP"}
    assert checked.at(5, "msisdn") == {"E_DUP_NUMBER"} and checked.at(5, "sim") == {"E_DUP_ICCID"}
    assert "第 3 行 证件号码：与第 2 行证件号码重复" in page()


def test_26_a_person_who_waits_in_another_batch_is_named_with_it(check, page, sign_in):
    first = check(person(1), person(2))
    checked = check(person(2, 工号="T002"), person(3), person(1, 再开一个号码="是"))
    assert checked.at(2, "document_no") == {"E_DUP_BATCH"}
    assert (checked.states[3], checked.states[4]) == ("ready", "ready")
    assert f"批次 {first.batch.number} 第 3 行已有这个人" in page(batch=2)
    assert "确实要再开一个" in page(batch=2)
    sign_in("ann").post("/bulk/1/withdraw")
    sign_in("ann").post("/bulk/2/suggestions", {"code": "E_DUP_BATCH"})
    assert "3 人全部可以办理" in page(batch=2)


def test_26_another_batch_of_people_is_asked_about_in_one_query(check):
    check(*(person(n) for n in range(1, 9)))
    statements: list[str] = []
    with counting(statements):
        checked = check(*(person(n, 姓名="测试乙") for n in range(1, 9)))
    assert set(checked.codes.values().__iter__().__next__()) == {"E_DUP_BATCH"}
    assert sum("JOIN batches" in one and "batch_rows.document_index" in one for one in statements) == 1


def test_27_one_document_with_two_names_is_refused_in_all_its_rows_until_one_is_mended(
    check, page, sign_in, people
):
    checked = check(
        person(1), person(1, 工号="T2", 姓名="测试乙", 再开一个号码="是"), person(1, 工号="T3", 再开一个号码="是"), person(2)
    )  # fmt: skip
    assert all("E_ID_NAME_CONFLICT" in checked.at(row, "name") for row in (2, 3, 4))
    assert checked.states[5] == "ready"
    assert "与第 2 行证件相同，姓名不同" in page() and "与第 3 行证件相同，姓名不同" in page()
    with people.as_("ann"):
        wrong = session.scalars(select(BatchRow.id).where(BatchRow.number == 3)).one()
    sign_in("ann").post(f"/bulk/1/rows/{wrong}", {"name": "测试甲"})
    with people.as_("ann"):
        left = session.scalars(select(Problem).where(Problem.code == "E_ID_NAME_CONFLICT")).all()
    assert left == []


def test_28_a_birth_date_or_sex_beside_the_document_is_compared_and_never_kept(check, page):
    born = f"{ID[6:10]}-{ID[10:12]}-{ID[12:14]}"
    man = "男" if int(ID[16]) % 2 else "女"
    checked = check(
        person(1, 证件号码=ID, 出生日期=born, 性别=man),
        person(2, 出生日期="1971-01-01", 性别=None),
        person(3, 出生日期="不知道", 性别="?"),
    )
    assert [checked.at(row, "document_no") for row in (2, 3, 4)] == [set(), {"W_ID_BIRTH_MISMATCH"}, set()]
    assert set(checked.states.values()) == {"ready"}
    assert all("birth" not in values and "sex" not in values for values in checked.values.values())
    assert all("birth" not in cells and "sex" not in cells for cells in checked.cells)
    assert "W_BIRTH_MISMATCHES" in checked.notes
    assert "有 1 行的出生日期或性别与证件号码不符（第 3 行），名单可能错位" in page("ready")


def test_28_few_mismatches_say_nothing_about_the_file(check):
    days = [f"1990-03-{1 + n % 28:02}" for n in range(1, 26)]
    days[3] = "1971-01-01"
    checked = check(*(person(n, 出生日期=day) for n, day in enumerate(days, start=1)))
    assert checked.at(5, "document_no") == {"W_ID_BIRTH_MISMATCH"}
    assert "W_BIRTH_MISMATCHES" not in checked.notes


@pytest.mark.parametrize(
    "written", ["+86-139 0000 0101", "8613900000101", "0086 13900000101", "１３９０００００１０１", "139-0000-0101", "(139)00000101"]
)  # fmt: skip
def test_30_a_phone_is_tidied(check, written):
    checked = check(person(1, 手机=written))
    assert (checked.values[2]["phone"], checked.at(2, "phone")) == ("13900000101", {"W_PHONE"})


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("13900000101/13900000102", "E_PHONE_MULTI"),
        ("139 0000 0101，139-0000-0102", "E_PHONE_MULTI"),
        ("13900000101 13900000102", "E_PHONE_MULTI"),
        ("0571-88880000", "E_PHONE_FIXED"),
        ("(010)88880000", "E_PHONE_FIXED"),
        ("88880000", "E_PHONE_FIXED"),
        ("400-000-0000", "E_PHONE_FIXED"),
        ("+86 571 88880000", "E_PHONE_FIXED"),
        ("66123", "E_PHONE_FORMAT"),
        ("1390000010", "E_PHONE_FORMAT"),
    ],
)
def test_30_two_phones_a_fixed_line_and_a_short_number_are_refused(check, written, code):
    assert check(person(1, 手机=written)).at(2, "phone") == {code}


@pytest.mark.parametrize(
    ("written", "code", "note"),
    [
        ("5G商务129", "QQT5G129", {"W_PLAN_SYNONYM"}),
        ("全球通129元", "QQT5G129", {"W_PLAN_SYNONYM"}),
        ("129套餐", "QQT5G129", {"W_PLAN_SYNONYM"}),
        ("全球通５Ｇ商务套餐１２９元档", "QQT5G129", {"W_PLAN_SYNONYM"}),
        ("全球通5G商务套餐129元档", "QQT5G129", set()),
    ],
)
def test_31_a_plan_goes_by_its_usual_names(check, written, code, note):
    checked = check(person(1, 套餐=written))
    assert (checked.values[2].get("plan"), checked.at(2, "plan")) == (code, note)


def test_31_a_typing_slip_is_suggested_and_several_plans_are_listed_never_taken(check, page):
    checked = check(
        person(1, 套餐="全球痛5G商务套餐129元档"),
        person(2, 套餐="动感地带"),
        person(3, 套餐="没有的"),
        person(4),
    )
    assert [checked.at(row, "plan") for row in (2, 3, 4)] == [
        {"E_PLAN_UNKNOWN"}, {"E_PLAN_AMBIGUOUS"}, {"E_PLAN_UNKNOWN"},
    ]  # fmt: skip
    suggested = [one.values for one in checked.problems if one.values.get("suggest")]
    assert suggested == [{"suggest": "QQT5G129"}]
    assert "“动感地带”可能是 动感地带5G青年套餐39元档、动感地带5G青年套餐59元档" in page()
    assert all("plan" not in checked.values[row] for row in (2, 3, 4))


@pytest.mark.parametrize(
    ("written", "meant"),
    [("是", True), ("否", False), ("√", True), ("Y", True), ("1", True), ("有", True), ("×", False), (1, True), (True, True)],
)  # fmt: skip
def test_32_yes_and_no_are_understood(check, written, meant):
    checked = check(person(1, 再开一个号码=written))
    assert (checked.values[2]["second"], checked.at(2, "second")) == (meant, set())


def test_32_what_is_neither_yes_nor_no_is_refused(check):
    assert check(person(1, 再开一个号码="也许")).at(2, "second") == {"E_BOOL"}


@pytest.mark.parametrize(
    ("written", "fen"), [("¥150.00", 15000), ("150元", 15000), ("1,500", 150000), (150.3, 15030)]
)
def test_33_amounts_are_read_with_sign_unit_and_comma(check, written, fen):
    checked = check(person(1, 付费方式="定额统付", 统付上限=written))
    assert (checked.values[2]["cap"], checked.at(2, "cap")) == (fen, set())


def test_33_an_amount_in_chinese_numerals_is_refused(check):
    checked = check(person(1, 付费方式="定额统付", 统付上限="壹佰伍拾元"))
    assert "E_AMOUNT" in checked.at(2, "cap")


def test_34_formulas_without_result_and_errors_are_refused(check):
    checked = check(
        person(1, 手机="=A1"), person(2, 手机="#N/A"), person(3, 手机="#REF!"), person(4, 手机="=VLOOKUP(A2,[1]表!A:B,2,0)")
    )  # fmt: skip
    assert [checked.at(row, "phone") for row in range(2, 6)] == [{"E_FORMULA"}] * 4


def test_35_a_picture_in_a_cell_is_refused_where_it_matters_and_ignored_elsewhere(check):
    picture = '=DISPIMG("ID_1",1)'
    checked = check(person(1, 证件号码=picture, 照片=picture), person(2, 照片=picture))
    assert (checked.at(2, "document_no"), checked.states) == ({"E_IMAGE"}, {2: "wrong", 3: "ready"})


@pytest.mark.parametrize("nothing", ["同上", '"', "〃", "-", "/", "无", "N/A", "—", "ｎ/ａ"])
def test_40_a_placeholder_is_refused_where_something_is_needed_and_empty_elsewhere(check, page, nothing):
    checked = check(person(1, 部门=nothing, 成本中心=nothing), person(2, 成本中心=nothing))
    assert checked.at(2, "department") == {"E_PLACEHOLDER"}
    assert checked.at(3, "cost_center") == {"W_PLACEHOLDER"}
    assert "cost_center" not in checked.values[3] and checked.states[3] == "ready"


def test_42_an_employee_number_that_excel_made_a_date_of_is_refused(check, page):
    checked = check(person(1, 工号=date(2026, 3, 1)), person(2, 工号="3月1日"))
    assert checked.at(2, "employee_number") == checked.at(3, "employee_number") == {"E_DATE_AS_TEXT"}
    assert "被 Excel 识别成日期" in page()


@pytest.mark.parametrize("mark", ["-", "/", ">", "＞", "\\", "→", "—", "|", " / "])
def test_43_a_path_of_departments_is_understood_however_it_is_divided(check, mark):
    checked = check(person(1, 部门=f"技术部{mark}研发一组"))
    assert checked.values[2]["department"] == "技术部/研发一组"
    assert checked.at(2, "department") == (set() if mark == "/" else {"W_DEPT_PATH"})


def test_43_a_department_that_is_not_there_is_announced_with_what_may_be_meant(check, page):
    checked = check(
        person(1, 部门="技术部/研发二组"), person(2, 部门="技术部、研发一组"), person(3, 部门="全新部门")
    )
    notes = {one.values.get("suggest") for one in checked.problems if one.code == "W_DEPT_NEW"}
    assert notes == {"技术部/研发一组", None}
    assert set(checked.states.values()) == {"ready"}


@pytest.mark.parametrize(
    ("field", "heading", "written", "meant"),
    [
        ("department", "部门", "銷售部", "销售部"),
        ("department", "部门", "客戶服務部", "客户服务部"),
        ("department", "部门", "技術部/研發一組", "技术部/研发一组"),
        ("plan", "套餐", "全球通5G商務套餐59元檔", "QQT5G059"),
    ],
)
def test_44_traditional_characters_are_understood_in_departments_and_plans(
    check, field, heading, written, meant
):
    checked = check(person(1, **{heading: written}))
    assert (checked.values[2][field], checked.at(2, field)) == (meant, {"W_VARIANT"})


def test_44_a_name_keeps_its_traditional_characters(check):
    assert check(person(1, 姓名="張臺")).values[2]["name"] == "張臺"


@pytest.mark.parametrize("written", ["=1+1", "+销售", "@部门", "-研发"])
def test_45_what_looks_like_a_formula_is_stored_as_it_is_and_leaves_as_text(check, sign_in, written):
    book = workbook(person(1), person(2, 套餐="没有的"))
    for row in (2, 3):
        cell = book.active.cell(row, 4)
        cell.value, cell.data_type = written, "s"
    checked = check(file=saved(book))
    assert checked.values[2]["department"] == written
    assert checked.at(2, "department") == {"W_DEPT_NEW"}
    given = load_workbook(BytesIO(sign_in("ann").get("/bulk/1/results.xlsx").data)).active
    cells = [cell for row in given.iter_rows() for cell in row if cell.value == written]
    assert len(cells) == 2 and {cell.data_type for cell in cells} == {"s"}


def test_46_the_same_file_and_the_same_rows_in_another_order_lead_to_the_first_batch(check, sign_in):
    first, second = person(1), person(2)
    content = saved(workbook(first, second))
    check(file=content)
    again = sign_in("ann").upload(content, name="又一次.xlsx")
    assert again.status_code == 409 and "这份名单上传过" in again.get_data(as_text=True)
    checked = check(second, first)
    assert (checked.batch.state, checked.batch.refusal["code"]) == ("refused", "F_DUP_FILE")


def test_04_zeros_that_excel_dropped_are_asked_about_and_never_invented(check, sign_in, work, people):
    checked = check(person(1, 工号="00123"), person(2, 工号="00124"), person(3, 工号=125))
    assert checked.batch.state == "asking"
    assert [code for code, _values in checked.batch.questions] == ["Q_PAD"]
    assert answered(people, sign_in, work, Q_PAD="no").values[4]["employee_number"] == "125"


def test_04_zeros_are_written_when_the_person_says_so(check, sign_in, work, people):
    check(person(1, 工号="00123"), person(2, 工号="00124"), person(3, 工号=125))
    assert answered(people, sign_in, work, Q_PAD="yes").values[4]["employee_number"] == "00125"


def test_21_a_merge_fills_its_own_rows_and_nothing_below_it(check, sign_in, work, people):
    book = workbook(*(person(n, 部门={1: "市场部", 3: "销售部"}.get(n)) for n in range(1, 6)))
    book.active.merge_cells("D2:D3")
    checked = check(file=saved(book))
    assert [code for code, _values in checked.batch.questions] == ["Q_FILLDOWN"]
    checked = answered(people, sign_in, work, Q_FILLDOWN="no")
    assert checked.values[3]["department"] == "市场部" and "W_MERGED" in checked.at(3, "department")
    assert [checked.at(row, "department") for row in (5, 6)] == [{"E_REQUIRED"}] * 2


def test_22_titles_and_a_heading_of_two_rows_are_understood(check):
    book = Workbook()
    sheet = book.active
    sheet.append(["青岚示例商贸有限公司 入职名单"])
    sheet.append([])
    sheet.append(["工号", "姓名", "证件号码", "部门", "联系方式", None, "套餐"])
    sheet.append([None, None, None, None, "手机", "邮箱", None])
    sheet.merge_cells("A1:G1")
    sheet.merge_cells("E3:F3")
    for column in "ABCDG":
        sheet.merge_cells(f"{column}3:{column}4")
    sheet.append(["T1", "测试甲", ID, "销售部", "13900000101", "a@example.com", PLAN])
    checked = check(file=saved(book))
    assert checked.states == {5: "ready"} and checked.values[5]["phone"] == "13900000101"


def test_23_totals_signatures_and_empty_rows_are_no_people(check):
    rows = [person(1), {}, person(2), {"工号": "合计", "姓名": "共 2 人"}, {"工号": "制表人：测试丁"}]
    headings = tuple(person())
    checked = check(file=saved(workbook(*rows, headings=headings)))
    assert sorted(checked.values) == [2, 4]


def test_24_hidden_rows_are_asked_about_and_left_out_unless_wanted(check, sign_in, work, people):
    book = workbook(person(1), person(2))
    book.active.row_dimensions[3].hidden = True
    book.active.column_dimensions["D"].hidden = True
    other = book.create_sheet("旧名单")
    other.append(["工号", "姓名"])
    other.sheet_state = "hidden"
    checked = check(file=saved(book))
    assert [code for code, _values in checked.batch.questions] == ["Q_HIDDEN"]
    checked = answered(people, sign_in, work, Q_HIDDEN="no")
    assert sorted(checked.values) == [2]
    assert {"W_HIDDEN_ROWS", "W_HIDDEN_COLUMNS"} <= checked.notes


def test_25_of_two_tables_one_is_asked_for_and_a_copy_is_ignored(check):
    book = workbook(person(1), person(2))
    book.copy_worksheet(book.active).title = "花名册(2)"
    book.create_sheet("填写说明").append(["请按要求填写"])
    checked = check(file=saved(book))
    assert (checked.batch.state, len(checked.values)) == ("checked", 2)
    other = workbook(person(1), person(2))
    second = other.create_sheet("第二批")
    second.append(list(person()))
    second.append(list(person(3).values()))
    checked = check(file=saved(other), name="两张表.xlsx")
    assert [code for code, _values in checked.batch.questions] == ["Q_SHEET"]


def test_29_a_column_of_names_full_of_phones_refuses_the_file(check):
    checked = check(*(person(n, 姓名=f"1390000010{n}") for n in range(1, 5)))
    assert (checked.batch.state, checked.batch.refusal["code"]) == ("refused", "F_COLUMN_SHIFT")


@pytest.mark.parametrize("name", ["名单.xls", "名单.et"])
def test_36_an_html_table_under_any_name_is_read(check, name):
    cells = "".join(f"<td>{value}</td>" for value in person(1).values())
    heads = "".join(f"<th>{heading}</th>" for heading in person(1))
    made = f"<html><meta charset=utf-8><table><tr>{heads}</tr><tr>{cells}</tr></table></html>"
    checked = check(file=made.encode(), name=name)
    assert checked.states == {2: "ready"} and "W_HTML_XLS" in checked.notes


@pytest.mark.parametrize(
    ("encoding", "divided"),
    [("utf-8-sig", ","), ("utf-8", ";"), ("gb18030", ","), ("gb18030", "\t"), ("utf-16", "\t")],
)
def test_37_csv_in_every_usual_form_is_read(check, encoding, divided):
    row = person(1, 证件号码=f'="{ID}"')
    text = "\r\n".join(divided.join(line) for line in (row, row.values()))
    checked = check(file=text.encode(encoding), name="名单.csv")
    assert checked.values[2]["document_no"] == ID and checked.states == {2: "ready"}


def test_38_ids_that_a_csv_has_lost_are_refused(check):
    rows = [person(1), person(2, 证件号码="1.10101E+17"), person(3, 证件号码=str(DIGITS))]
    text = "\r\n".join(",".join(line) for line in (rows[0], *(row.values() for row in rows)))
    checked = check(file=text.encode("gb18030"), name="名单.csv")
    assert [checked.at(row, "document_no") for row in (2, 3, 4)] == [set(), {"E_ID_FLOAT"}, {"E_ID_FLOAT"}]


def test_39_rows_that_are_struck_through_are_asked_about(check, sign_in, work, people):
    book = workbook(person(1), person(2))
    for cell in book.active[3]:
        cell.font = Font(strike=True)
    checked = check(file=saved(book))
    assert [code for code, _values in checked.batch.questions] == ["Q_STRIKE"]


def test_41_formatted_rows_without_content_and_far_away_columns_are_nothing(check):
    book = workbook(person(1))
    for row in range(3, 3000):
        book.active.cell(row, 1).font = Font(bold=True)
    book.active.cell(1, 250).font = Font(bold=True)
    assert check(file=saved(book)).states == {2: "ready"}


def test_a_short_address_is_passed_on_with_a_note(check, sign_in, page, people, work):
    whole = "浙江省杭州市上城区示例路 1 号"
    checked = check(person(1, 证件地址="杭州上城"), person(2, 证件地址=whole))
    assert (checked.at(2, "document_address"), checked.at(3, "document_address")) == ({"W_ADDR_SHORT"}, set())
    sign_in("ann").post("/bulk/1/confirm", {"shown": shown(page())})
    work()
    with people.as_("ann"):
        payloads = session.scalars(select(Order.payload).order_by(Order.id)).all()
    told = [payload["subscriber"]["user"]["idAddress"] for payload in payloads]
    assert told == ["杭州上城", whole]


def test_documents_that_register_nobody_are_told_from_unknown_words(check):
    checked = check(
        person(1, 证件类型="驾驶证"), person(2, 证件类型="什么证"), person(3, 证件类型="二代身份证")
    )
    assert [checked.at(row, "document_type") for row in (2, 3, 4)] == [
        {"E_DOC_NOT_ACCEPTED"}, {"E_DOC_TYPE"}, set(),
    ]  # fmt: skip


def test_every_note_shows_what_was_there_and_what_it_became(check, page):
    dirt = (
        ("证件号码", ID[:6] + " " + ID[6:], ID[:4] + "*" * 12 + ID[-2:]),
        ("手机", "139-0000-0101", "139 **** 0101"),
        ("部门", "技术部-研发一组", "技术部/研发一组"),
        ("部门", "銷售部", "销售部"),
        ("部门", "'市场部", "市场部"),
        ("姓名", "测 试", "测试"),
        ("姓名", "⼤⻢", "大马"),
        ("姓名", "阿卜杜•测试", "阿卜杜·测试"),
        ("证件有效期止", 47488, "2030-01-05"),
        ("证件有效期止", "2030.1.5", "2030-01-05"),
        ("工号", "Ｔ０１", "T01"),
        ("套餐", "129套餐", "全球通5G商务套餐129元档"),
    )
    check(*(person(n, **{heading: written}) for n, (heading, written, _after) in enumerate(dirt, start=1)))
    told = page("notes")
    for row, (_heading, written, after) in enumerate(dirt, start=2):
        line = told[told.index(f'<span class="no-m">{row}</span>') :].split("</tr>")[0]
        assert after in line and "原为“" in line, (written, line)
        assert str(written) in html.unescape(line) or after.startswith(("139", ID[:4])), written
    assert ID not in told


def test_no_message_repeats_a_whole_document_number(check, page):
    check(person(1, 证件类型=ID, 付费方式=ID), person(2, 套餐=ID, 姓名=ID))
    told = re.findall(r'class="why[^>]*>.*?</div>', page(), re.DOTALL)
    assert len(told) >= 4 and not any(ID in one for one in told)


CODES = """
E_ID_FLOAT E_ICCID_FLOAT W_NUM_TO_TEXT W_NORMALIZED W_INVISIBLE W_SPACE W_QUOTE W_ID_X E_ID_MASKED E_ID_15 E_MASKED
W_NAME_SPACE W_NAME_DOT W_RARE_CHAR E_NAME_LOST W_RADICAL E_NAME_REMARK W_DATE_SERIAL E_DATE_AMBIGUOUS W_MERGED E_DUP_ID
E_DUP_BATCH E_ONE_ID_FILE E_ID_NAME_CONFLICT W_ID_BIRTH_MISMATCH W_PHONE E_PHONE_MULTI E_PHONE_FIXED W_PLAN_SYNONYM
E_PLAN_AMBIGUOUS E_PLAN_UNKNOWN E_BOOL E_AMOUNT E_FORMULA E_IMAGE E_PLACEHOLDER E_DATE_AS_TEXT W_DEPT_PATH W_DEPT_NEW
W_VARIANT W_ADDR_SHORT E_DIGITS_LOST W_PLACEHOLDER
"""


def test_every_kind_of_dirt_has_a_title_a_cause_and_a_remedy_in_both_languages(app):
    with app.test_request_context():
        for code in CODES.split():
            message = messages.ROWS[code]
            with force_locale("zh_CN"):
                chinese = [str(message.title), str(message.cause), str(message.remedy)]
            with force_locale("en"):
                english = [str(message.title), str(message.cause), str(message.remedy)]
            assert all(chinese) and not re.search("[\u4e00-\u9fff]", "".join(english)), code
