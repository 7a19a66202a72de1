"""Where the table of a workbook is, and which of its rows are data."""

import pytest
from openpyxl import Workbook

from console.spreadsheets.cells import TEXT, Cell
from console.spreadsheets.headings import normalised
from console.spreadsheets.limits import Limits
from console.spreadsheets.reading import read
from console.spreadsheets.refusals import Refused
from console.spreadsheets.tables import Table, find_table, looks_shifted
from tests.spreadsheets import files

HEADINGS = {
    "code": ("工号", "员工编号"),
    "name": ("姓名", "使用人"),
    "document": ("证件号码", "身份证号"),
    "phone": ("联系电话", "联系方式/手机", "手机号"),
    "short": ("短号", "联系方式/短号"),
    "department": ("部门", "所属部门"),
}
REQUIRED = ("name", "document")
HEAD = ("姓名", "身份证号", "部门")
ZHANG = ("张三", "110101199003079913", "销售部")
LI = ("李四", "110101199003079921", "市场部")


def table(*rows, **options) -> Table:
    return find_table(read(files.of_rows(rows), ""), HEADINGS, REQUIRED, **options)


def table_of(book: Workbook) -> Table:
    return find_table(read(files.saved(book), ""), HEADINGS, REQUIRED)


def names(found: Table) -> list[str]:
    return [row.cells["name"].value for row in found.rows]


def notes(found: Table) -> dict[str, dict[str, object]]:
    return {note.code: dict(note.values) for note in found.notes}


def refusal(*rows, **options) -> Refused:
    with pytest.raises(Refused) as refused:
        table(*rows, **options)
    return refused.value


@pytest.mark.parametrize(
    "heading",
    [
        "姓名",
        " 姓 名 ",
        "姓名*",
        "* 姓名",
        "姓名（必填）",
        "姓名(必填)",
        "姓名【必填】",
        "姓\n名",
        "姓　名：",
        "\u200b姓名\ufeff",
    ],
)
def test_decorated_headings_are_the_same_heading(heading):
    assert normalised(heading) == "姓名"


def test_full_width_and_capital_letters_make_no_difference():
    assert normalised("ＩＣＣＩＤ 卡号") == normalised("iccid卡号")


def test_a_plain_table_is_found_with_its_columns_and_rows():
    found = table(("序号", *HEAD), (1, *ZHANG), (2, *LI))

    assert found.columns == {1: "name", 2: "document", 3: "department"}
    assert found.headings == {"name": "姓名", "document": "身份证号", "department": "部门"}
    assert (found.header_row, found.unused, found.notes) == (1, ("序号",), ())
    assert [row.number for row in found.rows] == [2, 3]
    assert found.rows[0].cells["document"] == Cell(TEXT, "110101199003079913")


def test_titles_above_and_blank_rows_between_are_skipped():
    found = table(("花名册",), (), ("2024年1月",), HEAD, ZHANG, (), LI)

    assert found.header_row == 4
    assert [row.number for row in found.rows] == [5, 7]


def test_two_rows_of_headings_are_read_together():
    book = Workbook()
    for row in (
        ("姓名", "证件号码", "联系方式", None),
        (None, None, "手机", "短号"),
        (*ZHANG[:2], "1", "61"),
    ):
        book.active.append(row)
    book.active.merge_cells("A1:A2")
    book.active.merge_cells("C1:D1")

    found = table_of(book)
    assert found.header_row == 2
    assert found.columns == {0: "name", 1: "document", 2: "phone", 3: "short"}
    assert found.headings["phone"] == "联系方式/手机"
    assert names(found) == ["张三"]


def test_the_first_person_is_not_taken_for_a_second_row_of_headings():
    found = table((*HEAD, "设备"), (*ZHANG, "短号"), (*LI, "手机号"))

    assert found.header_row == 1
    assert names(found) == ["张三", "李四"]


def test_headings_repeated_on_printed_pages_are_skipped_and_named():
    found = table(HEAD, ZHANG, HEAD, LI)

    assert names(found) == ["张三", "李四"]
    assert notes(found) == {"W_HEADER_REPEATED": {"n": 1, "rows": [3]}}


@pytest.mark.parametrize(
    "end", ["合计", "合 计：2人", "总计", "制表人：王五", "审核：", "注：以上", "备注：无"]
)
def test_the_data_end_at_totals_and_signatures(end):
    assert names(table(HEAD, ZHANG, LI, (end,), ("", "", "经理"))) == ["张三", "李四"]


def test_people_below_the_end_are_left_out_but_not_in_silence():
    assert notes(table(HEAD, ZHANG, ("合计",), LI)) == {"W_ENDED_EARLY": {"n": 1, "rows": [4], "end": 3}}


def test_subtotals_do_not_end_the_data():
    found = table(HEAD, ZHANG, ("小计", "1"), LI, ("合计", "共 3 人"))

    assert names(found) == ["张三", "李四"]
    assert notes(found) == {
        "W_SUBTOTALS": {"n": 1, "rows": [3]},
        "W_TOTAL_MISMATCH": {"row": 5, "stated": 3, "n": 2},
    }


def test_a_department_that_sounds_like_a_signature_is_a_department():
    found = table(("部门", "姓名", "身份证号"), ("审核部", "张三", "1"), ("说明书组", "李四", "2"))

    assert names(found) == ["张三", "李四"]


def test_a_total_that_is_merged_across_the_table_is_a_total():
    book = Workbook()
    for row in (HEAD, ZHANG, ("合计", None, None)):
        book.active.append(row)
    book.active.merge_cells("A3:C3")

    assert names(table_of(book)) == ["张三"]


def test_merged_departments_are_filled_and_marked():
    book = Workbook()
    for row in (HEAD, ZHANG, (*LI[:2], None), ("王五", "3", "财务部"), (None, None, None)):
        book.active.append(row)
    book.active.merge_cells("C2:C3")
    book.active.merge_cells("C4:C5")

    found = table_of(book)
    assert [row.cells["department"].value for row in found.rows] == ["销售部", "销售部", "财务部"]
    assert [set(row.merged) for row in found.rows] == [set(), {"department"}, set()]
    assert notes(found) == {"W_MERGED": {"n": 1, "rows": [3]}}


def test_hidden_rows_are_left_out_unless_they_are_asked_for():
    book = Workbook()
    for row in (HEAD, ZHANG, LI):
        book.active.append(row)
    book.active.row_dimensions[2].hidden = True
    book.active.column_dimensions["C"].hidden = True
    workbook = read(files.saved(book), "")

    without = find_table(workbook, HEADINGS, REQUIRED)
    assert names(without) == ["李四"]
    assert notes(without) == {
        "W_HIDDEN_COLUMNS": {"headings": ["部门"]},
        "W_HIDDEN_ROWS": {"n": 1, "rows": [2], "included": False},
    }
    assert names(find_table(workbook, HEADINGS, REQUIRED, include_hidden=True)) == ["张三", "李四"]


def test_of_two_columns_for_one_field_the_first_is_taken_and_the_other_named():
    found = table((*HEAD, "使用人"), (*ZHANG, "王五"))

    assert names(found) == ["张三"]
    assert notes(found) == {"W_COLUMN_TWICE": {"field": "name", "used": "姓名", "ignored": "使用人"}}
    assert found.unused == ()


def test_rows_without_anything_in_known_columns_are_no_rows():
    assert names(table(("序号", *HEAD), (1, *ZHANG), (2,), (3,))) == ["张三"]


def test_the_sheet_with_the_most_headings_is_taken_and_hidden_ones_never():
    book = Workbook()
    for row in (HEAD[:2], LI[:2]):
        book.active.append(row)
    for title, state in (("名单", "visible"), ("旧名单", "hidden")):
        sheet = book.create_sheet(title)
        sheet.sheet_state = state
        for row in ((*HEAD, "工号"), (*ZHANG, "1")):
            sheet.append(row)
    book["旧名单"]["E1"] = "短号"

    found = table_of(book)
    assert (found.sheet, names(found), found.notes) == ("名单", ["张三"], ())


def test_an_empty_copy_loses_to_the_filled_sheet_and_an_equal_one_is_named():
    book = Workbook()
    book.active.append(HEAD)
    for person in (ZHANG, LI):
        sheet = book.create_sheet(person[2])
        sheet.append(HEAD)
        sheet.append(person)

    found = table_of(book)
    assert found.sheet == "销售部"
    assert notes(found) == {"W_OTHER_SHEETS": {"sheet": "销售部", "others": ["市场部"]}}


def test_a_workbook_without_a_table_is_refused():
    assert refusal(("hello",), ("姓名", "x")).code == "F_NO_TABLE"


def test_missing_columns_are_named_with_the_headings_that_were_found():
    refused = refusal(("姓名", "部门", "工资"), ("张三", "a", 1))

    assert refused.code == "F_MISSING_COLUMNS"
    assert refused.values == {"sheet": "名单", "missing": ["document"], "found": ["姓名", "部门", "工资"]}


def test_headings_alone_are_no_table():
    assert refusal(HEAD).code == "F_NO_ROWS"
    assert refusal(HEAD, ("合计",)).code == "F_NO_ROWS"


def test_more_rows_than_the_limit_are_refused_whatever_else_is_on_the_sheet():
    assert len(table(("题",), HEAD, ZHANG, LI, ("合计",), limits=Limits(rows=2)).rows) == 2
    assert refusal(HEAD, ZHANG, LI, ZHANG, limits=Limits(rows=2)).code == "F_TOO_MANY_ROWS"


def test_a_column_of_names_full_of_numbers_has_slipped():
    slipped = table(HEAD, ("13900000001", "a", "b"), ("110101199003079913", "a", "b"), ("张三", "a", "b"))

    assert looks_shifted(slipped, "name")
    assert not looks_shifted(table(HEAD, ZHANG, LI), "name")
