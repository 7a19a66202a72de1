"""The door for call-backs of the tax platform: unsigned, so a hint and nothing more; the platform is asked afterwards."""

import json
import re
from typing import Any

from flask import Blueprint, request

from console.core import acting
from console.core.db import transaction
from console.invoices import announcing, issuing
from console.invoices.document import is_number

blueprint = Blueprint("tax", __name__)
HEARD = {"status": "0000", "message": "同步成功"}
"""The answer that 诺诺 expects; the same for what is none of ours, because whoever asks has not proved who he is."""
_OURS = re.compile(r"[0-9]{11}[0-9A-Z]{8}")
_BUYER = re.compile(r"[0-9A-Z]{15,20}")


@blueprint.post("/tax/events")
def receive() -> Any:
    """A form with `orderno` of one of ours, or with `content` that tells of one that somebody else had issued.

    Amounts and states that it tells are not even read.
    """
    content = _content()
    serial = request.form.get("orderno") or content.get("orderno", "")
    if isinstance(serial, str) and _OURS.fullmatch(serial):
        with acting.acting(int(serial[:5]), acting.OPERATOR, "tax.receive"), transaction():
            issuing.hint(serial)
        return HEARD
    number, buyer = content.get("allElectronicInvoiceNumber", ""), content.get("buyerTaxNum", "")
    if isinstance(number, str) and isinstance(buyer, str) and is_number(number) and _BUYER.fullmatch(buyer):
        with acting.platform("tax.receive"):
            concerned = announcing.whose(buyer)
        for company in concerned:
            with acting.acting(company, acting.OPERATOR, "tax.receive"), transaction():
                announcing.hear(number)
    return HEARD


def _content() -> dict[str, Any]:
    try:
        content = json.loads(request.form.get("content", ""))
    except (ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}
