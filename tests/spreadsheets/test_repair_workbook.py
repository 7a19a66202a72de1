"""The repair workbook: the person's own workbook in its looks, and nothing in it that could run."""

import io
import re
import time
import zipfile
from dataclasses import replace

import openpyxl
import pytest
import python_calamine
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.comments import Comment
from openpyxl.styles import Border, Font, PatternFill, Side

from console.spreadsheets import repair
from console.spreadsheets.cells import BLANK, DATE, NUMBER, TEXT, Cell
from console.spreadsheets.reading import read
from console.spreadsheets.refusals import Refused
from console.spreadsheets.repair_plan import Repair, RepairLabels, RepairRow
from console.spreadsheets.repair_returned import difference, returned
from console.spreadsheets.repair_tokens import Token, find_token, read_key, row_key, same_as
from tests.spreadsheets import files

SECRET = b"s" * 16
TOKEN = Token(1, 7, "0123456789abcdef", "f" * 32)
# What no reader lets through.
LETTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
LABELS = RepairLabels("错误说明", "请从列表里选", "这里只能填列表里的内容")
HEADINGS = {"number": "工号", "name": "姓名", "document": "证件号码"}
PARTS = re.compile(
    r"\[Content_Types\]\.xml|_rels/\.rels|docProps/custom\.xml|xl/(?:workbook|styles|sharedStrings|theme)\.xml"
    r"|xl/_rels/workbook\.xml\.rels|xl/worksheets/(?:_rels/)?sheet\d+\.xml(?:\.rels)?|xl/comments\d+\.xml"
    r"|xl/drawings/notes\d+\.vml"
)
RUNS = (
    b"<f>", b"<f ", b"hyperlink", b"externalLink", b"vba", b"ddelink", b"TargetMode", b"customXml", b"oleObject",
    b"connection", b"control", b"file:", b"http://evil", b"conditionalFormatting", b"queryTable", b"macro", b"evil",
)  # fmt: skip


def plan(rows: dict[int, list[str]], wrong: dict[int, dict[str, str]], **changes) -> Repair:
    """Rows of text by number; `wrong` has the notes of a row by field."""
    made = {}
    for number, texts in rows.items():
        cells = {
            field: Cell(TEXT, text) if text else Cell(BLANK, "")
            for field, text in zip(HEADINGS, texts, strict=True)
        }
        notes = wrong.get(number)
        made[number] = RepairRow(
            row_key(SECRET, number * 10, cells.items()), cells, wrong=notes is not None, marks=notes,
            told="；".join(notes.values()) if notes else "",
        )  # fmt: skip
    whole = Repair(
        token=str(TOKEN), headings=HEADINGS, chosen={}, added={}, choices={}, rows=made, labels=LABELS
    )
    return replace(whole, **changes)


def saved(book) -> bytes:
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def opened(data: bytes) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(data))


ROWS = {
    4: ["00123", "张三", "110101199003079913"],
    5: ["00124", "李四", "1101"],
    6: ["00125", "王五", "110102"],
}


def own_workbook() -> openpyxl.Workbook:
    """With a title, two sheets before and after, widths, colours, a merge, a frozen header and a note of its own."""
    book = openpyxl.Workbook()
    book.active.title = "说明"
    book.active["A1"] = "请看花名册"
    sheet = book.create_sheet("花名册'A")
    sheet["A1"] = "青岚示例 花名册"
    sheet.merge_cells("A1:C1")
    sheet.append([])
    sheet.append(list(HEADINGS.values()))
    for row in ROWS.values():
        sheet.append(row)
    sheet.append(["合计 3 人"])
    sheet.row_dimensions[1].height = 40
    for letter, width in zip("ABC", (9, 13, 27), strict=True):
        sheet.column_dimensions[letter].width = width
    for cell in sheet[3]:
        cell.font = Font(bold=True, color="FFFFFF")
        cell.fill = PatternFill("solid", fgColor="336699")
    sheet["C5"].border = Border(left=Side("thin"))
    sheet["B5"].comment = Comment("人事备注", "HR")
    sheet.freeze_panes = "A4"
    book.create_sheet("旧数据").append(["=1+1", "留着"])
    book["旧数据"].sheet_state = "hidden"
    return book


def test_it_is_still_their_own_workbook():
    out = opened(
        repair.workbook(saved(own_workbook()), "名单.xlsx", plan(ROWS, {5: {"document": "位数不对"}}))
    )
    assert out.sheetnames == ["说明", "花名册'A", "旧数据", "_repair", "_repair_lists"]
    assert [one.sheet_state for one in out] == ["visible", "visible", "hidden", "veryHidden", "veryHidden"]
    sheet = out["花名册'A"]
    assert out.active is sheet
    assert [sheet.column_dimensions[letter].width for letter in "ABC"] == [9, 13, 27]
    assert sheet.row_dimensions[1].height == 40
    assert [str(one) for one in sheet.merged_cells.ranges] == ["A1:C1"]
    assert sheet.freeze_panes == "A4"
    assert sheet["B3"].fill.fgColor.rgb == "00336699"
    assert sheet["B3"].font.bold
    assert sheet["D3"].value == "错误说明"
    assert sheet["D3"].font.bold
    assert sheet["C5"].border.left.style == "thin"
    assert sheet["C5"].fill.fgColor.rgb == "FFFDE3E1"
    assert sheet["C5"].number_format == "@"
    assert sheet["C5"].comment.text == "位数不对"
    assert sheet["B5"].comment.text == "人事备注"
    assert sheet["A7"].value == "合计 3 人"
    assert [row for row in range(1, 8) if sheet.row_dimensions[row].hidden] == [4, 6]
    assert sheet.auto_filter.ref == "A3:D6"


def test_other_readers_open_it_as_well():
    data = repair.workbook(saved(own_workbook()), "名单.xlsx", plan(ROWS, {5: {"document": "位数不对"}}))
    rows = python_calamine.load_workbook(io.BytesIO(data)).get_sheet_by_name("花名册'A").to_python()
    assert rows[4][:4] == ["00124", "李四", "1101", "位数不对"]
    again = read(data, "名单.xlsx")
    assert [sheet.name for sheet in again.sheets if not sheet.hidden] == ["说明", "花名册'A"]


@pytest.mark.parametrize("resaved", [False, True], ids=["as it is", "saved by another program"])
def test_rows_are_found_by_their_keys(resaved):
    data = repair.workbook(saved(own_workbook()), "名单.xlsx", plan(ROWS, {5: {"document": "位数不对"}}))
    if resaved:
        data = saved(opened(data))
    assert find_token(data) == TOKEN
    lines = returned(read(data, "名单.xlsx"), SECRET, HEADINGS, {})
    assert [(line.number, line.row) for line in lines] == [(4, 40), (5, 50), (6, 60)]
    held = {
        row: dict(zip(HEADINGS, (Cell(TEXT, t) for t in texts), strict=True)) for row, texts in ROWS.items()
    }
    assert all(not difference(SECRET, line, held[line.number], {}).changes for line in lines)
    # Of another batch, they prove nothing.
    with pytest.raises(Refused, match="F_REPAIR_KEYS"):
        returned(read(data, "名单.xlsx"), b"t" * 16, HEADINGS, {})


def test_the_token_survives_without_properties_and_without_the_hidden_sheet():
    data = repair.workbook(saved(own_workbook()), "名单.xlsx", plan(ROWS, {}))
    book = opened(data)
    del book["_repair"]
    assert find_token(saved(book)) == TOKEN
    book = opened(data)
    book.custom_doc_props.props.clear()
    assert find_token(saved(book)) == TOKEN
    assert find_token(saved(own_workbook())) is None
    assert find_token(b"PK\x03\x04 and nothing else") is None


def test_long_lists_lie_in_a_hidden_sheet_and_short_ones_too():
    names = [f"=套餐,第{number}号" for number in range(300)]
    wanted = plan(ROWS, {5: {"name": "没有"}}, choices={"name": names})
    out = opened(repair.workbook(saved(own_workbook()), "名单.xlsx", wanted))
    rule = out["花名册'A"].data_validations.dataValidation[0]
    assert (str(rule.sqref), rule.type, rule.errorStyle) == ("B4:B6", "list", "warning")
    assert rule.formula1 == "'_repair_lists'!$A$1:$A$300"
    cell = out["_repair_lists"]["A300"]
    assert (cell.value, cell.data_type) == (names[-1], "s")


def hostile() -> bytes:
    """All that a workbook may do besides holding a table."""
    texts = ["=cmd|'/c calc'!A1", "+1", "-1", "@SUM(1)", "\tx", "=HYPERLINK(&quot;http://evil&quot;)"]
    cells = "".join(files.text(f"{letter}6", value) for letter, value in zip("ABCDEF", texts, strict=True))
    sheet = files.worksheet(
        files.row(3, *(files.text(f"{letter}3", text) for letter, text in zip("ABC", HEADINGS.values(), strict=True))),
        files.row(4, files.text("A4", "00123"), '<c r="B4" t="str"><f>cmd|\'/c calc\'!A0</f><v>张三</v></c>',
                  '<c r="C4"><f>[1]evil!A1</f><v>1</v></c>'),
        files.row(5, files.text("A5", "00124"), '<c r="B5"><f t="array" ref="B5">WEBSERVICE("http://evil")</f></c>',
                  '<c r="C5" t="e"><f>1/0</f><v>#DIV/0!</v></c>'),
        f'<row r="6" onclick="evil">{cells}<evil/></row>',
        after='<sheetProtection password="CC1A" sheet="1"/><conditionalFormatting sqref="A1"><cfRule type="expression"'
        ' priority="1"><formula>[1]evil!A1</formula></cfRule></conditionalFormatting><dataValidations count="1">'
        '<dataValidation type="custom" sqref="A4"><formula1>[1]evil!A1</formula1></dataValidation></dataValidations>'
        '<hyperlinks><hyperlink ref="A4" r:id="rId5" xmlns:r="r"/></hyperlinks><oleObjects><oleObject/></oleObjects>'
        '<controls><control/></controls><legacyDrawing/><tableParts/><extLst><ext uri="evil"/></extLst>',
    )  # fmt: skip
    parts = {
        "xl/vbaProject.bin": b"macro", "xl/externalLinks/externalLink1.xml": "<externalLink/>",
        "xl/connections.xml": "<connections/>", "customXml/item1.xml": "<evil/>", "xl/queryTables/queryTable1.xml": "<q/>",
        "xl/embeddings/oleObject1.bin": b"evil", "xl/activeX/activeX1.xml": "<evil/>", "xl/ctrlProps/c.xml": "<evil/>",
        "xl/worksheets/_rels/sheet1.xml.rels": files.relationships([("rId5", "hyperlink", "file:///evil")]),
    }  # fmt: skip
    names = (
        '<definedNames><definedName name="Auto_Open">[1]evil!A1</definedName></definedNames>'
        '<externalReferences><externalReference r:id="rId9"/></externalReferences>'
    )
    return files.xlsx(sheet, workbook=names, parts=parts)


def test_nothing_that_somebody_uploaded_can_run():
    rows = {4: ["00123", "张三", "1"], 5: ["00124", "", ""], 6: ["=cmd|'/c calc'!A1", "+1", "-1"]}
    marks = {5: {"name": "=HYPERLINK('evil')"}}
    wanted = plan(rows, marks, choices={"name": ["=cmd|calc!A1"]}, added={"more": "=1+1"})
    data = repair.workbook(hostile(), "名单.xlsm", wanted)
    archive = zipfile.ZipFile(io.BytesIO(data))
    assert [name for name in archive.namelist() if not PARTS.fullmatch(name)] == []
    for name in archive.namelist():
        inside = archive.read(name)
        texts = re.sub(rb"<t[ >][^<]*</t>", b"", inside)
        assert [run for run in RUNS if run in texts] == [], name
        if name == "xl/workbook.xml":
            assert re.findall(rb'definedName name="([^"]+)"', inside) == [b"_xlnm._FilterDatabase"]
    book = opened(data)
    assert {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row} <= {
        "s",
        "n",
        "e",
        "inlineStr",
    }
    sheet = book.worksheets[0]
    assert [sheet.cell(6, column).value for column in (1, 2, 3, 4)] == [
        "=cmd|'/c calc'!A1",
        "+1",
        "-1",
        "@SUM(1)",
    ]
    assert (sheet["B4"].value, sheet["C4"].value) == ("张三", 1)
    assert sheet["B5"].value is None
    assert not sheet.protection.sheet


def test_entities_and_broken_parts_are_refused():
    good = saved(own_workbook())
    for part, bad in (
        ("xl/styles.xml", files.LAUGHS + "<styleSheet/>"),
        ("xl/worksheets/sheet2.xml", "<worksheet><sh"),
    ):
        archive = zipfile.ZipFile(io.BytesIO(good))
        data = files.zipped({name: archive.read(name) for name in archive.namelist()} | {part: bad})
        with pytest.raises(Refused):
            repair.workbook(data, "名单.xlsx", plan(ROWS, {}))


def test_strict_files_and_prefixes_become_ordinary_ones():
    rows = {2: ["00123", "张三", "110101199003079913"], 3: ["00124", "李四", "110101199003079921"]}
    lines = [
        files.row(index, *(files.text(f"{letter}{index}", value) for letter, value in zip("ABC", cells, strict=True)))
        for index, cells in enumerate([list(HEADINGS.values()), *rows.values()], start=1)
    ]  # fmt: skip
    data = files.xlsx(files.worksheet(*lines, namespace=files.STRICT_MAIN), strict=True)
    out = opened(repair.workbook(data, "名单.xlsx", plan(rows, {3: {"name": "!"}})))
    assert out.worksheets[0]["B3"].comment.text == "!"
    prefixed = (
        files.worksheet(*lines).replace("<", "<x:").replace("<x:/", "</x:").replace("xmlns=", "xmlns:x=")
    )
    out = opened(repair.workbook(files.xlsx(prefixed), "名单.xlsx", plan(rows, {3: {"name": "!"}})))
    assert out.worksheets[0]["B3"].value == "李四"


def test_a_row_that_was_changed_since_stands_out_of_its_merge():
    book = openpyxl.Workbook()
    book.active.append(list(HEADINGS.values()))
    for row in ROWS.values():
        book.active.append(row)
    book.active.merge_cells("B2:B4")
    book.active["B2"] = "研发部"
    rows = {number - 2: [texts[0], "研发部", texts[2]] for number, texts in ROWS.items()}
    whole = plan(rows, {})
    assert [
        str(one) for one in opened(repair.workbook(saved(book), "a.xlsx", whole)).active.merged_cells.ranges
    ] == ["B2:B4"]
    changed = dict(whole.rows)
    cells = {**changed[3].cells, "name": Cell(TEXT, "市场部")}
    changed[3] = replace(changed[3], cells=cells, rewritten=frozenset(HEADINGS))
    sheet = opened(repair.workbook(saved(book), "a.xlsx", replace(whole, rows=changed))).active
    assert not sheet.merged_cells.ranges
    assert [sheet.cell(row, 2).value for row in (2, 3, 4)] == ["研发部", "市场部", "研发部"]


def test_a_sheet_that_is_formatted_to_its_end_takes_the_new_columns():
    rows = [
        files.row(
            1,
            *(files.text(f"{letter}1", text) for letter, text in zip("ABC", HEADINGS.values(), strict=True)),
        )
    ]
    blanks = "".join(
        f'<c r="{openpyxl.utils.get_column_letter(column)}2" s="0"/>' for column in range(4, 200)
    )
    rows.append(
        f'<row r="2">{files.text("A2", "00123")}{files.text("B2", "张三")}{files.text("C2", "1")}{blanks}</row>'
    )
    cols = '<cols><col min="1" max="16384" width="12" customWidth="1"/></cols>'
    data = files.xlsx(files.worksheet(*rows, before=cols))
    sheet = opened(
        repair.workbook(data, "a.xlsx", plan({2: ["00123", "张三", "1"]}, {2: {"document": "!"}}))
    ).active
    assert (sheet["D1"].value, sheet["D2"].value) == ("错误说明", "!")
    assert sheet["E2"].value.startswith("k20.")


def test_columns_that_a_person_matched_by_hand_are_marked():
    book = openpyxl.Workbook()
    book.active.append(["工号", "称呼", "称呼"])
    book.active.append(["00123", "张三", "1101"])
    wanted = plan({2: ["00123", "张三", "1101"]}, {2: {"document": "!"}}, chosen={"称呼": "name", "称呼#2": "document"},
                  headings={"number": "工号", "name": "称呼", "document": "称呼"})  # fmt: skip
    data = repair.workbook(saved(book), "a.xlsx", wanted)
    assert opened(data).active["C2"].comment.text == "!"
    line = returned(read(data, "a.xlsx"), SECRET, wanted.headings, wanted.chosen)[0]
    assert (line.cells["name"].value, line.cells["document"].value) == ("张三", "1101")


def test_cells_are_the_same_after_other_programs_saved_them():
    assert same_as(Cell(NUMBER, "1.10101199003079E+17")) == same_as(Cell(NUMBER, "110101199003079000"))
    assert same_as(Cell(TEXT, "张三 ")) == same_as(Cell(TEXT, "张三"))
    assert same_as(Cell(NUMBER, "5")) != same_as(Cell(TEXT, "5")), "digits that were typed anew as text"
    assert same_as(Cell(BLANK, "")) == same_as(Cell(TEXT, "  "))
    assert same_as(Cell(DATE, "2024-01-05")) == same_as(Cell(TEXT, "2024-01-05"))


def test_a_key_that_was_filled_down_is_no_key():
    key = row_key(SECRET, 12, [("name", Cell(TEXT, "张三"))])
    assert read_key(SECRET, key) is not None
    assert read_key(SECRET, key.replace("k12", "k13")) is None
    assert read_key(SECRET, "k12") is None


@settings(max_examples=30, deadline=None)
@given(st.lists(st.text(LETTERS, max_size=12), min_size=3, max_size=3), st.text(max_size=20))
def test_whatever_is_written_comes_back_as_it_was(texts, note):
    book = openpyxl.Workbook()
    book.active.append(list(HEADINGS.values()))
    book.active.append(["1", "2", "3"])
    whole = plan({2: texts}, {2: {"name": note}})
    rows = {2: replace(whole.rows[2], rewritten=frozenset(HEADINGS))}
    data = repair.workbook(saved(book), "a.xlsx", replace(whole, rows=rows))
    line = returned(read(data, "a.xlsx"), SECRET, HEADINGS, {})[0]
    assert line.row == 20
    assert difference(SECRET, line, rows[2].cells, {}).changes == {}


def test_a_large_one_takes_less_than_writing_its_cells_anew():
    rows = {number: [f"T{number}", f"测试{number}", f"1101011990{number:08}"] for number in range(2, 5_002)}
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for index, values in enumerate([list(HEADINGS.values()), *rows.values()]):
            sheet.write_row(index, 0, values)
    whole = plan(rows, {number: {"document": "位数不对"} for number in range(2, 5_002, 10)})
    start = time.process_time()
    data = repair.workbook(stream.getvalue(), "a.xlsx", whole)
    ours = time.process_time() - start
    start = time.process_time()
    opened(data)
    assert ours < time.process_time() - start
