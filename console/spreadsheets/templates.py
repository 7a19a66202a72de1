"""The workbook that people download, fill in and upload."""

import io
from collections.abc import Sequence
from dataclasses import dataclass

from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.styles import Alignment, Font, PatternFill, Protection
from openpyxl.utils import get_column_letter, quote_sheetname
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from console.spreadsheets.limits import DEFAULT
from console.spreadsheets.tables import STAMP_SHEET

LISTS_SHEET = "_lists"
TEXT_FORMAT = "@"
# Excel shows no more of a prompt, and takes a file with a longer one for damaged.
LONGEST_PROMPT, LONGEST_PROMPT_TITLE = 255, 32
HEADER_FILL = PatternFill("solid", fgColor="E8EEF7")
WRAPPED = Alignment(vertical="top", wrap_text=True)


@dataclass(frozen=True)
class TemplateColumn:
    """`text` keeps Excel from making numbers of long digits; `choices` become a drop-down."""

    heading: str
    hint: str = ""
    required: bool = False
    width: float = 16
    text: bool = True
    choices: tuple[str, ...] | None = None
    example: str = ""


@dataclass(frozen=True)
class TemplateLabels:
    """The words of the workbook besides its headings, in the language of the reader."""

    table_sheet: str
    guide_sheet: str
    column: str
    obligation: str
    explanation: str
    example: str
    required: str
    optional: str
    choice_title: str
    choice_error: str


@dataclass(frozen=True)
class TemplateSpec:
    kind: str
    version: str
    title: str
    company: str
    columns: tuple[TemplateColumn, ...]
    labels: TemplateLabels


def template(spec: TemplateSpec) -> bytes:
    """An .xlsx without any row of data, so that it can be uploaded as it is once it is filled in."""
    book = Workbook()
    sheet = book.active
    sheet.title = spec.labels.table_sheet
    _fill_table_sheet(sheet, spec)
    _fill_guide(book.create_sheet(spec.labels.guide_sheet), spec)
    _add_choices(book, sheet, spec)
    _add_stamp(book, spec)
    book.properties.title = spec.title
    book.properties.creator = spec.company
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _fill_table_sheet(sheet: Worksheet, spec: TemplateSpec) -> None:
    for index, column in enumerate(spec.columns, start=1):
        heading = _write(sheet, 1, index, column.heading + ("*" if column.required else ""))
        heading.font = Font(bold=True)
        heading.fill = HEADER_FILL
        heading.alignment = Alignment(vertical="center", wrap_text=True)
        # The style of the column holds for all its empty cells: no object for each of them.
        style = sheet.column_dimensions[get_column_letter(index)]
        style.width = column.width
        style.protection = Protection(locked=False)
        if column.text:
            style.number_format = TEXT_FORMAT
        if column.hint and not column.choices:
            _add_prompt(sheet, index, column)
    sheet.row_dimensions[1].height = 24
    sheet.freeze_panes = "A2"
    _lock_headings(sheet)


def _lock_headings(sheet: Worksheet) -> None:
    """No password: it is there against accidents. False means allowed."""
    protection = sheet.protection
    protection.sheet = True
    protection.formatColumns = protection.formatRows = False
    protection.insertRows = protection.deleteRows = False
    protection.sort = protection.autoFilter = False


def _add_prompt(sheet: Worksheet, index: int, column: TemplateColumn) -> None:
    prompt = DataValidation(allow_blank=True)
    _set_prompt(prompt, column)
    prompt.add(_cells_of(index))
    sheet.add_data_validation(prompt)


def _set_prompt(validation: DataValidation, column: TemplateColumn) -> None:
    validation.showInputMessage = True
    validation.promptTitle = column.heading[:LONGEST_PROMPT_TITLE]
    validation.prompt = column.hint[:LONGEST_PROMPT] or None


def _add_choices(book: Workbook, sheet: Worksheet, spec: TemplateSpec) -> None:
    """Drop-downs out of a hidden sheet: a list inside the rule itself may have 255 characters only."""
    lists = book.create_sheet(LISTS_SHEET)
    lists.sheet_state = "hidden"
    for index, column in enumerate(spec.columns, start=1):
        if not column.choices:
            continue
        letter = get_column_letter(index)
        for row, choice in enumerate(column.choices, start=1):
            _write(lists, row, index, choice)
        name = f"choices_{index}"
        area = f"{quote_sheetname(LISTS_SHEET)}!${letter}$1:${letter}${len(column.choices)}"
        book.defined_names[name] = DefinedName(name, attr_text=area)
        sheet.add_data_validation(_drop_down(name, index, column, spec.labels))


def _drop_down(name: str, index: int, column: TemplateColumn, labels: TemplateLabels) -> DataValidation:
    # A warning and no stop: the check after the upload knows more spellings than the list.
    validation = DataValidation(type="list", formula1=f"={name}", allow_blank=True, errorStyle="warning")
    validation.showErrorMessage = True
    validation.errorTitle = labels.choice_title[:LONGEST_PROMPT_TITLE]
    validation.error = labels.choice_error[:LONGEST_PROMPT]
    _set_prompt(validation, column)
    validation.add(_cells_of(index))
    return validation


def _cells_of(index: int) -> str:
    letter = get_column_letter(index)
    return f"{letter}2:{letter}{DEFAULT.rows + 1}"


def _fill_guide(sheet: Worksheet, spec: TemplateSpec) -> None:
    """One line for each column: side by side, the headings would look like those of another table."""
    labels = spec.labels
    _write(sheet, 1, 1, spec.title).font = Font(bold=True, size=14)
    heads = (labels.column, labels.obligation, labels.explanation, labels.example)
    for index, head in enumerate(heads, start=1):
        cell = _write(sheet, 3, index, head)
        cell.font = Font(bold=True)
        cell.fill = HEADER_FILL
    for row, column in enumerate(spec.columns, start=4):
        obligation = labels.required if column.required else labels.optional
        for index, value in enumerate((column.heading, obligation, column.hint, column.example), start=1):
            _write(sheet, row, index, value).alignment = WRAPPED
    _set_widths(sheet, (20, 10, 60, 28))
    sheet.protection.sheet = True


def _set_widths(sheet: Worksheet, widths: Sequence[float]) -> None:
    for index, width in enumerate(widths, start=1):
        sheet.column_dimensions[get_column_letter(index)].width = width


def _add_stamp(book: Workbook, spec: TemplateSpec) -> None:
    sheet = book.create_sheet(STAMP_SHEET)
    sheet.sheet_state = "veryHidden"
    for row, pair in enumerate((("kind", spec.kind), ("version", spec.version)), start=1):
        for index, value in enumerate(pair, start=1):
            _write(sheet, row, index, value)


def _write(sheet: Worksheet, row: int, column: int, value: str) -> Cell:
    cell = sheet.cell(row, column)
    cell.value = value
    # openpyxl takes what begins with = for a formula.
    cell.data_type = "s"
    cell.number_format = TEXT_FORMAT
    return cell
