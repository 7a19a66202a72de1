"""The life of an order, from our intent to the operator's last word."""

from console.core.states import State


class OrderState(State):
    """`unknown` is not a failure: the call was made and no answer came, so the operator is asked."""

    PLACED = "placed"
    SENDING = "sending"
    UNKNOWN = "unknown"
    ACCEPTED = "accepted"
    DONE = "done"
    FAILED = "failed"
    ATTENTION = "attention"
    REVERSED = "reversed"
    CANCELLED = "cancelled"

    @classmethod
    def moves(cls) -> dict["OrderState", set["OrderState"]]:
        heard = {cls.ACCEPTED, cls.CANCELLED, cls.DONE, cls.FAILED, cls.REVERSED}
        return {
            cls.PLACED: {cls.SENDING, cls.ATTENTION, cls.CANCELLED, *heard},
            cls.SENDING: {cls.PLACED, cls.UNKNOWN, cls.ATTENTION, *heard},
            cls.UNKNOWN: {cls.SENDING, cls.PLACED, cls.ATTENTION, *heard},
            cls.ACCEPTED: {cls.CANCELLED, cls.DONE, cls.FAILED, cls.REVERSED},
            cls.ATTENTION: {cls.PLACED, *heard},
            cls.DONE: {cls.REVERSED},
        }

    @classmethod
    def over(cls) -> tuple["OrderState", ...]:
        """Nothing more is expected of these."""
        return cls.DONE, cls.FAILED, cls.REVERSED, cls.CANCELLED

    @classmethod
    def open(cls) -> list[str]:
        """An order in one of these keeps its batch running."""
        return [cls.PLACED.value, cls.SENDING.value, cls.UNKNOWN.value, cls.ACCEPTED.value]
