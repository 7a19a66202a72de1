"""The life of an invoice, and of the form by which one is reversed."""

from console.core.states import State


class InvoiceState(State):
    """`unknown` is neither yes nor no: the platform is asked before anything is sent again."""

    PLACED = "placed"
    """Intended, with its serial; nothing was sent yet."""
    UNKNOWN = "unknown"
    ISSUING = "issuing"
    NEEDS_HUMAN = "needs_human"
    """The platform wants to see a person's face."""
    SIGN_FAILED = "sign_failed"
    ISSUED = "issued"
    FAILED = "failed"
    """Never issued. Another try is another invoice with a serial of its own."""
    PARTLY_RED = "partly_red"
    FULLY_RED = "fully_red"

    @classmethod
    def moves(cls) -> dict["InvoiceState", set["InvoiceState"]]:
        told = {cls.ISSUING, cls.NEEDS_HUMAN, cls.SIGN_FAILED, cls.ISSUED, cls.FAILED}
        return {
            cls.PLACED: told | {cls.UNKNOWN},
            cls.UNKNOWN: told | {cls.PLACED},
            cls.ISSUING: told - {cls.ISSUING},
            cls.NEEDS_HUMAN: told - {cls.NEEDS_HUMAN},
            cls.SIGN_FAILED: {cls.ISSUING, cls.ISSUED},
            cls.ISSUED: {cls.PARTLY_RED, cls.FULLY_RED},
            cls.PARTLY_RED: {cls.FULLY_RED},
        }


class RedState(State):
    """A 红字发票信息确认单: who has to confirm, and within 72 hours."""

    PLACED = "placed"
    UNKNOWN = "unknown"
    WAITING = "waiting"
    """The other side has to confirm."""
    READY = "ready"
    RED_ISSUED = "red_issued"
    FAILED = "failed"
    REJECTED = "rejected"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"

    @classmethod
    def moves(cls) -> dict["RedState", set["RedState"]]:
        told = {cls.WAITING, cls.READY, cls.RED_ISSUED, cls.FAILED}
        ended = {cls.REJECTED, cls.EXPIRED, cls.WITHDRAWN}
        return {
            cls.PLACED: told | {cls.UNKNOWN},
            cls.UNKNOWN: told | {cls.PLACED},
            cls.WAITING: {cls.READY, cls.RED_ISSUED, cls.FAILED} | ended,
            cls.READY: {cls.RED_ISSUED, cls.FAILED},
        }


class AnnouncedState(State):
    """An invoice of which the platform said that somebody else had it issued."""

    WAITING = "waiting"
    """Its file is fetched from the platform."""
    TAKEN = "taken"
    REFUSED = "refused"
    """It was not taken in; the code says why, and it can be tried again."""

    @classmethod
    def moves(cls) -> dict["AnnouncedState", set["AnnouncedState"]]:
        return {cls.WAITING: {cls.TAKEN, cls.REFUSED}, cls.REFUSED: {cls.WAITING}}
