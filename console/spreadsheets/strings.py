"""The texts that the sheets of a workbook share."""

from console.spreadsheets.cells import NOTHING, TEXT, Cell
from console.spreadsheets.markup import unescape, walk
from console.spreadsheets.package import Package
from console.spreadsheets.refusals import F_CELL_TOO_LONG, F_TOO_LARGE, Refused


def shared_strings(package: Package, part: str) -> list[Cell]:
    """The cells, in the order in which the sheets count them."""
    strings = _SharedStrings(package)
    walk(part, package.pieces(part), strings.start, strings.end, strings.text)
    return strings.cells


class _SharedStrings:
    """Rich text is put together; phonetic guides, which Excel shows above the text, are left out."""

    def __init__(self, package: Package) -> None:
        self.cells: list[Cell] = []
        self._longest = package.limits.cell_length
        self._most = package.limits.cells
        self._value = ""
        self._in_guide = False
        self._pieces: list[str] = []
        # No function of ours around it: this runs for each text of the workbook.
        self.text = self._pieces.append

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "t":
            self._pieces.clear()
        elif name == "si":
            self._value = ""
        elif name == "rPh":
            self._in_guide = True

    def end(self, name: str) -> None:
        if name == "t":
            pieces = self._pieces
            if not self._in_guide:
                self._value += pieces[0] if len(pieces) == 1 else "".join(pieces)
        elif name == "si":
            value = self._value
            if len(value) > self._longest:
                raise Refused(F_CELL_TOO_LONG, limit=self._longest)
            if len(self.cells) >= self._most:
                raise Refused(F_TOO_LARGE, what="cells", limit=self._most)
            self.cells.append(Cell(TEXT, unescape(value)) if value else NOTHING)
        elif name == "rPh":
            self._in_guide = False
