"""The lives of a monthly statement, and of what people send in and ask about it."""

from console.core.states import State


class StatementState(State):
    """One version of a month's statement. Exactly one version of a month is not restated: the one in force."""

    DRAFT = "draft"
    """The operator's bill is being taken in."""
    OPEN = "open"
    """Complete, and open for questions."""
    CLOSED = "closed"
    """Agreed: vouchers and invoices are made from it."""
    RESTATED = "restated"
    """A later version says it better. It stays readable as it was."""

    @classmethod
    def moves(cls) -> dict["StatementState", set["StatementState"]]:
        return {
            cls.DRAFT: {cls.OPEN},
            cls.OPEN: {cls.CLOSED, cls.RESTATED},
            cls.CLOSED: {cls.RESTATED},
        }


class BillFileState(State):
    """A file with bill lines or usage that somebody sent."""

    RECEIVED = "received"
    """Kept, and waiting to be read."""
    TAKEN = "taken"
    REFUSED = "refused"
    """It says something that cannot be right; nothing of it was taken."""

    @classmethod
    def moves(cls) -> dict["BillFileState", set["BillFileState"]]:
        return {cls.RECEIVED: {cls.TAKEN, cls.REFUSED}}


class QuestionState(State):
    """A question on a charge, until somebody has answered it."""

    ASKED = "asked"
    DISPUTED = "disputed"
    """Put to the operator."""
    SETTLED = "settled"

    @classmethod
    def moves(cls) -> dict["QuestionState", set["QuestionState"]]:
        return {cls.ASKED: {cls.DISPUTED, cls.SETTLED}, cls.DISPUTED: {cls.SETTLED}}


class DetailState(State):
    """A request for somebody's detail records: a second person, the user himself, then the operator."""

    ASKED = "asked"
    """A second person has to agree."""
    CONSENTING = "consenting"
    """The user of the number is asked by the operator."""
    FETCHING = "fetching"
    READY = "ready"
    RETURNED = "returned"
    """The second person said no, or whoever asked took it back."""
    DECLINED = "declined"
    """The user said no, or nothing within 72 hours."""
    FAILED = "failed"
    EXPIRED = "expired"
    """What was fetched is deleted."""

    @classmethod
    def moves(cls) -> dict["DetailState", set["DetailState"]]:
        return {
            cls.ASKED: {cls.CONSENTING, cls.RETURNED},
            cls.CONSENTING: {cls.FETCHING, cls.DECLINED, cls.FAILED, cls.RETURNED},
            cls.FETCHING: {cls.READY, cls.FAILED},
            cls.READY: {cls.EXPIRED},
        }
