"""The life of a monthly statement."""

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


class QuestionState(State):
    """A question on a charge, until somebody has answered it."""

    ASKED = "asked"
    DISPUTED = "disputed"
    """Put to the operator."""
    SETTLED = "settled"

    @classmethod
    def moves(cls) -> dict["QuestionState", set["QuestionState"]]:
        return {cls.ASKED: {cls.DISPUTED, cls.SETTLED}, cls.DISPUTED: {cls.SETTLED}}
