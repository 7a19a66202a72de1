"""Invoices that others had issued come in when the platform tells of them; and who only says so gets nothing in."""

import json
from datetime import timedelta

import httpx
import pytest

from console.core import clock
from console.core.db import session, transaction
from console.core.errors import Conflict, NotAllowed
from console.invoices import announcing, queries
from console.invoices.announcing import Announced
from console.invoices.models import InvoiceFile
from jobs import invoices
from tests.expenses.months import PERIOD
from tests.invoices.platform import BUYER, TOTAL


def at_the_counter(platform, net="100.00", tax="9.00", buyer=BUYER):
    """The number of an invoice that somebody had issued over the counter."""
    order = {
        "buyerName": "Acme 示例", "buyerTaxNum": buyer, "salerTaxNum": platform.settings.seller_tax_number,
        "salerName": platform.settings.seller_name, "clerk": "柜台", "invoiceLine": "bs", "remark": "",
        "invoiceDetail": [
            {
                "goodsName": "基础电信服务费", "goodsCode": "3030101000000000000", "taxRate": "0.09",
                "taxExcludedAmount": net, "tax": tax, "taxIncludedAmount": f"{float(net) + float(tax):.2f}",
            }
        ],
    }  # fmt: skip
    answer = httpx.post(f"{platform.url}/sim/counter", json=order).json()
    assert answer["code"] == "E0000", answer
    return answer["result"]["allElectronicInvoiceNumber"]


def tell(app, number, buyer=BUYER):
    content = json.dumps({"allElectronicInvoiceNumber": number, "buyerTaxNum": buyer})
    answer = app.test_client().post("/tax/events", data={"operater": "counter", "content": content})
    assert answer.status_code == 200 and answer.json["status"] == "0000", "who tells learns nothing"


def fetch(platform, later=timedelta()):
    with clock.stopped_at(clock.now() + later):
        invoices.fetch_invoices(platform.people.acme)


def open_ones(platform):
    with platform.people.as_("fay"):
        return [(one.number, one.state, one.code) for one in announcing.open_ones()]


def test_it_comes_in_by_itself_with_its_file_and_only_the_rest_is_left_to_invoice(platform, app):
    number = at_the_counter(platform)
    tell(app, number)
    tell(app, number)
    assert open_ones(platform) == [(number, "waiting", None)]
    fetch(platform)
    (taken,) = platform.invoices()
    assert (taken.number, taken.channel, taken.state, taken.total_fen) == (number, "counter", "issued", 10900)
    assert open_ones(platform) == []
    with platform.people.as_("fay"):
        assert session.query(InvoiceFile).where(InvoiceFile.invoice_id == taken.id).count() == 1
        assert queries.agreement(PERIOD).difference_fen == 0
    assert platform.invoice(platform.apply()).total_fen == TOTAL - 10900
    tell(app, number)
    fetch(platform)
    assert len(platform.invoices()) == 2, "shown once"


def test_a_number_that_the_platform_does_not_know_ends_as_refused_and_can_be_tried_again(platform, app):
    tell(app, "26990000000000008888")
    for _look in range(5):
        fetch(platform, timedelta(days=_look))
    assert open_ones(platform) == [("26990000000000008888", "refused", "E_FILE_MISSING")]
    with platform.people.as_("fay"), transaction():
        announcing.again("finance", session.query(Announced).one().id)
    assert open_ones(platform)[0][1] == "waiting"


def test_more_than_any_month_has_left_is_refused_and_comes_in_once_there_is_room(platform, app):
    blue = platform.apply()
    number = at_the_counter(platform)
    tell(app, number)
    fetch(platform)
    assert open_ones(platform) == [(number, "refused", "E_FILE_AMOUNT")]
    platform.behave(failing=0)
    with platform.people.as_("fay"), transaction():
        from console.invoices import covering

        covering.let_go(platform_invoice := session.get_one(type(platform.invoice(blue)), blue))
        platform_invoice.state = "failed"
        announcing.again("finance", session.query(Announced).one().id)
    fetch(platform)
    assert [one.number for one in platform.invoices() if one.state == "issued"] == [number]


def test_an_invoice_of_others_is_not_ours_whatever_is_told(platform, app):
    number = at_the_counter(platform, buyer="91990000MA0DEM0213")
    tell(app, number)
    fetch(platform)
    assert open_ones(platform) == [(number, "refused", "E_FILE_OTHER_BUYER")]
    assert platform.invoices() == []


@pytest.mark.parametrize(
    "content",
    ["", "[]", "{}", '{"allElectronicInvoiceNumber": 1, "buyerTaxNum": 2}',
     json.dumps({"allElectronicInvoiceNumber": "x" * 20, "buyerTaxNum": BUYER}),
     json.dumps({"allElectronicInvoiceNumber": "26990000000000008888", "buyerTaxNum": "91990000MA0DEM0213"})],
)  # fmt: skip
def test_what_tells_of_nothing_of_ours_leaves_nothing(platform, app, content):
    assert app.test_client().post("/tax/events", data={"content": content}).status_code == 200
    assert open_ones(platform) == []


def test_a_stranger_cannot_fill_the_books(platform, app):
    for number in range(announcing.MOST + 10):
        tell(app, f"2699000000000{number:07}")
    assert len(open_ones(platform)) == announcing.MOST


def test_what_a_stranger_filled_in_keeps_nobody_else_out_and_is_forgotten(platform, app):
    for number in range(7_000_000, 7_000_000 + announcing.MOST):
        tell(app, f"2699000000000{number:07}")
    for look in range(5):
        fetch(platform, timedelta(days=look))
    assert {state for _number, state, _code in open_ones(platform)} == {"refused"}
    genuine = at_the_counter(platform)
    tell(app, genuine)
    fetch(platform)
    assert [one.number for one in platform.invoices()] == [genuine]
    fetch(platform, timedelta(days=8))
    assert open_ones(platform) == []


def test_of_one_company_the_other_sees_nothing(platform, app):
    tell(app, at_the_counter(platform))
    with platform.people.as_("bo"):
        assert list(announcing.open_ones()) == []


def test_finance_sees_what_was_not_taken_and_tries_again(platform, app, sign_in):
    number = at_the_counter(platform, buyer="91990000MA0DEM0213")
    tell(app, number)
    fetch(platform)
    fay = sign_in("fay")
    assert number in (page := fay.get("/invoices/").text) and "购买方不是本公司" in page
    with platform.people.as_("fay"):
        told = session.query(Announced).one().id
    fay.post(f"/invoices/announced/{told}/again")
    assert open_ones(platform)[0][1] == "waiting"
    with platform.people.as_("fay"), transaction():
        with pytest.raises(NotAllowed):
            announcing.again("auditor", told)
        with pytest.raises(Conflict):
            announcing.again("finance", told)


def test_a_face_that_was_shown_lets_the_invoice_go_on(platform, sign_in):
    platform.behave(human=1)
    id_ = platform.apply()
    platform.until(lambda: platform.invoice(id_).state == "needs_human")
    fay = sign_in("fay")
    assert "认证" in fay.get(f"/invoices/{id_}/").text
    httpx.post(f"{platform.url}/sim/face").raise_for_status()
    fay.post(f"/invoices/{id_}/look")
    platform.work()
    platform.until(lambda: platform.invoice(id_).state == "issued")
