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
            # Terminated, and in the operator's quarantine.
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
            # At once, when a counter hands it over.
            cls.IN_STOCK: {cls.RESERVED, cls.ASSIGNED, cls.SCRAPPED},
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
    LOST = "lost"
    """Reported lost: nobody can use it until it is back or has a new card."""
    RISK_SUSPENDED = "risk_suspended"
    """The operator doubts who uses it; only a second verification ends that."""
    TERMINATED = "terminated"
    RELEASED = "released"

    @classmethod
    def moves(cls) -> dict["LineState", set["LineState"]]:
        in_use = [cls.ACTIVE, cls.SUSPENDED, cls.LOST, cls.RISK_SUSPENDED]
        opening = [cls.RESERVED, cls.ASSIGNED, cls.SHIPPED, cls.SIGNED, cls.WAIT_FACE]
        # The operator may report several steps as one. Back to the face leads only a new user of a line in use.
        moves = {
            state: {*opening[place + 1 :], *in_use, cls.TERMINATED, cls.RELEASED}
            for place, state in enumerate(opening)
        }
        return moves | {state: {*in_use, cls.WAIT_FACE, cls.TERMINATED} - {state} for state in in_use}
