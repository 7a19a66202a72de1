"""Several kinds of work in one file: a column names what is done for each row, and the rest is that kind's own."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask_babel import lazy_gettext as _l

from console.bulk import columns
from console.bulk.columns import Found, Reading
from console.bulk.kind import Column, Group, Outcome, Price, Row, Unique, UploadKind
from console.core.permissions import Permission
from console.sims import activation
from console.sims.cards import ReplaceCards
from console.sims.line_changes import AddProducts, ChangePlan, LimitData, RemoveProducts
from console.sims.line_kind import LineChange, said
from console.sims.line_stops import ReportLost, ResumeLines, SuspendLines, TerminateLines
from console.spreadsheets.cells import Cell

KINDS: dict[str, LineChange] = {
    kind.slug: kind
    for kind in (
        ChangePlan(), AddProducts(), RemoveProducts(), LimitData(), SuspendLines(), ResumeLines(), ReportLost(),
        TerminateLines(), ReplaceCards(),
    )
}  # fmt: skip
NAMES = {
    "套餐变更": "change-plan", "变更套餐": "change-plan", "换套餐": "change-plan", "加包": "add-products",
    "退包": "remove-products", "流量限额": "data-limits", "限额": "data-limits", "停机保号": "suspend",
    "停机": "suspend", "复机": "resume", "挂失": "report-lost", "销户": "terminate", "销号": "terminate",
    "补换卡": "replace-cards", "补卡": "replace-cards", "换卡": "replace-cards",
}  # fmt: skip


@dataclass
class Several:
    """What each kind needs, and which kind each row is."""

    of: dict[str, Any]
    batch_id: int = 0
    date1904: bool = False
    slugs: dict[int, str] = field(default_factory=dict)


def _read_by(slug: str, column: Column) -> Column:
    """The same column, read with what its kind needs; required is asked row by row."""
    read = column.read

    def reader(cell: Cell, reference: Several) -> Reading:
        return read(cell, reference.of[slug])

    options = column.options
    return Column(
        **column.__dict__
        | {
            "read": reader,
            "required": False,
            "default": False,
            "example": "",
            "options": (lambda reference: options(reference.of[slug])) if options else None,
        }
    )


def _reason(cell: Cell, reference: Several) -> Reading:
    """Any reason that one of the kinds knows; whether it belongs to the row's is asked with the row."""
    readings = [
        column.read(cell, reference.of[slug])
        for slug, kind in KINDS.items()
        for column in kind.columns
        if column.field == "reason"
    ]
    return next((reading for reading in readings if reading.value), readings[0])


def _columns() -> tuple[Column, ...]:
    """Each column of each kind once, the kind's choice after those that say which line it is."""
    found = {column.field: column for column in LineChange.columns}
    found["work"] = Column(
        "work", _l("业务"), columns.choice(NAMES), required=True, width=14, example="复机", shown=True, shape="word",
        synonyms=("业务类型", "办理业务", "操作", "Work"), options=_work_options, hint=_l("必填，每行办一项业务"),
    )  # fmt: skip
    for slug, kind in KINDS.items():
        for column in kind.columns:
            if column.field not in found:
                found[column.field] = _read_by(slug, column)
    found["reason"] = Column(**found["reason"].__dict__ | {"read": _reason, "options": None})
    return tuple(found.values())


def _work_options(_reference: Any) -> Sequence[tuple[str, str]]:
    names = {slug: name for name, slug in reversed(NAMES.items())}
    return [(names[slug], str(kind.short)) for slug, kind in KINDS.items()]


class SeveralWorks(UploadKind):
    """What is to be done is said row by row."""

    slug = "several"
    title = _l("一份名单办多种业务")
    short = _l("多种业务")
    lead = _l("每行写明办什么，一次办完")
    icon = "i-layers"
    group = Group.CHANGE
    permission = Permission.LINES_CHANGE
    confirming = (Permission.LINES_SUSPEND, Permission.LINES_TERMINATE)
    repeatable = True
    priced_as = _l("多种业务")
    columns = _columns()
    unique = (
        Unique("msisdn", "E_LINE_TWICE", lambda values: values.get("line")),
        *(one for one in ReplaceCards.unique if one.column != "msisdn"),
    )

    def reference(self) -> Several:
        return Several({slug: kind.reference() for slug, kind in KINDS.items()})

    def look_up(self, rows: list[Row], reference: Several) -> None:
        for slug, kind in KINDS.items():
            theirs = [row for row in rows if row.values.get("work") == slug]
            reference.slugs |= {row.number: slug for row in theirs}
            if theirs:
                kind.look_up(theirs, reference.of[slug])

    def check(self, row: Row, reference: Several) -> Iterable[tuple[str, Found]]:
        kind = KINDS.get(row.values.get("work", ""))
        if kind is None:
            return
        for column in kind.columns:
            if column.required and column.field not in row.values and not _said(row, column.field):
                yield column.field, Found("E_REQUIRED")
        yield from kind.check(row, reference.of[kind.slug])

    def price(self, row: Row, reference: Several) -> Price | None:
        kind = KINDS[row.values["work"]]
        price = kind.price(row, reference.of[kind.slug])
        if price is None:
            return None
        return Price(kind.slug, price.monthly_fen, price.cycle_fen, price.once_fen, price.penalty_fen)

    def apply(self, batch: Any, rows: list[Row]) -> dict[int, Found]:
        bad: dict[int, Found] = {}
        for slug, kind in KINDS.items():
            if theirs := [row for row in rows if row.values["work"] == slug]:
                bad |= kind.apply(batch, theirs)
        return bad

    def outcomes(self, batch: Any, rows: Sequence[Any]) -> dict[int, Outcome]:
        return activation.outcomes(batch, rows)

    def words(self) -> Callable[[str, Any], str]:
        names: Mapping[str, str] = KINDS["change-plan"].price_labels() | KINDS["add-products"].price_labels()
        works = self.price_labels()

        def word(name: str, value: Any) -> str:
            if name in ("plan", "product"):
                return names.get(value, str(value))
            return works.get(value, str(value)) if name == "work" else said(name, value)

        return word

    def price_labels(self) -> dict[str, str]:
        return {slug: str(kind.short) for slug, kind in KINDS.items()}


def _said(row: Row, name: str) -> bool:
    """Whether something is found already in this cell: it was written, and cannot be read."""
    return any(column == name and found.level == "error" for column, found in row.found)
