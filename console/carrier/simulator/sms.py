"""The door for text messages: they go no further than a page where a tester reads them."""

import re
from typing import Any

from flask import Blueprint, render_template

from console.carrier.simulator import access, payloads
from console.carrier.simulator.access import simulation
from console.carrier.simulator.clock import china

sms = Blueprint("sms", __name__)
_SHOWN = 50
_CODE = re.compile(r"(?<!\d)(\d{4,8})(?!\d)")


@sms.post("/sim/sms")
def take_message() -> tuple[dict[str, Any], int]:
    access.check_signature()
    payload = access.payload()
    recipient, text = payloads.text(payload, "to"), payloads.text(payload, "text")
    with simulation().desk() as desk:
        cursor = desk.db.execute(
            "INSERT INTO sms (recipient, text, at) VALUES (?, ?, ?)", (recipient, text, desk.now)
        )
    return {"messageId": f"SM{cursor.lastrowid:08d}", "state": "ACCEPTED"}, 202


@sms.get("/sim/sms")
def messages() -> str:
    with simulation().desk() as desk:
        rows = desk.db.execute("SELECT * FROM sms ORDER BY id DESC LIMIT ?", (_SHOWN,)).fetchall()
    shown = [
        {
            "recipient": row["recipient"],
            "text": row["text"],
            "at": china(row["at"]),
            "code": _code(row["text"]),
        }
        for row in rows
    ]
    return render_template("sms.html", messages=shown)


def _code(text: str) -> str | None:
    found = _CODE.search(text)
    return found.group(1) if found else None
