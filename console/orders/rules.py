"""What an answer of the operator means for an order. Pure; the codes are the operator's (gateway contract 5.4)."""

import random
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from console.orders.states import OrderState

MOST_TRIES = 8
MOST_BUSY = 120
"""Certainly not taken, at most once a minute: some two hours of maintenance pass without a person."""
LONGEST_WAIT = 60
ASK_AGAIN = timedelta(seconds=10)
"""An order that the operator does not know is asked about once more after this, then sent again."""


class Kind(StrEnum):
    """What kind of answer came."""

    VIEW = "view"
    """The operator knows the order and says where it stands."""
    REFUSED = "refused"
    """It will not do it; nothing was changed."""
    BUSY = "busy"
    """Certainly not taken: again later."""
    DOUBT = "doubt"
    """No answer, or one that says nothing: it may have been taken."""
    NEVER_HEARD = "never heard"
    """Asked about, and not known."""


@dataclass(frozen=True)
class View:
    """The operator's own picture of an order; a higher sequence is younger."""

    state: str
    sequence: int = 0
    operator_id: str | None = None
    error_code: str | None = None
    lifecycle: str | None = None
    lifecycle_sequence: int = 0
    """Counted for each number, apart from the order's own sequence."""
    reversal: bool = False
    """It was completed and then taken back, which we may hear of without having heard of the completion."""


@dataclass(frozen=True)
class Answer:
    kind: Kind
    view: View | None = None
    code: str | None = None
    retry_after: float | None = None


class Remedy(StrEnum):
    """What a person can do about a refusal."""

    AGAIN = "again"
    """Press retry: another number or card is taken."""
    MEND = "mend"
    """Something in the row has to be changed first."""
    ASK = "ask"
    """Neither: pay, wait, or talk to the operator."""


REMEDIES = {
    "NUMBER_OCCUPIED": Remedy.AGAIN,
    "NUMBER_LOCK_EXPIRED": Remedy.AGAIN,
    "NUMBER_RESTRICTED": Remedy.AGAIN,
    "ICCID_USED": Remedy.AGAIN,
    "ICCID_NUMBER_MISMATCH": Remedy.AGAIN,
    "ICCID_SCRAPPED": Remedy.AGAIN,
    "REALNAME_SOURCE_UNAVAILABLE": Remedy.AGAIN,
    "REALNAME_MISMATCH": Remedy.MEND,
    "REALNAME_ID_NOT_FOUND": Remedy.MEND,
    "REALNAME_ID_EXPIRED": Remedy.MEND,
    "ONE_ID_LIMIT": Remedy.MEND,
    "BLACKLISTED": Remedy.MEND,
    "CUSTOMER_PUNISHED": Remedy.MEND,
    "PLAN_NOT_ELIGIBLE": Remedy.MEND,
    "PLAN_EXCLUSIVE": Remedy.MEND,
    "PLAN_DEPENDENCY": Remedy.MEND,
    "SHORT_NO_USED": Remedy.MEND,
    "PENDING_CHANGE_EXISTS": Remedy.AGAIN,
    "ARREARS_GROUP": Remedy.AGAIN,
    "ARREARS_NUMBER": Remedy.AGAIN,
    "AUTHORIZATION_EXPIRED": Remedy.AGAIN,
    "INVALID_PARAM": Remedy.MEND,
    "MISSING_FIELD": Remedy.MEND,
}
NUMBER_IS_GONE = {"NUMBER_OCCUPIED", "NUMBER_LOCK_EXPIRED", "NUMBER_RESTRICTED"}
SIM_IS_GONE = {"ICCID_USED", "ICCID_NUMBER_MISMATCH", "ICCID_SCRAPPED"}
AS_GOOD_AS_DONE = {"ALREADY_SUBSCRIBED", "ALREADY_SUSPENDED"}

ENDS_FOR_ALL = ("ARREARS_GROUP", "AUTHORIZATION_EXPIRED", "APP_FORBIDDEN")
"""Every further order of the company would be refused for the same (gateway contract, client rule 6)."""
STRANGERS = ("REALNAME_MISMATCH", "REALNAME_ID_NOT_FOUND")
FIRST, MOST_STRANGERS = 20, 6
"""More than 30 % of the first twenty: the columns of the file are probably shifted."""
SHIFTED = "SHIFTED"
TELLING = (*ENDS_FOR_ALL, *STRANGERS)

_HEARD = {
    "acknowledged": OrderState.ACCEPTED,
    "pending": OrderState.ACCEPTED,
    "inProgress": OrderState.ACCEPTED,
    "held": OrderState.ACCEPTED,
    "assessingCancellation": OrderState.ACCEPTED,
    "pendingCancellation": OrderState.ACCEPTED,
    "completed": OrderState.DONE,
    "partial": OrderState.DONE,
    "rejected": OrderState.FAILED,
    "failed": OrderState.FAILED,
    "cancelled": OrderState.CANCELLED,
}


def ends_for_all(codes: Collection[str]) -> str | None:
    """The failure among these that every further order would meet as well."""
    return next((code for code in ENDS_FOR_ALL if code in codes), None)


def looks_shifted(first: Sequence[str | None]) -> str | None:
    """SHIFTED when too many of the first orders name people whom nobody knows; None is an order that went well."""
    return SHIFTED if sum(code in STRANGERS for code in first[:FIRST]) > MOST_STRANGERS else None


class Bar(StrEnum):
    """Why nothing can be ordered for a company, as the code of the refusal."""

    ARREARS = "E_ARREARS"
    LETTER_EXPIRED = "E_LETTER_EXPIRED"


def barred(*, arrears: bool, letter_until: date | None, spends: bool, today: date) -> Bar | None:
    """What the operator would refuse (its ARREARS_GROUP and AUTHORIZATION_EXPIRED): arrears stop what costs money,
    an expired letter of authorisation stops whatever is new. The last day of the letter still counts.
    """
    if letter_until is not None and letter_until < today:
        return Bar.LETTER_EXPIRED
    return Bar.ARREARS if arrears and spends else None


def remedy(code: str | None) -> Remedy:
    return REMEDIES.get(code or "", Remedy.ASK)


def heard(ours: OrderState, our_sequence: int, view: View) -> OrderState | None:
    """Our next state after what the operator said; None when it is old news or would be a step back.

    A final state is left by one thing only: the reversal of a completed order.
    """
    if view.sequence and view.sequence <= our_sequence:
        return None
    said = _HEARD.get(view.state)
    if said is None:
        return None
    if said is OrderState.FAILED and (view.reversal or ours is OrderState.DONE):
        said = OrderState.REVERSED
    return said if ours.can_become(said) else None


def agrees(ours: OrderState, theirs: str) -> bool:
    """Whether our state is what the operator's state means."""
    said = _HEARD.get(theirs)
    return ours is said or (ours is OrderState.REVERSED and said is OrderState.FAILED)


@dataclass(frozen=True)
class Next:
    """What to write after an answer to a call: the state, when to try again, and the count of questions asked."""

    state: OrderState
    wait: timedelta = timedelta()
    asked: int = 0
    code: str | None = None


def after_answer(answer: Answer, attempts: int, asked: int, *, asking: bool) -> Next:
    """For every answer but a VIEW, to an order or, if `asking`, to the question what became of it.

    Never failed on silence, never resent before the operator was asked twice.
    """
    if answer.kind is Kind.REFUSED:
        done = answer.code in AS_GOOD_AS_DONE
        return Next(OrderState.DONE if done else OrderState.FAILED, code=None if done else answer.code)
    if attempts >= (MOST_BUSY if answer.kind is Kind.BUSY else MOST_TRIES):
        return Next(OrderState.ATTENTION, code=answer.code or "NO_ANSWER")
    if answer.kind is Kind.BUSY:
        again = OrderState.UNKNOWN if asking else OrderState.PLACED
        return Next(again, _wait(attempts, answer.retry_after), asked)
    if answer.kind is Kind.NEVER_HEARD:
        if asked:
            return Next(OrderState.PLACED, timedelta(), 0)
        return Next(OrderState.UNKNOWN, ASK_AGAIN, 1)
    return Next(OrderState.UNKNOWN, _wait(attempts, answer.retry_after), asked)


def _wait(attempts: int, told: float | None) -> timedelta:
    """Full jitter on 1, 2, 4 … 60 seconds, never before the operator's own Retry-After."""
    longest = min(2 ** max(attempts - 1, 0), LONGEST_WAIT)
    return timedelta(seconds=max(told or 0, random.uniform(0.2, longest)))
