"""Detail records: a purpose, a fresh code, a second person and the user himself; and then sums of days only."""

import csv
import io
from datetime import timedelta

import httpx
import pytest

from console.audit.models import AuditEvent
from console.core import clock
from console.core.db import session, transaction
from console.core.errors import Conflict, NotAllowed
from console.core.permissions import Permission, allows
from console.core.storage import StoredFile
from console.expenses import details, rules
from console.expenses.details import DetailRequest
from console.notices.models import Notice
from console.orders.models import Standing
from console.sims.models import Line
from jobs import details as jobs
from jobs import month
from tests.cast import Browser
from tests.expenses.test_usage_from_the_operator import billed
from tests.sims.test_line_changes import send, staff

__all__ = ["billed", "send", "staff"]

LAST = rules.months_before(rules.period_of(clock.today()), 1)


def ask(operator, login="fay", role="finance", period=LAST, purpose="dispute"):
    with operator.people.as_(login), transaction():
        wanted = details.ask(
            role, operator.people.users[login][0], first_line(), period, purpose, "十月流量费偏高"
        )
        session.flush()
        return wanted.id


def first_line():
    return session.query(Line).order_by(Line.id).first().id


def decide(operator, request, login="olga", role="owner", agrees=True):
    with operator.people.as_(login), transaction():
        details.decide(role, operator.people.users[login][0], request, agrees=agrees)


def look(operator, later=timedelta()):
    operator.skip(6 + later.total_seconds())
    jobs.look_at_details(operator.people.acme)


def of(operator, request):
    with operator.people.as_("fay"):
        return session.get_one(DetailRequest, request)


def number(operator, request):
    with operator.people.as_("fay"):
        return details.msisdn(session.get_one(DetailRequest, request))


def user_says(operator, request, said="GIVEN"):
    operator.simulator.lever("POST", "/consents", {"msisdn": number(operator, request), "answer": said})


def fetched(operator):
    request = ask(operator)
    decide(operator, request)
    look(operator)
    user_says(operator, request)
    look(operator)
    look(operator)
    operator.advance("PT5S")
    look(operator)
    assert of(operator, request).state == "ready"
    return request


def test_the_whole_way_ends_with_the_sums_of_the_bill(billed):
    request = fetched(billed)
    with billed.people.as_("fay"):
        days = details.days(session.get_one(DetailRequest, request))
    told = [
        one
        for page in month.gateway().usage("JT-ACME", LAST)
        for one in page
        if one["msisdn"] == number(billed, request)
    ]
    assert len(days) == rules.last_day(LAST).day
    assert (sum(one.data_kb for one in days), sum(one.minutes for one in days), sum(one.messages for one in days)) == (
        told[0]["dataKb"], told[0]["minutes"], told[0]["messages"],
    )  # fmt: skip


def test_nothing_is_asked_of_the_operator_before_a_second_person_agrees(billed):
    request = ask(billed)
    look(billed)
    assert (of(billed, request).state, of(billed, request).consent_id) == ("asked", None)
    with pytest.raises(Conflict) as refused:
        decide(billed, ask(billed, "olga", "owner", period=rules.months_before(LAST, 1)))
    assert refused.value.code == "E_DETAILS_OWN"


def test_nothing_is_fetched_before_the_user_agrees(billed):
    request = ask(billed)
    decide(billed, request)
    for _look in range(3):
        look(billed)
    assert (of(billed, request).state, of(billed, request).export_id) == ("consenting", None)


@pytest.mark.parametrize("said", ["REFUSED", None])
def test_a_user_who_says_no_or_nothing_ends_it(billed, said):
    request = ask(billed)
    decide(billed, request)
    look(billed)
    if said:
        user_says(billed, request, said)
    else:
        billed.advance("P3DT1H")
    look(billed)
    assert of(billed, request).state == "declined"
    with billed.people.as_("fay"):
        assert "DETAILS_ENDED" in [one.code for one in session.query(Notice)]
    with billed.people.as_("fay"), pytest.raises(Conflict):
        details.days(session.get_one(DetailRequest, request))


def test_who_dies_in_the_middle_asks_with_the_same_key_and_the_user_once(billed, monkeypatch):
    request = ask(billed)
    decide(billed, request)
    with monkeypatch.context() as dying:
        dying.setattr(details, "hear_consent", lambda *_: (_ for _ in ()).throw(MemoryError))
        billed.skip(6)
        with pytest.raises(MemoryError):
            jobs.look_at_details(billed.people.acme)
    look(billed)
    texts = billed.simulator.plain("GET", "/sim/sms").text
    assert texts.count("/consent/") == 1


@pytest.mark.parametrize(
    ("status", "code"),
    [(409, "REQUEST_IN_PROGRESS"), (401, "TIMESTAMP_SKEW"), (429, "RATE_LIMITED"), (500, "INTERNAL")],
)
def test_an_operator_that_is_busy_has_not_refused(billed, monkeypatch, status, code):
    request = ask(billed)
    decide(billed, request)
    busy = httpx.Response(status, json={"code": code}, request=httpx.Request("POST", "http://operator"))
    with monkeypatch.context() as today:
        today.setattr(month.gateway(), "_call", lambda *_: busy)
        look(billed)
    assert of(billed, request).state == "consenting"
    look(billed)
    assert of(billed, request).consent_id


def test_what_was_fetched_is_gone_after_seven_days(billed):
    request = fetched(billed)
    file = of(billed, request).file_id
    look(billed, details.KEPT)
    assert (of(billed, request).state, of(billed, request).file_id) == ("expired", None)
    with billed.people.as_("fay"):
        assert session.get(StoredFile, file) is None


def test_a_second_person_says_no_and_one_takes_ones_own_back(billed):
    request = ask(billed)
    decide(billed, request, agrees=False)
    assert of(billed, request).state == "returned"
    again = ask(billed)
    with billed.people.as_("fay"), transaction():
        details.take_back("finance", billed.people.users["fay"][0], again)
    assert of(billed, again).state == "returned"


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"purpose": "curiosity"}, "E_DETAILS"),
        ({"period": rules.months_before(LAST, 7)}, "E_DETAILS"),
        ({"period": rules.months_before(LAST, -2)}, "E_DETAILS"),
        ({"period": "x"}, "E_DETAILS"),
    ],
)
def test_without_a_purpose_or_a_month_that_is_kept_nothing_is_asked(billed, facts, code):
    with pytest.raises(Conflict) as refused:
        ask(billed, **facts)
    assert refused.value.code == code


def test_a_letter_of_authorisation_that_ended_stops_it(billed):
    with billed.people.as_("ann"), transaction():
        session.query(Standing).delete()
        session.add(
            Standing(
                arrears=False,
                owed_fen=0,
                letter="A",
                letter_until=clock.today() - timedelta(days=1),
                looked_at=clock.now(),
            )
        )
    with pytest.raises(Conflict) as refused:
        ask(billed)
    assert refused.value.code == "E_LETTER_EXPIRED"


@pytest.mark.parametrize("role", ["office", "hr", "auditor", "approver"])
def test_only_finance_and_the_owner_ask(billed, role):
    with pytest.raises(NotAllowed):
        ask(billed, role=role)


def test_who_decides_sees_what_he_decides_on():
    assert all(allows("approver", one) for one in (Permission.DETAILS_READ, Permission.DETAILS_APPROVE))


@pytest.mark.parametrize("role", ["office", "hr", "auditor", "finance"])
def test_only_approvers_and_the_owner_decide(billed, role):
    request = ask(billed)
    with pytest.raises(NotAllowed):
        decide(billed, request, role=role)


def test_the_pages_show_it_to_who_may_and_the_trail_says_who_looked(billed, sign_in):
    request = fetched(billed)
    fay = sign_in("fay")
    assert "可以查看" in fay.get("/details/").text
    assert "通话分钟" in fay.get(f"/details/{request}/").text
    rows = list(csv.reader(io.StringIO(fay.get(f"/details/{request}/file.csv").data.decode("utf-8-sig"))))
    assert len(rows) == rules.last_day(LAST).day + 1
    with billed.people.as_("olga"):
        looked = session.query(AuditEvent).where(
            AuditEvent.entity == "detail_requests", AuditEvent.action == "reveal"
        )
        assert [one.changes["fields"] for one in looked.order_by(AuditEvent.id)] == [["look"], ["file"]]
    assert sign_in("vic").get("/details/").status_code == 200
    assert sign_in("vic").get(f"/details/{request}/").status_code == 403
    assert sign_in("ann").get("/details/").status_code == 403, "who neither asks nor decides nor audits"
    assert sign_in("bo").get(f"/details/{request}/").status_code == 404


@pytest.mark.parametrize("address", ["/details/{id}/", "/details/{id}/file.csv"])
def test_an_old_code_shows_nothing(billed, app, address):
    request = fetched(billed)
    fay = Browser(app, billed.people.sessions("fay", factor_age=timedelta(minutes=11)))
    answer = fay.get(address.format(id=request))
    assert (answer.status_code, answer.headers["Location"]) == (302, "/second-factor")


def test_asking_and_deciding_on_the_pages_take_a_fresh_code(billed, app, sign_in):
    old = Browser(app, billed.people.sessions("fay", factor_age=timedelta(minutes=11)))
    with billed.people.as_("fay"):
        line = first_line()
    form = {"line": str(line), "period": LAST, "purpose": "audit", "note": ""}
    assert old.post("/details/ask", form).headers["Location"] == "/second-factor"
    fay = sign_in("fay")
    assert "申请" in fay.get(f"/details/?line={line}").text
    assert fay.post("/details/ask", form).status_code == 302
    olga = sign_in("olga")
    with billed.people.as_("fay"):
        request = session.query(DetailRequest).one().id
    olga.post(f"/details/{request}/decide", {"answer": "agree"})
    assert of(billed, request).state == "consenting"
    for wrong in ("0", "x", str(10**30)):
        assert fay.post("/details/ask", form | {"line": wrong}).status_code in (404, 409)
