"""What a kind of bulk work has to declare; the engine does the rest."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from console.bulk.columns import Found, Reader
from console.core.permissions import Permission

Words = Any
"""Text, or text that is translated when it is shown."""
Options = Callable[[Any], Sequence[tuple[str, str]]]


@dataclass(frozen=True)
class Column:
    """One column of a roster.

    `synonyms` are other headings it goes by. `options` lists (value, label) from the reference, for drop-downs in the
    page and in the template. `mask` is how the value is shown; without it the value is shown whole.
    """

    field: str
    label: Words
    read: Reader
    required: bool = False
    synonyms: tuple[str, ...] = ()
    hint: Words = ""
    example: str = ""
    width: int = 14
    options: Options | None = None
    mask: Callable[[str], str] | None = None
    shown: bool = False
    default: bool = False
    """The upload page offers a value for rows that leave it empty."""


@dataclass(frozen=True)
class Price:
    """What a row will cost: `key` groups the preview, fees in 分 each month and for the rest of this cycle."""

    key: str
    monthly_fen: int
    cycle_fen: int


@dataclass
class Row:
    """A line of the roster while it is being checked."""

    number: int
    cells: dict[str, Any]
    values: dict[str, Any] = field(default_factory=dict)
    found: list[tuple[str, Found]] = field(default_factory=list)
    price: Price | None = None
    id: int | None = None

    def add(self, column: str, found: Found) -> None:
        self.found.append((column, found))

    @property
    def wrong(self) -> bool:
        return any(found.level == "error" for _column, found in self.found)


@dataclass(frozen=True)
class Unique:
    """Rows of one roster that must differ in a value: the later ones get `code` and the number of the first."""

    column: str
    code: str
    key: Callable[[Mapping[str, Any]], str | None]
    allowed: Callable[[Mapping[str, Any], Mapping[str, Any]], bool] = lambda first, later: False
    """Whether the later of two rows may repeat the first all the same."""


@dataclass(frozen=True)
class Outcome:
    """How a row stands, for page and result file: which tone, and the codes of its words."""

    category: str
    code: str
    msisdn: str | None = None
    error: str | None = None
    remedy: str | None = None


@dataclass(frozen=True)
class Supply:
    """Something the operator must give before the rows can be ordered, such as more numbers.

    `missing` says how much for so many rows; `fetch` calls the operator and runs outside any transaction; `take_in`
    writes what came.
    """

    missing: Callable[[int], int]
    fetch: Callable[[Any, int], Sequence[str]]
    take_in: Callable[[Sequence[str]], object]


class UploadKind:
    """A kind of bulk work. One subclass, declared in the domain's `uploads.py` and listed in console/app.py."""

    slug: ClassVar[str]
    title: ClassVar[Words]
    short: ClassVar[Words]
    lead: ClassVar[Words]
    icon: ClassVar[str] = "i-upload"
    permission: ClassVar[Permission]
    columns: ClassVar[tuple[Column, ...]]
    unique: ClassVar[tuple[Unique, ...]] = ()
    places_orders: ClassVar[bool] = True
    """False for work on our own books: such rows are done when they are applied."""
    supplies: ClassVar[tuple[Supply, ...]] = ()

    def reference(self) -> Any:
        """All that readers and drop-downs need of the company: a few queries, once for a roster."""
        raise TypeError(f"{type(self).__name__} has no reference()")

    def look_up(self, rows: list[Row], reference: Any) -> None:
        """One query for all rows of each thing that the check needs; results go on the reference."""

    def check(self, row: Row, reference: Any) -> Iterable[tuple[str, Found]]:
        """What the cells of a row say together. Pure."""
        return ()

    def together(self, rows: list[Row], reference: Any) -> None:
        """What rows say together besides repeats, such as too many for one person. Pure."""

    def price(self, row: Row, reference: Any) -> Price | None:
        """Pure."""
        return None

    def apply(self, batch: Any, rows: list[Row]) -> dict[int, Found]:
        """Carry out confirmed rows; returns those that could not be, by row id. Writes, never calls the operator."""
        raise TypeError(f"{type(self).__name__} has no apply()")

    def outcomes(self, batch: Any, rows: Sequence[Any]) -> dict[int, Outcome]:
        """Row id → how it stands, for rows that were confirmed."""
        return {}

    def preview(self, count: int) -> list[tuple[Words, str]]:
        """Further lines of 「确认后会发生什么」 for so many rows."""
        return []

    def price_labels(self) -> dict[str, str]:
        """Price key → the name that people know it by."""
        return {}

    def words(self) -> Callable[[str, Any], str]:
        """How a value of a field is said to people: (field, value) → text. Asks the database once, here."""
        return lambda _field, value: str(value)


KINDS: dict[str, UploadKind] = {}


def register(*kinds: UploadKind) -> None:
    KINDS.update({kind.slug: kind for kind in kinds})
