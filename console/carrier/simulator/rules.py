"""When the operator refuses an order: authority, money, the line's state, its contract, what else is under way."""

import json
import sqlite3
from collections.abc import Callable

from console.carrier.simulator import (
    catalogue,
    charging,
    faults,
    lines,
    numbers,
    persons,
    pricing,
    product_rules,
    quoting,
    scheduling,
    wishes,
)
from console.carrier.simulator.clock import china
from console.carrier.simulator.errors import ApiError
from console.carrier.simulator.kinds import KINDS, stands_in_the_way, why_not_in
from console.carrier.simulator.simulation import Desk
from console.carrier.simulator.wishes import Wish


def check(desk: Desk, wish: Wish, at: int | None, *, by_customer: bool = True) -> sqlite3.Row | None:
    """Raise ApiError for the first thing in the way; return the line, which an activation has none of.

    At is when it is to take effect, None for at once. What the dice and the magic numbers refuse, and money,
    do not concern orders of the operator's own counters.
    """
    if by_customer:
        _check_customer(desk, wish)
        code = faults.magic_refusal(wish.msisdn, wish.type)
        if code:
            raise ApiError(code, wish.msisdn, "subscriber.msisdn")
    product_rules.check_named(wish)
    line = None
    if wish.type == "ACTIVATE":
        _check_activation(desk, wish)
    else:
        line = _check_line(desk, wish, desk.now if at is None else at)
    if by_customer:
        drawn = faults.drawn_refusal(
            desk.settings, desk.dice(wish.external_id), wish.type, has_card=bool(wish.iccid)
        )
        if drawn:
            raise ApiError(drawn, wish.msisdn, "subscriber.msisdn")
        wanted = sum(charge.fen for charge in quoting.quote(wish, line, desk.now if at is None else at))
        charging.check_credit(desk, wish.group_code, wish.type, wanted)
    return line


def _check_customer(desk: Desk, wish: Wish) -> None:
    letter = desk.db.execute(
        "SELECT valid_to FROM authorizations WHERE group_code = ? AND id = ?",
        (wish.group_code, wish.authorization),
    ).fetchone()
    if letter and letter["valid_to"] < china(desk.now).date().isoformat():
        raise ApiError("AUTHORIZATION_EXPIRED", wish.authorization, "customer.authorizationId")
    if KINDS[wish.type].costs and in_arrears(desk, wish.group_code):
        raise ApiError("ARREARS_GROUP", wish.group_code, "customer.groupCode")


def in_arrears(desk: Desk, group_code: str) -> bool:
    row = desk.db.execute("SELECT arrears FROM customers WHERE group_code = ?", (group_code,)).fetchone()
    return group_code.endswith("-ARR") or bool(row and row["arrears"])


def _check_activation(desk: Desk, wish: Wish) -> None:
    numbers.check_locked_for(desk, wish.msisdn, wish.group_code)
    if wish.iccid:
        numbers.check_card(desk, wish.iccid, wish.msisdn, wish.group_code)
    _check_sim_type(desk, wish)
    persons.check(desk, wish)
    product_rules.check_all_together(set(wish.codes))


def _check_line(desk: Desk, wish: Wish, at: int) -> sqlite3.Row:
    line = lines.current(desk, wish.msisdn)
    if line is None:
        raise ApiError("NUMBER_NOT_FOUND", wish.msisdn, "subscriber.msisdn")
    # A number that a person brings in belongs to nobody's group until then.
    owner = "" if wish.direction == "FROM_PERSON" else wish.group_code
    if line["group_code"] != owner:
        raise ApiError("NOT_YOUR_NUMBER", wish.msisdn, "subscriber.msisdn")
    if line["arrears"] and KINDS[wish.type].costs:
        raise ApiError("ARREARS_NUMBER", wish.msisdn, "subscriber.msisdn")
    _check_one_at_a_time(desk, wish, line)
    refusal = why_not_in(wish.type, line["lifecycle"], line["suspended_for"] or "", wish.msisdn)
    if refusal:
        raise refusal
    for rule in _OWN_RULES.get(wish.type, ()):
        rule(desk, wish, line, at)
    return line


def _check_one_at_a_time(desk: Desk, wish: Wish, line: sqlite3.Row) -> None:
    if KINDS[wish.type].waits and lines.under_way(desk, line["id"]):
        raise ApiError("PENDING_CHANGE_EXISTS", f"{wish.msisdn} 有办理中的订单", "subscriber.msisdn")
    for order in lines.scheduled(desk, line["id"]):
        before = wishes.of(order)
        replaced = wish.replace_pending and (wish.type, before.type) == ("CHANGE_PLAN", "CHANGE_PLAN")
        if not replaced and stands_in_the_way(before.type, set(before.codes), wish.type, set(wish.codes)):
            named = before.main_plan or before.type
            raise ApiError(
                "PENDING_CHANGE_EXISTS", f"已预约 {named}", "products" if wish.products else "type"
            )


def _check_plan(desk: Desk, wish: Wish, line: sqlite3.Row, at: int) -> None:
    product_rules.check_plan_change(desk, wish, line, at)
    new, old = catalogue.PRODUCTS[wish.main_plan or ""], catalogue.PRODUCTS[line["plan"]]
    if scheduling.word(wish) == "NOW" and new.fee_fen < old.fee_fen:
        raise ApiError("PLAN_NOT_ELIGIBLE", "降档只能次月生效", "products")
    _check_penalty(wish, line, new.fee_fen, at)


def _check_penalty(wish: Wish, line: sqlite3.Row, new_fee: int, at: int) -> None:
    """Out of a contract only for its penalty, and only when exactly this penalty was accepted."""
    old_fee = catalogue.PRODUCTS[line["plan"]].fee_fen
    penalty = pricing.penalty_fen(old_fee, new_fee, line["contract_end"], at)
    if penalty and wish.accepted_penalty_fen != penalty:
        raise ApiError(
            "CONTRACT_LOCK",
            f"合约期内办理需违约金 {penalty / 100:.2f} 元",
            "acceptedPenaltyFen",
            facts={"penaltyFen": penalty},
        )


def _check_end(desk: Desk, wish: Wish, line: sqlite3.Row, at: int) -> None:
    rest_ms = desk.settings.terminate_after_transfer_s * 1000
    if line["transferred_at"] and line["transferred_at"] + rest_ms > at:
        raise ApiError("STATE_NOT_ALLOWED", "过户未满 30 天不可销户", "subscriber.msisdn")
    if "POOL_MEMBER" in json.loads(line["products"]):
        raise ApiError("PLAN_DEPENDENCY", "先退出流量池", "products")
    _check_penalty(wish, line, 0, at)


def _check_suspension(desk: Desk, wish: Wish, _line: sqlite3.Row, at: int) -> None:
    scheduling.suspended_until(desk.settings, wish, at)


def _check_new_card(desk: Desk, wish: Wish, line: sqlite3.Row, _at: int) -> None:
    if wish.reason == "LOST" and line["lifecycle"] == "ACTIVE":
        raise ApiError("STATE_NOT_ALLOWED", "先挂失再补卡", "reason")
    if wish.iccid:
        numbers.check_card(desk, wish.iccid, wish.msisdn, wish.group_code)
    _check_sim_type(desk, wish)


def _check_sim_type(desk: Desk, wish: Wish) -> None:
    if wish.sim_type == wishes.ESIM and not desk.settings.esim_offered:
        raise ApiError("PLAN_NOT_ELIGIBLE", "本地暂未开放 eSIM", "subscriber.simType")


def _check_new_user(desk: Desk, wish: Wish, line: sqlite3.Row, _at: int) -> None:
    if wish.doc_hash == line["doc_hash"]:
        raise ApiError("ALREADY_SUBSCRIBED", "使用人未变", "subscriber.user")
    persons.check(desk, wish)


def _check_transfer(desk: Desk, wish: Wish, line: sqlite3.Row, at: int) -> None:
    age_ms = desk.settings.transfer_min_age_s * 1000
    if (line["activated_at"] or at) + age_ms > at:
        raise ApiError("TRANSFER_TOO_NEW", wish.msisdn, "subscriber.msisdn")
    if (line["contract_end"] or 0) > at:
        raise ApiError("CONTRACT_LOCK", "合约期内不可过户", "subscriber.msisdn")
    if wish.to_group == wish.group_code:
        raise ApiError("INVALID_PARAM", "号码已在本集团", "transfer.toGroupCode")
    if wish.to_group and in_arrears(desk, wish.to_group):
        raise ApiError("ARREARS_GROUP", wish.to_group, "transfer.toGroupCode")
    if wish.doc_hash != line["doc_hash"]:
        persons.check(desk, wish)
    product_rules.check_leaving_group(wish, line)


def _check_limit(_desk: Desk, wish: Wish, line: sqlite3.Row, _at: int) -> None:
    if wish.type == "CLEAR_DATA_LIMIT":
        if line["limit_mb"] is None:
            raise ApiError("STATE_NOT_ALLOWED", "未设置流量限额", "dataLimit")
        return
    if (line["limit_mb"], line["limit_action"]) == (wish.limit_mb, wish.limit_action):
        raise ApiError("ALREADY_SUBSCRIBED", "流量限额未变", "dataLimit")


_Rule = Callable[[Desk, Wish, sqlite3.Row, int], None]
_OWN_RULES: dict[str, tuple[_Rule, ...]] = {
    "CHANGE_PLAN": (_check_plan,),
    "ADD_PRODUCT": (product_rules.check_added,),
    "JOIN_VNET": (product_rules.check_added,),
    "JOIN_POOL": (product_rules.check_pool, product_rules.check_added),
    "ROAMING_ON": (product_rules.check_added,),
    "REMOVE_PRODUCT": (product_rules.check_removed,),
    "LEAVE_VNET": (product_rules.check_removed,),
    "LEAVE_POOL": (product_rules.check_removed,),
    "SUSPEND": (_check_suspension,),
    "REPLACE_SIM": (_check_new_card,),
    "CHANGE_USER": (_check_new_user,),
    "TRANSFER": (_check_transfer,),
    "TERMINATE": (_check_end,),
    "SET_DATA_LIMIT": (_check_limit,),
    "CLEAR_DATA_LIMIT": (_check_limit,),
}
