"""What spends or changes what is invoiced asks for a fresh code, also when it is pressed a second time."""

from datetime import timedelta

import pytest

from console.accounts.models import Company
from console.core.db import session
from console.invoices.models import InvoiceTitle
from tests.cast import Browser
from tests.invoices.platform import BUYER


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


def test_the_form_of_a_title_begins_with_what_is_known(people, sign_in):
    """The company's own name and number while there is no title; of one that is to be changed all that was kept."""
    fay = sign_in("fay")
    page = fay.get("/invoices/titles").text
    with people.as_("fay"):
        own = session.get_one(Company, people.acme)
        name, number = own.name, own.uscc
    assert f'name="name" value="{name}"' in page and f'name="tax_number" value="{number}"' in page
    facts = {"name": "Acme 示例", "tax_number": BUYER, "kind": "ordinary", "address": "杭州市示例路 1 号"}
    assert fay.post("/invoices/titles/save", facts).status_code == 302
    assert 'name="name" value=""' in fay.get("/invoices/titles").text
    changed = fay.get("/invoices/titles?edit=1").text
    assert 'value="杭州市示例路 1 号"' in changed and '<option value="ordinary" selected>' in changed
    assert 'name="name" value=""' in fay.get("/invoices/titles?edit=99").text
