"""Jobs of detail records: ask for the user's consent, fetch what he agreed to, delete what was kept long enough."""

import logging

import httpx

from console.accounts.models import Company
from console.core import clock
from console.core.db import session, transaction
from console.core.queue import Job
from console.expenses import details
from console.expenses.states import DetailState
from jobs import month
from jobs.runner import job

log = logging.getLogger(__name__)


@job(Job.LOOK_AT_DETAILS)
def look_at_details(company: int) -> None:
    """No transaction is open while the operator is asked; whoever dies meanwhile asks again with the same key."""
    now = clock.now()
    with transaction():
        details.expire(now)
        found = details.due(now)
    group = session.get_one(Company, company).group_code
    session.commit()  # ends the read
    for request in found:
        try:
            _look(request, group)
        except (httpx.HTTPError, KeyError, ValueError, TypeError) as error:
            log.warning("details.away", extra={"request": request, "error": type(error).__name__})


def _look(request: int, group: str) -> None:
    wanted = details.get(request)
    state, period, key = wanted.state, wanted.period, wanted.key
    consent, token, export = wanted.consent_id, wanted.consent_token, wanted.export_id
    number = details.msisdn(wanted)
    session.commit()  # ends the read: the operator is asked without a transaction
    operator = month.gateway()
    if state == DetailState.CONSENTING:
        told = operator.consent(consent) if consent else operator.ask_consent(group, number, period, key)
        with transaction():
            details.hear_consent(request, told)
    elif state == DetailState.FETCHING:
        told = operator.details(export) if export else operator.ask_details(group, token or "", f"{key}-file")
        with transaction():
            details.hear_details(request, told)
