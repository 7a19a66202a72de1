"""Files of every format and of many writers give the same table; damage to any of them gives a refusal."""

import datetime
import io
import random
import struct
import zipfile

import pytest
import python_calamine
import xlsxwriter
import xlwt
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from console.spreadsheets.cells import (
    BOOL,
    DATE,
    ERROR,
    FORMULA,
    NOTHING,
    NUMBER,
    TEXT,
    Merge,
    Workbook,
)
from console.spreadsheets.limits import Limits
from console.spreadsheets.plain_rows import PlainRows
from console.spreadsheets.reading import read
from console.spreadsheets.refusals import Refused
from tests.spreadsheets import files, other_files

ROSTER = other_files.ROSTER
SOON = Limits(seconds=5.0)
PAGE = (
    "<html><head><meta charset='{}'></head><body><table>"
    + "".join("<tr>" + "".join(f"<td>{value}</td>" for value in row) + "</tr>" for row in ROSTER)
    + "</table></body></html>"
)


def values(data: bytes) -> list[list[str]]:
    return [[cell.value for cell in row.cells] for row in read(data, "名单.xls").sheets[0].rows]


def by_xlsxwriter() -> bytes:
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream)
    sheet = book.add_worksheet("名单")
    for number, row in enumerate(ROSTER):
        for column, value in enumerate(row):
            sheet.write_string(number, column, value)
    book.close()
    return stream.getvalue()


def inline(start: str, end: str, between: str = "") -> bytes:
    """Texts in the cells, as libraries write them, with the given tags around the rows."""
    rows = between.join(
        files.row(i, *(files.text(f"{'AB'[column]}{i}", value) for column, value in enumerate(row)))
        for i, row in enumerate(ROSTER, start=1)
    )
    return files.xlsx(f"{start}{between}{rows}{end}")


def prefixed() -> bytes:
    xml = files.worksheet(
        *(
            files.row(i, *(files.text(f"{'AB'[column]}{i}", value) for column, value in enumerate(row)))
            for i, row in enumerate(ROSTER, start=1)
        )
    )
    return files.xlsx(xml.replace("</", "</x:").replace("<", "<x:").replace("<x:/x:", "</x:").replace(
        "xmlns=", "xmlns:x="
    ))  # fmt: skip


SHEET = f'<worksheet xmlns="{files.MAIN}"><sheetData>'
FORMATS = {
    "openpyxl": files.of_rows(ROSTER),
    "XlsxWriter": by_xlsxwriter(),
    "lines between the rows": inline(SHEET, "</sheetData></worksheet>", "\n"),
    "a comment": inline(SHEET + "<!-- <row> -->", "</sheetData></worksheet>"),
    "a prefix": prefixed(),
    "strict": files.xlsx(
        files.worksheet(*(
            files.row(i, *(files.text(f"{'AB'[column]}{i}", value) for column, value in enumerate(row)))
            for i, row in enumerate(ROSTER, start=1)
        ), namespace=files.STRICT_MAIN), strict=True,
    ),
    "macros": files.xlsx(
        files.worksheet(*(
            files.row(i, *(files.text(f"{'AB'[column]}{i}", value) for column, value in enumerate(row)))
            for i, row in enumerate(ROSTER, start=1)
        )), parts={"xl/vbaProject.bin": b"\xd0\xcf\x11\xe0 no macro is looked at"},
    ),
    "xls": other_files.xls(ROSTER),
    "xlsb": other_files.xlsb(
        b"".join(
            other_files.xlsb_row(
                i, *(other_files.xlsb_cell(7, j, struct.pack("<I", 2 * i + j)) for j in range(2))
            )
            for i in range(3)
        ),
        texts=[value for row in ROSTER for value in row],
    ),
    "ods": other_files.ods(
        "".join(other_files.ods_row(*(other_files.ods_cell(value) for value in row)) for row in ROSTER)
    ),
    "a page in UTF-8": PAGE.format("utf-8").encode(),
    "a page in GBK": PAGE.format("gb2312").encode("gbk"),
    "a page in UTF-16": PAGE.format("utf-16").encode("utf-16"),
    "csv in GB18030": "\n".join(",".join(row) for row in ROSTER).encode("gb18030"),
    "tsv in UTF-16": "\n".join("\t".join(row) for row in ROSTER).encode("utf-16"),
}  # fmt: skip


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_gives_the_same_table(name):
    assert values(FORMATS[name]) == [list(row) for row in ROSTER]


@pytest.mark.parametrize(
    ("name", "kind"), [("openpyxl", "xlsx"), ("xls", "xls"), ("xlsb", "xlsb"), ("ods", "ods"), ("a page in GBK", "html")]
)  # fmt: skip
def test_the_format_is_that_of_the_content(name, kind):
    assert read(FORMATS[name], "名单.csv").format == kind


def test_an_xls_keeps_its_kinds_of_cells_and_what_is_hidden_struck_or_merged():
    book = xlwt.Workbook()
    sheet = book.add_sheet("名单")
    day, struck = xlwt.easyxf(num_format_str="yyyy-mm-dd"), xlwt.easyxf("font: struck_out on")
    for column, (value, style) in enumerate(
        [
            (13900000001, None),
            (datetime.date(2024, 1, 5), day),
            (True, None),
            (1.5, None),
            ("䶮" * 9_000, None),
            (1.10101199003079e17, None),
            (-7, None),
        ]
    ):
        sheet.write(0, column, value, *([style] if style else []))
    sheet.write(1, 0, "李四", struck)
    sheet.write(1, 1, "x", struck)
    sheet.write(2, 0, "李四", struck)
    sheet.write(2, 1, "x")
    sheet.write_merge(4, 5, 0, 1, "销售部")
    sheet.write(5, 2, "a")
    sheet.row(5).hidden = True
    sheet.col(3).hidden = True
    book.add_sheet("旧").visibility = 1

    found = read(other_files.saved(book), "a.xls")
    rows = found.sheets[0].rows
    assert [tuple(cell) for cell in rows[0].cells] == [
        (NUMBER, "13900000001"),
        (DATE, "2024-01-05"),
        (BOOL, "TRUE"),
        (NUMBER, "1.5"),
        (TEXT, "䶮" * 9_000),
        (NUMBER, "1.10101199003079E+17"),
        (NUMBER, "-7"),
    ]
    assert [(row.number, row.hidden, row.struck) for row in rows] == [
        (1, False, False),
        (2, False, True),
        (3, False, False),
        (5, False, False),
        (6, True, False),
    ]
    assert [cell.value for cell in rows[4].cells] == ["销售部", "销售部", "a"]
    assert found.sheets[0].merges == (Merge(5, 0, 6, 1),)
    assert found.sheets[0].hidden_columns == {3}
    assert [sheet.hidden for sheet in found.sheets] == [False, True]  # fmt: skip


def test_texts_of_an_xls_that_run_over_many_records_come_back_whole():
    table = [[f"文{i}-{j}" * (i % 9 + 1) + ("é" if j else "") for j in range(3)] for i in range(2_000)]

    assert values(other_files.xls(table)) == table


def test_an_xlsb_keeps_its_kinds_of_cells_and_what_is_hidden_struck_or_merged():
    make = other_files.xlsb_cell
    font = struct.pack("<HH", 220, 0) + bytes(20), struct.pack("<HH", 220, 8) + bytes(20)
    formats = [(0, 0), (14, 0), (0, 1)]
    styles = b"".join(other_files.record(43, each) for each in font)
    styles += other_files.record(617, struct.pack("<I", 3))
    styles += b"".join(other_files.record(47, struct.pack("<HHH", 0, *each) + bytes(10)) for each in formats)
    styles += other_files.record(618)
    rows = other_files.xlsb_row(
        0,
        make(5, 0, struct.pack("<d", 45296), style=1),
        make(2, 1, struct.pack("<I", 139 << 2 | 2)),
        make(4, 2, b"\1"),
        make(3, 3, b"\x2a"),
        make(6, 4, other_files.wide("字")),
        make(9, 6, struct.pack("<d", 1.10101199003079e17) + bytes(6)),
        make(1, 7, b""),
    )
    rows += other_files.xlsb_row(4, make(7, 0, struct.pack("<I", 0), style=2), hidden=True)
    data = other_files.xlsb(
        rows,
        texts=["李四"],
        styles=styles,
        before=other_files.record(60, struct.pack("<IIIIH", 2, 3, 9, 0, 1)),
        after=other_files.record(176, struct.pack("<IIII", 4, 5, 0, 0)),
    )

    sheet = read(data, "a.xlsb").sheets[0]
    assert [tuple(cell) for cell in sheet.rows[0].cells] == [
        (DATE, "2024-01-05"), (NUMBER, "139"), (BOOL, "TRUE"), (ERROR, "#N/A"), (TEXT, "字"), NOTHING,
        (NUMBER, "1.10101199003079E+17"),
    ]  # fmt: skip
    assert (sheet.rows[1].number, sheet.rows[1].hidden, sheet.rows[1].struck) == (5, True, True)
    assert (sheet.hidden_columns, sheet.merges) == ({2, 3}, (Merge(5, 0, 6, 0),))


def test_an_ods_keeps_its_kinds_of_cells_and_what_is_hidden_struck_or_repeated():
    cell, row = other_files.ods_cell, other_files.ods_row
    blank = cell(kind="", attributes='table:number-columns-repeated="16384"')
    data = other_files.ods(
        '<table:table-column/><table:table-column table:visibility="collapse"/>'
        + row(
            cell("13900000001", "float"),
            cell("2024-01-05", "date"),
            cell("#N/A", attributes='calcext:value-type="error"'),
            cell(kind="", attributes='table:formula="of:=1+1"'),
            cell("张<text:s/>三", attributes='table:number-columns-repeated="2"'),
            blank,
        )
        + row(blank, attributes='table:number-rows-repeated="3"')
        + row(
            cell("李四", attributes='table:style-name="ce1"'),
            attributes='table:number-rows-repeated="2" table:visibility="filter"',
        )
        + row(blank, attributes='table:number-rows-repeated="1048570"'),
        styles='<style:style style:name="ce1"><style:text-properties style:text-line-through-style="solid"/>'
        "</style:style>",
    )

    sheet = read(data, "a.ods").sheets[0]
    assert [tuple(cell) for cell in sheet.rows[0].cells] == [
        (NUMBER, "13900000001"), (DATE, "2024-01-05"), (ERROR, "#N/A"), (FORMULA, "=1+1"),
        (TEXT, "张 三"), (TEXT, "张 三"),
    ]  # fmt: skip
    assert [(each.number, each.hidden, each.struck) for each in sheet.rows[1:]] == [
        (5, True, True),
        (6, True, True),
    ]
    assert sheet.hidden_columns == {1}


def test_a_page_says_what_it_was_and_its_spans_are_merges():
    page = (
        "<TABLE><TR><TH rowspan=2>姓名<TH colspan=2>联系<TR><TD>手机<TD>邮箱"
        '<tr><td><b>张</b>三&nbsp;<td x:num>13900000001<td x:num="110101199003079000">1.1E+17</tr>'
        "<!-- <tr><td>no</td></tr> --><script>'<td>no</td>'</script>"
        '<tr style="display: none"><td><s>李四</s></td><td>a<br>b<table><tr><td>c</table></td></tr></TABLE>'
    )

    found = read(page.encode("gb18030"), "名单.xls")
    assert [note.code for note in found.notes] == ["W_HTML_XLS"]
    assert values(page.encode())[:2] == [["姓名", "联系", "联系"], ["姓名", "手机", "邮箱"]]
    assert [tuple(cell) for cell in found.sheets[0].rows[2].cells] == [
        (TEXT, "张三\xa0"), (NUMBER, "13900000001"), (NUMBER, "110101199003079000"),
    ]  # fmt: skip
    assert [(row.number, row.hidden, row.struck) for row in found.sheets[0].rows[2:]] == [
        (3, False, False),
        (4, True, False),
    ]
    assert found.sheets[0].rows[3].cells[1].value.split() == ["a", "b", "c"]


def test_a_row_is_struck_when_all_its_cells_are_by_style_or_by_their_texts():
    styles = (
        f'<styleSheet xmlns="{files.MAIN}"><fonts><font/><font><strike/></font><font><strike val="0"/></font>'
        '</fonts><cellXfs><xf fontId="0"/><xf fontId="1"/><xf fontId="2"/></cellXfs></styleSheet>'
    )
    strings = files.shared(
        "<r><rPr><strike/></rPr><t>李四</t></r>", "<r><t>张</t></r><r><rPr><strike/></rPr><t>三</t></r>"
    )
    rows = [
        files.row(1, '<c r="A1" s="1" t="s"><v>1</v></c>', files.number("B1", "1", style=1), '<c r="C1"/>'),
        files.row(2, '<c r="A2" t="s"><v>0</v></c>', files.number("B2", "1", style=1)),
        files.row(3, '<c r="A3" t="s"><v>1</v></c>', files.number("B3", "1", style=1)),
        files.row(4, '<c r="A4" s="2" t="s"><v>0</v></c>', files.number("B4", "1")),
    ]
    quick, slow = files.worksheet(*rows), files.worksheet(*rows, before="<!-- -->")

    for xml in (quick, slow):
        found = read(files.xlsx(xml, strings=strings, styles=styles), "").sheets[0].rows
        assert [row.struck for row in found] == [True, True, False, False]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (files.ole({"Workbook": b"\x09\x08\x10\x00\0\6\5\0" + bytes(12) + b"\x2f\0\2\0\0\0"}), "F_PASSWORD"),
        (other_files.ods("", manifest="<m><encryption-data/></m>"), "F_PASSWORD"),
        (other_files.xls(ROSTER)[:2_000], "F_DAMAGED"),
        (other_files.xlsb(b"\x07\x7f"), "F_DAMAGED"),
        (other_files.xlsb(other_files.xlsb_row(2) + other_files.xlsb_row(1)), "F_DAMAGED"),
        (other_files.xlsb(other_files.xlsb_cell(7, 0, struct.pack("<I", 0)), texts=["a"]), "F_DAMAGED"),
        (other_files.xlsb(other_files.xlsb_row(0, other_files.xlsb_cell(7, 0, struct.pack("<I", 5)))), "F_DAMAGED"),
        (other_files.ods(other_files.ods_row(other_files.ods_cell("a", attributes='table:number-columns-repeated="61"'))),
         "F_TOO_MANY_COLUMNS"),
        (other_files.ods(other_files.ods_row(other_files.ods_cell("a"), attributes='table:number-rows-repeated="60000"')),
         "F_TOO_MANY_ROWS"),
        (("<table><tr>" + "<td>a" * 61).encode(), "F_TOO_MANY_COLUMNS"),
        (("<table>" + "<tr><td>a" * 50_101).encode(), "F_TOO_MANY_ROWS"),
        (("<table>" * 60 + "<tr><td>a").encode(), "F_NOT_SPREADSHEET"),
    ],
    ids=lambda value: str(value)[:40],
)  # fmt: skip
def test_what_cannot_be_read_of_another_format_is_refused_with_its_reason(data, code):
    with pytest.raises(Refused) as refused:
        read(data, "a")
    assert refused.value.code == code


@pytest.mark.parametrize("name", ["openpyxl", "XlsxWriter", "xls", "xlsb"])
def test_another_reader_sees_the_same_texts(name):
    book = python_calamine.load_workbook(io.BytesIO(FORMATS[name]))

    assert book.get_sheet_by_index(0).to_python() == values(FORMATS[name])


ATTRIBUTES = st.sampled_from(["", ' s="1"', ' s="2"', ' t="s"', ' s="2" t="s"', ' t="str"', ' t="inlineStr"', ' t="e"',
                              ' t="b"', ' t="n"', ' t="d"', ' cm="1"', ' s="1" s="1"'])  # fmt: skip
CONTENTS = st.sampled_from(["<v>0</v>", "<v>1</v>", "<v>7</v>", "<v>45296.5</v>", "<v>&amp;&#24352;</v>", "<v>-1</v>", "<v/>",
                            "", "<f>1+1</f>", "<f>A1&gt;2</f><v>1</v>", '<f t="shared" si="0"/><v></v>', "<v> </v>", "<v>x</v>",
                            "<is><t>张&lt;</t></is>", '<is><t xml:space="preserve"> a_x000D_ </t></is>', "<is><t/></is>",
                            "<is><r><t>a</t></r><r><t>b</t></r></is>", "<v>&no;</v>", "<v>1</v><v>0</v>", "<f>1"])  # fmt: skip
CELLS = st.tuples(st.sampled_from("ABCDZ"), ATTRIBUTES, CONTENTS)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.lists(CELLS, max_size=4, unique_by=lambda cell: cell[0]), min_size=1, max_size=4))
def test_rows_read_by_a_pattern_are_what_the_parser_reads(table):
    rows = [
        files.row(
            2 * i,
            *(f'<c r="{letter}{2 * i}"{more}>{content}</c>' for letter, more, content in sorted(cells)),
            attributes='hidden="1"' if i == 2 else "",
        )
        for i, cells in enumerate(table, start=1)
    ]
    outcomes = []
    for before in ("", "<!-- -->"):
        data = files.xlsx(
            files.worksheet(*rows, before=before),
            strings=files.shared("<t>甲</t>", "<r><rPr><strike/></rPr><t>乙</t></r>"),
            styles=files.styles("0", "14", "@"),
        )
        try:
            outcomes.append(read(data, "a").sheets)
        except Refused as refused:
            outcomes.append(refused.code)

    assert outcomes[0] == outcomes[1]


def test_usual_rows_never_reach_the_parser(monkeypatch):
    left: list[str] = []
    take = PlainRows.take

    def watched(self: PlainRows, text: str) -> str:
        left.append(take(self, text))
        return left[-1]

    monkeypatch.setattr(PlainRows, "take", watched)
    for name in ("openpyxl", "XlsxWriter", "lines between the rows", "a prefix", "strict"):
        read(FORMATS[name], "a")

    assert len(left) == 5
    assert not any(left)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.binary(max_size=400),
    st.sampled_from([b"", b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"<table>", b"a,b\n"]),
)
def test_any_bytes_give_a_workbook_or_a_refusal(data, start):
    try:
        assert isinstance(read(start + data, "a", SOON), Workbook)
    except Refused as refused:
        assert refused.code.startswith("F_")


@pytest.mark.parametrize("name", FORMATS)
def test_any_damage_to_a_file_of_any_format_gives_a_workbook_or_a_refusal(name):
    chance = random.Random(name)
    original = FORMATS[name]
    parts = files.parts_of(original) if original.startswith(b"PK") else {}
    for _ in range(60):
        part = chance.choice(sorted(parts)) if parts and chance.random() < 0.8 else ""
        data = bytearray((parts[part] if part else original) or b"?")
        for _ in range(chance.choice([1, 1, 2, 8])):
            data[chance.randrange(len(data))] = chance.choice([chance.randrange(256), 0, 255])
        if chance.random() < 0.2:
            del data[chance.randrange(len(data)) :]
        damaged = files.zipped(parts | {part: bytes(data)}, zipfile.ZIP_STORED) if part else bytes(data)
        try:
            assert isinstance(read(damaged, "a", SOON), Workbook)
        except Refused as refused:
            assert refused.code.startswith("F_")
