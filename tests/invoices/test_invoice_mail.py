"""Invoices by mail, against a real mail server: each to each address once, with what is kept of it."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from console.core import clock, mail
from console.core.db import session, transaction
from console.core.errors import Conflict, NotAllowed
from console.invoices import mailing, queries, reversing, xml
from console.invoices.mailing import InvoiceMail, InvoiceReader
from jobs import delivery
from tests.cast import Browser
from tests.invoices.platform import TOTAL


@pytest.fixture
def issued(platform) -> int:
    id_ = platform.apply()
    platform.until(lambda: platform.invoice(id_).state == "issued")
    return id_


def ask(platform, id_, *to, role="finance"):
    with platform.people.as_("fay"), transaction():
        mailing.ask(role, platform.people.users["fay"][0], id_, to)


def deliver(platform):
    delivery.mail_invoices(platform.people.acme)


def mails(platform, id_):
    with platform.people.as_("fay"):
        return [(one.email, bool(one.sent_at), one.tries) for one in mailing.of_invoice(id_)]


def test_the_letter_carries_the_invoice_in_three_formats_and_the_original_unchanged(
    platform, issued, letters
):
    ask(platform, issued, "books@example.com")
    deliver(platform)
    (letter,) = letters()
    number = platform.invoice(issued).number
    assert letter["To"] == "books@example.com"
    assert number in letter["Subject"] and f"¥{TOTAL / 100:,.2f}" in letter["Subject"]
    attached = {
        part.get_filename().rpartition(".")[2]: part.get_content() for part in letter.iter_attachments()
    }
    assert set(attached) == {"pdf", "ofd", "xml"}
    with platform.people.as_("fay"):
        assert attached["xml"] == queries.original(issued, "xml").content
    assert xml.read(attached["xml"])[1].total_fen == TOTAL


def test_it_goes_once_and_again_only_when_somebody_asks_again(platform, issued, letters):
    ask(platform, issued, "a@example.com", "b@example.com")
    ask(platform, issued, "A@example.com")
    deliver(platform)
    deliver(platform)
    assert sorted(letter["To"] for letter in letters()) == ["a@example.com", "b@example.com"]
    with clock.stopped_at(clock.now() + timedelta(minutes=1)):
        ask(platform, issued, "a@example.com")
        deliver(platform)
    assert len(letters()) == 3
    assert len({letter["Message-ID"] for letter in letters()}) == 3, "what is sent anew is another letter"


def test_who_dies_after_sending_sends_the_same_letter_again(platform, issued, letters, monkeypatch):
    ask(platform, issued, "a@example.com")
    with monkeypatch.context() as dying:
        dying.setattr(mailing, "sent", lambda _id: (_ for _ in ()).throw(MemoryError))
        with pytest.raises(MemoryError):
            deliver(platform)
    with platform.people.as_("fay"), transaction():
        session.execute(update(InvoiceMail).values(next_try_at=clock.now()))
    deliver(platform)
    assert len({letter["Message-ID"] for letter in letters()}) == 1, (
        "programs show a letter of one number once"
    )
    assert mails(platform, issued) == [("a@example.com", True, 2)]


def test_what_no_server_takes_is_given_up_and_can_be_pressed_again(platform, issued, letters, sign_in):
    ask(platform, issued, "full@example.com")
    later = clock.now()
    for _try in range(5):
        with clock.stopped_at(later):
            deliver(platform)
        later += timedelta(days=2)
    assert letters() == []
    assert "没有送到" in sign_in("fay").get(f"/invoices/{issued}/").text
    ask(platform, issued, "full@example.com")
    deliver(platform)
    assert mails(platform, issued) == [("full@example.com", False, 1)]


def test_every_new_invoice_goes_to_the_list_by_itself_and_its_red_letter_too(platform, letters):
    before = platform.apply("department", "研发中心/平台组")
    platform.until(lambda: platform.invoice(before).state == "issued")
    with platform.people.as_("fay"), transaction():
        session.execute(
            update(type(platform.invoice(before))).values(issued_at=clock.now() - timedelta(hours=1))
        )
        mailing.subscribe("finance", "box@example.com")
        mailing.subscribe("finance", "BOX@example.com")
    id_ = platform.apply()
    platform.until(lambda: platform.invoice(id_).state == "issued")
    deliver(platform)
    deliver(platform)
    assert [platform.invoice(id_).number in letter["Subject"] for letter in letters()] == [True]
    with platform.people.as_("fay"), transaction():
        form = reversing.ask("finance", platform.people.users["fay"][0], id_, "03").id
    platform.until(lambda: platform.form(form).state == "red_issued")
    deliver(platform)
    assert ["红字发票" in letter["Subject"] for letter in letters()] == [False, True]


def test_who_left_the_list_gets_no_more(platform, issued, letters):
    with platform.people.as_("fay"), transaction():
        mailing.subscribe("finance", "box@example.com")
        session.flush()
        mailing.unsubscribe("finance", session.query(InvoiceReader).one().id)
    deliver(platform)
    assert letters() == []


@pytest.mark.parametrize(
    "to", ["", "no address", "a@example.com\nBcc: b", " ".join(f"a{i}@example.com" for i in range(11))]
)
def test_what_is_no_address_is_refused(to):
    with pytest.raises(Conflict) as refused:
        mailing.addresses(to)
    assert refused.value.code == "E_MAIL_ADDRESS"


def test_addresses_come_as_people_write_them():
    assert mailing.addresses("a@x.com，b@x.com; c@x.com、a@x.com") == ["a@x.com", "b@x.com", "c@x.com"]


def test_what_is_not_issued_goes_nowhere(platform):
    id_ = platform.apply()
    with pytest.raises(Conflict):
        ask(platform, id_, "a@example.com")


@pytest.mark.parametrize("role", ["office", "auditor", "hr"])
def test_only_who_issues_sends(platform, issued, role):
    with pytest.raises(NotAllowed):
        ask(platform, issued, "a@example.com", role=role)
    with platform.people.as_("fay"), pytest.raises(NotAllowed), transaction():
        mailing.subscribe(role, "a@example.com")


def test_the_pages_send_and_keep_the_list(platform, issued, letters, sign_in):
    fay = sign_in("fay")
    fay.post(f"/invoices/{issued}/mail", {"to": "a@example.com, b@example.com"})
    assert "a@example.com" in fay.get(f"/invoices/{issued}/").text
    assert fay.post(f"/invoices/{issued}/mail", {"to": "nobody"}).status_code == 302
    fay.post("/invoices/readers/add", {"to": "box@example.com"})
    assert "box@example.com" in fay.get("/invoices/titles").text
    fay.post("/invoices/readers/1/remove")
    assert "box@example.com" not in fay.get("/invoices/titles").text
    deliver(platform)
    assert len(letters()) == 2
    assert "已发送" in fay.get(f"/invoices/{issued}/").text


@pytest.mark.parametrize(
    "address", ["/invoices/{id}/mail", "/invoices/readers/add", "/invoices/readers/1/remove"]
)
def test_an_old_code_is_asked_for_anew(platform, app, issued, address):
    fay = Browser(app, platform.people.sessions("fay", factor_age=timedelta(minutes=11)))
    answer = fay.post(address.format(id=issued), {"to": "a@example.com"})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/second-factor")
    assert mails(platform, issued) == []


def test_without_a_mail_server_nothing_is_tried(platform, issued, settings):
    mail.use(settings)
    ask(platform, issued, "a@example.com")
    deliver(platform)
    assert mails(platform, issued) == [("a@example.com", False, 0)]
