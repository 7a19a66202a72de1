"""Files that are broken, far too large or meant to do harm are refused quickly, with the right reason."""

import contextlib
import random
import struct
import time
import tracemalloc
import zipfile

import pytest

from console.spreadsheets.cells import Workbook
from console.spreadsheets.limits import DEFAULT, Limits
from console.spreadsheets.plain_rows import COLUMN_NAMES
from console.spreadsheets.reading import read
from console.spreadsheets.refusals import Refused
from tests.spreadsheets import files, other_files

GOOD = files.of_rows(files.ROSTER)
ONE_CELL = files.worksheet(files.row(1, files.text("A1", "a")))


def refusal(data: bytes, limits: Limits = DEFAULT) -> Refused:
    with pytest.raises(Refused) as refused:
        read(data, "roster.xlsx", limits)
    return refused.value


def bomb(size: int) -> bytes:
    start = f'<worksheet xmlns="{files.MAIN}"><sheetData>'
    return files.xlsx(start + " " * size + "</sheetData></worksheet>")


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "F_EMPTY_FILE"),
        (b"\r\n  \r\n", "F_EMPTY_FILE"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "F_NOT_SPREADSHEET"),
        (b"%PDF-1.7\n", "F_NOT_SPREADSHEET"),
        (b"  <html><p>1</p></html>", "F_NOT_SPREADSHEET"),
        (b"{\\rtf1 }", "F_NOT_SPREADSHEET"),
        (b"name,\0\0\0", "F_NOT_SPREADSHEET"),
        ("姓名,a\x01".encode(), "F_NOT_SPREADSHEET"),
        (files.ole({"EncryptionInfo": b"", "EncryptedPackage": b"x" * 9_000}), "F_PASSWORD"),
        (files.ole({"Book": b"\x09\x08\x08\x00\x00\x05\x05\x00\0\0\0\0"}), "F_XLS_OLD"),
        (files.ole({"Workbook": b""}), "F_DAMAGED"),
        (files.ole({"Workbook": b"x" * 9_000})[:3_000], "F_DAMAGED"),
        (files.ole({"WordDocument": b"x"}), "F_NOT_SPREADSHEET"),
        (b"\x09\x04\x06\x00\0\0\x10\0", "F_XLS_OLD"),
        (files.zipped({"a.txt": "hello"}), "F_NOT_SPREADSHEET"),
        (files.zipped({"mimetype": "application/vnd.oasis.opendocument.text"}), "F_NOT_SPREADSHEET"),
        (files.zipped({"mimetype": "application/vnd.oasis.opendocument.spreadsheet"}), "F_DAMAGED"),
        (files.zipped({}), "F_NOT_SPREADSHEET"),
        (files.zipped({"_rels/.rels": files.relationships([("a", "officeDocument", "w/d.xml")]),
                       "w/d.xml": "<w:document xmlns:w='w'/>"}), "F_NOT_SPREADSHEET"),
        (files.zipped({"_rels/.rels": files.relationships([("a", "officeDocument", "xl/workbook.bin")]),
                       "xl/workbook.bin": b"\0"}), "F_DAMAGED"),
        (files.zipped({"_rels/.rels": files.relationships([("a", "officeDocument", "word/document.xml")]),
                       "word/document.xml": "<w:document xmlns:w='w'/>"}), "F_NOT_SPREADSHEET"),
        (GOOD[:-200], "F_DAMAGED"),
        (GOOD[:400], "F_DAMAGED"),
        (b"PK\x03\x04", "F_DAMAGED"),
        (b"\xef\xbb\xbf\xff\xfe", "F_ENCODING"),
        ("姓名".encode("utf-16")[:-1], "F_ENCODING"),
        (b"name,\xff\xff\xff", "F_ENCODING"),
        (b'a,b\n"unclosed,c\nd,e\n', "F_DAMAGED"),
        (b",".join([b"a"] * 61), "F_TOO_MANY_COLUMNS"),
        (b"a\n" * 50_101, "F_TOO_MANY_ROWS"),
        (b"a" * 32_768, "F_CELL_TOO_LONG"),
    ],
    ids=lambda value: str(value)[:40],
)  # fmt: skip
def test_what_is_no_readable_table_is_refused_for_its_content(data, code):
    assert refusal(data).code == code


@pytest.mark.parametrize(
    "xml",
    [
        '<c r="A1" t="s"><v>5</v></c>',
        '<c r="A1" t="s"><v>-1</v></c>',
        '<c r="A1" t="s"><v>x</v></c>',
        '<c r="A1"><v>nan</v></c>',
        '<c r="A1"><v>1_000</v></c>',
        '<c r="A1" t="zzz"><v>1</v></c>',
        '<c r="é1"><v>1</v></c>',
        '<c r="XFE1"><v>1</v></c>',
        '<c r="B1"><v>1</v></c><c r="A1"><v>1</v></c>',
        '<c r="A1"><v>1</v></c><c r="A1"><v>2</v></c>',
        '<c r="A1"><v>1</c>',
        '<c r="A1"><v>&unknown;</v></c>',
    ],
)
def test_a_cell_that_makes_no_sense_is_damage_and_not_a_guess(xml):
    data = files.xlsx(files.worksheet(files.row(1, xml)), strings=files.shared("<t>a</t>"))

    assert refusal(data).code == "F_DAMAGED"


@pytest.mark.parametrize("number", ["0", "-1", "x", "1048577", "9" * 5000, "１"])
def test_a_row_number_that_excel_does_not_have_is_damage(number):
    row = f'<row r="{number}"><c><v>1</v></c></row>'

    assert refusal(files.xlsx(files.worksheet(row))).code == "F_DAMAGED"


def test_rows_out_of_order_are_damage():
    data = files.xlsx(files.worksheet(files.row(2, files.number("A2", "1")), files.row(1)))

    assert refusal(data).code == "F_DAMAGED"


@pytest.mark.parametrize(
    "part",
    ["xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/styles.xml", "xl/workbook.xml", "_rels/.rels",
     "xl/_rels/workbook.xml.rels"],
)  # fmt: skip
@pytest.mark.parametrize(
    "start", [files.LAUGHS + "<x>&j;</x>", '<!DOCTYPE x SYSTEM "file:///etc/passwd"><x/>', "<!DOCTYPE x><x/>"]
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_document_type_is_refused_in_every_part(part, start, encoding):
    data = files.xlsx(
        ONE_CELL, strings=files.shared(), styles=files.styles(), parts={part: start.encode(encoding)}
    )

    begin = time.process_time()
    assert refusal(data).code == "F_XML_ENTITIES"
    assert time.process_time() - begin < 1


def test_an_encoding_that_no_workbook_uses_is_damage():
    xml = ONE_CELL.replace("<worksheet", '<?xml version="1.0" encoding="GBK"?><worksheet')

    assert refusal(files.xlsx(xml)).code == "F_DAMAGED"


def test_a_zip_bomb_is_refused_by_its_ratio_and_by_its_size():
    assert refusal(bomb(30_000_000)).code == "F_ZIP_BOMB"
    assert refusal(bomb(3_000_000), Limits(unzipped_bytes=1_000_000)).code == "F_ZIP_BOMB"


def test_parts_that_are_never_large_may_not_be_so():
    data = files.xlsx(ONE_CELL, styles=files.styles("0" * 3_000_000))

    assert refusal(data, Limits(small_part_bytes=1_000_000)).values["what"] == "part"


def test_an_archive_that_lies_about_its_sizes_is_damaged():
    data = bytearray(bomb(500_000))
    position = data.find(b"PK\x01\x02", data.find(b"xl/worksheets"))
    entry = next(
        p for p in _positions(data, b"PK\x01\x02") if data[p + 46 :].startswith(b"xl/worksheets/sheet1.xml")
    )
    struct.pack_into("<I", data, entry + 24, 100)

    assert position > 0
    assert refusal(bytes(data)).code == "F_DAMAGED"


def test_an_archive_of_too_many_entries_is_refused():
    data = files.xlsx(ONE_CELL, parts={f"x/{i}": "" for i in range(2_001)})

    assert refusal(data).code == "F_TOO_MANY_ENTRIES"


def test_two_parts_of_one_name_are_refused():
    data = files.xlsx(ONE_CELL, parts={"XL/worksheets/Sheet1.xml": ONE_CELL})

    assert refusal(data).code == "F_DAMAGED"


def test_methods_of_compression_that_excel_does_not_know_are_refused():
    assert refusal(files.zipped({"xl/workbook.xml": "<workbook/>"}, zipfile.ZIP_LZMA)).code == "F_DAMAGED"


def test_an_encrypted_archive_wants_a_password():
    data = bytearray(files.xlsx(ONE_CELL))
    for position in _positions(data, b"PK\x01\x02"):
        data[position + 8] |= 1

    assert refusal(bytes(data)).code == "F_PASSWORD"


def test_names_that_lead_out_of_the_archive_are_names_and_nothing_else():
    data = files.xlsx(
        ONE_CELL,
        parts={
            "../../etc/cron.d/x": "x",
            "xl/_rels/workbook.xml.rels": files.relationships([("rId1", "worksheet", "../../../etc/passwd")]),
        },
    )

    assert refusal(data).code == "F_DAMAGED"


@pytest.mark.parametrize(
    ("limits", "sheets", "code"),
    [
        (Limits(upload_bytes=100), [ONE_CELL], "F_TOO_LARGE"),
        (Limits(sheets=1), [ONE_CELL, ONE_CELL], "F_TOO_MANY_SHEETS"),
        (Limits(cells=1), [ONE_CELL, ONE_CELL], "F_TOO_MUCH"),
        (Limits(rows=1, other_rows=0),
         [files.worksheet(*(files.row(i, files.number(f"A{i}", "1")) for i in (1, 2)))], "F_TOO_MANY_ROWS"),
        (DEFAULT, [files.worksheet(files.row(1, files.number("BI1", "1")))], "F_TOO_MANY_COLUMNS"),
        (DEFAULT, [files.worksheet(files.row(1, files.number("XFD1", "1")))], "F_TOO_MANY_COLUMNS"),
        (DEFAULT, [files.worksheet(files.row(1, "<c><v>1</v></c>" * 16_384))], "F_TOO_MANY_COLUMNS"),
        (DEFAULT, [files.worksheet(files.row(1, files.text("A1", "a" * 32_768)))], "F_CELL_TOO_LONG"),
        (Limits(seconds=0), [ONE_CELL], "F_TOO_SLOW"),
    ],
)  # fmt: skip
def test_each_limit_has_its_own_refusal(limits, sheets, code):
    assert refusal(files.xlsx(*sheets), limits).code == code


def test_shared_texts_count_as_cells_do():
    data = files.xlsx(ONE_CELL, strings=files.shared(*["<t>a</t>"] * 11))

    assert refusal(data, Limits(cells=10)).code == "F_TOO_MUCH"


def test_a_tag_without_an_end_is_given_up_early():
    noise = random.Random(1).randbytes(3_000_000).hex()
    data = files.xlsx(f'<worksheet xmlns="{files.MAIN}" a="{noise}"/>')

    begin = time.process_time()
    assert refusal(data).code == "F_DAMAGED"
    assert time.process_time() - begin < 1


def test_merges_on_top_of_each_other_are_paid_for():
    rows = [files.row(i, files.number(f"A{i}", "1")) for i in range(1, 2_001)]
    merges = '<mergeCell ref="A1:AX1048576"/>' * 50

    assert refusal(files.xlsx(files.worksheet(*rows, after=merges))).values["what"] == "cells"


@pytest.mark.parametrize(
    "rows",
    [
        [files.row(1, files.text("A1", "a")), files.row(1_048_576, files.text("A1048576", "b"))],
        [files.row(1, files.text("A1", "a")), files.row(1_048_576, files.text("XFD1048576", "b"))],
        [files.row(1, files.text("A1", "a"), *('<c s="1"/>' for _ in range(16_383)))],
        [files.row(1, files.text("A1", "a"))]
        + [f'<row r="{i}" spans="1:10" s="1" customFormat="1" ht="14.4"/>' for i in range(2, 300_002)],
    ],
    ids=["the last row", "the last cell", "all columns formatted", "300,000 formatted rows"],
)
def test_formats_far_outside_the_table_cost_next_to_nothing(rows):
    data = files.xlsx(files.worksheet(*rows), styles=files.styles("0", "0"))

    begin = time.process_time()
    sheet = read(data, "").sheets[0]
    assert time.process_time() - begin < 1
    assert [row.number for row in sheet.rows] == [1]


@pytest.mark.parametrize(
    "data",
    [
        files.xlsx("<a>" * 2_000_000),
        files.xlsx(files.worksheet('<row r="1">' + "<c>" * 1_000_000)),
        files.xlsx(
            files.worksheet(
                *(
                    files.row(i, *(files.number(f"{COLUMN_NAMES[j]}{i}", "1") for j in range(i % 50)))
                    for i in range(1, 3_000)
                )
            )
        ),
        files.xlsx(files.worksheet(files.row(1, *(files.number(f"{chr(65 + j)}1", "1") for j in range(26)), "<x/>"))),
        b"<table>" + b"<!--" * 1_000_000,
        b"<table>" + b"<" * 5_000_000,
        b"<table>" + b"<tr><td><table>" * 20_000,
        b"<table><tr>" + b"<td rowspan=65000 colspan=60>a</td>" * 60 + b"<tr><td>b" * 5_000,
        b'"' * 5_000_000,
        b"," * 2_000_000,
        other_files.xlsb(other_files.xlsb_row(1_048_575, other_files.xlsb_cell(6, 16_383, other_files.wide("a")))),
        other_files.ods(
            other_files.ods_row(
                other_files.ods_cell("a", attributes='table:number-columns-repeated="16384"'),
                attributes='table:number-rows-repeated="1048576"',
            )
        ),
        other_files.ods(
            other_files.ods_row(
                other_files.ods_cell(kind="", attributes='table:number-columns-repeated="16384"'),
                attributes='table:number-rows-repeated="1048576"',
            )
            * 200
        ),
    ],
    ids=["nesting", "nested cells", "wider and wider rows", "an odd end of a row", "comments", "angles", "nested tables", "spans", "quotes", "separators",
         "last cell of an .xlsb", "repeated cells of an .ods", "repeated blanks of an .ods"],
)  # fmt: skip
def test_what_is_meant_to_take_long_is_over_soon_and_takes_little_memory(data):
    begin = time.process_time()
    try:
        read(data, "a")
    except Refused as refused:
        assert refused.code.startswith("F_")
    assert time.process_time() - begin < 1

    tracemalloc.start()
    with contextlib.suppress(Refused):
        read(data, "a")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 100_000_000


def test_a_full_sheet_of_fifty_thousand_rows_and_twenty_columns_is_within_the_limits():
    columns = "ABCDEFGHIJKLMNOPQRST"
    rows = (
        f'<row r="{i}">' + "".join(f'<c r="{column}{i}"><v>{i}</v></c>' for column in columns) + "</row>"
        for i in range(1, 50_002)
    )

    assert len(read(files.xlsx(files.worksheet(*rows)), "a").sheets[0].rows) == 50_001


def test_formatted_rows_take_no_memory():
    rows = (f'<row r="{i}"><c r="A{i}" s="1"/></row>' for i in range(1, 20_002))
    data = files.xlsx(files.worksheet(*rows))

    tracemalloc.start()
    read(data, "")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2_000_000


def test_endless_line_breaks_between_the_tags_take_no_memory():
    data = files.xlsx(files.worksheet("\n" * 2_000_000))

    tracemalloc.start()
    read(data, "")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8_000_000


def test_a_row_of_more_cells_than_excel_has_is_damage():
    data = files.xlsx(files.worksheet(f"<row>{'<c/>' * 20_000}</row>"))

    assert refusal(data).code == "F_DAMAGED"


def test_any_damage_to_a_good_file_gives_a_workbook_or_a_refusal():
    chance = random.Random(20240105)
    originals = [GOOD, files.xlsx(ONE_CELL, strings=files.shared("<t>a</t>"), styles=files.styles("14"))]
    plain = files.zipped(files.parts_of(GOOD), zipfile.ZIP_STORED)
    for _ in range(600):
        data = bytearray(chance.choice([*originals, plain]))
        for _ in range(chance.choice([1, 1, 2, 8])):
            data[chance.randrange(len(data))] = chance.randrange(256)
        if chance.random() < 0.2:
            del data[chance.randrange(len(data)) :]
        try:
            assert isinstance(read(bytes(data), "a"), Workbook)
        except Refused as refused:
            assert refused.code.startswith("F_")


def test_damaged_xml_inside_a_sound_archive_gives_a_workbook_or_a_refusal():
    chance = random.Random(7)
    parts = files.parts_of(GOOD)
    for _ in range(300):
        name = chance.choice(sorted(parts))
        data = bytearray(parts[name])
        for _ in range(chance.choice([1, 2, 8])):
            data[chance.randrange(len(data))] = chance.choice(b'<>&"0123456789aZ\0\xff')
        try:
            assert isinstance(read(files.zipped(parts | {name: bytes(data)}), "a"), Workbook)
        except Refused as refused:
            assert refused.code.startswith("F_")


def _positions(data: bytes | bytearray, mark: bytes) -> list[int]:
    found, position = [], data.find(mark)
    while position >= 0:
        found.append(position)
        position = data.find(mark, position + 1)
    return found
