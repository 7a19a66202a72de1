"""What spends or changes what is invoiced asks for a fresh code, also when it is pressed a second time."""

from datetime import timedelta

import pytest

from console.core.db import session
from console.invoices.models import InvoiceTitle
from tests.cast import Browser


@pytest.mark.parametrize(
    "address",
    [
        "/invoices/{id}/again",
        "/invoices/{id}/red",
        "/invoices/titles/save",
        "/invoices/titles/1/remove",
    ],
)
def test_an_old_code_is_asked_for_anew_and_nothing_happens(platform, app, address):
    platform.behave(failing=1)
    id_ = platform.apply()
    platform.until(lambda: platform.invoice(id_).state == "failed")
    with platform.people.as_("fay"):
        titles = session.query(InvoiceTitle).count()
    fay = Browser(app, platform.people.sessions("fay", factor_age=timedelta(minutes=11)))
    answer = fay.post(address.format(id=id_))
    assert (answer.status_code, answer.headers["Location"]) == (302, "/second-factor")
    assert len(platform.invoices()) == 1
    with platform.people.as_("fay"):
        assert session.query(InvoiceTitle).count() == titles
