"""Issuing, asking and reversing, as the platform does it. Answers are (code, result) of the 诺诺 interface."""

import json
import sqlite3
import time
from datetime import datetime, timedelta, timezone
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from console.invoices.platform.ledger import Desk

CHINA = timezone(timedelta(hours=8))
OK, MISSING, DUPLICATE, NO_LINES, WRONG_SUM, WRONG_TAX, NO_QUOTA, UNKNOWN = (
    "E0000", "E4000", "E9106", "E9122", "E9130", "E9131", "E9500", "E9301",
)  # fmt: skip
ISSUED, ISSUING, FAILED, SIGN_FAILED = "2", "20", "22", "24"
TAX_TOLERANCE_FEN = 6
CONFIRM_S = 72 * 3600
Answer = tuple[str, Any]


def submit(desk: Desk, order: dict[str, Any]) -> Answer:
    """requestBillingNew: a serial at once, the invoice later. One order number of one seller is one invoice for ever."""
    needed = [
        name
        for name in ("orderNo", "buyerName", "salerTaxNum", "clerk", "invoiceLine")
        if not order.get(name)
    ]
    if needed or len(str(order.get("orderNo"))) > 20:
        return MISSING, f"缺少或错误的字段：{'、'.join(needed) or 'orderNo'}"
    if order["invoiceLine"] == "bs" and not order.get("buyerTaxNum"):
        return MISSING, "专票需要购方税号"
    if _find(desk, order["salerTaxNum"], order["orderNo"]) is not None:
        return DUPLICATE, "订单号已存在"
    lines = order.get("invoiceDetail") or []
    if not lines:
        return NO_LINES, "没有明细"
    wrong = _check(lines)
    if wrong:
        return wrong, "明细金额不符"
    net = sum(_fen(line["taxExcludedAmount"]) for line in lines)
    tax = sum(_fen(line["tax"]) for line in lines)
    quota = desk.setting("quota_fen")
    if quota is not None and _used(desk, order["salerTaxNum"]) + net > quota:
        return NO_QUOTA, "可用授信额度不足"
    return OK, {"invoiceSerialNum": _enter(desk, order, net, tax, "")}


def _check(lines: list[dict[str, Any]]) -> str:
    for line in lines:
        try:
            net, tax, whole = (_fen(line[name]) for name in ("taxExcludedAmount", "tax", "taxIncludedAmount"))
            exact = Decimal(net) * Decimal(str(line["taxRate"]))
        except (KeyError, InvalidOperation):
            return MISSING
        if net + tax != whole:
            return WRONG_SUM
        if abs(exact - tax) > TAX_TOLERANCE_FEN:
            return WRONG_TAX
    return ""


def _enter(desk: Desk, order: dict[str, Any], net: int, tax: int, red_of: str) -> str:
    serial = f"{time.strftime('%y%m%d')}{desk.db.execute('SELECT count(*) AS n FROM invoices').fetchone()['n']:014}"
    desk.db.execute(
        "INSERT INTO invoices (serial, seller, order_no, body, at, ready_at, failed, signing, human, net_fen, tax_fen, red_of) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            serial, order["salerTaxNum"], order["orderNo"], json.dumps(order, ensure_ascii=False), desk.now,
            desk.now + float(desk.setting("delay_s")),
            "购方名称与税号不一致" if not red_of and desk.takes("failing") else None,
            int(not red_of and desk.takes("sign_failing")), int(not red_of and desk.takes("human")), net, tax,
            red_of or None,
        ),
    )  # fmt: skip
    return serial


def ask(desk: Desk, seller: str, serials: list[str], orders: list[str]) -> Answer:
    """queryInvoiceResult, at most 50."""
    rows = [_find(desk, seller, order) for order in orders[:50]]
    rows += [
        desk.db.execute("SELECT * FROM invoices WHERE serial = ?", (one,)).fetchone() for one in serials[:50]
    ]
    return OK, [shown(desk, row) for row in rows if row is not None]


def shown(desk: Desk, row: sqlite3.Row) -> dict[str, Any]:
    row = _progress(desk, row)
    status = _status(desk, row)
    facts = {
        "serialNo": row["serial"], "orderNo": row["order_no"], "status": status,
        "statusMsg": {ISSUED: "开票完成", ISSUING: "开票中", FAILED: "开票失败", SIGN_FAILED: "开票成功签章失败"}[status],
        "failCause": row["failed"] or ("需要开票员人脸认证" if row["human"] else ""),
    }  # fmt: skip
    if row["number"]:
        facts |= {
            "allElectronicInvoiceNumber": row["number"], "invoiceTime": int(row["ready_at"] * 1000),
            "exTaxAmount": _yuan(row["net_fen"]), "taxAmount": _yuan(row["tax_fen"]),
            "orderAmount": _yuan(row["net_fen"] + row["tax_fen"]),
        }  # fmt: skip
    return facts


def _progress(desk: Desk, row: sqlite3.Row) -> sqlite3.Row:
    """Its time has come: it gets its number."""
    if row["number"] or row["failed"] or row["human"] or desk.now < row["ready_at"]:
        return row
    desk.db.execute("UPDATE invoices SET number = ? WHERE id = ?", (f"26990{row['id']:015}", row["id"]))
    found: sqlite3.Row = desk.db.execute("SELECT * FROM invoices WHERE id = ?", (row["id"],)).fetchone()
    return found


def _status(desk: Desk, row: sqlite3.Row) -> str:
    if row["number"]:
        return SIGN_FAILED if row["signing"] else ISSUED
    return FAILED if row["failed"] and desk.now >= row["ready_at"] else ISSUING


def again(desk: Desk, serial: str) -> Answer:
    """reInvoice: of what was signed wrongly; the same serial."""
    row = desk.db.execute("SELECT * FROM invoices WHERE serial = ?", (serial,)).fetchone()
    if row is None:
        return UNKNOWN, "流水号不存在"
    desk.db.execute("UPDATE invoices SET signing = 0 WHERE serial = ?", (serial,))
    return OK, {}


def show_face(desk: Desk) -> None:
    """Somebody stood before the camera: whatever waited for him goes on."""
    desk.db.execute("UPDATE invoices SET human = 0")


def at_the_counter(desk: Desk, order: dict[str, Any]) -> Answer:
    """Issued over the counter: there at once, with an order number of the counter's own."""
    count = desk.db.execute("SELECT count(*) AS n FROM invoices").fetchone()["n"]
    code, result = submit(desk, order | {"orderNo": f"COUNTER{count + 1:09}"})
    if code != OK:
        return code, result
    desk.db.execute(
        "UPDATE invoices SET ready_at = ? WHERE serial = ?", (desk.now, result["invoiceSerialNum"])
    )
    return OK, ask(desk, "", [result["invoiceSerialNum"]], [])[1][0]


def apply_red(desk: Desk, body: dict[str, Any]) -> Answer:
    """saveInvoiceRedConfirm. What the buyer has booked needs his confirmation; what he has not can be reversed whole only."""
    known = desk.db.execute("SELECT bill_id FROM forms WHERE order_no = ?", (body.get("orderNo"),)).fetchone()
    if known:  # sent a second time
        return OK, _form(desk, known["bill_id"])
    blue = desk.db.execute(
        "SELECT * FROM invoices WHERE number = ?", (body.get("blueInvoiceNumber"),)
    ).fetchone()
    if blue is None or blue["red_of"]:
        return UNKNOWN, "蓝票不存在"
    booked, lines = body.get("blueInvoiceBooked") == "1", body.get("detail") or []
    net = (
        sum(_fen(line["taxExcludedAmount"]) for line in lines)
        if lines
        else -(blue["net_fen"] - blue["red_net_fen"])
    )
    tax = sum(_fen(line["tax"]) for line in lines) if lines else -(blue["tax_fen"] - blue["red_tax_fen"])
    if (
        net >= 0
        or -net > blue["net_fen"] - blue["red_net_fen"]
        or -tax > blue["tax_fen"] - blue["red_tax_fen"]
    ):
        return WRONG_SUM, "红冲金额超过蓝票剩余金额"
    if lines and (not booked or body.get("redReason") == "2"):
        return MISSING, "未入账或开票有误只能全额红冲"
    count = desk.db.execute("SELECT count(*) AS n FROM forms").fetchone()["n"]
    bill_id = f"F{count + 1:09}"
    status = "02" if booked else "01"
    kept = json.dumps(body | {"net": net, "tax": tax}, ensure_ascii=False)
    desk.db.execute(
        "INSERT INTO forms (bill_id, bill_no, number, status, body, at, order_no) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            bill_id,
            f"990100{time.strftime('%y%m%d')}{count + 1:08}",
            blue["number"],
            status,
            kept,
            desk.now,
            body.get("orderNo"),
        ),
    )
    return OK, _form(desk, bill_id)


def ask_red(desk: Desk, bill_id: str) -> Answer:
    return OK, _form(desk, bill_id)


def operate_red(desk: Desk, bill_id: str, action: str) -> Answer:
    """confirm, deny or revoke."""
    row = _form_row(desk, bill_id)
    if row is None:
        return UNKNOWN, "确认单不存在"
    new = {("confirm", "02"): "04", ("deny", "02"): "05", ("revoke", "02"): "08"}.get((action, row["status"]))
    if new is None:
        return MISSING, "确认单状态不允许"
    desk.db.execute("UPDATE forms SET status = ? WHERE bill_id = ?", (new, bill_id))
    return OK, _form(desk, bill_id)


def _form_row(desk: Desk, bill_id: str) -> sqlite3.Row | None:
    row: sqlite3.Row | None = desk.db.execute("SELECT * FROM forms WHERE bill_id = ?", (bill_id,)).fetchone()
    if row is not None and row["status"] == "02" and desk.now - row["at"] > CONFIRM_S:
        desk.db.execute("UPDATE forms SET status = '07' WHERE bill_id = ?", (bill_id,))
        row = desk.db.execute("SELECT * FROM forms WHERE bill_id = ?", (bill_id,)).fetchone()
    return row


def _form(desk: Desk, bill_id: str) -> Any:
    row = _form_row(desk, bill_id)
    if row is None:
        return None
    if row["status"] in ("01", "04") and not row["red_number"]:
        row = _issue_red(desk, row)
    return {
        "billId": row["bill_id"], "billNo": row["bill_no"], "billStatus": row["status"],
        "openStatus": "1" if row["red_number"] else "0", "allElectronicInvoiceNumber": row["red_number"],
        "invoiceTime": int(row["at"] * 1000),
    }  # fmt: skip


def _issue_red(desk: Desk, row: sqlite3.Row) -> sqlite3.Row:
    body = json.loads(row["body"])
    blue = desk.db.execute("SELECT * FROM invoices WHERE number = ?", (row["number"],)).fetchone()
    net, tax = body["net"], body["tax"]
    if -net > blue["net_fen"] - blue["red_net_fen"] or -tax > blue["tax_fen"] - blue["red_tax_fen"]:
        desk.db.execute("UPDATE forms SET status = '16' WHERE bill_id = ?", (row["bill_id"],))
    else:
        order = json.loads(blue["body"]) | {"orderNo": f"R{row['bill_id']}", "detail": body.get("detail")}
        serial = _enter(desk, order, net, tax, blue["number"])
        entered = desk.db.execute("SELECT id FROM invoices WHERE serial = ?", (serial,)).fetchone()
        number = f"26990{entered['id']:015}"
        desk.db.execute("UPDATE invoices SET number = ? WHERE serial = ?", (number, serial))
        desk.db.execute(
            "UPDATE invoices SET red_net_fen = red_net_fen - ?, red_tax_fen = red_tax_fen - ? WHERE number = ?",
            (net, tax, blue["number"]),
        )
        desk.db.execute("UPDATE forms SET red_number = ? WHERE bill_id = ?", (number, row["bill_id"]))
    found: sqlite3.Row = desk.db.execute(
        "SELECT * FROM forms WHERE bill_id = ?", (row["bill_id"],)
    ).fetchone()
    return found


def _find(desk: Desk, seller: str, order_no: str) -> sqlite3.Row | None:
    row: sqlite3.Row | None = desk.db.execute(
        "SELECT * FROM invoices WHERE seller = ? AND order_no = ?", (seller, order_no)
    ).fetchone()
    return row


def _used(desk: Desk, seller: str) -> int:
    row = desk.db.execute(
        "SELECT coalesce(sum(net_fen), 0) AS fen FROM invoices WHERE seller = ? AND failed IS NULL", (seller,)
    ).fetchone()
    return int(row["fen"])


def _fen(amount: Any) -> int:
    return int((Decimal(str(amount)) * 100).to_integral_value(ROUND_HALF_UP))


def _yuan(fen: int) -> str:
    return f"{'-' if fen < 0 else ''}{abs(fen) // 100}.{abs(fen) % 100:02}"


def moment(row: sqlite3.Row) -> datetime:
    return datetime.fromtimestamp(row["ready_at"], CHINA)


def verify(desk: Desk) -> dict[str, Any]:
    """What must be true of the platform's books at any moment."""
    broken = [
        dict(row)
        for row in desk.db.execute(
            "SELECT seller, order_no, count(*) AS n FROM invoices GROUP BY seller, order_no HAVING count(*) > 1 "
            "UNION ALL SELECT number, 'more red than blue', red_net_fen FROM invoices "
            "WHERE red_of IS NULL AND red_net_fen > net_fen"
        )
    ]
    counted = desk.db.execute(
        "SELECT count(number) AS n, coalesce(sum(CASE WHEN number IS NOT NULL THEN net_fen + tax_fen END), 0) AS fen FROM invoices"
    ).fetchone()
    return {"ok": not broken, "broken": broken, "issued": counted["n"], "totalFen": counted["fen"]}
