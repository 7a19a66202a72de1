"""The bill of a customer's month: run once after the month has ended, kept, and corrected line by line."""

import json
import sqlite3
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from console.carrier.simulator import catalogue, usage
from console.carrier.simulator.clock import china, rfc3339
from console.carrier.simulator.errors import ApiError
from console.carrier.simulator.ledger import recall
from console.carrier.simulator.simulation import Desk

RUN_DAY = 1
"""Of the month after."""
ITEM_OF_CHARGE = {
    "RENT": ("RENT", "VOICE", "套餐月费（按天）"),
    "PACK": ("RENT", "DATA", "加油包"),
    "CARD": ("OTHER", "GOODS", "SIM 卡费"),
    "SUSPEND": ("RENT", "VOICE", "停机保号费"),
    "PENALTY": ("OTHER", "VOICE", "合约违约金"),
    "REVERSAL": ("DISCOUNT", "VOICE", "业务撤销退费"),
}
THIRD_PARTY_EVERY, DISCOUNT_EVERY = 37, 11
"""Every so manieth line buys something of a third party, or has an old discount of ten yuan."""


@dataclass(frozen=True)
class BillLine:
    key: str
    msisdn: str | None
    item: str
    tax_class: str
    code: str | None
    name: str
    first: date
    last: date
    fen: int
    paid_by: str = "company"


def find(desk: Desk, group_code: str, period: str) -> sqlite3.Row:
    """The bill, run now if nobody asked for it before. Raises ApiError BILL_NOT_READY before the month has ended."""
    try:
        first = date.fromisoformat(f"{period}-01")
    except ValueError as error:
        raise ApiError("INVALID_PARAM", period, "period") from error
    ready = (first + timedelta(days=32)).replace(day=RUN_DAY)
    if china(desk.now).date() < ready:
        raise ApiError("BILL_NOT_READY", period, "period")
    found = desk.db.execute(
        "SELECT * FROM bills WHERE group_code = ? AND period = ?", (group_code, period)
    ).fetchone()
    return found or _run(desk, group_code, period, first)


def _run(desk: Desk, group_code: str, period: str, first: date) -> sqlite3.Row:
    bill_id = f"B{first:%Y%m}-{group_code}"
    desk.db.execute(
        "INSERT INTO bills (bill_id, group_code, period, published_at) VALUES (?, ?, ?, ?)",
        (bill_id, group_code, period, desk.now),
    )
    last = first.replace(day=monthrange(first.year, first.month)[1])
    desk.db.executemany(
        "INSERT INTO bill_lines (bill_id, line_key, version, msisdn, item, tax_class, code, name, first_day, last_day, "
        "fen, paid_by) VALUES (?, ?, 1, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            (bill_id, one.key, one.msisdn, one.item, one.tax_class, one.code, one.name, one.first.isoformat(),
             one.last.isoformat(), one.fen, one.paid_by)
            for one in lines(desk, group_code, first, last)
        ),
    )  # fmt: skip
    found: sqlite3.Row = desk.db.execute("SELECT * FROM bills WHERE bill_id = ?", (bill_id,)).fetchone()
    return found


def lines(desk: Desk, group_code: str, first: date, last: date) -> Iterator[BillLine]:
    """What the month costs: fees of those who had the line when it began, charges inside it, usage beyond the plan."""
    opened_before = recall(desk.db, f"billed from {group_code}") or "9999-12"
    history = f"{first:%Y-%m}" >= opened_before
    for line in desk.db.execute(
        "SELECT * FROM subscribers WHERE group_code = ? AND activated_at IS NOT NULL ORDER BY id",
        (group_code,),
    ).fetchall():
        began = china(line["activated_at"]).date()
        if (began > last and not history) or (line["closed"] and began <= last < first):
            continue
        yield from _of_line(desk, line, first, last, first if history else began)
    yield from _inside(desk, group_code, first, last)
    yield from _of_pools(desk, group_code, first, last)


def _of_pools(desk: Desk, group_code: str, first: date, last: date) -> Iterator[BillLine]:
    """What the members of a pool used beyond their own plans and beyond the pool: one line for the customer."""
    for pool in desk.db.execute(
        "SELECT * FROM pools WHERE group_code = ? ORDER BY pool_id", (group_code,)
    ).fetchall():
        over_kb = sum(taken_from(desk, pool, first, last).values()) - pool["size_mb"] * usage.KB_OF_A_MB
        if over_kb > 0:
            fen = (2 * over_kb * usage.NOTHING.gigabyte_fen + usage.KB_OF_A_GB) // (2 * usage.KB_OF_A_GB)
            key = f"{first:%Y%m}-pool-{pool['pool_id']}"
            yield BillLine(key, None, "DATA", "DATA", pool["pool_id"], "流量池超出流量费", first, last, fen)


def taken_from(desk: Desk, pool: sqlite3.Row, first: date, last: date) -> dict[str, int]:
    """Number of each member → KB of these days that its own plan does not cover."""
    history = f"{first:%Y-%m}" >= (recall(desk.db, f"billed from {pool['group_code']}") or "9999-12")
    found = {}
    for one in desk.db.execute(
        "SELECT * FROM subscribers WHERE group_code = ? AND pool_id = ? AND closed = 0 AND activated_at IS NOT NULL "
        "ORDER BY msisdn",
        (pool["group_code"], pool["pool_id"]),
    ).fetchall():
        begins = first if history else max(first, china(one["activated_at"]).date())
        days = usage.month(desk.seed, one["msisdn"], one["plan"], begins, last) if begins <= last else []
        own = usage.PLANS.get(one["plan"], usage.NOTHING).megabytes * usage.KB_OF_A_MB
        found[one["msisdn"]] = max(0, sum(day.data_kb for day in days) - own)
    return found


def _of_line(desk: Desk, line: sqlite3.Row, first: date, last: date, began: date) -> Iterator[BillLine]:
    number, plan, month = line["msisdn"], line["plan"], f"{first:%Y%m}"
    if began <= first and line["lifecycle"] != "terminated":
        for code in (plan, *json.loads(line["products"])):
            product = catalogue.PRODUCTS.get(code)
            if product is None or not catalogue.is_monthly(code) or not product.fee_fen:
                continue
            item, tax = ("OWN_VAS", "OTHER_VAS") if product.kind == "VAS" else ("RENT", "VOICE")
            yield BillLine(
                f"{month}-{line['id']}-{code}", number, item, tax, code, "月费", first, last, product.fee_fen
            )
    from_day = max(first, began)
    if from_day > last:
        return
    used = usage.month(desk.seed, number, plan, from_day, last)
    share = ((last - from_day).days + 1, last.day)
    over = usage.overage(plan, used, share)
    for item, tax, name, fen in (
        ("DATA", "DATA", "套餐外流量费", over.data_fen),
        ("VOICE", "VOICE", "套餐外语音费", over.voice_fen),
        ("MESSAGES", "MESSAGES", "套餐外短信费", over.messages_fen),
    ):
        if fen and not (
            item == "DATA" and line["pool_id"]
        ):  # what a member uses beyond its plan is the pool's
            yield BillLine(f"{month}-{line['id']}-{item}", number, item, tax, None, name, from_day, last, fen)
    if line["id"] % THIRD_PARTY_EVERY == 5:
        yield BillLine(
            f"{month}-{line['id']}-3P",
            number,
            "THIRD_PARTY",
            "NONE",
            None,
            "第三方视频会员",
            from_day,
            last,
            1500,
            "person",
        )
    if line["id"] % DISCOUNT_EVERY == 3 and began <= first:
        yield BillLine(
            f"{month}-{line['id']}-OLD", number, "DISCOUNT", "VOICE", None, "老客户优惠", first, last, -1000
        )


def _inside(desk: Desk, group_code: str, first: date, last: date) -> Iterator[BillLine]:
    """What was charged at the counter of the day: part of a month, packs, cards, penalties."""
    for row in desk.db.execute(
        "SELECT * FROM charges WHERE group_code = ? ORDER BY id", (group_code,)
    ).fetchall():
        day = china(row["at"]).date()
        if not first <= day <= last or not row["fen"]:
            continue
        item, tax, name = ITEM_OF_CHARGE.get(row["item"], ("OTHER", "VOICE", "其他费用"))
        product = catalogue.PRODUCTS.get(row["code"])
        if row["item"] == "RENT" and product and product.kind == "VAS":
            item, tax = "OWN_VAS", "OTHER_VAS"
        ends = last if row["item"] == "RENT" else day
        yield BillLine(
            f"{first:%Y%m}-c{row['id']}", row["msisdn"], item, tax,
            row["code"] if row["code"] in catalogue.PRODUCTS else None, name, day, ends, row["fen"],
        )  # fmt: skip


def page(desk: Desk, bill_id: str, after: int, limit: int) -> list[sqlite3.Row]:
    return desk.db.execute(
        "SELECT rowid AS place, * FROM bill_lines WHERE bill_id = ? AND rowid > ? ORDER BY rowid LIMIT ?",
        (bill_id, after, limit),
    ).fetchall()


def view(bill: sqlite3.Row, desk: Desk) -> dict[str, Any]:
    counted = desk.db.execute(
        "SELECT count(*) AS n, coalesce(sum(fen), 0) AS fen, coalesce(sum(version), 0) AS versions "
        "FROM bill_lines WHERE bill_id = ?",
        (bill["bill_id"],),
    ).fetchone()
    return {
        "billId": bill["bill_id"],
        "groupCode": bill["group_code"],
        "period": bill["period"],
        "publishedAt": rfc3339(bill["published_at"]),
        "lineCount": counted["n"],
        "totalFen": counted["fen"],
        "revision": counted["versions"],
    }


def line_view(row: sqlite3.Row) -> dict[str, Any]:
    return {
        "lineId": row["line_key"],
        "version": row["version"],
        "msisdn": row["msisdn"],
        "item": row["item"],
        "taxClass": row["tax_class"],
        "code": row["code"],
        "name": row["name"],
        "serviceFrom": row["first_day"],
        "serviceTo": row["last_day"],
        "fen": row["fen"],
        "paidBy": row["paid_by"],
        "prepaid": bool(row["prepaid"]),
    }


def correct(desk: Desk, bill_id: str, line_key: str, fen: int) -> dict[str, Any]:
    """Another amount under the same name and a higher version; 0 for what should never have been there."""
    desk.db.execute(
        "UPDATE bill_lines SET fen = ?, version = version + 1 WHERE bill_id = ? AND line_key = ?",
        (fen, bill_id, line_key),
    )
    row = desk.db.execute(
        "SELECT * FROM bill_lines WHERE bill_id = ? AND line_key = ?", (bill_id, line_key)
    ).fetchone()
    if row is None:
        raise ApiError("NOT_FOUND", line_key, "lineId")
    return line_view(row)


def late(desk: Desk, bill_id: str, msisdn: str, fen: int, name: str) -> dict[str, Any]:
    """A charge that came after the bill was published."""
    bill = desk.db.execute("SELECT * FROM bills WHERE bill_id = ?", (bill_id,)).fetchone()
    if bill is None:
        raise ApiError("NOT_FOUND", bill_id, "billId")
    key = f"{bill['period'].replace('-', '')}-late-{msisdn}-{fen}"
    desk.db.execute(
        "INSERT INTO bill_lines (bill_id, line_key, version, msisdn, item, tax_class, name, first_day, last_day, fen) "
        "VALUES (?, ?, 1, ?, 'DATA', 'DATA', ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        (bill_id, key, msisdn, name, f"{bill['period']}-28", f"{bill['period']}-28", fen),
    )
    return line_view(
        desk.db.execute(
            "SELECT * FROM bill_lines WHERE bill_id = ? AND line_key = ?", (bill_id, key)
        ).fetchone()
    )
