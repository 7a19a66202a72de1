"""The life of a batch and of its rows."""

from console.core.states import State


class BatchState(State):
    """What a person sees (待修正, 待确认, 部分完成 …) is worked out from this and from the rows, never stored."""

    RECEIVED = "received"
    CHECKING = "checking"
    ASKING = "asking"
    REFUSED = "refused"
    CHECKED = "checked"
    APPROVING = "approving"
    """A second person has still to say yes."""
    SCHEDULED = "scheduled"
    """Confirmed for a later day; until then it can be taken back."""
    RUNNING = "running"
    PAUSED = "paused"
    FINISHED = "finished"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"

    @classmethod
    def moves(cls) -> dict["BatchState", set["BatchState"]]:
        return {
            cls.RECEIVED: {cls.CHECKING, cls.WITHDRAWN},
            cls.CHECKING: {cls.RECEIVED, cls.REFUSED, cls.ASKING, cls.CHECKED, cls.WITHDRAWN},
            # Answered: the file is checked anew.
            cls.ASKING: {cls.RECEIVED, cls.WITHDRAWN, cls.EXPIRED},
            # Back to RECEIVED when its columns are matched otherwise; only as long as nothing was confirmed.
            cls.CHECKED: {
                cls.RECEIVED,
                cls.APPROVING,
                cls.SCHEDULED,
                cls.RUNNING,
                cls.WITHDRAWN,
                cls.EXPIRED,
            },
            # Returned or taken back, the rows can be mended and confirmed anew.
            cls.APPROVING: {cls.CHECKED, cls.SCHEDULED, cls.RUNNING, cls.FINISHED},
            cls.SCHEDULED: {cls.CHECKED, cls.RUNNING},
            cls.RUNNING: {cls.PAUSED, cls.FINISHED},
            cls.PAUSED: {cls.RUNNING, cls.FINISHED},
            # Rows that waited are fixed and confirmed later, in the same batch.
            cls.FINISHED: {cls.APPROVING, cls.SCHEDULED, cls.RUNNING},
        }


class RowState(State):
    """Up to `done` or `ordered`; what became of an order is asked of the order, not copied."""

    WRONG = "wrong"
    READY = "ready"
    CONFIRMED = "confirmed"
    ORDERED = "ordered"
    DONE = "done"
    LEFT_OUT = "left_out"
    UNCHANGED = "unchanged"

    @classmethod
    def moves(cls) -> dict["RowState", set["RowState"]]:
        return {
            # A row that asks for nothing new is never confirmed.
            cls.WRONG: {cls.READY, cls.LEFT_OUT, cls.UNCHANGED},
            cls.READY: {cls.WRONG, cls.CONFIRMED, cls.LEFT_OUT, cls.UNCHANGED},
            # Back to ready when the plan is taken back, left out when the rest is called off.
            cls.CONFIRMED: {cls.ORDERED, cls.DONE, cls.WRONG, cls.READY, cls.LEFT_OUT},
            # An order that failed for a reason in the row gives the row back, to be mended and confirmed anew.
            cls.ORDERED: {cls.WRONG, cls.CONFIRMED},
            cls.LEFT_OUT: {cls.WRONG, cls.READY},
        }


class ApprovalState(State):
    """A question to a second person."""

    ASKED = "asked"
    APPROVED = "approved"
    RETURNED = "returned"
    TAKEN_BACK = "taken_back"
    EXPIRED = "expired"

    @classmethod
    def moves(cls) -> dict["ApprovalState", set["ApprovalState"]]:
        return {cls.ASKED: {cls.APPROVED, cls.RETURNED, cls.TAKEN_BACK, cls.EXPIRED}}


class CorrectionState(State):
    """A repair workbook that came back: it waits, is merged by one worker, and ends merged or refused."""

    RECEIVED = "received"
    MERGING = "merging"
    MERGED = "merged"
    REFUSED = "refused"

    @classmethod
    def moves(cls) -> dict["CorrectionState", set["CorrectionState"]]:
        return {cls.RECEIVED: {cls.MERGING}, cls.MERGING: {cls.MERGED, cls.REFUSED}}
