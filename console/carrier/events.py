"""The door for the operator's call-backs: signature first, stored next, answered within a moment; applied later."""

import json
from typing import Any

from flask import Blueprint, current_app, request

from console.core import acting, db, signing
from console.orders import actions

blueprint = Blueprint("operator", __name__)


@blueprint.post("/operator/events")
def receive() -> Any:
    """The company is read from the order's own number, which we gave it: `C12-PC20261120-003#8.1`."""
    settings = current_app.extensions["settings"]
    body = request.get_data()
    if not signing.genuine(settings.operator_secret, "POST", request.path, dict(request.headers), body):
        return {"code": "SIGNATURE_INVALID"}, 401
    try:
        event = json.loads(body)
        event_id, company = str(event["eventId"]), company_of(event["externalId"])
    except (ValueError, KeyError, TypeError):
        return {"code": "INVALID_PARAM"}, 400
    with acting.acting(company, acting.OPERATOR, "operator.receive"), db.transaction():
        actions.store_event(event_id, event)
    return {"code": "0"}


def company_of(external_id: str) -> int:
    """Raises ValueError for a number that is not ours."""
    head, dash, _rest = external_id.partition("-")
    if not dash or head[:1] != "C" or not head[1:].isdigit():
        raise ValueError(external_id)
    return int(head[1:])
