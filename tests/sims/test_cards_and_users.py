"""A new card for a line and another person for a number: ordered, carried out, and in our books as at the operator."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from console.audit.models import AuditEvent
from console.bulk import actions as batches
from console.core.db import session, transaction
from console.employees.models import Employee
from console.sims.models import EsimHandover, SimCard
from tests.cast import Browser
from tests.sims.test_line_changes import codes, done, of, send, staff
from tests.sims.test_line_orders import carried_out, lines, quoted, total

__all__ = ["send", "staff"]

EID = "89086030200000000000000000000177"


def cards(operator):
    with operator.people.as_("ann"):
        return {card.iccid: card.state for card in session.scalars(select(SimCard))}


def test_a_plastic_card_comes_from_the_drawer_and_costs_what_the_operator_says(operator, staff, send):
    old = lines(operator)[0].sim_id
    batch = send("replace-cards", ("工号", "新卡类型", "原因"), (staff[0][0], "实体卡", "损坏"))
    assert codes(operator, batch) == []
    sums = total(operator, batch)
    assert sums.now == quoted(operator, batch) == 1000
    done(operator, batch)
    operator.until(lambda: lines(operator)[0].sim_id != old)
    with operator.people.as_("ann"):
        states = [session.get(SimCard, one).state for one in (old, lines(operator)[0].sim_id)]
    assert states == ["scrapped", "assigned"]


def test_a_lost_card_is_replaced_after_the_loss_was_reported(operator, staff, send):
    asks = ("工号", "新卡类型", "原因")
    early = send("replace-cards", asks, (staff[0][0], "实体卡", "遗失"))
    assert [code for _row, code in codes(operator, early)] == ["E_LOST_FIRST"]
    with operator.people.as_("ann"), transaction():
        batches.withdraw("office", early)
    carried_out(operator, send("report-lost", ("工号", "姓名"), staff[0]))
    operator.until(lambda: lines(operator)[0].state == "lost")
    batch = send("replace-cards", asks, (staff[0][0], "实体卡", "遗失"))
    assert codes(operator, batch) == []
    carried_out(operator, batch)


def test_a_refused_replacement_gives_its_card_back(operator, staff, send):
    before = cards(operator)
    batch = send("replace-cards", ("工号", "新卡类型", "原因"), (staff[0][0], "实体卡", "损坏"))
    operator.confirm(batch)
    operator.simulator.lever("POST", "/lines", {
        "msisdn": operator.lines()[0][0], "action": "RISK_SUSPEND", "channel": "COUNTER",
    })  # fmt: skip
    operator.until(lambda: [order.state for order in of(operator, batch)] == ["failed"])
    assert cards(operator) == before


@pytest.mark.parametrize(("eid", "code"), [(None, "E_EID_MISSING"), (EID[:-1] + "8", "E_EID_FORMAT")])
def test_an_esim_needs_the_number_of_its_chip(operator, staff, send, eid, code):
    batch = send("replace-cards", ("工号", "新卡类型", "原因", "EID"), (staff[0][0], "eSIM", "换卡类型", eid))
    assert code in [one for _row, one in codes(operator, batch)]


def test_a_number_goes_to_somebody_else_and_is_his_in_our_books(operator, staff, send):
    number = operator.lines()[0][0]
    asks = ("号码", "工号", "姓名", "证件号码", "部门")
    batch = send("change-users", asks, (number, "QL7001", "测试乙", "110101199003079913", "财务部"))
    assert codes(operator, batch) == []
    row = operator.rows(batch)[0]
    assert row.values["was"] == {"name": staff[0][1]}
    carried_out(operator, batch)
    with operator.people.as_("ann"):
        person = session.scalars(select(Employee).where(Employee.number == "QL7001")).one().id
    operator.until(lambda: lines(operator)[0].employee_id == person)
    again = send("change-users", asks[:4], (number, "QL7001", "测试乙", "110101199003079913"))
    assert "E_USER_SAME" in [code for _row, code in codes(operator, again)]


def test_the_sixth_number_of_one_document_is_found_in_the_file(operator, staff, send):
    batch = operator.order(*[None] * 4)
    operator.until(lambda: [line[3] for line in operator.lines()].count("active") == 6)
    numbers = [line[0] for line in operator.lines()]
    rows = [(one, "QL7001", "测试乙", "110101199003079913") for one in numbers]
    handed = send("change-users", ("号码", "工号", "姓名", "证件号码"), *rows)
    assert batch and codes(operator, handed) == [(7, "E_ONE_ID_FILE")]


def handed_over(operator, send, who, eid=EID):
    """An eSIM that waits to be handed over: its order."""
    batch = send("replace-cards", ("工号", "新卡类型", "原因", "EID"), (who, "eSIM", "换卡类型", eid))
    assert codes(operator, batch) == [] and total(operator, batch).now == 0
    operator.confirm(batch)
    operator.until(lambda: [order.state for order in of(operator, batch)] == ["done"])
    return of(operator, batch)[0]


def test_an_activation_code_is_shown_once_after_a_fresh_code_and_recorded(operator, staff, send, sign_in):
    order = handed_over(operator, send, staff[0][0])
    ann = sign_in("ann")
    assert f"/esim/{order.id}" in ann.get(f"/lines/details/?id={order.line_id}").get_data(as_text=True)
    page = ann.get(f"/esim/{order.id}").get_data(as_text=True)
    assert "LPA:1" not in page and staff[0][1] in page
    first = ann.post(f"/esim/{order.id}/code")
    assert re.search(r"LPA:1\$[a-z.]+\$[0-9A-Z-]+", first.get_data(as_text=True))
    assert "data:image/svg+xml" in first.get_data(as_text=True)
    assert first.headers["Cache-Control"] == "no-store"
    again = ann.post(f"/esim/{order.id}/code", follow_redirects=True).get_data(as_text=True)
    assert "LPA:1" not in again and "只显示一次" in again
    assert f"/esim/{order.id}" not in ann.get(f"/lines/details/?id={order.line_id}").get_data(as_text=True)
    with operator.people.as_("ann"):
        seen = session.scalars(select(AuditEvent).where(AuditEvent.action == "reveal")).all()
        kept = session.scalars(select(EsimHandover)).one()
    assert [(one.entity, one.entity_id, one.changes["purpose"]) for one in seen] == [
        ("orders", order.id, "esim")
    ]
    assert kept.shown_at is not None


def test_an_old_proof_of_identity_opens_no_activation_code(operator, app, staff, send):
    order = handed_over(operator, send, staff[0][0])
    old = Browser(app, operator.people.sessions("ann", timedelta(hours=1)))
    answer = old.post(f"/esim/{order.id}/code")
    assert answer.status_code == 302 and "second-factor" in answer.headers["Location"]
    with operator.people.as_("ann"):
        assert session.scalars(select(EsimHandover)).all() == []


@pytest.mark.parametrize(("login", "status"), [("bo", 404), ("vic", 403), ("hal", 403)])
def test_strangers_and_lookers_see_no_page_of_an_esim(operator, staff, send, sign_in, login, status):
    order = handed_over(operator, send, staff[0][0])
    assert sign_in(login).get(f"/esim/{order.id}").status_code == status
    assert sign_in(login).post(f"/esim/{order.id}/code").status_code == status
