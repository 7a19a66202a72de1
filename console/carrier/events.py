"""The door for the operator's call-backs: signature first, stored next, answered within a moment; applied later."""

import json
import re
from contextlib import suppress
from typing import Any

from flask import Blueprint, current_app, request
from sqlalchemy.exc import IntegrityError

from console.accounts.models import Company
from console.carrier.http import view_of
from console.core import acting, db, signing
from console.core.db import session
from console.orders import actions

blueprint = Blueprint("operator", __name__)
_OURS = re.compile(r"C([1-9][0-9]{0,8})-")
_LONGEST_ID = 60


@blueprint.post("/operator/events")
def receive() -> Any:
    """The company is read from the order's own number, which we gave it: `C12-PC20261120-003#8.1`."""
    settings = current_app.extensions["settings"]
    body = request.get_data()
    if not signing.genuine(settings.operator_secret, "POST", request.path, dict(request.headers), body):
        return {"code": "SIGNATURE_INVALID"}, 401
    try:
        event = json.loads(body)
        json.dumps(event, ensure_ascii=False).encode()  # half a character is no text
        event_id, company = event["eventId"], company_of(event["externalId"])
        if not isinstance(event_id, str) or not event_id:
            raise ValueError("no event id")
        view_of(event)  # what cannot be read now would stand in the way of all that come later
    except (ValueError, KeyError, TypeError, RecursionError, OverflowError):
        return {"code": "INVALID_PARAM"}, 400
    if len(event_id) > _LONGEST_ID:
        return {"code": "INVALID_PARAM"}, 400
    with acting.acting(company, acting.OPERATOR, "operator.receive"):
        if session.get(Company, company) is None:
            return {"code": "ORDER_NOT_FOUND"}, 404
        # The same event may come twice at once: then the other one is stored.
        with suppress(IntegrityError), db.transaction():
            actions.store_event(event_id, event)
    return {"code": "0"}


def company_of(external_id: str) -> int:
    """Raises ValueError for a number that is not ours."""
    ours = _OURS.match(external_id)
    if not ours:
        raise ValueError(external_id)
    return int(ours[1])
