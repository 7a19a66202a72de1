"""Which products go with which: dependencies, exclusions, places in a pool, short numbers, plan changes."""

import json
import sqlite3
from math import inf
from typing import Any

from console.carrier.simulator import catalogue, lines, scheduling, wishes
from console.carrier.simulator.clock import month_start
from console.carrier.simulator.errors import ApiError
from console.carrier.simulator.kinds import ADDS, REMOVES
from console.carrier.simulator.simulation import Desk
from console.carrier.simulator.wishes import Wish


def check_named(wish: Wish) -> None:
    """What can be said of the products without looking at any line."""
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


def check_all_together(present: set[str]) -> None:
    for code in sorted(present):
        check_together(code, present)


def check_together(code: str, present: set[str]) -> None:
    if catalogue.missing(code, present):
        raise ApiError(
            "PLAN_DEPENDENCY", f"{code} 需要 {'、'.join(catalogue.missing(code, present))}", "products"
        )
    if catalogue.clashing(code, present):
        raise ApiError(
            "PLAN_EXCLUSIVE", f"{code} 与 {'、'.join(catalogue.clashing(code, present))} 互斥", "products"
        )


def present_at(desk: Desk, line: sqlite3.Row, at: float) -> set[str]:
    """The products of the line on that day, by what is ordered until then."""
    present = {line["plan"], *json.loads(line["products"])}
    for order in lines.scheduled(desk, line["id"]):
        before = wishes.of(order)
        if order["effective_at"] > at:
            continue
        if before.type in REMOVES:
            present -= set(before.codes)
        if before.type in ADDS:
            present |= set(before.codes)
        if before.type == "CHANGE_PLAN":
            present = {code for code in present if not catalogue.is_main(code)} | set(before.codes)
    return present


def check_plan_change(desk: Desk, wish: Wish, line: sqlite3.Row, at: int) -> None:
    new = wish.main_plan or ""
    if new == line["plan"]:
        raise ApiError("ALREADY_SUBSCRIBED", new, "products")
    if scheduling.word(wish) == "NOW" and (line["activated_at"] or 0) < month_start(desk.now):
        raise ApiError("PLAN_NOT_ELIGIBLE", "非当月新入网号码只能次月生效", "products")
    for day in (at, inf):
        extras = {code for code in present_at(desk, line, day) if not catalogue.is_main(code)}
        check_together(new, extras | set(wish.codes))


def check_added(desk: Desk, wish: Wish, line: sqlite3.Row, at: int) -> None:
    present = present_at(desk, line, at)
    for code in wish.codes:
        if code in present and catalogue.PRODUCTS[code].kind not in catalogue.REPEATABLE:
            raise ApiError("ALREADY_SUBSCRIBED", code, "products")
        # Also with what is left when everything that waits has been done: a base that goes soon is none.
        for day in (at, inf):
            check_together(code, present_at(desk, line, day) | set(wish.codes))
    if wish.type == "ADD_PRODUCT" and "POOL_MEMBER" in wish.codes:
        raise ApiError("INVALID_PARAM", "加入流量池请用 JOIN_POOL", "products")
    if wish.type == "JOIN_VNET" and wish.short_no and short_number_taken(desk, line, wish.short_no):
        raise ApiError("SHORT_NO_USED", wish.short_no, "vnet.shortNo")


def short_number_taken(desk: Desk, line: sqlite3.Row, short_no: str) -> bool:
    row = desk.db.execute(
        "SELECT 1 FROM subscribers WHERE group_code = ? AND short_no = ? AND closed = 0 AND id <> ?",
        (line["group_code"], short_no, line["id"]),
    ).fetchone()
    return row is not None


def check_pool(desk: Desk, wish: Wish, _line: sqlite3.Row, _at: int) -> None:
    pool = desk.db.execute(
        "SELECT * FROM pools WHERE group_code = ? AND pool_id = ?", (wish.group_code, wish.pool_id)
    ).fetchone()
    if pool is None:
        raise ApiError("PLAN_DEPENDENCY", f"集团没有流量池 {wish.pool_id}", "pool.poolId")
    if members(desk, wish.group_code, wish.pool_id) >= pool["most"]:
        raise ApiError("POOL_FULL", f"{wish.pool_id} 最多 {pool['most']} 个成员", "pool.poolId")


def members(desk: Desk, group_code: str, pool_id: str) -> int:
    """Of today; a place is taken when the line joins."""
    return int(
        desk.db.execute(
            "SELECT count(*) AS n FROM subscribers WHERE group_code = ? AND pool_id = ? AND closed = 0",
            (group_code, pool_id),
        ).fetchone()["n"]
    )


def check_removed(desk: Desk, wish: Wish, line: sqlite3.Row, at: int) -> None:
    present = present_at(desk, line, at)
    left = present - set(wish.codes)
    for code in wish.codes:
        if code not in present:
            raise ApiError("STATE_NOT_ALLOWED", f"未订购 {code}", "products")
        needed_by = catalogue.dependants(code, left)
        if catalogue.is_main(code) or needed_by:
            raise ApiError(
                "PLAN_DEPENDENCY",
                f"{code} 被 {'、'.join(needed_by)} 依赖" if needed_by else "主套餐不能退订",
                "products",
                facts={"dependants": needed_by},
            )


def late_problem(desk: Desk, wish: Wish, line: sqlite3.Row, item: dict[str, Any]) -> str | None:
    """What has come in the way of one item since its order was taken: others came first, or took back theirs."""
    code, short_no = item.get("code", ""), item.get("shortNo")
    if short_no and short_number_taken(desk, line, short_no):
        return "SHORT_NO_USED"
    if wish.type == "JOIN_POOL":
        try:
            check_pool(desk, wish, line, desk.now)
        except ApiError as error:
            return error.code
    present = {line["plan"], *json.loads(line["products"])}
    if wish.type in REMOVES:
        return "PLAN_DEPENDENCY" if catalogue.dependants(code, present - set(wish.codes)) else None
    if wish.type in ADDS or wish.type == "CHANGE_PLAN":
        after = present | set(wish.codes)
        clash = "PLAN_EXCLUSIVE" if catalogue.clashing(code, after) else None
        return "PLAN_DEPENDENCY" if catalogue.missing(code, after) else clash
    return None


def check_leaving_group(wish: Wish, line: sqlite3.Row) -> None:
    """What is sold to members of a group does not go with a number that leaves it."""
    if wish.direction == "FROM_PERSON":
        return
    extras = [code for code in json.loads(line["products"]) if catalogue.PRODUCTS[code].for_members]
    if extras:
        raise ApiError(
            "PLAN_DEPENDENCY", f"先退订 {'、'.join(extras)}", "products", facts={"dependants": extras}
        )
    plan = wish.main_plan or line["plan"]
    if wish.direction == "TO_PERSON" and catalogue.PRODUCTS[plan].for_members:
        raise ApiError("PLAN_NOT_ELIGIBLE", f"{plan} 仅限集团成员，请选个人套餐", "products")
