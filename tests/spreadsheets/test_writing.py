"""Templates and result files: safe to open, and accepted again when they come back."""

import io
import time
from datetime import date, datetime
from decimal import Decimal

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.spreadsheets import writing
from console.spreadsheets.cells import DATE, NUMBER, TEXT, Cell
from console.spreadsheets.limits import DEFAULT
from console.spreadsheets.reading import read
from console.spreadsheets.refusals import Refused
from console.spreadsheets.tables import find_table, stamp
from console.spreadsheets.templates import TemplateColumn, TemplateLabels, TemplateSpec, template
from tests.spreadsheets import files

LABELS = TemplateLabels(
    table_sheet="名单",
    guide_sheet="填写说明",
    column="列名",
    obligation="是否必填",
    explanation="怎么填",
    example="示例",
    required="必填",
    optional="选填",
    choice_title="请从列表中选择",
    choice_error="此项不在列表中",
)
PLANS = tuple(f"5G商务套餐第{i}号" for i in range(300))
SPEC = TemplateSpec(
    kind="activation",
    version="2024-03",
    title="批量开户",
    company="示例公司",
    columns=(
        TemplateColumn("工号", "员工编号", required=True, example="00123"),
        TemplateColumn("姓名", "与证件一致" * 100, required=True, example="张三"),
        TemplateColumn("证件号码", required=True, width=24, example="110101199003079913"),
        TemplateColumn("套餐", "从列表选择", required=True, choices=PLANS, example=PLANS[0]),
        TemplateColumn("部门", choices=("=销售部", "市场部")),
        TemplateColumn("统付上限", text=False, example="50"),
    ),
    labels=LABELS,
)
HEADINGS = {column.heading: (column.heading,) for column in SPEC.columns}
REQUIRED = tuple(column.heading for column in SPEC.columns if column.required)
PERSON = ("00123", "张三", "110101199003079913", PLANS[299], "市场部", 50)


def opened(data: bytes) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(data))


def filled(*rows) -> bytes:
    book = opened(template(SPEC))
    for number, values in enumerate(rows, start=2):
        for column, value in enumerate(values, start=1):
            book["名单"].cell(number, column, value)
    return files.saved(book)


def test_a_filled_template_comes_back_with_the_same_values():
    workbook = read(filled(PERSON, PERSON), "")

    table = find_table(workbook, HEADINGS, REQUIRED)
    assert (table.sheet, table.header_row, table.unused, table.notes) == ("名单", 1, (), ())
    assert [row.number for row in table.rows] == [2, 3]
    assert [cell.value for cell in table.rows[0].cells.values()] == [*PERSON[:5], "50"]
    assert stamp(workbook) == {"kind": "activation", "version": "2024-03"}


def test_an_empty_template_has_no_rows_and_its_guide_is_no_table():
    with pytest.raises(Refused) as refused:
        find_table(read(template(SPEC), ""), HEADINGS, REQUIRED)

    assert (refused.value.code, refused.value.values["sheet"]) == ("F_NO_ROWS", "名单")


def test_the_columns_are_text_and_open_while_their_headings_are_locked():
    sheet = opened(template(SPEC))["名单"]

    assert sheet.protection.sheet
    assert sheet["A1"].protection.locked
    assert not sheet.column_dimensions["C"].protection.locked
    assert sheet.column_dimensions["C"].number_format == "@"
    assert sheet.column_dimensions["F"].number_format == "General"
    assert sheet.freeze_panes == "A2"
    assert [cell.value for cell in sheet[1]] == ["工号*", "姓名*", "证件号码*", "套餐*", "部门", "统付上限"]


def test_long_drop_downs_come_out_of_a_hidden_sheet():
    book = opened(template(SPEC))
    rules = {str(rule.sqref): rule for rule in book["名单"].data_validations.dataValidation}

    assert book.sheetnames == ["名单", "填写说明", "_lists", "_meta"]
    assert [sheet.sheet_state for sheet in book] == ["visible", "visible", "hidden", "veryHidden"]
    assert rules[f"D2:D{DEFAULT.rows + 1}"].formula1 == "=choices_4"
    assert book.defined_names["choices_4"].attr_text == "'_lists'!$D$1:$D$300"
    assert [cell.value for cell in book["_lists"]["D"]] == list(PLANS)
    assert rules[f"D2:D{DEFAULT.rows + 1}"].prompt == "从列表选择"
    assert len(rules[f"B2:B{DEFAULT.rows + 1}"].prompt) == 255


def test_choices_that_look_like_formulas_stay_texts():
    assert opened(template(SPEC))["_lists"]["E1"].data_type == "s"


def test_the_guide_explains_each_column_with_an_example():
    guide = opened(template(SPEC))["填写说明"]

    assert [cell.value for cell in guide[4]] == ["工号", "必填", "员工编号", "00123"]
    assert guide.max_row == 3 + len(SPEC.columns)


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1", "'1", "http://a.b", "{=1}"]
)
def test_a_text_is_never_a_formula_and_comes_back_unchanged(text):
    data = writing.table(["a"], [[text]])

    cell = opened(data).active["A2"]
    assert cell.data_type == "s"
    assert cell.hyperlink is None
    assert not cell.quotePrefix
    assert read(data, "").sheets[0].rows[1].cells == (Cell(TEXT, text),)


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        (5, Cell(NUMBER, "5")),
        (Decimal("150.25"), Cell(NUMBER, "150.25")),
        (110101199003079913, Cell(TEXT, "110101199003079913")),
        (date(2024, 1, 5), Cell(DATE, "2024-01-05")),
        (datetime(2024, 1, 5, 8, 30), Cell(DATE, "2024-01-05T08:30:00")),
        (date(1899, 1, 5), Cell(TEXT, "1899-01-05")),
    ],
)
@pytest.mark.parametrize("marks", [{}, {(0, 0): "错误"}])
def test_numbers_and_dates_keep_their_kind_and_all_their_digits(value, cell, marks):
    assert read(writing.table(["a"], [[value]], marks), "").sheets[0].rows[1].cells == (cell,)


def test_marked_cells_are_red_and_have_a_note():
    data = writing.table(
        ["姓名", "部门"], [["张三", None], ["李四", "x"]], {(0, 1): "请填写部门", (1, 0): ""}
    )

    sheet = opened(data).active
    assert sheet["B2"].comment.text == "请填写部门"
    assert sheet["B2"].number_format == "@"
    assert sheet["A3"].comment is None
    assert sheet["B2"].fill.fgColor.rgb == sheet["A3"].fill.fgColor.rgb == "FFFDE3E1"
    assert sheet["A2"].fill.fill_type is None


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0\ufffe\uffff"), min_size=1)
    )
)
def test_any_text_survives_writing_and_reading(texts):
    rows = {
        row.number: row for row in read(writing.table(["a"], [[text] for text in texts]), "").sheets[0].rows
    }

    for number, text in enumerate(texts, start=2):
        if not text.isspace():
            assert rows[number].cells[0].value == text


def test_ten_thousand_rows_are_written_in_a_moment():
    rows = [
        [f"{i:05}", "张三", "110101199003079913", "销售部", i, date(2024, 1, 5), "a", "b", "c", "d"]
        for i in range(10_000)
    ]

    begin = time.process_time()
    data = writing.table([*"abcdefghij"], rows)
    assert time.process_time() - begin < 5
    assert len(read(data, "").sheets[0].rows) == 10_001
