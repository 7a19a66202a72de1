"""Detail records (详单): the user's own consent first, asked by text message, then a file that holds sums of days only.

Whom somebody called or wrote to is nobody's business but his: not even the simulator knows it.
"""

import secrets
from datetime import date, timedelta
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request

from console.carrier.simulator import access, lines, payloads, placing, usage
from console.carrier.simulator.access import simulation
from console.carrier.simulator.answers import answer
from console.carrier.simulator.clock import china, rfc3339
from console.carrier.simulator.errors import ApiError
from console.carrier.simulator.ledger import recall
from console.carrier.simulator.orders import Reply
from console.carrier.simulator.simulation import Desk

details = Blueprint("details", __name__, url_prefix="/gw/v1")
details.before_request(access.check_signature)
details.before_request(access.check_rate)
consents = Blueprint("consents", __name__)

MONTHS_KEPT = 6
CONSENT_MS = 72 * 3_600_000
PREPARED_MS = 2_000
ANSWERS = ("GIVEN", "REFUSED")


@details.post("/consents")
def ask_consent() -> Response:
    """{groupCode, msisdn, period}: the user is asked by a text message with a page of the operator's."""
    key, payload = access.idempotency_key(), access.payload()
    group, msisdn, period = (payloads.text(payload, name) for name in ("groupCode", "msisdn", "period"))

    def work(desk: Desk) -> Reply:
        _own(desk, group, msisdn)
        _kept(desk, period)
        count = desk.db.execute("SELECT count(*) AS n FROM consents").fetchone()["n"]
        consent_id, token = f"CN{count + 1:08}", secrets.token_urlsafe(18)
        desk.db.execute(
            "INSERT INTO consents VALUES (?, ?, ?, ?, ?, 'WAITING', ?)",
            (consent_id, token, group, msisdn, period, desk.now),
        )
        text = f"您的单位申请查看您 {period} 的通信详单汇总（不含通话对方）。同意或拒绝：/consent/{token}"
        desk.db.execute("INSERT INTO sms (recipient, text, at) VALUES (?, ?, ?)", (msisdn, text, desk.now))
        return Reply(202, _consent(desk, _find(desk, consent_id)))

    return answer(placing.once(simulation(), key, "/consents", payload, work))


@details.get("/consents/<consent_id>")
def one_consent(consent_id: str) -> Response:
    with simulation().desk() as desk:
        return answer(Reply(200, _consent(desk, _find(desk, consent_id))))


@details.post("/cdr-exports")
def ask_export() -> Response:
    """{groupCode, consentToken}: for the number and the month that the user has agreed to, once."""
    key, payload = access.idempotency_key(), access.payload()
    group, token = payloads.text(payload, "groupCode"), payloads.text(payload, "consentToken")

    def work(desk: Desk) -> Reply:
        row = desk.db.execute("SELECT * FROM consents WHERE token = ?", (token,)).fetchone()
        if row is None or row["group_code"] != group or _state(desk, row) != "GIVEN":
            raise ApiError("CONSENT_REQUIRED", field="consentToken")
        count = desk.db.execute("SELECT count(*) AS n FROM cdr_exports").fetchone()["n"]
        export_id = f"CDR{count + 1:08}"
        desk.db.execute("INSERT INTO cdr_exports VALUES (?, ?, ?)", (export_id, row["consent_id"], desk.now))
        return Reply(202, {"exportId": export_id, "state": "PREPARING"})

    return answer(placing.once(simulation(), key, "/cdr-exports", payload, work))


@details.get("/cdr-exports/<export_id>")
def one_export(export_id: str) -> Response:
    with simulation().desk() as desk:
        row = desk.db.execute("SELECT * FROM cdr_exports WHERE export_id = ?", (export_id,)).fetchone()
        if row is None:
            raise ApiError("EXPORT_NOT_FOUND", export_id)
        if desk.now < row["asked_at"] + PREPARED_MS:
            return answer(Reply(200, {"exportId": export_id, "state": "PREPARING"}))
        consent = _find(desk, row["consent_id"])
        body = {
            "exportId": export_id,
            "state": "READY",
            "msisdn": consent["msisdn"],
            "period": consent["period"],
        }
        return answer(Reply(200, body | {"days": _days(desk, consent)}))


@consents.route("/consent/<token>", methods=["GET", "POST"])
def page(token: str) -> Any:
    """What the user of the number sees."""
    with simulation().desk() as desk:
        row = desk.db.execute("SELECT * FROM consents WHERE token = ?", (token,)).fetchone()
        if row is None:
            raise ApiError("CONSENT_NOT_FOUND")
        if request.method == "POST":
            _answered(desk, row, request.form.get("answer", ""))
            return redirect(f"/consent/{token}")
        return render_template("consent.html", period=row["period"], state=_state(desk, row))


@consents.post("/sim/consents")
def answered() -> dict[str, Any]:
    """{"msisdn", "answer": GIVEN or REFUSED}: the user's word on the newest request."""
    access.check_admin()
    payload = access.payload()
    with simulation().desk() as desk:
        row = desk.db.execute(
            "SELECT * FROM consents WHERE msisdn = ? ORDER BY consent_id DESC LIMIT 1",
            (payloads.text(payload, "msisdn"),),
        ).fetchone()
        if row is None:
            raise ApiError("CONSENT_NOT_FOUND")
        _answered(desk, row, payloads.text(payload, "answer"))
    return {"ok": True}


def _answered(desk: Desk, row: Any, said: str) -> None:
    if said in ANSWERS and _state(desk, row) == "WAITING":
        desk.db.execute("UPDATE consents SET state = ? WHERE consent_id = ?", (said, row["consent_id"]))


def _find(desk: Desk, consent_id: str) -> Any:
    row = desk.db.execute("SELECT * FROM consents WHERE consent_id = ?", (consent_id,)).fetchone()
    if row is None:
        raise ApiError("CONSENT_NOT_FOUND", consent_id)
    return row


def _state(desk: Desk, row: Any) -> str:
    over = row["state"] == "WAITING" and desk.now >= row["asked_at"] + CONSENT_MS
    return "EXPIRED" if over else str(row["state"])


def _consent(desk: Desk, row: Any) -> dict[str, Any]:
    state = _state(desk, row)
    told = {
        "consentId": row["consent_id"],
        "state": state,
        "expiresAt": rfc3339(row["asked_at"] + CONSENT_MS),
    }
    return told | ({"consentToken": row["token"]} if state == "GIVEN" else {})


def _own(desk: Desk, group: str, msisdn: str) -> None:
    line = lines.current(desk, msisdn)
    if line is None:
        raise ApiError("NUMBER_NOT_FOUND", msisdn)
    if line["group_code"] != group:
        raise ApiError("NOT_YOUR_NUMBER", msisdn)


def _kept(desk: Desk, period: str) -> None:
    today = china(desk.now).date()
    try:
        first = date.fromisoformat(f"{period}-01")
    except ValueError as error:
        raise ApiError("INVALID_PARAM", period, "period") from error
    months = (today.year - first.year) * 12 + today.month - first.month
    if not 0 <= months <= MONTHS_KEPT:
        raise ApiError("PERIOD_NOT_KEPT", period, "period")


def _days(desk: Desk, consent: Any) -> list[dict[str, Any]]:
    """Day by day what is counted for the bill: calls with minutes, messages, kilobytes."""
    line = lines.current(desk, consent["msisdn"])
    if line is None or line["activated_at"] is None:
        return []
    first = date.fromisoformat(f"{consent['period']}-01")
    last = min(
        (first + timedelta(days=32)).replace(day=1) - timedelta(days=1),
        china(desk.now).date() - timedelta(days=1),
    )
    history = consent["period"] >= (recall(desk.db, f"billed from {consent['group_code']}") or "9999-12")
    begins = first if history else max(first, china(line["activated_at"]).date())
    if begins > last:
        return []
    return [
        {
            "day": day.day.isoformat(),
            "calls": 1 if day.voice_s else 0,
            "minutes": -(-day.voice_s // 60),
            "messages": day.messages,
            "dataKb": day.data_kb,
        }
        for day in usage.month(desk.seed, consent["msisdn"], line["plan"], begins, last)
    ]
