"""Products, limits, days of suspension, loss and end of lines: what is asked, what it costs, what the operator did."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import undefer

from console.bulk import actions as batches
from console.bulk import costs
from console.core import clock
from console.core.clock import next_cycle
from console.core.db import session, transaction
from console.orders.models import Order
from console.sims.models import Line
from tests.sims.test_line_changes import codes, done, of, send, staff

__all__ = ["send", "staff"]


def lines(operator):
    with operator.people.as_("ann"):
        return list(session.scalars(select(Line).order_by(Line.id)))


def total(operator, batch):
    with operator.people.as_("ann"):
        return costs.total(batch)


def carried_out(operator, batch):
    operator.confirm(batch)
    done(operator, batch)


def quoted(operator, batch):
    """分 that the operator says the orders of a confirmed batch cost, before any of them is sent."""
    operator.confirm(batch)
    with operator.people.as_("ann"), transaction():
        batches.apply_some(batch)
        wanted = select(Order).where(Order.batch_id == batch).options(undefer(Order.payload))
        asked = [order.payload for order in session.scalars(wanted)]
    due = 0
    for payload in asked:
        answer = operator.simulator.call("POST", "/orders", payload | {"externalId": "asked", "dryRun": True})
        assert answer.json.get("result") == "OK", answer.text
        due += answer.json["dueFen"]
    return due


def test_a_pack_costs_once_what_the_operator_charges_and_may_be_bought_again(operator, staff, send):
    for _time in range(2):
        batch = send("add-products", ("工号", "产品"), (staff[0][0], "国内流量加油包10GB月包"))
        assert codes(operator, batch) == []
        before = total(operator, batch).now
        assert before == quoted(operator, batch) == 2000
        done(operator, batch)
    with operator.people.as_("ann"):
        order = session.scalars(select(Order).where(Order.batch_id == batch)).one()
    assert order.kind == "ADD_PRODUCT"


def test_a_product_brings_what_it_needs_and_the_base_stays_as_long_as_it_is_needed(operator, staff, send):
    batch = send(
        "add-products", ("工号", "产品", "生效时间"), (staff[0][0], "集团V网组内语音1000分钟包", "立即")
    )
    assert codes(operator, batch) == []
    sums = total(operator, batch)
    assert sums.monthly == 500 and sums.now == quoted(operator, batch)
    done(operator, batch)
    operator.until(lambda: sorted(lines(operator)[0].products) == ["VNET_BASIC", "VNET_FLEX"])
    wrong = send(
        "add-products",
        ("工号", "产品"),
        (staff[0][0], "集团V网组内语音不限量包"),
        (staff[1][0], "国际漫游流量7天包"),
    )
    assert [code for _row, code in codes(operator, wrong)] == ["E_PRODUCT_CLASH", "E_PRODUCT_ROAMING"]
    base = send("remove-products", ("工号", "产品"), (staff[0][0], "集团V网(短号)基础功能"))
    assert [code for _row, code in codes(operator, base)] == ["E_PRODUCT_NEEDED"]
    gone = send("remove-products", ("工号", "产品"), (staff[0][0], "集团V网组内语音1000分钟包"))
    assert codes(operator, gone) == [] and total(operator, gone).monthly == -200
    operator.confirm(gone)
    operator.until(lambda: [(o.state, o.effective_on) for o in of(operator, gone)] == [
        ("accepted", next_cycle(clock.today()))
    ])  # fmt: skip


def test_roaming_is_enabled_when_the_person_has_agreed(operator, staff, send):
    asks = ("工号", "产品", "本人已确认")
    silent = send("add-products", asks, (staff[0][0], "国际/港澳台长途及漫游功能", None))
    assert [code for _row, code in codes(operator, silent)] == ["E_PAPER_AGREED"]
    batch = send("add-products", asks, (staff[0][0], "国际/港澳台长途及漫游功能", "是"))
    assert codes(operator, batch) == []
    carried_out(operator, batch)
    assert [order.kind for order in of(operator, batch)] == ["ROAMING_ON"]


def test_a_limit_is_set_and_taken_away(operator, staff, send):
    batch = send(
        "data-limits",
        ("工号", "每月限额", "到限后"),
        (staff[0][0], "20GB", "限速"),
        (staff[1][0], "不限", None),
    )
    assert [code for _row, code in codes(operator, batch)] == ["E_LIMIT_NONE"]
    carried_out(operator, batch)
    operator.until(
        lambda: (lines(operator)[0].limit_mb, lines(operator)[0].limit_action) == (20480, "THROTTLE")
    )
    off = send("data-limits", ("工号", "每月限额"), (staff[0][0], "不限"))
    assert codes(operator, off) == []
    carried_out(operator, off)
    operator.until(lambda: lines(operator)[0].limit_mb is None)


def test_a_suspension_has_a_first_and_a_last_day(operator, staff, send):
    first, last = clock.today() + timedelta(days=2), clock.today() + timedelta(days=9)
    batch = send(
        "suspend",
        ("工号", "首日", "末日"),
        (staff[0][0], str(first), str(last)),
        (staff[1][0], str(last), str(first)),
    )
    assert [code for _row, code in codes(operator, batch)] == ["E_SUSPEND_ORDER"]
    operator.confirm(batch)
    operator.until(lambda: [(o.state, o.effective_on) for o in of(operator, batch)] == [("accepted", first)])
    again = send("suspend", ("工号", "姓名"), staff[0])
    assert [code for _row, code in codes(operator, again)] == ["E_LINE_SCHEDULED"]
    operator.advance("P3D")
    operator.skip(3 * 86400)
    operator.until(lambda: lines(operator)[0].state == "suspended")
    operator.advance("P8D")
    operator.skip(8 * 86400)
    operator.until(lambda: lines(operator)[0].state == "active")


def test_a_lost_number_stops_at_once_and_comes_back(operator, staff, send):
    batch = send("report-lost", ("工号", "姓名"), staff[0])
    carried_out(operator, batch)
    operator.until(lambda: lines(operator)[0].state == "lost")
    assert sorted(one["lifecycle"] for one in operator.ledger()["subscribers"]) == ["ACTIVE", "LOST"]
    again = send("report-lost", ("工号", "姓名"), staff[0])
    assert [code for _row, code in codes(operator, again)] == ["E_LINE_LOST"]
    back = send("resume", ("工号", "姓名"), staff[0])
    assert (total(operator, back).monthly, codes(operator, back)) == (0, [])
    carried_out(operator, back)
    operator.until(lambda: lines(operator)[0].state == "active")


def test_a_number_ends_with_the_cycle_and_nothing_else_can_be_asked_until_then(operator, staff, send):
    fee = lines(operator)[0].plan_id
    batch = send("terminate", ("工号", "原因"), (staff[0][0], "不再使用"))
    assert codes(operator, batch) == [] and fee
    assert total(operator, batch).monthly < 0
    operator.confirm(batch)
    operator.until(lambda: [o.state for o in of(operator, batch)] == ["accepted"])
    assert lines(operator)[0].state == "active"
    other = send("data-limits", ("工号", "每月限额"), (staff[0][0], "5GB"))
    assert [code for _row, code in codes(operator, other)] == ["E_LINE_ENDING"]
    days = (next_cycle(clock.today()) - clock.today()).days
    operator.advance(f"P{days}D")
    operator.skip(days * 86400)
    operator.until(lambda: lines(operator)[0].state == "terminated")


def test_leaving_a_contract_costs_its_penalty_and_is_carried_out_for_exactly_that(operator, staff, send):
    up = send("change-plan", ("工号", "新套餐", "生效时间"), (staff[0][0], "全球通5G商务套餐129元档", "立即"))
    before = total(operator, up).now
    assert before == quoted(operator, up)
    done(operator, up)
    operator.until(lambda: lines(operator)[0].contract_end is not None)
    asks = ("工号", "新套餐", "接受违约金")
    refused = send("change-plan", asks, (staff[0][0], "全球通5G商务套餐89元档", None))
    assert [code for _row, code in codes(operator, refused)] == ["E_CONTRACT_LOCK"]
    batch = send("change-plan", asks, (staff[0][0], "全球通5G商务套餐89元档", "是"))
    assert codes(operator, batch) == []
    sums = total(operator, batch)
    assert sums.penalty == 11 * 4000 and sums.monthly == -4000
    assert sums.now == quoted(operator, batch)
    operator.until(lambda: [o.state for o in of(operator, batch)] == ["accepted"])


@pytest.mark.parametrize("login", ["hal", "fay", "vic"])
def test_who_may_not_end_numbers_is_not_offered_it(sign_in, login):
    page = sign_in(login).get("/bulk/new").get_data(as_text=True)
    assert "销户" not in page.partition("<main")[2]
