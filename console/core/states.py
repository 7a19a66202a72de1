"""States that move only along one table, and of two movers only one wins.

A state column is guarded three times: assignment checks the table, the column is the version column (so each
UPDATE says WHERE state = <what was read>), and the database has a CHECK on the values.
"""

from enum import StrEnum
from typing import Any

from sqlalchemy import String, event
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.orm.attributes import NO_VALUE
from sqlalchemy.schema import CheckConstraint

from console.core.errors import WrongState


class State(StrEnum):
    """A subclass lists its states, the first one to begin with, and `moves()` tells where each may go."""

    @classmethod
    def moves(cls) -> dict[Any, set[Any]]:
        raise TypeError(f"{cls.__name__} has no table of moves")

    @classmethod
    def first(cls) -> "State":
        return next(iter(cls))

    def can_become(self, other: str) -> bool:
        return other in self.moves().get(self, set())

    @property
    def final(self) -> bool:
        return not self.moves().get(self)

    @classmethod
    def came_from(cls, target: str) -> list[str]:
        """The states that may become `target`: the WHERE clause of a bulk move."""
        return [state.value for state in cls if state.can_become(target)]

    @classmethod
    def diagram(cls) -> str:
        """For docs/states.md, in Mermaid."""
        lines = ["stateDiagram-v2", f"    [*] --> {cls.first().value}"]
        lines += [f"    {state} --> {to}" for state in cls for to in sorted(cls.moves().get(state, ()))]
        return "\n".join(lines)


def state_column(states: type[State], **options: Any) -> Mapped[str]:
    return mapped_column(String(20), default=states.first().value, nullable=False, **options)


def state_check(states: type[State], column: str = "state") -> CheckConstraint:
    values = ", ".join(f"'{state.value}'" for state in states)
    return CheckConstraint(f"{column} in ({values})", name=f"{column}_known")


def guard(attribute: Any, states: type[State]) -> None:
    """Refuse an assignment that the table does not have. The value is kept as plain text."""

    # active_history: of a row that must be read again the old state is loaded, not taken for unknown.
    @event.listens_for(attribute, "set", retval=True, propagate=True, active_history=True)
    def check(target: Any, value: str, old: Any, _initiator: Any) -> str:
        new = states(value)
        if old is None or old is NO_VALUE or old == new.value:
            return new.value
        if not states(old).can_become(new):
            raise WrongState(thing=type(target).__name__, old=str(old), new=new.value)
        return new.value
