"""What may be ordered: in which life cycle, for which moment, whether it costs money or needs a face."""

from dataclasses import dataclass

from console.carrier.simulator.errors import ApiError

NOW, NEXT_CYCLE = "NOW", "NEXT_CYCLE"
_ACTIVE = frozenset({"ACTIVE"})
_IN_USE = frozenset({"ACTIVE", "SUSPENDED", "LOST"})
_AT_ONCE, _LATER, _EITHER = frozenset({NOW}), frozenset({NEXT_CYCLE}), frozenset({NOW, NEXT_CYCLE})


@dataclass(frozen=True)
class Kind:
    """Allowed is asked when the order comes, carried_out when its moment has come; time passes between them."""

    subject: str
    allowed: frozenset[str]
    carried_out: frozenset[str]
    when: frozenset[str] = _AT_ONCE
    # Without one it depends on the products.
    default: str | None = NOW
    costs: bool = False
    new_user: bool = False
    # The person shows his face before it is carried out.
    face: bool = False
    # Reporting a loss never waits for anything else.
    waits: bool = True


KINDS: dict[str, Kind] = {
    "ACTIVATE": Kind("line", frozenset(), frozenset(), _EITHER, costs=True, new_user=True),
    "CHANGE_PLAN": Kind("plan", _ACTIVE, _IN_USE, _EITHER, NEXT_CYCLE, costs=True),
    "ADD_PRODUCT": Kind("product", _ACTIVE, _IN_USE, _EITHER, None, costs=True),
    "REMOVE_PRODUCT": Kind("product", frozenset({"ACTIVE", "SUSPENDED"}), _IN_USE, _LATER, NEXT_CYCLE),
    "JOIN_VNET": Kind("product", _ACTIVE, _IN_USE, _EITHER, costs=True),
    "LEAVE_VNET": Kind("product", _IN_USE, _IN_USE, _LATER, NEXT_CYCLE),
    "JOIN_POOL": Kind("product", _ACTIVE, _IN_USE, _EITHER, costs=True),
    "LEAVE_POOL": Kind("product", _IN_USE, _IN_USE, _LATER, NEXT_CYCLE),
    "ROAMING_ON": Kind("product", _ACTIVE, _IN_USE, costs=True),
    "SUSPEND": Kind("state", _ACTIVE, _ACTIVE, costs=True),
    "RESUME": Kind("state", frozenset({"SUSPENDED", "LOST"}), frozenset({"SUSPENDED", "LOST"}), costs=True),
    "REPORT_LOST": Kind(
        "loss", frozenset({"ACTIVE", "SUSPENDED"}), frozenset({"ACTIVE", "SUSPENDED"}), waits=False
    ),
    "REPLACE_SIM": Kind("card", _IN_USE, _IN_USE, costs=True, face=True),
    "CHANGE_USER": Kind("user", _IN_USE, _IN_USE, new_user=True),
    "TRANSFER": Kind("line", _ACTIVE, _ACTIVE, _EITHER, costs=True, new_user=True, face=True),
    "TERMINATE": Kind(
        "line", _IN_USE | {"RISK_SUSPENDED"}, _IN_USE | {"RISK_SUSPENDED"}, _EITHER, NEXT_CYCLE, costs=True
    ),
    "SET_DATA_LIMIT": Kind("limit", _IN_USE, _IN_USE, _EITHER),
    "CLEAR_DATA_LIMIT": Kind("limit", _IN_USE, _IN_USE, _EITHER),
}
# What an order does to products, whatever it is called.
ADDS = frozenset({"ADD_PRODUCT", "JOIN_VNET", "JOIN_POOL", "ROAMING_ON"})
REMOVES = frozenset({"REMOVE_PRODUCT", "LEAVE_VNET", "LEAVE_POOL"})
# Taken back after the fact when risk control finds that the person was not the person.
REVERSIBLE = frozenset({"ACTIVATE", "REPLACE_SIM", "CHANGE_USER"})
# Still possible for a line that is about to be closed or to be somebody else's.
_ON_A_LEAVING_LINE = frozenset({"REPORT_LOST", "SUSPEND", "RESUME"})


def stands_in_the_way(waiting: str, waiting_codes: set[str], new: str, new_codes: set[str]) -> bool:
    """Whether an order that waits for its day keeps a new one for the same line from being taken."""
    if new in _ON_A_LEAVING_LINE:
        return waiting == new
    if "line" in (KINDS[waiting].subject, KINDS[new].subject):
        return True
    if KINDS[waiting].subject != KINDS[new].subject:
        return False
    return KINDS[new].subject != "product" or bool(waiting_codes & new_codes)


def why_not_in(order_type: str, lifecycle: str, reason: str, msisdn: str) -> ApiError | None:
    """The refusal that belongs to a life cycle in which this is not done, or None. Reason is the suspension's."""
    if lifecycle not in KINDS[order_type].allowed:
        return ApiError(
            _refusal(order_type, lifecycle), f"{msisdn} 当前状态 {lifecycle}", "subscriber.msisdn"
        )
    if order_type == "RESUME" and lifecycle == "SUSPENDED" and reason in _ENDED_BY_OTHERS:
        return ApiError(_ENDED_BY_OTHERS[reason], msisdn, "subscriber.msisdn")
    return None


_ENDED_BY_OTHERS = {"ARREARS": "ARREARS_NUMBER", "FACE": "FACE_REQUIRED"}


def _refusal(order_type: str, lifecycle: str) -> str:
    if lifecycle == "WAIT_FACE":
        return "FACE_REQUIRED"
    if lifecycle == "RISK_SUSPENDED":
        return "RISK_SUSPENDED"
    suspended = lifecycle in ("SUSPENDED", "LOST") and order_type in ("SUSPEND", "REPORT_LOST")
    return "ALREADY_SUSPENDED" if suspended else "STATE_NOT_ALLOWED"
