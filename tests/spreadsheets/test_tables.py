"""Where the table of a workbook is, and which of its rows are data."""

import pytest
from openpyxl import Workbook

from console.spreadsheets.cells import NUMBER, TEXT, Cell, Row, Sheet
from console.spreadsheets.cells import Workbook as Book
from console.spreadsheets.headings import normalised
from console.spreadsheets.limits import Limits
from console.spreadsheets.reading import read
from console.spreadsheets.refusals import Refused
from console.spreadsheets.tables import Table, Told, find_table
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


def table(*rows, told: Told = Told(), **options) -> Table:  # noqa: B008 - frozen
    return find_table(read(files.of_rows(rows), ""), HEADINGS, REQUIRED, told, **options)


def table_of(book: Workbook) -> Table:
    return find_table(read(files.saved(book), ""), HEADINGS, REQUIRED)


def names(found: Table) -> list[str]:
    return [row.cells["name"].value for row in found.rows]


def notes(found: Table) -> dict[str, dict[str, object]]:
    return {note.code: dict(note.values) for note in found.notes}


def questions(found: Table) -> dict[str, dict[str, object]]:
    return {question.code: dict(question.values) for question in found.questions}


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


@pytest.mark.parametrize("title", [("花名册",), ("单位：示例公司", None, "日期：2024年1月")])
def test_a_title_right_above_the_headings_is_no_part_of_them(title):
    found = table(title, HEAD, ZHANG)

    assert (found.header_row, found.headings["name"], names(found)) == (2, "姓名", ["张三"])


def test_a_title_that_is_merged_across_the_table_is_no_part_of_the_headings():
    book = Workbook()
    for row in (("花名册", None, None), HEAD, ZHANG):
        book.active.append(row)
    book.active.merge_cells("A1:C1")

    assert table_of(book).headings == {"name": "姓名", "document": "身份证号", "department": "部门"}


def test_two_rows_of_headings_are_read_together_also_when_the_upper_one_would_do():
    book = Workbook()
    for row in (("姓名", "证件号码", "手机号", None), (None, None, "手机", "短号"), (*ZHANG[:2], "1", "61")):
        book.active.append(row)
    for merge in ("A1:A2", "B1:B2", "C1:D1"):
        book.active.merge_cells(merge)

    found = table_of(book)
    assert (found.header_row, names(found)) == (2, ["张三"])


def test_the_first_person_is_not_taken_for_a_second_row_of_headings():
    found = table((*HEAD, "设备"), (*ZHANG, "短号"), (*LI, "手机号"))

    assert found.header_row == 1
    assert names(found) == ["张三", "李四"]


def test_headings_repeated_on_printed_pages_are_skipped_and_named():
    found = table(HEAD, ZHANG, HEAD, LI)

    assert names(found) == ["张三", "李四"]
    assert notes(found) == {"W_HEADER_REPEATED": {"n": 1, "rows": [3]}}


@pytest.mark.parametrize(
    "end",
    [
        "合计",
        "合 计：2人",
        "总计",
        "制表人：王五",
        "审核：",
        "注：以上",
        "备注：无",
        "共 2 人",
        "填报单位：x",
        "Total: 2",
    ],
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


def test_the_sum_of_a_department_is_skipped_and_people_follow():
    found = table(HEAD, ZHANG, ("销售部小计", "", "1"), LI, ("市场部 合计：", "", "1"))

    assert names(found) == ["张三", "李四"]
    assert notes(found) == {"W_SUBTOTALS": {"n": 2, "rows": [3, 5]}}


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
        "W_HIDDEN_ROWS": {"n": 1, "rows": [2]},
    }
    assert questions(without) == {"Q_HIDDEN": {"n": 1, "rows": [2], "default": "no"}}

    wanted = find_table(workbook, HEADINGS, REQUIRED, Told({"Q_HIDDEN": "yes"}))
    assert names(wanted) == ["张三", "李四"]
    assert notes(wanted)["W_HIDDEN_ROWS_READ"] == {"n": 1, "rows": [2]}
    assert (
        questions(wanted)
        == questions(find_table(workbook, HEADINGS, REQUIRED, Told({"Q_HIDDEN": "no"})))
        == {}
    )


def test_a_table_of_nothing_but_hidden_rows_is_asked_about_and_not_called_empty():
    book = Workbook()
    for row in (HEAD, ZHANG):
        book.active.append(row)
    book.active.row_dimensions[2].hidden = True
    workbook = read(files.saved(book), "")

    assert list(questions(find_table(workbook, HEADINGS, REQUIRED))) == ["Q_HIDDEN"]
    with pytest.raises(Refused) as refused:
        find_table(workbook, HEADINGS, REQUIRED, Told({"Q_HIDDEN": "no"}))
    assert refused.value.code == "F_NO_ROWS"


def struck(*rows: tuple[int, tuple[str, ...], bool]) -> Book:
    """A sheet as the reader gives it: (number, texts, struck through)."""
    made = [
        Row(n, tuple(Cell(TEXT, text) for text in texts), False, is_struck) for n, texts, is_struck in rows
    ]
    return Book("xlsx", (Sheet("名单", False, made),))


def test_struck_through_rows_are_asked_about_and_skipped_unless_they_are_wanted():
    book = struck((1, HEAD, False), (2, ZHANG, True), (3, LI, False))

    found = find_table(book, HEADINGS, REQUIRED)
    assert names(found) == ["李四"]
    assert questions(found) == {"Q_STRIKE": {"n": 1, "rows": [2], "default": "yes"}}

    skipped = find_table(book, HEADINGS, REQUIRED, Told({"Q_STRIKE": "yes"}))
    assert (names(skipped), notes(skipped)) == (["李四"], {"W_STRUCK_ROWS": {"n": 1, "rows": [2]}})

    kept = find_table(book, HEADINGS, REQUIRED, Told({"Q_STRIKE": "no"}))
    assert (names(kept), notes(kept)) == (["张三", "李四"], {"W_STRUCK_ROWS_READ": {"n": 1, "rows": [2]}})


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
    assert (found.sheet, names(found)) == ("名单", ["张三"])
    assert notes(found) == {"W_HIDDEN_SHEETS": {"n": 1, "sheets": ["旧名单"]}}


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
    assert questions(found) == {"Q_SHEET": {"options": ["销售部", "市场部"], "default": "销售部"}}

    for name, person in (("销售部", "张三"), ("市场部", "李四")):
        wanted = find_table(read(files.saved(book), ""), HEADINGS, REQUIRED, Told({"Q_SHEET": name}))
        assert (wanted.sheet, names(wanted), wanted.questions) == (name, [person], ())


def test_a_copy_of_a_sheet_is_no_question():
    book = Workbook()
    for sheet in (book.active, book.create_sheet("名单(2)")):
        sheet.append(HEAD)
        sheet.append(ZHANG)

    found = table_of(book)
    assert (names(found), found.questions) == (["张三"], ())
    assert notes(found)["W_OTHER_SHEETS"]["others"] == ["名单(2)"]


def test_a_workbook_without_a_table_is_refused():
    assert refusal(("hello",), ("姓名", "x")).code == "F_NO_TABLE"


def test_a_missing_column_is_asked_for_while_a_heading_is_free_that_may_be_it():
    found = table(("姓名", "部门", "工资"), ("张三", "a", 1))

    assert questions(found) == {"Q_COLUMNS": {"missing": ["document"]}}
    assert found.unused == ("工资",)


def test_a_missing_column_is_refused_when_every_heading_is_taken():
    refused = refusal(("姓名", "部门"), ("张三", "a"))

    assert refused.code == "F_MISSING_COLUMNS"
    assert refused.values == {"sheet": "名单", "missing": ["document"], "found": ["姓名", "部门"]}


def test_one_known_heading_above_data_is_enough_to_ask():
    found = table(("名单",), ("姓名", "证号"), ("张三", "110101199003079913"))

    assert (found.header_row, names(found)) == (2, ["张三"])
    assert list(questions(found)) == ["Q_COLUMNS"]


def test_a_column_is_what_a_person_says_it_is():
    rows = (("姓名", "证号", "部门", "员工"), ("旧", "110101199003079913", "销售部", "张三"))
    told = Told(columns={"证号": "document", "员工": "name", "姓名": ""})

    found = table(*rows, told=told)
    assert found.columns == {1: "document", 2: "department", 3: "name"}
    assert (names(found), found.unused, found.questions) == (["张三"], ("姓名",), ())
    assert found.told == {"document", "name"}


def test_a_heading_that_was_told_wins_over_one_that_is_only_known():
    found = table(("姓名", "证件号码", "员工"), ("旧", "1", "张三"), told=Told(columns={"员工": "name"}))

    assert names(found) == ["张三"]
    assert notes(found) == {"W_COLUMN_TWICE": {"field": "name", "used": "员工", "ignored": "姓名"}}


def test_headings_that_were_explained_before_are_known_and_named():
    remembered = {"证号": "document", "部门": ""}
    found = table(("姓名", "证 号", "部门"), ("张三", "1", "a"), told=Told(remembered=remembered))

    assert found.columns == {0: "name", 1: "document"}
    assert notes(found) == {"W_HEADING_REMEMBERED": {"n": 2, "headings": ["证 号", "部门"]}}


def test_the_memory_says_nothing_where_this_file_was_answered():
    told = Told(columns={"证号": "document", "部门": "department"}, remembered={"证号": "", "部门": ""})
    found = table(("姓名", "证号", "部门"), ("张三", "1", "a"), told=told)

    assert set(found.columns.values()) == {"name", "document", "department"}
    assert found.notes == ()


def test_two_columns_of_one_name_and_one_without_a_name_can_be_told_apart():
    found = table(("姓名", "备注", "备注", None, "证号"), ("张三", "a", "b", "销售部", "1"))

    assert [(one.key, one.text, one.samples) for one in found.found] == [
        ("姓名", "姓名", ("张三",)),
        ("备注", "备注", ("a",)),
        ("备注#2", "备注", ("b",)),
        ("#D", "", ("销售部",)),
        ("证号", "证号", ("1",)),
    ]
    told = Told(columns={"备注#2": "code", "#D": "department", "证号": "document"})
    assert table(("姓名", "备注", "备注", None, "证号"), ("张三", "a", "b", "销售部", "1"), told=told).columns == {
        0: "name", 2: "code", 3: "department", 4: "document",
    }  # fmt: skip


def test_three_different_values_of_each_column_are_kept_to_be_shown():
    found = table(HEAD, *[(f"人{n % 4}", "1", None) for n in range(9)])

    assert [one.samples for one in found.found] == [("人0", "人1", "人2"), ("1",), ()]


def padded(*numbers: object, answers: dict[str, str] | None = None) -> Table:
    rows = [(number, "张三", "1") for number in numbers]
    return table(("工号", "姓名", "证件号码"), *rows, told=Told(answers or {}), padded=("code",))


def test_zeros_that_excel_dropped_are_asked_about_and_put_back_when_wanted():
    assert questions(padded("00123", 45)) == {
        "Q_PAD": {"n": 1, "rows": [3], "default": "no", "field": "code", "width": 5}
    }
    as_it_is = padded("00123", 45, answers={"Q_PAD": "no"})
    assert [row.cells["code"] for row in as_it_is.rows] == [Cell(TEXT, "00123"), Cell(NUMBER, "45")]

    put_back = padded("00123", 45, answers={"Q_PAD": "yes"})
    assert [row.cells["code"] for row in put_back.rows] == [Cell(TEXT, "00123"), Cell(TEXT, "00045")]
    assert [dict(row.tidied) for row in put_back.rows] == [{}, {"code": "W_PADDED"}]


@pytest.mark.parametrize("numbers", [(123, 45), ("00123", "0045", 6), ("00123", 456789), ("A01", 2)])
def test_numbers_among_which_no_width_is_meant_are_no_question(numbers):
    assert padded(*numbers).questions == ()


def departments(*names: str | None, answers: dict[str, str] | None = None) -> Table:
    rows = [(f"人{n}", str(n), name) for n, name in enumerate(names)]
    return table(HEAD, *rows, told=Told(answers or {}), filled_down=("department",))


def test_a_department_written_once_for_a_group_is_asked_about_and_filled_down_when_wanted():
    group = ("销售部", None, None, "市场部", None)
    assert questions(departments(*group)) == {
        "Q_FILLDOWN": {"n": 3, "rows": [3, 4, 6], "default": "no", "field": "department"}
    }
    as_it_is = departments(*group, answers={"Q_FILLDOWN": "no"})
    assert [row.cells["department"].value for row in as_it_is.rows] == ["销售部", "", "", "市场部", ""]

    filled = departments(*group, answers={"Q_FILLDOWN": "yes"})
    assert [row.cells["department"].value for row in filled.rows] == ["销售部"] * 3 + ["市场部"] * 2
    assert [list(row.tidied) for row in filled.rows] == [
        [],
        ["department"],
        ["department"],
        [],
        ["department"],
    ]


def test_a_department_that_is_written_in_a_row_that_is_left_out_is_still_the_one_of_the_rows_below():
    book = Workbook()
    for n, name in enumerate((None, "销售部", None, "市场部", None, None)):
        book.active.append((f"人{n}", str(n), name) if n else HEAD)
    book.active.row_dimensions[4].hidden = True
    told = Told({"Q_HIDDEN": "no", "Q_FILLDOWN": "yes"})

    found = find_table(read(files.saved(book), ""), HEADINGS, REQUIRED, told, filled_down=("department",))
    assert [(row.number, row.cells["department"].value) for row in found.rows] == [
        (2, "销售部"), (3, "销售部"), (5, "市场部"), (6, "市场部"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "names",
    [
        ("销售部", None),
        ("销售部", "销售部", None, None),
        (None, "销售部", None, None),
        ("a", *"bcdefghijkl", None, None),
    ],
)
def test_a_department_that_was_forgotten_is_no_question(names):
    assert departments(*names).questions == ()


def test_headings_alone_are_no_table():
    assert refusal(HEAD).code == "F_NO_ROWS"
    assert refusal(HEAD, ("合计",)).code == "F_NO_ROWS"


def test_more_rows_than_the_limit_are_refused_whatever_else_is_on_the_sheet():
    assert len(table(("题",), HEAD, ZHANG, LI, ("合计",), limits=Limits(rows=2)).rows) == 2
    assert refusal(HEAD, ZHANG, LI, ZHANG, limits=Limits(rows=2)).code == "F_TOO_MANY_ROWS"
