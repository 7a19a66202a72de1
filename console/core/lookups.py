"""Looking up many keys at once, however many there are."""

from collections.abc import Collection, Iterator
from typing import Any

from console.core.db import session

LONGEST_LIST = 1_000
"""Above it, reading the company's whole table costs less than writing, sending and parsing the list of keys."""


def rows(wanted: Any, column: Any, keys: Collection[Any]) -> Iterator[Any]:
    """The rows of a SELECT whose `column`, which comes first in it, is one of `keys`. One query.

    Not for sealed columns: rows that are not wanted may be read too.
    """
    if not keys:
        return
    if len(keys) <= LONGEST_LIST:
        yield from session.execute(wanted.where(column.in_(keys)))
        return
    looked_for = keys if isinstance(keys, (set, frozenset, dict)) else set(keys)
    for row in session.execute(wanted.where(column.is_not(None))):
        if row[0] in looked_for:
            yield row


def few(wanted: Any, column: Any, keys: Collection[Any]) -> Iterator[Any]:
    """The same rows by as many short lists of keys as it takes, for one page of many: the table is not read again for each.

    For columns with an index.
    """
    for part in portions(keys):
        yield from session.execute(wanted.where(column.in_(part)))


def portions(keys: Collection[Any]) -> Iterator[list[Any]]:
    """Short lists of keys: a statement of PostgreSQL's has at most 65,535 values."""
    every = list(keys)
    for start in range(0, len(every), LONGEST_LIST):
        yield every[start : start + LONGEST_LIST]
