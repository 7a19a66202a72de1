"""The answer of every identifier rule."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Verdict:
    """`reason` is a code: `OK…`, or why not. `normalized` is what to store and to compare."""

    valid: bool
    reason: str
    normalized: str
    detail: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    """What normalisation changed, for the list of automatic corrections."""
    review: bool = False
    """The rule cannot refuse this alone: a person decides."""

    @property
    def disposition(self) -> str:
        if self.valid:
            return "accept"
        return "review" if self.review else "reject"
