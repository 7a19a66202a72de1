"""The door for call-backs of the tax platform: unsigned, so a hint and nothing more; the platform is asked afterwards."""

import json
import re
from typing import Any

from flask import Blueprint, request

from console.core import acting
from console.core.db import transaction
from console.invoices import issuing

blueprint = Blueprint("tax", __name__)
HEARD = {"status": "0000", "message": "同步成功"}
"""The answer that 诺诺 expects; the same for what is none of ours, because whoever asks has not proved who he is."""
_OURS = re.compile(r"[0-9]{11}[0-9A-Z]{8}")


@blueprint.post("/tax/events")
def receive() -> Any:
    """A form with `orderno`, or with it inside `content`. Amounts and states that it tells are not even read."""
    serial = _serial()
    if _OURS.fullmatch(serial):
        with acting.acting(int(serial[:5]), acting.OPERATOR, "tax.receive"), transaction():
            issuing.hint(serial)
    return HEARD


def _serial() -> str:
    told = request.form.get("orderno", "")
    if not told:
        try:
            content = json.loads(request.form.get("content", ""))
        except (ValueError, RecursionError):
            return ""
        told = content.get("orderno", "") if isinstance(content, dict) else ""
    return told if isinstance(told, str) else ""
