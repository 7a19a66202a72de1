"""When the operator refuses an order: the state of the line, the person, the money and the products."""

import json
import sqlite3
from dataclasses import dataclass
from typing import Any

from console.carrier.simulator import catalogue, faults, numbers
from console.carrier.simulator.clock import china, month_start
from console.carrier.simulator.errors import ApiError
from console.carrier.simulator.simulation import Desk

_COSTS_MONEY = frozenset({"ACTIVATE", "CHANGE_PLAN", "ADD_PRODUCT", "RESUME", "SUSPEND", "TERMINATE"})
_OPEN = ("acknowledged", "pending", "inProgress", "held", "assessingCancellation", "pendingCancellation")
_PERSONAL = frozenset({"REALNAME_MISMATCH", "ONE_ID_LIMIT", "BLACKLISTED"})
ALLOWED_IN: dict[str, frozenset[str]] = {
    "CHANGE_PLAN": frozenset({"ACTIVE"}),
    "ADD_PRODUCT": frozenset({"ACTIVE"}),
    "REMOVE_PRODUCT": frozenset({"ACTIVE", "SUSPENDED"}),
    "SUSPEND": frozenset({"ACTIVE"}),
    "RESUME": frozenset({"SUSPENDED", "LOST"}),
    "REPORT_LOST": frozenset({"ACTIVE", "SUSPENDED"}),
    "TERMINATE": frozenset({"ACTIVE", "SUSPENDED", "LOST", "RISK_SUSPENDED"}),
}
TYPES = frozenset(ALLOWED_IN) | {"ACTIVATE"}


@dataclass(frozen=True)
class Wish:
    """An order as it was asked for, with the document already turned into its hash."""

    external_id: str
    type: str
    group_code: str
    msisdn: str
    iccid: str
    name: str
    doc_hash: str
    doc_valid_to: str
    products: tuple[dict[str, Any], ...]
    replace_pending: bool

    @property
    def codes(self) -> list[str]:
        return [str(product.get("code", "")) for product in self.products]

    @property
    def main_plan(self) -> str | None:
        return next((code for code in self.codes if catalogue.is_main(code)), None)


def check(desk: Desk, wish: Wish) -> sqlite3.Row | None:
    """Raise ApiError for the first thing in the way; return the line, which an activation has none of."""
    if wish.type in _COSTS_MONEY and in_arrears(desk, wish.group_code):
        raise ApiError("ARREARS_GROUP", wish.group_code, "customer.groupCode")
    activation = wish.type == "ACTIVATE"
    code = faults.magic_refusal(wish.msisdn, activation=activation)
    if code:
        raise ApiError(code, wish.msisdn, "subscriber.msisdn")
    _check_products(wish)
    if activation:
        check_activation(desk, wish)
    line = None if activation else _check_line(desk, wish)
    drawn = faults.drawn_refusal(
        desk.settings, desk.dice(wish.external_id), wish.type, has_card=bool(wish.iccid)
    )
    if drawn:
        raise ApiError(drawn, wish.msisdn, "subscriber.msisdn")
    return line


def in_arrears(desk: Desk, group_code: str) -> bool:
    row = desk.db.execute("SELECT arrears FROM customers WHERE group_code = ?", (group_code,)).fetchone()
    return group_code.endswith("-ARR") or bool(row and row["arrears"])


def check_activation(desk: Desk, wish: Wish) -> None:
    numbers.check_locked_for(desk, wish.msisdn, wish.group_code)
    if wish.iccid:
        numbers.check_card(desk, wish.iccid, wish.msisdn, wish.group_code)
    code = person_problem(desk, wish.doc_hash, wish.name)
    if code:
        raise ApiError(code, field="subscriber.user")
    # Dates in this form compare as text; a document without an end says 长期 and is never smaller.
    if wish.doc_valid_to and wish.doc_valid_to < china(desk.now).date().isoformat():
        raise ApiError("REALNAME_ID_EXPIRED", field="subscriber.user.idValidTo")
    present = set(wish.codes)
    for product in present:
        _check_together(product, present)


def person_problem(desk: Desk, doc_hash: str, name: str) -> str | None:
    person = desk.db.execute("SELECT * FROM people WHERE doc_hash = ?", (doc_hash,)).fetchone()
    if person and person["blacklisted"]:
        return "BLACKLISTED"
    if person and person["name"] and person["name"] != name:
        return "REALNAME_MISMATCH"
    if one_id_count(desk, doc_hash) >= desk.settings.one_id_limit:
        return "ONE_ID_LIMIT"
    return None


def one_id_count(desk: Desk, doc_hash: str) -> int:
    """Lines of one document over all customers, the ones still being opened included."""
    lines = desk.db.execute(
        "SELECT count(*) AS n FROM subscribers WHERE doc_hash = ? AND closed = 0", (doc_hash,)
    ).fetchone()["n"]
    person = desk.db.execute("SELECT other_lines FROM people WHERE doc_hash = ?", (doc_hash,)).fetchone()
    return int(lines) + int(person["other_lines"] if person else 0)


def _check_products(wish: Wish) -> None:
    for position, code in enumerate(wish.codes):
        if code not in catalogue.PRODUCTS:
            raise ApiError("INVALID_PARAM", f"没有产品 {code}", f"products[{position}].code")
    mains = [code for code in wish.codes if catalogue.is_main(code)]
    if len(mains) > 1:
        raise ApiError("PLAN_EXCLUSIVE", "一个号码只能有一个主套餐", "products")
    if wish.type in ("ACTIVATE", "CHANGE_PLAN") and not mains:
        raise ApiError("MISSING_FIELD", "缺少主套餐", "products")
    if wish.type in ("ADD_PRODUCT", "REMOVE_PRODUCT") and not wish.products:
        raise ApiError("MISSING_FIELD", "缺少产品", "products")
    if wish.type == "ADD_PRODUCT" and mains:
        raise ApiError("PLAN_EXCLUSIVE", "主套餐请走套餐变更", "products")


def _check_together(code: str, present: set[str]) -> None:
    if catalogue.missing(code, present):
        raise ApiError(
            "PLAN_DEPENDENCY", f"{code} 需要 {'、'.join(catalogue.missing(code, present))}", "products"
        )
    if catalogue.clashing(code, present):
        raise ApiError(
            "PLAN_EXCLUSIVE", f"{code} 与 {'、'.join(catalogue.clashing(code, present))} 互斥", "products"
        )


def _check_line(desk: Desk, wish: Wish) -> sqlite3.Row:
    line = current_line(desk, wish.msisdn)
    if line is None:
        raise ApiError("NUMBER_NOT_FOUND", wish.msisdn, "subscriber.msisdn")
    if line["group_code"] != wish.group_code:
        raise ApiError("NOT_YOUR_NUMBER", wish.msisdn, "subscriber.msisdn")
    if line["arrears"] and wish.type in _COSTS_MONEY:
        raise ApiError("ARREARS_NUMBER", wish.msisdn, "subscriber.msisdn")
    # Reporting a loss never waits for anything else.
    if wish.type != "REPORT_LOST" and _has_open_order(desk, wish.msisdn):
        raise ApiError("PENDING_CHANGE_EXISTS", f"{wish.msisdn} 有办理中的订单", "subscriber.msisdn")
    _check_lifecycle(wish.type, line)
    present = set(json.loads(line["products"])) | {line["plan"]}
    if wish.type == "CHANGE_PLAN":
        _check_plan_change(desk, wish, line, present)
    if wish.type == "ADD_PRODUCT":
        _check_added(wish, present)
    if wish.type == "REMOVE_PRODUCT":
        _check_removed(wish, present)
    if wish.type == "TERMINATE" and (line["contract_end"] or 0) > desk.now:
        raise ApiError("CONTRACT_LOCK", wish.msisdn)
    return line


def current_line(desk: Desk, msisdn: str) -> sqlite3.Row | None:
    row: sqlite3.Row | None = desk.db.execute(
        "SELECT * FROM subscribers WHERE msisdn = ? AND closed = 0", (msisdn,)
    ).fetchone()
    return row


def _has_open_order(desk: Desk, msisdn: str) -> bool:
    marks = ",".join("?" * len(_OPEN))
    return (
        desk.db.execute(
            f"SELECT 1 FROM orders WHERE msisdn = ? AND state IN ({marks})", (msisdn, *_OPEN)
        ).fetchone()
        is not None
    )


def _check_lifecycle(order_type: str, line: sqlite3.Row) -> None:
    lifecycle = line["lifecycle"]
    if lifecycle in ALLOWED_IN[order_type]:
        return
    if lifecycle == "WAIT_FACE":
        raise ApiError("FACE_REQUIRED", line["msisdn"])
    if lifecycle == "RISK_SUSPENDED":
        raise ApiError("RISK_SUSPENDED", line["msisdn"])
    if lifecycle in ("SUSPENDED", "LOST") and order_type in ("SUSPEND", "REPORT_LOST"):
        raise ApiError("ALREADY_SUSPENDED", line["msisdn"])
    raise ApiError("STATE_NOT_ALLOWED", f"{line['msisdn']} 当前状态 {lifecycle}")


def _check_plan_change(desk: Desk, wish: Wish, line: sqlite3.Row, present: set[str]) -> None:
    new, old = wish.main_plan or "", line["plan"]
    if new == old:
        raise ApiError("ALREADY_SUBSCRIBED", new, "products")
    if line["pending_plan"] and not wish.replace_pending:
        raise ApiError("PENDING_CHANGE_EXISTS", f"已预约变更为 {line['pending_plan']}", "products")
    cheaper = old in catalogue.PRODUCTS and catalogue.PRODUCTS[new].fee_fen < catalogue.PRODUCTS[old].fee_fen
    if cheaper and (line["contract_end"] or 0) > desk.now:
        raise ApiError("CONTRACT_LOCK", "合约期内不可降档", "products")
    if starts_now(wish) and (line["activated_at"] or 0) < month_start(desk.now):
        raise ApiError("PLAN_NOT_ELIGIBLE", "非当月新入网号码只能次月生效", "products")
    _check_together(new, (present - {old}) | set(wish.codes))


def starts_now(wish: Wish) -> bool:
    main = next((product for product in wish.products if product.get("code") == wish.main_plan), {})
    return main.get("effective") == "NOW"


def _check_added(wish: Wish, present: set[str]) -> None:
    for code in wish.codes:
        if code in present and catalogue.PRODUCTS[code].kind not in catalogue.REPEATABLE:
            raise ApiError("ALREADY_SUBSCRIBED", code, "products")
        _check_together(code, present | set(wish.codes))


def _check_removed(wish: Wish, present: set[str]) -> None:
    left = present - set(wish.codes)
    for code in wish.codes:
        if code not in present:
            raise ApiError("STATE_NOT_ALLOWED", f"未订购 {code}", "products")
        if catalogue.is_main(code) or catalogue.dependants(code, left):
            raise ApiError("PLAN_DEPENDENCY", f"{code} 被其他产品依赖", "products")


def checked_person(desk: Desk, doc_hash: str, name: str, msisdn: str) -> str | None:
    """The enquiry before an order; a magic number may be given with it to get its refusal early."""
    code = faults.magic_refusal(msisdn, activation=True) if msisdn else None
    return code if code in _PERSONAL else person_problem(desk, doc_hash, name)
