"""The life of a batch and of its rows."""

from console.core.states import State


class BatchState(State):
    """What a person sees (待修正, 待确认, 部分完成 …) is worked out from this and from the rows, never stored."""

    RECEIVED = "received"
    CHECKING = "checking"
    REFUSED = "refused"
    CHECKED = "checked"
    RUNNING = "running"
    FINISHED = "finished"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"

    @classmethod
    def moves(cls) -> dict["BatchState", set["BatchState"]]:
        return {
            cls.RECEIVED: {cls.CHECKING, cls.WITHDRAWN},
            cls.CHECKING: {cls.RECEIVED, cls.REFUSED, cls.CHECKED, cls.WITHDRAWN},
            cls.CHECKED: {cls.RUNNING, cls.WITHDRAWN, cls.EXPIRED},
            cls.RUNNING: {cls.FINISHED},
            # Rows that waited are fixed and confirmed later, in the same batch.
            cls.FINISHED: {cls.RUNNING},
        }


class RowState(State):
    """Up to `done` or `ordered`; what became of an order is asked of the order, not copied."""

    WRONG = "wrong"
    READY = "ready"
    CONFIRMED = "confirmed"
    ORDERED = "ordered"
    DONE = "done"
    LEFT_OUT = "left_out"

    @classmethod
    def moves(cls) -> dict["RowState", set["RowState"]]:
        return {
            cls.WRONG: {cls.READY, cls.LEFT_OUT},
            cls.READY: {cls.WRONG, cls.CONFIRMED, cls.LEFT_OUT},
            cls.CONFIRMED: {cls.ORDERED, cls.DONE, cls.WRONG},
            # An order that failed for a reason in the row gives the row back, to be mended and confirmed anew.
            cls.ORDERED: {cls.WRONG, cls.CONFIRMED},
            cls.LEFT_OUT: {cls.WRONG, cls.READY},
        }
