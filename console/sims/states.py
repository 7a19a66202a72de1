"""The life of a number, a card and a line."""

from console.core.states import State


class NumberState(State):
    """A number that the operator keeps for this company, until it is given back."""

    LOCKED = "locked"
    RESERVED = "reserved"
    ASSIGNED = "assigned"
    LOST = "lost"

    @classmethod
    def moves(cls) -> dict["NumberState", set["NumberState"]]:
        return {
            cls.LOCKED: {cls.RESERVED, cls.LOST},
            cls.RESERVED: {cls.ASSIGNED, cls.LOCKED, cls.LOST},
            cls.ASSIGNED: {cls.LOST},
            # The operator keeps it for us once more.
            cls.LOST: {cls.LOCKED},
        }


class SimState(State):
    IN_STOCK = "in_stock"
    RESERVED = "reserved"
    ASSIGNED = "assigned"
    SCRAPPED = "scrapped"

    @classmethod
    def moves(cls) -> dict["SimState", set["SimState"]]:
        return {
            cls.IN_STOCK: {cls.RESERVED, cls.SCRAPPED},
            cls.RESERVED: {cls.ASSIGNED, cls.IN_STOCK, cls.SCRAPPED},
            cls.ASSIGNED: {cls.SCRAPPED},
        }


class LineState(State):
    """The operator's life cycle of a subscriber; an order that is done is not yet a line that is active."""

    RESERVED = "reserved"
    ASSIGNED = "assigned"
    SHIPPED = "shipped"
    SIGNED = "signed"
    WAIT_FACE = "wait_face"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    TERMINATED = "terminated"
    RELEASED = "released"

    @classmethod
    def moves(cls) -> dict["LineState", set["LineState"]]:
        later = [cls.ASSIGNED, cls.SHIPPED, cls.SIGNED, cls.WAIT_FACE, cls.ACTIVE, cls.SUSPENDED]
        # The operator may report several steps as one, never a step back.
        moves = {
            state: {*later[place + 1 :], cls.TERMINATED, cls.RELEASED} for place, state in enumerate(later)
        }
        return moves | {
            cls.RESERVED: {*later, cls.TERMINATED, cls.RELEASED},
            cls.ACTIVE: {cls.SUSPENDED, cls.TERMINATED},
            cls.SUSPENDED: {cls.ACTIVE, cls.TERMINATED},
        }
