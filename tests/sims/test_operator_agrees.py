"""Our table of what may be asked in which state of a line is the operator's own, asked state by state."""

import pytest

from console.sims import rules
from console.sims.rules import Held, Terms, Work
from console.sims.states import LineState

PLAN = Terms("QQT5G059", 5900, "DAILY", 0, ())
USER = {"name": "测试乙", "idType": "RESIDENT_ID"}
ASKS = {
    Work.ADD_PRODUCT: {"products": [{"action": "add", "code": "ADD10GM"}]},
    Work.CHANGE_PLAN: {"products": [{"action": "add", "code": "QQT5G089"}]},
    Work.CHANGE_USER: {},
    Work.CLEAR_DATA_LIMIT: {},
    Work.REMOVE_PRODUCT: {"products": [{"action": "delete", "code": "CRING"}]},
    Work.REPLACE_SIM: {},
    Work.ROAMING_ON: {"userConfirmed": True},
    Work.SET_DATA_LIMIT: {"dataLimit": {"limitMb": 1024}},
}
"""What each order needs besides, so that only the state can stand in its way."""
LEADS_TO = {
    LineState.ACTIVE: (),
    LineState.SUSPENDED: ("SUSPEND",),
    LineState.LOST: ("REPORT_LOST",),
    LineState.RISK_SUSPENDED: ("RISK_SUSPEND",),
}
NUMBER, CARD, SPARE = "13800003301", "89860219000000330107", "89860219000000330206"


@pytest.fixture(params=LEADS_TO, ids=str)
def state(request, operator):
    """The operator has a line in this state, with a product and a limit."""
    seed = {
        "groupCode": "JT-ACME",
        "numbers": [NUMBER],
        "sims": [{"iccid": CARD}, {"iccid": SPARE}],
        "lines": [{"msisdn": NUMBER, "iccid": CARD, "plan": PLAN.code, "products": ["CRING"]}],
    }
    operator.simulator.lever("POST", "/seed", seed)
    limit = {
        "msisdn": NUMBER,
        "action": "SET_DATA_LIMIT",
        "channel": "COUNTER",
        "dataLimit": {"limitMb": 2048},
    }
    operator.simulator.lever("POST", "/lines", limit)
    for action in LEADS_TO[request.param]:
        operator.simulator.lever("POST", "/lines", {"msisdn": NUMBER, "action": action, "channel": "COUNTER"})
    return request.param


def test_what_we_allow_in_a_state_the_operator_takes_and_nothing_else(operator, state):
    ours, theirs = {}, {}
    for work in rules.ALLOWED:
        line = Held(
            1,
            2,
            3,
            state.value,
            PLAN,
            None,
            waiting=False,
            busy=False,
            products=("CRING",),
            limit=(2048, "CUT"),
        )
        ours[work] = rules.why_not(work, line) is None
        theirs[work] = asked(operator, work)
    assert ours == theirs


def asked(operator, work):
    """Whether the operator would take it."""
    order = {
        "externalId": f"asks {work}",
        "type": work.value,
        "customer": {"groupCode": "JT-ACME"},
        "subscriber": {"msisdn": NUMBER},
        "dryRun": True,
    } | ASKS.get(work, {})
    if work is Work.CHANGE_USER:
        order["subscriber"] |= {"user": USER | {"idNoEnc": operator.simulator.sealed("110101199003079913")}}
    if work is Work.REPLACE_SIM:
        order["subscriber"] |= {"iccid": SPARE}
    return operator.simulator.call("POST", "/orders", order).json.get("result") == "OK"
