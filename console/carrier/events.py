"""The door for the operator's call-backs: signature first, stored next, answered within a moment; applied later."""

import json
import re
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from flask import Blueprint, current_app, request
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from console.accounts.models import Company
from console.carrier.http import view_of
from console.core import acting, db, signing
from console.core.db import session
from console.orders import call_backs

blueprint = Blueprint("operator", __name__)
_OURS = re.compile(r"C([1-9][0-9]{0,8})-")
_LONGEST_ID = 60
LIFE = "SubscriberLifecycleEvent"


@blueprint.post("/operator/events")
def receive() -> Any:
    """The company is read from the order's own number, which we gave it: `C12-PC20261120-003#8.1`.

    What was done at a counter or by hotline has no such number: then the operator's name for the company tells.
    """
    settings = current_app.extensions["settings"]
    body = request.get_data()
    if not signing.genuine(settings.operator_secret, "POST", request.path, dict(request.headers), body):
        return {"code": "SIGNATURE_INVALID"}, 401
    try:
        event = json.loads(body)
        json.dumps(event, ensure_ascii=False).encode()  # half a character is no text
        event_id, company = event["eventId"], whose(event)
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
            call_backs.store_event(event_id, event)
    return {"code": "0"}


def whose(event: Mapping[str, Any]) -> int:
    """The company that an event is about. Raises ValueError when it is none of ours."""
    external_id = event.get("externalId")
    if isinstance(external_id, str) and _OURS.match(external_id):
        return company_of(external_id)
    if event.get("eventType") != LIFE:
        raise ValueError("an order of another system")
    group = event.get("groupCode")
    if not isinstance(group, str) or "\0" in group:
        raise ValueError("no customer")
    with acting.platform("operator.receive"):
        found = session.scalar(select(Company.id).where(Company.group_code == group))
    if found is None:
        raise ValueError("no customer of ours")
    return found


def company_of(external_id: str) -> int:
    """Raises ValueError for a number that is not ours."""
    ours = _OURS.match(external_id)
    if not ours:
        raise ValueError(external_id)
    return int(ours[1])
