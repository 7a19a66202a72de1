"""Cards are taken in by list and by range, numbers are kept and given back: our drawer says what the operator says."""

from sqlalchemy import select

from console.core.db import session
from console.sims import queries
from console.sims.models import PhoneNumber, SimCard
from tests.sims.test_line_changes import codes, send

__all__ = ["send"]

NUMBERS = ["13800003341", "13800003342"]


def rows_of(operator, batch):
    return [row.state for row in operator.rows(batch)]


def cards(operator):
    with operator.people.as_("ann"):
        return set(session.scalars(select(SimCard.iccid)))


def carried_out(operator, batch):
    operator.confirm(batch)
    operator.work()


def test_a_box_of_cards_is_taken_in_by_its_first_and_last(operator, send):
    box = [f"{one[:19]}0" for one in ([*(f"{int('8986021900000033010') + n}" for n in range(5))])]
    operator.simulator.lever(
        "POST", "/seed", {"groupCode": "JT-ACME", "sims": [{"iccid": one} for one in box]}
    )
    before = cards(operator)
    batch = send("take-in-cards", ("SIM 卡号", "末张卡号"), (box[0], box[-1]), (box[3], None))
    assert codes(operator, batch) == [(3, "E_DUP_ICCID")]
    carried_out(operator, batch)
    assert rows_of(operator, batch) == ["done", "wrong"]
    assert cards(operator) - before == set(box)
    again = send("take-in-cards", ("SIM 卡号", "末张卡号"), (box[1], None))
    assert [code for _row, code in codes(operator, again)] == ["E_SIM_HAVE"]


def test_cards_that_the_operator_does_not_know_stay_outside_with_the_reason(operator, send):
    before = cards(operator)
    batch = send("take-in-cards", ("SIM 卡号", "末张卡号"), ("89860219000000990107", None))
    assert codes(operator, batch) == []
    carried_out(operator, batch)
    assert cards(operator) == before
    assert codes(operator, batch) == [(2, "E_STOCK_CARD")]


def test_a_range_must_be_one(operator, send):
    batch = send(
        "take-in-cards", ("SIM 卡号", "末张卡号"),
        ("89860219000000330107", "89860219000099330107"), ("8986021900000033A107", "89860219000000330117"),
    )  # fmt: skip
    assert [code for _row, code in codes(operator, batch)] == ["E_ICCID_RANGE", "E_ICCID_RANGE"]


def test_numbers_are_kept_and_given_back(operator, send):
    operator.simulator.lever("POST", "/seed", {"groupCode": "JT-ACME", "numbers": NUMBERS[:1]})
    operator.simulator.lever("POST", "/seed", {"groupCode": "JT-BOLT", "numbers": NUMBERS[1:]})
    batch = send("keep-numbers", ("号码",), (NUMBERS[0],), (NUMBERS[1],))
    carried_out(operator, batch)
    assert codes(operator, batch) == [(3, "E_STOCK_TAKEN_NUMBER")]
    assert state_of(operator, NUMBERS[0]) == "locked"
    back = send("give-back-numbers", ("号码",), (NUMBERS[0],), (NUMBERS[1],))
    assert codes(operator, back) == [(3, "E_NUMBER_NOT_LOCKED")]
    carried_out(operator, back)
    assert state_of(operator, NUMBERS[0]) == "lost"


def state_of(operator, msisdn):
    with operator.people.as_("ann"):
        wanted = select(PhoneNumber.state).where(PhoneNumber.msisdn_index == queries.msisdn_index(msisdn))
        return session.scalars(wanted).one()
