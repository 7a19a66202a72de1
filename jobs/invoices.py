"""Jobs of invoices: send what was intended, ask about what is open, fetch the originals."""

import logging
from collections.abc import Mapping
from functools import cache

import httpx

from console.core import clock
from console.core.config import Settings
from console.core.db import session, transaction
from console.core.queue import Job
from console.invoices import announcing, issuing, reversing
from console.invoices.gateway import EInvoiceGateway, RedTold
from console.invoices.models import Invoice, RedForm
from console.invoices.nuonuo import Nuonuo
from console.invoices.states import InvoiceState, RedState
from jobs.runner import alone, job

log = logging.getLogger(__name__)


@cache
def gateway() -> EInvoiceGateway | None:
    """None as long as no channel is configured: everything waits."""
    settings = Settings.from_environment()
    return Nuonuo(settings) if settings.tax_url else None


@job(Job.ISSUE_INVOICES)
def issue_invoices(company: int) -> None:
    """Whatever is due, one after the other; no transaction is open while the platform is asked."""
    channel = gateway()
    if channel is None:
        return
    while True:
        with transaction():
            invoices, forms, bare = issuing.claim(), reversing.claim(), issuing.claim_bare()
        if not invoices and not forms and not bare:
            return
        for invoice in invoices:
            alone(_issue, channel, invoice)
        for form in forms:
            alone(_reverse, channel, form)
        for invoice in bare:
            alone(_fetch_again, channel, invoice)


def _issue(channel: EInvoiceGateway, invoice_id: int) -> None:
    invoice = session.get_one(Invoice, invoice_id)
    state, serial, platform_serial = invoice.state, invoice.serial, invoice.platform_serial
    made = issuing.document(invoice, genuine=False) if state == InvoiceState.PLACED else None
    session.commit()  # ends the read before the platform is asked
    if made is not None and (wrong := issuing.refused(made)):
        told = wrong  # the platform would say the same, and count a try
    elif made is not None:
        with transaction():  # whoever dies after the next line leaves a question, not a second invoice
            issuing.begin(invoice_id)
        told = channel.submit(serial, made)
    elif state == InvoiceState.SIGN_FAILED and platform_serial:
        channel.retry(platform_serial)
        told = channel.query(serial)
    else:
        told = channel.query(serial)
    with transaction():
        heard = issuing.hear(invoice_id, told)
        number = heard.number if heard.state == InvoiceState.ISSUED else None
    if number:
        _fetch(channel, invoice_id, number, told.files)


def _fetch_again(channel: EInvoiceGateway, invoice_id: int) -> None:
    """Its addresses are asked for anew: they may be others by now. Of a red one the platform tells none.

    What was not answered names no address, which is not the same as having none.
    """
    invoice = session.get_one(Invoice, invoice_id)
    serial, number, red = invoice.serial, invoice.number or "", invoice.red_of_id is not None
    session.commit()  # ends the read before the platform is asked
    told = None if red else channel.query(serial)
    if told is None or told.state is InvoiceState.ISSUED:
        _fetch(channel, invoice_id, number, told.files if told else {})


def _fetch(channel: EInvoiceGateway, invoice_id: int, number: str, addresses: Mapping[str, str]) -> None:
    try:
        files = channel.files(number, addresses)
    except httpx.HTTPError as error:  # the invoice is issued all the same; its rendering is ours until then
        log.warning("invoice.files", extra={"invoice": invoice_id, "error": type(error).__name__})
        return
    with transaction():
        issuing.keep(session.get_one(Invoice, invoice_id), files, addresses or ("xml",))


@job(Job.FETCH_INVOICES)
def fetch_invoices(company: int) -> None:
    """Those that the platform told of and somebody else had issued."""
    channel, now = gateway(), clock.now()
    if channel is None:
        return
    with transaction():
        announcing.forget(now)
        found = announcing.due(now)
    for announced, number in found:
        alone(_take_in, channel, announced, number)


def _take_in(channel: EInvoiceGateway, announced: int, number: str) -> None:
    try:
        files = channel.files(number, {})
    except httpx.HTTPError as error:
        log.warning("invoice.files", extra={"announced": announced, "error": type(error).__name__})
        return
    with transaction():
        if files:
            announcing.take(announced, next(iter(files.values())), Settings.from_environment())
        else:
            announcing.missing(announced)


def _reverse(channel: EInvoiceGateway, form_id: int) -> None:
    form = session.get_one(RedForm, form_id)
    invoice = session.get_one(Invoice, form.invoice_id)
    wanted, platform_id, answer = reversing.request(form, invoice), form.platform_id, form.answer
    session.commit()  # ends the read before the platform is asked
    told: RedTold = channel.red_query(platform_id) if platform_id else channel.red_apply(wanted)
    if told.state is RedState.WAITING and answer and platform_id:
        told = channel.red_operate(platform_id, answer)
    if told.state is RedState.READY and told.platform_id:
        told = channel.red_query(told.platform_id)
    with transaction():
        heard = reversing.hear(form_id, told)
        red = heard.red_invoice_id
        number = session.get_one(Invoice, red).number if red else None
    if red and number:
        _fetch(channel, red, number, {})
