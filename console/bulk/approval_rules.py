"""When a second person has to say yes, and what has changed since the first one did. Pure."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Rule:
    """Applies where everything that it names is so; `kind` '' is any, a limit of None is no limit. Money in 分."""

    id: int
    kind: str = ""
    least_rows: int | None = None
    least_monthly_fen: int | None = None
    least_once_fen: int | None = None
    cost_center: str | None = None
    department: str | None = None


RECOMMENDED = (
    Rule(0, kind="terminate"),
    Rule(0, least_rows=50),
    Rule(0, least_monthly_fen=500_000),
    Rule(0, least_once_fen=100_000),
)
"""For a company that has none: what cannot be taken back, and what is large. Not in force by itself, because a company
with one clerk could not do anything any more."""


@dataclass(frozen=True)
class Wish:
    """What is about to be carried out: rows, money in 分 each month and once (penalties included), who pays."""

    kind: str
    rows: int
    monthly_fen: int
    once_fen: int
    centers: Collection[str] = ()
    departments: Collection[str] = ()


def needed(rules: Sequence[Rule], wish: Wish) -> Rule | None:
    """The first rule that wants a second person; None when the maker's word is enough."""
    return next((rule for rule in rules if _applies(rule, wish)), None)


def _applies(rule: Rule, wish: Wish) -> bool:
    return (
        rule.kind in ("", wish.kind)
        and (rule.least_rows is None or wish.rows >= rule.least_rows)
        and (rule.least_monthly_fen is None or wish.monthly_fen >= rule.least_monthly_fen)
        and (rule.least_once_fen is None or wish.once_fen >= rule.least_once_fen)
        and (rule.cost_center is None or rule.cost_center in wish.centers)
        and (rule.department is None or any(_within(one, rule.department) for one in wish.departments))
    )


def _within(path: str, department: str) -> bool:
    """A department, or one below it: 技术部 has 技术部/研发一组."""
    return path == department or path.startswith(f"{department}/")


Agreed = Mapping[str, Sequence[object]]
"""Row id → [revision, what it is priced as, 分 each month, 分 once, 分 penalty], as the maker confirmed it."""


@dataclass(frozen=True)
class Changed:
    """A row that is not what the maker confirmed; None where it was not there, or is not any more."""

    row_id: int
    before: Sequence[object] | None
    now: Sequence[object] | None


def changed(agreed: Agreed, now: Agreed) -> list[Changed]:
    """In the order of the rows."""
    ids = sorted({*agreed, *now}, key=int)
    return [
        Changed(int(id_), agreed.get(id_), now.get(id_))
        for id_ in ids
        if _plain(agreed.get(id_)) != _plain(now.get(id_))
    ]


def _plain(values: Sequence[object] | None) -> list[object] | None:
    return None if values is None else list(values)
