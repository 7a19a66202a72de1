"""From a closed statement to an invoice, and never twice for the same money, whatever the platform does."""

import threading

import pytest
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from console.core.db import session, transaction
from console.core.errors import Conflict, NotAllowed
from console.expenses import actions as months
from console.expenses.models import Allocation
from console.invoices import applying, covering, issuing, queries, rules, titles, xml
from console.invoices.models import Invoice, InvoiceFile, InvoiceLine
from jobs import invoices
from tests.expenses.months import PERIOD, billed, take_in
from tests.hired import numbers_of
from tests.invoices.platform import BUYER, TOTAL


def agreed(platform) -> queries.Agreement:
    with platform.people.as_("fay"):
        found = queries.agreement(PERIOD)
    assert found and found.difference_fen == 0, "差异 0.00"
    return found


def test_the_whole_month_becomes_one_invoice_with_its_rates_and_its_discount(platform):
    id_ = platform.apply()
    platform.until(lambda: platform.invoice(id_).state == "issued")
    with platform.people.as_("fay"):
        lines = [
            (one.name, one.percent, one.net_fen + one.tax_fen, one.discount) for one in queries.lines(id_)
        ]
    assert lines == [
        ("基础电信服务费", 9, 4 * 5900 + 6, False),
        ("基础电信服务费", 9, -1000, True),
        ("移动数据流量费", 9, 1234, False),
        ("增值电信服务费", 6, 600, False),
    ]
    assert platform.invoice(id_).total_fen == platform.covered() == TOTAL
    found = agreed(platform)
    assert (found.open_fen, found.never_fen) == (0, 1500 + 900)


def test_the_original_is_kept_with_its_hash_and_says_the_same(platform):
    id_ = platform.apply()
    platform.until(lambda: platform.invoice(id_).state == "issued")
    with platform.people.as_("fay"):
        file = session.query(InvoiceFile).where(InvoiceFile.invoice_id == id_).one()
        document, stated = xml.read(file.content)
    assert (document.number, stated.total_fen) == (platform.invoice(id_).number, TOTAL)


def test_one_part_of_the_month_leaves_the_rest(platform):
    platform.apply("department", "研发中心/平台组")
    rest = platform.apply()
    assert platform.invoice(rest).total_fen < TOTAL
    assert platform.covered() == TOTAL
    assert sum(one.total_fen for one in platform.invoices()) == TOTAL


def test_a_second_application_is_refused(platform):
    platform.apply()
    with pytest.raises(Conflict) as refused:
        platform.apply()
    assert refused.value.code == "E_INVOICE_NOTHING"
    assert len(platform.invoices()) == 1


def test_what_is_pressed_is_what_was_seen(platform):
    with pytest.raises(Conflict) as refused:
        platform.apply(shown="1.1.1")
    assert refused.value.code == "E_INVOICE_CHANGED"
    assert platform.covered() == 0


def test_an_open_month_is_not_invoiced(platform, people):
    numbers = numbers_of(people, [1])
    take_in(people, "ann", [billed(0, 100, numbers[0], operator_version=2)])
    with pytest.raises(Conflict) as refused:
        platform.apply()
    assert refused.value.code == "E_INVOICE_NOT_CLOSED"


@pytest.mark.parametrize("role", ["office", "hr", "auditor", "approver"])
def test_only_finance_and_the_owner_issue(platform, role):
    with platform.people.as_("ann"), transaction(), pytest.raises(NotAllowed):
        applying.apply(role, 1, PERIOD, "company", "", "", "", platform.settings)


def test_an_answer_that_was_lost_is_asked_about_and_nothing_is_sent_twice(platform):
    before = platform.verify()["issued"]
    platform.behave(lost_answers=1)
    id_ = platform.apply()
    platform.work()
    assert platform.invoice(id_).state == "unknown"
    platform.until(lambda: platform.invoice(id_).state == "issued")
    assert platform.verify()["issued"] == before + 1


def test_a_worker_that_dies_after_sending_leaves_a_question(platform, monkeypatch):
    before = platform.verify()["issued"]
    id_ = platform.apply()
    with monkeypatch.context() as dying:
        dying.setattr(invoices.issuing, "hear", lambda *_: (_ for _ in ()).throw(MemoryError))
        with pytest.raises(MemoryError):
            platform.work()
    assert platform.invoice(id_).state == "unknown"
    platform.until(lambda: platform.invoice(id_).state == "issued")
    assert platform.verify()["issued"] == before + 1


def test_one_that_never_arrived_is_sent_again_with_the_same_serial(platform, monkeypatch):
    id_ = platform.apply()
    with platform.people.as_("fay"), transaction():
        invoices.issuing.begin(id_)  # the process dies before a byte has left
    serial = platform.invoice(id_).serial
    platform.until(lambda: platform.invoice(id_).state == "issued")
    assert platform.invoice(id_).serial == serial


def test_a_busy_platform_is_tried_again(platform):
    platform.behave(errors=2)
    id_ = platform.apply()
    platform.work()
    assert platform.invoice(id_).state == "placed"
    platform.until(lambda: platform.invoice(id_).state == "issued")


def test_what_the_platform_would_refuse_never_leaves_and_holds_no_money(platform):
    id_ = platform.apply()
    with platform.people.as_("fay"), transaction():
        session.query(InvoiceLine).filter(InvoiceLine.invoice_id == id_).first().tax_fen += 200
    platform.until(lambda: platform.invoice(id_).state == "failed")
    found = platform.invoice(id_)
    assert (found.error_code, platform.covered()) == ("I_LINE_TAX", 0)
    assert "税额不等于金额乘税率" in found.error_text


def test_a_failed_one_lets_go_and_another_try_is_another_serial(platform):
    platform.behave(failing=1)
    id_ = platform.apply()
    platform.until(lambda: platform.invoice(id_).state == "failed")
    failed = platform.invoice(id_)
    assert failed.error_text and platform.covered() == 0
    with platform.people.as_("fay"), transaction():
        again = applying.again("finance", platform.people.users["fay"][0], id_).id
    platform.until(lambda: platform.invoice(again).state == "issued")
    one = platform.invoice(again)
    assert (one.retry_of_id, one.serial != failed.serial, one.total_fen) == (id_, True, TOTAL)
    agreed(platform)


def test_a_missing_signature_is_asked_for_with_the_same_serial(platform):
    platform.behave(sign_failing=1)
    id_ = platform.apply()
    platform.until(lambda: platform.invoice(id_).state == "issued")
    assert len(platform.invoices()) == 1


def test_a_quota_that_is_used_up_is_said_and_nothing_is_held(platform):
    platform.behave(quota_fen=1)
    id_ = platform.apply()
    platform.until(lambda: platform.invoice(id_).state == "failed")
    assert platform.invoice(id_).error_code == "E9500"
    assert platform.covered() == 0


def test_an_amount_that_is_not_ours_is_not_believed(platform, monkeypatch):
    id_ = platform.apply()
    platform.work()
    told = invoices.gateway().query(platform.invoice(id_).serial)
    from dataclasses import replace

    with platform.people.as_("fay"), transaction():
        heard = invoices.issuing.hear(id_, replace(told, total_fen=1))
        assert heard.state != "issued"


def test_a_correction_of_the_past_does_not_let_money_be_invoiced_again(platform, people):
    id_ = platform.apply()
    platform.until(lambda: platform.invoice(id_).state == "issued")
    from datetime import date

    with people.as_("fay"), transaction():
        months.correct_placement(
            "finance", [1], date(2026, 10, 5), date(2026, 10, 20), "销售部", "CC9", "记错"
        )
    platform.close()
    assert platform.covered() == TOTAL
    with pytest.raises(Conflict) as refused:
        platform.apply()
    assert refused.value.code == "E_INVOICE_NOTHING"
    agreed(platform)


def test_a_line_of_an_invoice_stands_in_the_database_to_the_fen(platform):
    id_ = platform.apply()
    with platform.people.as_("fay"):
        lines = session.query(InvoiceLine).where(InvoiceLine.invoice_id == id_).all()
    found = platform.invoice(id_)
    assert (sum(one.net_fen for one in lines), sum(one.tax_fen for one in lines)) == (
        found.net_fen,
        found.tax_fen,
    )


def test_of_two_who_press_at_the_same_moment_one_gets_the_invoice(platform):
    with platform.people.as_("fay"):
        seen = applying.shown_digest(rules.plan(covering.open_parts(PERIOD, "company", "")))
    start, refused = threading.Barrier(2), []

    def press(login):
        start.wait()
        try:
            with platform.people.as_(login), transaction():
                user = platform.people.users[login][0]
                applying.apply("owner", user, PERIOD, "company", "", seen, "", platform.settings)
        except Conflict as conflict:
            refused.append(conflict.code)

    both = [threading.Thread(target=press, args=(login,)) for login in ("fay", "olga")]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert refused == ["E_INVOICE_NOTHING"]
    assert len(platform.invoices()) == 1
    assert platform.covered() == TOTAL


def test_the_database_refuses_to_cover_more_than_there_is(platform):
    platform.apply()
    with platform.people.as_("fay"), pytest.raises(IntegrityError), transaction():
        session.execute(update(Allocation).values(invoiced_fen=Allocation.invoiced_fen + 1))


def test_a_call_back_is_a_hint_whatever_it_claims(platform, app):
    platform.behave(delay_s=0)
    id_ = platform.apply()
    platform.work()
    serial = platform.invoice(id_).serial
    assert platform.invoice(id_).state == "issuing"
    forged = {
        "operater": "callback",
        "orderno": serial,
        "content": '{"c_status": "1", "c_hjse": "0.01", "c_bhsje": "1"}',
    }
    assert app.test_client().post("/tax/events", data=forged).json["status"] == "0000"
    assert platform.invoice(id_).state == "issuing", "nothing it says is believed"
    platform.skip(1)
    platform.work()
    assert (platform.invoice(id_).state, platform.invoice(id_).total_fen) == ("issued", TOTAL), (
        "but it is asked at once"
    )


@pytest.mark.parametrize(
    "nonsense",
    [{}, {"orderno": "x" * 500}, {"content": "[]"}, {"orderno": "00009261127ABCDEFGH"}, {"orderno": "\0"}],
)
def test_a_call_back_about_nothing_says_the_same(app, people, nonsense):
    assert app.test_client().post("/tax/events", data=nonsense).json["status"] == "0000"


def test_two_departments_of_one_buyer_have_each_its_own_address(platform):
    with platform.people.as_("fay"), transaction():
        for department, address in (("", "总部路 1 号"), ("研发中心", "研发路 2 号")):
            titles.keep(
                "finance",
                {
                    "name": "Acme 示例",
                    "tax_number": BUYER,
                    "kind": "special",
                    "department": department,
                    "address": address,
                },
            )
    part = platform.apply("department", "研发中心/平台组")
    rest = platform.apply()
    with platform.people.as_("fay"):
        found = [issuing.document(platform.invoice(one), genuine=False).buyer.address for one in (part, rest)]
    assert found == ["研发路 2 号", "总部路 1 号"]


def test_one_invoice_that_breaks_the_job_does_not_hold_up_those_behind_it(platform):
    broken = platform.apply("department", "研发中心/平台组")
    behind = platform.apply()
    with platform.people.as_("fay"), transaction():
        session.execute(update(Invoice).where(Invoice.id == broken).values(kind="nonsense"))
    platform.until(lambda: platform.invoice(behind).state == "issued")
    assert platform.invoice(broken).state != "issued"
