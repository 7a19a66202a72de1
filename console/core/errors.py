"""The few errors that are meant for the user: a stable code, values for its sentence, a status.

Everything else that is raised is a bug: it is logged, shown as 500 with a request number, and not caught.
"""

from typing import Any


class ConsoleError(Exception):
    """Something the user can act on; the sentence comes from the message catalogue, in the reader's language."""

    status = 400
    code = "E_REQUEST"

    def __init__(self, code: str | None = None, **values: Any) -> None:
        self.code = code or self.code
        self.values = values
        super().__init__(f"{self.code} {sorted(values)}")


class NotAllowed(ConsoleError):
    """The person's role does not cover what he asked for."""

    status = 403
    code = "E_NOT_ALLOWED"


class NotFound(ConsoleError):
    """No such thing in this company."""

    status = 404
    code = "E_NOT_FOUND"


class Conflict(ConsoleError):
    """The world has moved on since the page was shown."""

    status = 409
    code = "E_CONFLICT"


class WrongState(Conflict):
    """A move that the table of states does not have."""

    code = "E_WRONG_STATE"


class FactorNeeded(ConsoleError):
    """The last one-time code is too old for what was asked."""

    status = 403
    code = "E_FACTOR_NEEDED"


class TooMany(ConsoleError):
    """Too often, too fast."""

    status = 429
    code = "E_TOO_MANY"
