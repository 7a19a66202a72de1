"""Files that mean harm, or that Excel makes by accident: what reading one costs a process that reads nothing else."""

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from bench import memory
from bench.figures import Found, Grid
from bench.place import place
from tests.spreadsheets import files

MEGABYTE = 1024 * 1024
PART = "Hostile files"
COLUMNS = 16_384
BLANK_ROWS = 300_000


def _roster(*more: str, before: str = "", after: str = "") -> str:
    rows = [
        files.row(place, *(files.text(f"{letter}{place}", value) for letter, value in zip("ABCDEF", values, strict=True)))
        for place, values in enumerate(files.ROSTER, start=1)
    ]  # fmt: skip
    return files.worksheet(*rows, *more, before=before, after=after)


def _zip_bomb() -> bytes:
    """200 kB that unpack to 200 MB."""
    start = f'<worksheet xmlns="{files.MAIN}"><sheetData>'
    return files.xlsx(start + " " * (200 * MEGABYTE) + "</sheetData></worksheet>")


def _text_bomb() -> bytes:
    """One shared text over and over, as different cells would have it."""
    return files.xlsx(_roster(), strings=files.shared(*["<t>" + "一" * 1_000 + "</t>"] * 100_000))


def _entity_bomb() -> bytes:
    return files.xlsx(files.LAUGHS + "<x>&j;</x>")


def _path_tricks() -> bytes:
    links = files.relationships([("rId1", "worksheet", "../../../../etc/passwd")])
    parts = {"../../etc/cron.d/x": "x", "/etc/passwd": "x", "xl/_rels/workbook.xml.rels": links}
    return files.xlsx(_roster(), parts=parts)


def _last_row() -> bytes:
    return files.xlsx(_roster(files.row(1_048_576, files.text("A1048576", "x"))))


def _blank_rows() -> bytes:
    rows = (f'<row r="{place}" spans="1:10" s="1" customFormat="1"><c r="A{place}" s="1"/></row>'
            for place in range(4, BLANK_ROWS + 4))  # fmt: skip
    return files.xlsx(_roster(*rows), styles=files.styles("0", "0"))


def _all_columns() -> bytes:
    return files.xlsx(_roster(files.row(4, "<c><v>1</v></c>" * COLUMNS)))


def _formatted_columns() -> bytes:
    return files.xlsx(_roster(files.row(4, '<c s="1"/>' * COLUMNS)), styles=files.styles("0", "0"))


def _large_merges() -> bytes:
    merges = '<mergeCell ref="A1:AX1048576"/>' * 50
    return files.xlsx(_roster(after=f"<mergeCells>{merges}</mergeCells>"))


def _repeated_cells() -> bytes:
    """OpenDocument: one cell that says it stands there seventeen thousand million times."""
    cell = (
        f'<table:table-cell table:number-columns-repeated="{COLUMNS}" office:value-type="string">'
        "<text:p>x</text:p></table:table-cell>"
    )
    names = "".join(
        f' xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for name in ("office", "table", "text")
    )
    content = (
        f"<office:document-content{names}><office:body><office:spreadsheet><table:table table:name='A'>"
        f'<table:table-row table:number-rows-repeated="1048576">{cell}</table:table-row>'
        "</table:table></office:spreadsheet></office:body></office:document-content>"
    )
    mimetype = "application/vnd.oasis.opendocument.spreadsheet"
    return files.zipped({"mimetype": mimetype, "content.xml": content})


FILES: dict[str, Callable[[], bytes]] = {
    "zip bomb, 200 MB": _zip_bomb,
    "shared texts, 300 MB": _text_bomb,
    "entity bomb": _entity_bomb,
    "path tricks": _path_tricks,
    "a cell at row 1,048,576": _last_row,
    f"{BLANK_ROWS:,} blank formatted rows": _blank_rows,
    f"a row of {COLUMNS:,} values": _all_columns,
    f"a row of {COLUMNS:,} formatted blanks": _formatted_columns,
    "merges over all rows": _large_merges,
    "an .ods that repeats one cell": _repeated_cells,
    "half of a workbook": lambda: (whole := files.of_rows(files.ROSTER * 500))[: len(whole) // 2],
}


def figures() -> Iterator[Found]:
    lines = []
    with place("sqlite", 10), tempfile.TemporaryDirectory(prefix="console-bench-") as folder:
        for name, make in FILES.items():
            file = Path(folder) / "roster.xlsx"
            file.write_bytes(make())
            cost = memory.of("read", file)
            size = f"{file.stat().st_size / 1024:,.0f} kB"
            lines.append([name, size, f"{cost.cpu:.3f}", f"{cost.wall:.3f}", f"{cost.above:.1f}", cost.told])
    headings = ["file", "size", "CPU s", "wall s", "MB above idle", "what came of it"]
    yield Grid(PART, headings, lines, "Each in a fresh process; targets: less than a second and 200 MB.")
