"""What is read out of good and dirty files."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from console.spreadsheets.blank_rows import without_blank_rows
from console.spreadsheets.cells import (
    BOOL,
    DATE,
    ERROR,
    FORMULA,
    NOTHING,
    NUMBER,
    TEXT,
    Cell,
    Merge,
)
from console.spreadsheets.dates import is_date_format
from console.spreadsheets.reading import read
from tests.spreadsheets import files


def rows_of(data: bytes) -> list[list[tuple[str, str]]]:
    return [[tuple(cell) for cell in row.cells] for row in read(data, "a.xlsx").sheets[0].rows]


def one_cell(xml: str, **parts: str) -> Cell:
    sheet = read(files.xlsx(files.worksheet(files.row(1, xml)), **parts), "a.xlsx").sheets[0]
    return sheet.rows[0].cells[0] if sheet.rows else NOTHING


@pytest.mark.parametrize(
    "stored",
    ["110101199003079000", "1.10101199003079E+17", "110101199003079913", "13900000101.0", "2024.1", "-5"],
)
def test_a_number_is_given_as_it_is_stored(stored):
    assert one_cell(files.number("A1", stored)) == Cell(NUMBER, stored)


@pytest.mark.parametrize(
    ("xml", "cell"),
    [
        ('<c r="A1" t="b"><v>1</v></c>', Cell(BOOL, "TRUE")),
        ('<c r="A1" t="b"><v>0</v></c>', Cell(BOOL, "FALSE")),
        ('<c r="A1" t="e"><v>#N/A</v></c>', Cell(ERROR, "#N/A")),
        ('<c r="A1" t="str"><f>B1</f><v>张三</v></c>', Cell(TEXT, "张三")),
        ('<c r="A1"><f>1+1</f><v>2</v></c>', Cell(NUMBER, "2")),
        ('<c r="A1"><f>1+1</f></c>', Cell(FORMULA, "=1+1")),
        ('<c r="A1"><f>1+1</f><v></v></c>', Cell(FORMULA, "=1+1")),
        ('<c r="A1"><f t="shared" si="0"/></c>', Cell(FORMULA, "=")),
        ('<c r="A1" t="str"><f>IF(1,"")</f><v></v></c>', NOTHING),
        ('<c r="A1" t="d"><v>2024-01-05T00:00:00Z</v></c>', Cell(DATE, "2024-01-05")),
        ('<c r="A1" t="inlineStr"><is><r><t>张</t></r><r><t xml:space="preserve"> 三</t></r></is></c>',
         Cell(TEXT, "张 三")),
        ('<c r="A1" t="inlineStr"><is><t>東京</t><rPh sb="0" eb="2"><t>トウキョウ</t></rPh></is></c>',
         Cell(TEXT, "東京")),
        ("<c><v>7</v></c>", Cell(NUMBER, "7")),
        ('<c r="A1">\n  <v>7</v>\n</c>', Cell(NUMBER, "7")),
        ('<c r="A1" s="3"/>', NOTHING),
        ('<c r="A1" t="inlineStr"><is><t><![CDATA[<a>]]>&amp;</t></is></c>', Cell(TEXT, "<a>&")),
    ],
)  # fmt: skip
def test_each_kind_of_cell_is_told_apart(xml, cell):
    assert one_cell(xml) == cell


def test_shared_texts_are_put_together_and_lose_their_phonetic_guides():
    strings = files.shared(
        "<t>张三</t><phoneticPr fontId='1'/>",
        "<r><rPr><b/></rPr><t>李</t></r><r><t>四</t></r><rPh sb='0' eb='1'><t>リ</t></rPh>",
        "<t/>",
    )
    cells = "".join(f'<c r="{letter}1" t="s"><v>{i}</v></c>' for i, letter in enumerate("ABC"))

    assert rows_of(files.xlsx(files.worksheet(files.row(1, cells)), strings=strings)) == [
        [(TEXT, "张三"), (TEXT, "李四")]
    ]


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("a_x000D_\nb", "a\r\nb"),
        ("_x005F_x000D_", "_x000D_"),
        ("_xD840__xDFB7_", "\U000203b7"),
        ("_xD840_", "�"),
        ("a_x0000_b", "a�b"),
        ("_x12_", "_x12_"),
    ],
)
def test_escaped_characters_are_decoded_into_text_that_can_be_stored(written, plain):
    assert one_cell(files.text("A1", written)) == Cell(TEXT, plain)


@pytest.mark.parametrize(
    ("serial", "code", "cell"),
    [
        ("45296", "14", Cell(DATE, "2024-01-05")),
        ("45296", "yyyy-mm-dd", Cell(DATE, "2024-01-05")),
        ("45296", "31", Cell(DATE, "2024-01-05")),
        ("45296.354166666664", "22", Cell(DATE, "2024-01-05T08:30:00")),
        ("59", "14", Cell(DATE, "1900-02-28")),
        ("60", "14", Cell(NUMBER, "60")),
        ("61", "14", Cell(DATE, "1900-03-01")),
        ("0.5", "h:mm", Cell(NUMBER, "0.5")),
        ("110101199003079000", "14", Cell(NUMBER, "110101199003079000")),
        ("45296", '0.00"年"', Cell(NUMBER, "45296")),
        ("45296", "0", Cell(NUMBER, "45296")),
    ],
)
def test_a_number_with_the_format_of_a_date_is_a_date(serial, code, cell):
    assert one_cell(files.number("A1", serial, style=1), styles=files.styles("0", code)) == cell


def test_the_date_base_of_old_macs_is_honoured():
    data = files.xlsx(
        files.worksheet(files.row(1, files.number("A1", "43834"))),
        styles=files.styles("14"),
        workbook='<workbookPr date1904="1"/>',
    )

    assert read(data, "").date1904
    assert rows_of(data) == [[(DATE, "2024-01-05")]]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("yyyy/m/d", True),
        ('yyyy"年"m"月"d"日"', True),
        ("[$-804]m月;@", True),
        ("General", False),
        ("@", False),
        ("[Red]#,##0.00;[Blue]-0", False),
        ("h:mm:ss", False),
        ("[h]:mm", False),
        ("mm:ss", False),
        ('0"day"', False),
        (r"\d0", False),
    ],
)
def test_formats_of_dates_are_recognised(code, expected):
    assert is_date_format(code) is expected


def test_rows_keep_the_numbers_that_excel_shows_and_blank_ones_are_left_out():
    data = files.xlsx(
        files.worksheet(
            files.row(3, files.text("B3", "a")),
            files.row(4, '<c r="A4" s="1"/>'),
            files.row(7, files.text("A7", "  ")),
            files.row(9, files.text("A9", "b"), attributes='hidden="1"'),
        )
    )

    rows = read(data, "").sheets[0].rows
    assert [(row.number, row.hidden) for row in rows] == [(3, False), (9, True)]
    assert rows[0].cells == (NOTHING, Cell(TEXT, "a"))


def test_the_declared_range_is_not_believed():
    sheet = files.worksheet(
        files.row(1, files.text("A1", "a"), files.text("B1", "b")),
        files.row(2, files.text("A2", "c"), files.text("B2", "d")),
        before='<dimension ref="A1"/>',
    )

    assert rows_of(files.xlsx(sheet)) == [[(TEXT, "a"), (TEXT, "b")], [(TEXT, "c"), (TEXT, "d")]]


def test_cells_without_addresses_stand_side_by_side():
    row = '<row><c/><c t="inlineStr"><is><t>a</t></is></c></row>'

    assert rows_of(files.xlsx(files.worksheet(row, row))) == [[NOTHING, (TEXT, "a")]] * 2


def test_strict_files_and_files_with_prefixes_are_read():
    plain = files.worksheet(files.row(1, files.number("A1", "1")), namespace=files.STRICT_MAIN)
    prefixed = (
        f'<x:worksheet xmlns:x="{files.MAIN}"><x:sheetData><x:row r="1"><x:c r="A1"><x:v>1</x:v></x:c>'
        "</x:row></x:sheetData></x:worksheet>"
    )

    assert rows_of(files.xlsx(plain, strict=True)) == [[(NUMBER, "1")]]
    assert rows_of(files.xlsx(prefixed)) == [[(NUMBER, "1")]]
    assert rows_of(files.xlsx(prefixed.encode("utf-16"))) == [[(NUMBER, "1")]]


def test_a_merge_has_its_value_in_all_its_rows_but_makes_no_new_ones():
    data = files.xlsx(
        files.worksheet(
            files.row(1, files.text("A1", "销售部"), files.text("B1", "张三")),
            files.row(2, files.text("B2", "李四")),
            files.row(4, files.text("B4", "王五")),
            after='<mergeCells><mergeCell ref="A1:A3"/></mergeCells>',
        )
    )

    sheet = read(data, "").sheets[0]
    assert [row.cells[0].value for row in sheet.rows] == ["销售部", "销售部", ""]
    assert sheet.merged == {(2, 0)}
    assert sheet.merges == (Merge(1, 0, 3, 0),)


def test_hidden_sheets_and_columns_are_named():
    data = files.xlsx(
        files.worksheet(before='<cols><col min="2" max="3" hidden="1"/></cols>'),
        files.worksheet(files.row(1, files.text("ZZ1", "far out"))),
        files.worksheet(),
        names=("甲", "乙", "丙"),
        states={1: "hidden", 2: "veryHidden"},
    )

    sheets = read(data, "").sheets
    assert [(sheet.name, sheet.hidden) for sheet in sheets] == [("甲", False), ("乙", True), ("丙", True)]
    assert sheets[0].hidden_columns == {1, 2}


def test_rows_far_below_the_others_are_left_out_and_counted():
    data = files.xlsx(
        files.worksheet(
            files.row(1, files.text("A1", "a")),
            files.row(202, files.text("A202", "b")),
            files.row(404, files.text("A404", "c")),
            files.row(405, files.text("A405", "d")),
        )
    )

    workbook = read(data, "")
    assert [row.number for row in workbook.sheets[0].rows] == [1, 202]
    assert workbook.notes[0].code == "W_ROWS_BEYOND_GAP"
    assert workbook.notes[0].values == {"sheet": "Sheet1", "row": 404, "n": 2}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_text_files_are_read_in_each_encoding_and_with_each_separator(encoding, separator):
    lines = [["姓名", "证件号码"], ["张三", '="110101199003079913"'], [], ["李四", "a"]]
    data = "\r\n".join(separator.join(line) for line in lines).encode(encoding)

    workbook = read(data, "名单.xlsx")
    assert workbook.format == "csv"
    assert [(row.number, [cell.value for cell in row.cells]) for row in workbook.sheets[0].rows] == [
        (1, ["姓名", "证件号码"]),
        (2, ["张三", "110101199003079913"]),
        (4, ["李四", "a"]),
    ]


def test_a_text_file_may_name_its_separator_and_quote_its_cells():
    data = b'sep=;\r\na;"b;\r\nc"\r\n"=""0012""";"d"'

    rows = read(data, "").sheets[0].rows
    assert [(row.number, [cell.value for cell in row.cells]) for row in rows] == [
        (2, ["a", "b;\r\nc"]),
        (3, ["0012", "d"]),
    ]


XML_TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="_￾￿"), min_size=1)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.lists(XML_TEXT, min_size=1, max_size=6), min_size=1, max_size=6))
def test_texts_that_openpyxl_writes_come_back_equal(table):
    book = Workbook()
    for number, values in enumerate(table, start=1):
        for column, value in enumerate(values, start=1):
            cell = book.active.cell(number, column, value)
            cell.data_type = "s"

    rows = {
        row.number: [cell.value for cell in row.cells] for row in read(files.saved(book), "").sheets[0].rows
    }
    for number, values in enumerate(table, start=1):
        if any(not value.isspace() for value in values):
            assert rows[number] == values


@pytest.mark.parametrize("size", [7, 40, 65_536])
def test_a_sheet_says_the_same_without_its_blank_rows(size):
    rows = [
        files.row(
            i, files.number(f"A{i}", str(i)), f'<c r="B{i}"><f>1+1</f><v>2</v></c>', f'<c r="C{i}" s="1"/>'
        )
        for i in range(1, 40, 2)
    ]
    blank = [f'<row r="{i}" s="1"><c r="A{i}" s="1"/></row>' for i in range(2, 41, 2)]
    xml = files.worksheet(*(row for pair in zip(rows, blank, strict=True) for row in pair)).encode()
    pieces = [xml[start : start + size] for start in range(0, len(xml), size)]

    short = b"".join(without_blank_rows(pieces))
    assert b"".join(without_blank_rows([b"<!-- -->", *pieces])) == b"<!-- -->" + xml
    assert len(short) < len(xml)
    assert rows_of(files.xlsx(short)) == rows_of(files.xlsx("<!-- -->" + xml.decode()))
    assert rows_of(files.xlsx(xml))[1] == [(NUMBER, "3"), (NUMBER, "2")]
