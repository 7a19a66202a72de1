"""The platform's own documents: fetched from where it says they lie, again when they were late, and from nowhere else."""

import io
import zipfile
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest
from pypdf import PdfReader

from console.core import clock
from console.core.db import session, transaction
from console.invoices import booking, bundling, issuing, nuonuo, queries, reading, reversing, rules, titles
from console.invoices.models import Invoice
from jobs import invoices
from tests.invoices.platform import BUYER, TOTAL


def formats(platform, id_):
    with platform.people.as_("fay"):
        return {one.format: one.content for one in queries.files(id_)}


def issue(platform, **wrong):
    id_ = platform.apply()
    platform.behave(**{"formats": "xml ofd pdf"} | wrong)
    platform.until(lambda: platform.invoice(id_).state == "issued")
    return id_


def test_all_that_the_platform_has_is_kept_and_can_be_read(platform):
    id_ = issue(platform)
    kept = formats(platform, id_)
    number = platform.invoice(id_).number
    assert set(kept) == {"xml", "pdf", "ofd"}
    assert number in PdfReader(io.BytesIO(kept["pdf"])).pages[0].extract_text()
    for format_ in ("xml", "ofd"):
        found = reading.read(kept[format_])
        assert (found.number, found.total_fen, found.wrong) == (number, TOTAL, ())
    with platform.people.as_("fay"):
        invoice = session.get_one(Invoice, id_)
        assert {one: bundling.content(invoice, one, platform.settings) for one in kept} == kept


def test_an_original_that_is_late_is_fetched_again_by_itself(platform, sign_in):
    id_ = issue(platform, files_late=7)
    assert formats(platform, id_) == {}
    assert "原件还没有取到" in sign_in("fay").get(f"/invoices/{id_}/").text
    platform.until(lambda: set(formats(platform, id_)) == {"xml", "pdf", "ofd"})
    assert "原件还没有取到" not in sign_in("fay").get(f"/invoices/{id_}/").text
    assert platform.invoice(id_).state == "issued", "asking for files moves nothing"


def test_that_of_a_red_letter_as_well(platform):
    blue = issue(platform)
    with platform.people.as_("fay"), transaction():
        booking.book("finance", blue, "记-1")
        form = reversing.ask("finance", platform.people.users["fay"][0], blue, "04").id
    platform.until(lambda: platform.form(form).state == "waiting")
    platform.behave(files_late=2)
    with platform.people.as_("fay"), transaction():
        reversing.answer("finance", form, "confirm")
    platform.until(lambda: platform.form(form).red_invoice_id)
    red = platform.form(form).red_invoice_id
    platform.until(lambda: formats(platform, red))
    assert reading.read(formats(platform, red)["xml"]).total_fen == -TOTAL


def test_it_is_asked_for_less_and_less_often_and_not_for_ever(platform):
    id_ = issue(platform, files_late=10**6)
    asked, now = [], clock.now() + platform.skipped
    for hour in range(31 * 24):
        with clock.stopped_at(now + timedelta(hours=hour)), platform.people.as_("fay"), transaction():
            asked += [hour] * len(issuing.claim_bare())
    assert len(asked[:6]) == 6 and asked[5] < 48 and len(asked) < 60
    assert asked[-1] < 30 * 24, "some weeks later it is left alone"
    assert platform.invoice(id_).state == "issued"


def test_whoever_was_asked_ever_so_often_is_asked_once_a_day(platform):
    """Twice as long each time would be longer than a calendar has room for."""
    assert [rules.next_fetch(tries) for tries in (1, 2)] == [timedelta(minutes=2), timedelta(minutes=4)]
    assert {rules.next_fetch(tries) for tries in (11, 60, 10_000)} == {timedelta(days=1)}


def test_a_question_that_was_not_answered_does_not_make_one_document_all_of_them(platform):
    """While the platform is busy nobody knows which documents there are: the rest is still asked for."""
    id_ = issue(platform, files_late=3)
    platform.behave(errors=1)
    platform.skip(3600)
    platform.work()
    assert formats(platform, id_) == {}, "not even the one that lies under its number"
    platform.until(lambda: set(formats(platform, id_)) == {"xml", "pdf", "ofd"})


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/x.xml",
        "http://files.jss.example/x.xml",
        "https://jss.example.evil/x.xml",
        "file:///etc/passwd",
        "http://127.0.0.1:1/x.xml",
        "//evil.example/x.xml",
        "http://[::1",
        "https://:443/",
    ],
)
def test_nobody_sends_us_anywhere_else(platform, monkeypatch, address):
    channel = nuonuo.Nuonuo(replace(platform.settings, tax_file_hosts=("jss.example",)))
    monkeypatch.setattr(channel, "_file", lambda address: pytest.fail(f"asked {address}"))
    assert channel.files("1" * 20, {"xml": address}) == {}


@pytest.mark.parametrize(
    ("format_", "content", "kept"),
    [
        ("pdf", b"%PDF-1.7 x", True),
        ("pdf", b"<html>please sign in</html>", False),
        ("xml", b"\n<EInvoice/>", True),
        ("xml", b"", False),
        ("ofd", b"PK\x03\x04", True),
        ("ofd", b"%PDF", False),
        ("xml", b"<" * (nuonuo.MOST_BYTES + 1), False),
    ],
)
def test_what_is_no_such_document_or_too_large_is_not_kept(platform, format_, content, kept):
    """From a host that is known; a page that asks to sign in is no invoice, whatever its address is called."""
    channel = nuonuo.Nuonuo(replace(platform.settings, tax_file_hosts=("jss.example",)))
    channel._client = httpx.Client(
        transport=httpx.MockTransport(lambda _request: httpx.Response(200, content=content))
    )
    found = channel.files("1" * 20, {format_: f"https://inv.jss.example/x.{format_}"})
    assert found == ({format_: content} if kept else {})


def test_the_buyer_stays_as_he_was_whatever_becomes_of_the_title(platform):
    facts = {"name": "Acme 示例", "tax_number": BUYER, "kind": "special", "department": ""}
    before = {
        "address": "杭州市示例路 1 号",
        "phone": "0571-00000000",
        "bank": "示例银行",
        "bank_account": "6200 0000",
    }
    with platform.people.as_("fay"), transaction():
        titles.keep("finance", facts | before)
    id_ = issue(platform)
    with platform.people.as_("fay"), transaction():
        titles.keep("finance", facts | {"address": "上海市别处"})
    with platform.people.as_("fay"):
        buyer = issuing.document(session.get_one(Invoice, id_), genuine=False).buyer
    assert {name: getattr(buyer, name) for name in before} == before
    found = reading.read(formats(platform, id_)["xml"]).document.buyer
    assert (found.address, found.phone) == (before["address"], before["phone"]), "the platform was told"


def test_the_package_hands_out_the_originals(platform):
    id_ = issue(platform)
    with platform.people.as_("fay"):
        made = bundling.bundle([session.get_one(Invoice, id_)], platform.settings)
    package = zipfile.ZipFile(io.BytesIO(made))
    assert {package.read(name) for name in package.namelist() if name.startswith("dzfp_")} == set(
        formats(platform, id_).values()
    )


def test_an_invoice_of_before_finds_its_buyer_by_its_title(platform):
    id_ = issue(platform)
    with platform.people.as_("fay"), transaction():
        session.get_one(Invoice, id_).buyer_details = None
        titles.keep(
            "finance",
            {
                "name": "Acme 示例",
                "tax_number": BUYER,
                "kind": "special",
                "department": "",
                "address": "杭州",
            },
        )
    with platform.people.as_("fay"):
        assert issuing.document(session.get_one(Invoice, id_), genuine=False).buyer.address == "杭州"


def test_a_platform_that_is_away_is_asked_for_files_later(platform, monkeypatch):
    id_ = issue(platform, files_late=3)
    channel = invoices.gateway()

    def away(_address):
        raise httpx.ConnectError("away")

    with monkeypatch.context() as once:
        once.setattr(channel, "_file", away)
        once.setattr(invoices, "gateway", lambda: channel)
        platform.skip(3600)
        platform.work()
    assert formats(platform, id_) == {}
    platform.until(lambda: formats(platform, id_))
