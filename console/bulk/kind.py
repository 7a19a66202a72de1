"""What a kind of bulk work has to declare; the engine does the rest."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
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
    shape: str = ""
    """What its values look like, see shapes.py; '' when they may be anything."""
    padded: bool = False
    """Numbers with leading zeros, which Excel drops."""
    filled_down: bool = False
    """Often written once, in the first of several rows that it is meant for."""
    own: bool = False
    """Different in every row: not asked for a selection of several lines."""


@dataclass(frozen=True)
class Agreeing:
    """Rows that have `key` in common must have the same `value`: where not, each gets `code` and a row that differs."""

    column: str
    code: str
    key: Callable[[Mapping[str, Any]], str | None]
    value: Callable[[Mapping[str, Any]], str | None]


class Operation(StrEnum):
    """What is done for a row, where rows of one batch ask for different things."""

    JOIN = "join"
    MOVE = "move"
    CHANGE = "change"
    LEAVE = "leave"
    SAME = "same"
    LEFT = "left"
    """Nothing for both: the books say the same, or know already that somebody left. Such a row is never confirmed."""


class Group(StrEnum):
    """What an office looks for, in the order in which the upload page has it."""

    OPEN = "open"
    CHANGE = "change"
    STOP = "stop"
    CARDS = "cards"
    PEOPLE = "people"


@dataclass(frozen=True)
class Price:
    """What a row will cost, in 分: more each month, for the rest of this cycle, once, and for leaving a contract.

    `key` groups the preview.
    """

    key: str
    monthly_fen: int
    cycle_fen: int
    once_fen: int = 0
    penalty_fen: int = 0


@dataclass(slots=True)
class Row:
    """A line of the roster while it is being checked. `document_index` is set once the person is known.

    `employee_id` is whom of the books it is about. `values["was"]` has what the books say of a field that changes,
    {"department": "销售部"}; `values["absent"]` marks somebody whom the file does not mention.
    """

    number: int
    cells: dict[str, Any]
    values: dict[str, Any] = field(default_factory=dict)
    found: list[tuple[str, Found]] = field(default_factory=list)
    price: Price | None = None
    id: int | None = None
    document_index: bytes | None = None
    operation: str | None = None
    employee_id: int | None = None
    cost_center: str | None = None
    """Who pays, for the preview by cost centre."""
    answer: Any = None
    """What the operator answered to UploadKind.ask_first() a moment ago."""

    @property
    def absent(self) -> bool:
        return bool(self.values.get("absent"))

    def add(self, column: str, found: Found) -> None:
        self.found.append((column, found))

    @property
    def wrong(self) -> bool:
        for _column, found in self.found:  # noqa: SIM110 - runs for each row several times; any() takes thrice as long
            if found.level == "error":
                return True
        return False


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
    group: ClassVar[Group] = Group.OPEN
    """Under which heading the upload page offers it."""
    chosen_by: ClassVar[str] = ""
    """The column that tells which line of a list is meant; '' for what cannot be asked of a selection."""
    asks_first: ClassVar[bool] = False
    """Whether the operator is asked about confirmed rows before they are carried out, see ask_first()."""
    repeatable: ClassVar[bool] = False
    """The same rows are a new wish once the batch before has ended: a line can be suspended every summer."""
    icon: ClassVar[str] = "i-upload"
    version: ClassVar[int] = 1
    """Of its template; one more whenever a column comes, goes or is named anew. Old ones stay acceptable."""
    permission: ClassVar[Permission]
    confirming: ClassVar[tuple[Permission, ...]] = ()
    """What else somebody must be allowed to do who confirms."""
    columns: ClassVar[tuple[Column, ...]]
    witnesses: ClassVar[tuple[Column, ...]] = ()
    """Columns that only bear witness, such as a date of birth beside a document: compared, and never stored."""
    unique: ClassVar[tuple[Unique, ...]] = ()
    agreeing: ClassVar[tuple[Agreeing, ...]] = ()
    places_orders: ClassVar[bool] = True
    """False for work on our own books: such rows are done when they are applied."""
    vouched_for: ClassVar[tuple[Operation | None, ...]] = ()
    """Operations of the rows whose people the operator is asked about before they are confirmed; None is every row."""
    spends: ClassVar[bool] = True
    """Whether the operator takes its orders only from companies that owe nothing; of mixed kinds the rows tell."""
    can_be_barred: ClassVar[bool] = True
    """Whether what the company owes, and until when somebody may sign for it, can stand in its way at all."""
    opens_lines: ClassVar[bool] = False
    """Whether lines become active some time after their orders are done."""
    mixed: ClassVar[bool] = False
    """Whether each row has an operation, by which the check page sorts them."""
    priced_as: ClassVar[Words] = ""
    """What the prices of its rows are paid for, as the preview says it."""
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

    def unmentioned(self, rows: list[Row], reference: Any) -> list[Row]:
        """Rows for people of the books whom no row of the file is about, numbered after the last; a few queries."""
        return []

    def price(self, row: Row, reference: Any) -> Price | None:
        """Pure."""
        return None

    def asks_operator(self, row: Row) -> bool:
        """Whether this row becomes an order; otherwise it is done when it is applied."""
        return self.places_orders

    def headcount(self) -> int | None:
        """People in the books, for kinds whose rows may remove many of them."""
        return None

    def deed(self, row: Any, words: Callable[[str, Any], str]) -> str:
        """What will be done for a row of a mixed batch, in the reader's language."""
        return ""

    def apply(self, batch: Any, rows: list[Row]) -> dict[int, Found]:
        """Carry out confirmed rows; returns those that could not be, by row id. Writes, never calls the operator."""
        raise TypeError(f"{type(self).__name__} has no apply()")

    def ask_first(self, gateway: Any, group: str, rows: Mapping[int, Mapping[str, Any]]) -> dict[int, Any]:
        """Row id → what the operator answered for it. Outside any transaction, and may be asked once more."""
        raise TypeError(f"{type(self).__name__} has no ask_first()")

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
