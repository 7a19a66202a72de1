"""A line's life at the simulator, walked at random beside a small model that says what must come of each order."""

from dataclasses import dataclass, field
from datetime import datetime

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from console.carrier.simulator import progress
from console.carrier.simulator.clock import china, from_rfc3339, next_month_start
from console.carrier.simulator.errors import ApiError
from tests.carrier.inside import Inside, user

FEES = {"SZX019": 1900, "QQT5G089": 8900, "QQT5G129": 12900, "QQT5G199": 19900}
CONTRACT_MONTHS = {"QQT5G129": 12, "QQT5G199": 12}
EXTRAS = ("CRING", "VNET_BASIC", "VNET_UNL")
NEEDS = {"VNET_UNL": "VNET_BASIC"}
OK = None


@dataclass
class Model:
    """What a clerk would write on a card about the line."""

    lifecycle: str = "ACTIVE"
    plan: str = "QQT5G089"
    contract_end: datetime | None = None
    next_plan: str | None = None
    ends: bool = False
    extras: set[str] = field(default_factory=set)
    leaving: list[str] = field(default_factory=list)
    limit: int | None = None
    back_on: datetime | None = None

    def months_bound(self, first: datetime) -> int:
        if self.contract_end is None or self.contract_end <= first:
            return 0
        return (self.contract_end.year - first.year) * 12 + self.contract_end.month - first.month

    def penalty(self, new_fee: int, first: datetime) -> int:
        return self.months_bound(first) * max(0, FEES[self.plan] - new_fee)

    def not_in(self, *allowed: str) -> str | None:
        if self.lifecycle in allowed:
            return OK
        return "RISK_SUSPENDED" if self.lifecycle == "RISK_SUSPENDED" else "STATE_NOT_ALLOWED"


class LifeOfALine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.inside = Inside()
        self.msisdn = self.inside.line()
        self.model = Model()
        self.orders: dict[str, str] = {}
        self.people = 5000

    def teardown(self) -> None:
        self.inside.close()

    @property
    def today(self) -> datetime:
        return china(self.inside.sim.clock.now())

    @property
    def next_first(self) -> datetime:
        return china(next_month_start(self.inside.sim.clock.now()))

    def ask(self, expected: str | None, order_type: str, **more: object) -> bool:
        """Whether the order was taken, which the model has foretold."""
        try:
            order = self.inside.ask(order_type, self.msisdn, **more)
        except ApiError as error:
            assert error.code == expected, (order_type, error.code, expected)
            return False
        assert expected is OK, (order_type, order["state"], expected)
        assert order["state"] in ("completed", "pending")
        if order["state"] == "pending":
            self.orders[order_type] = order["orderId"]
        return True

    def living(self) -> bool:
        return self.model.lifecycle != "TERMINATED"

    @precondition(living)
    @rule(code=st.sampled_from(sorted(FEES)), pays=st.booleans())
    def change_plan(self, code: str, pays: bool) -> None:
        model, penalty = self.model, self.model.penalty(FEES[code], self.next_first)
        expected = "PENDING_CHANGE_EXISTS" if model.next_plan or model.ends else model.not_in("ACTIVE")
        if expected is OK and code == model.plan:
            expected = "ALREADY_SUBSCRIBED"
        if expected is OK and penalty and not pays:
            expected = "CONTRACT_LOCK"
        accepted = {"acceptedPenaltyFen": penalty} if pays else {}
        if self.ask(expected, "CHANGE_PLAN", products=[{"code": code}], **accepted):
            model.next_plan = code

    @precondition(living)
    @rule()
    def suspend(self) -> None:
        suspended = self.model.lifecycle in ("SUSPENDED", "LOST")
        if self.ask("ALREADY_SUSPENDED" if suspended else self.model.not_in("ACTIVE"), "SUSPEND"):
            self.model.lifecycle, self.model.back_on = (
                "SUSPENDED",
                self.today.replace(year=self.today.year + 1),
            )

    @precondition(living)
    @rule()
    def resume(self) -> None:
        if self.ask(self.model.not_in("SUSPENDED", "LOST"), "RESUME"):
            self.model.lifecycle, self.model.back_on = "ACTIVE", None

    @precondition(living)
    @rule()
    def report_lost(self) -> None:
        lost = (
            "ALREADY_SUSPENDED"
            if self.model.lifecycle == "LOST"
            else self.model.not_in("ACTIVE", "SUSPENDED")
        )
        if self.ask(lost, "REPORT_LOST"):
            self.model.lifecycle, self.model.back_on = "LOST", None

    @precondition(living)
    @rule()
    def replace_card(self) -> None:
        model, iccid = self.model, self.inside.stock()
        expected = "PENDING_CHANGE_EXISTS" if model.ends else model.not_in("ACTIVE", "SUSPENDED", "LOST")
        if self.ask(expected, "REPLACE_SIM", subscriber={"iccid": iccid}):
            assert self.inside.view(self.msisdn)["iccid"] == iccid
            model.lifecycle = "ACTIVE" if model.lifecycle == "LOST" else model.lifecycle

    @precondition(living)
    @rule()
    def change_user(self) -> None:
        model, self.people = self.model, self.people + 1
        expected = "PENDING_CHANGE_EXISTS" if model.ends else model.not_in("ACTIVE", "SUSPENDED", "LOST")
        if self.ask(expected, "CHANGE_USER", subscriber={"user": self.inside.sealed(user(self.people))}):
            model.lifecycle, model.back_on = "ACTIVE", None

    @precondition(living)
    @rule(limit=st.sampled_from([None, 1024, 2048]))
    def limit(self, limit: int | None) -> None:
        model = self.model
        expected = "PENDING_CHANGE_EXISTS" if model.ends else model.not_in("ACTIVE", "SUSPENDED", "LOST")
        if expected is OK and limit == model.limit:
            expected = "STATE_NOT_ALLOWED" if limit is None else "ALREADY_SUBSCRIBED"
        asked = {"dataLimit": {"limitMb": limit}} if limit else {}
        if self.ask(expected, "SET_DATA_LIMIT" if limit else "CLEAR_DATA_LIMIT", **asked):
            model.limit = limit

    @precondition(living)
    @rule(code=st.sampled_from(EXTRAS))
    def add(self, code: str) -> None:
        model = self.model
        expected = "PENDING_CHANGE_EXISTS" if model.ends or code in model.leaving else model.not_in("ACTIVE")
        if expected is OK and code in model.extras:
            expected = "ALREADY_SUBSCRIBED"
        staying = (model.extras - set(model.leaving)) | {code}
        if expected is OK and NEEDS.get(code, code) not in staying:
            expected = "PLAN_DEPENDENCY"
        if self.ask(expected, "ADD_PRODUCT", products=[{"code": code, "effective": "NOW"}]):
            model.extras.add(code)

    @precondition(living)
    @rule(code=st.sampled_from(EXTRAS))
    def remove(self, code: str) -> None:
        model = self.model
        staying = model.extras - set(model.leaving)
        expected = "PENDING_CHANGE_EXISTS" if model.ends or code in model.leaving else None
        expected = expected or model.not_in("ACTIVE", "SUSPENDED")
        if expected is OK and code not in staying:
            expected = "STATE_NOT_ALLOWED"
        if expected is OK and any(NEEDS.get(other) == code for other in staying):
            expected = "PLAN_DEPENDENCY"
        if self.ask(expected, "REMOVE_PRODUCT", products=[{"code": code}]):
            model.leaving.append(code)

    @precondition(living)
    @rule(pays=st.booleans())
    def terminate(self, pays: bool) -> None:
        model, penalty = self.model, self.model.penalty(0, self.next_first)
        waiting = model.ends or model.next_plan or model.leaving
        expected = "PENDING_CHANGE_EXISTS" if waiting else None
        if expected is OK and penalty and not pays:
            expected = "CONTRACT_LOCK"
        accepted = {"acceptedPenaltyFen": penalty} if pays else {}
        if self.ask(expected, "TERMINATE", **accepted):
            model.ends = True

    @precondition(lambda self: self.model.next_plan or self.model.ends)
    @rule()
    def take_back(self) -> None:
        order = self.orders["CHANGE_PLAN" if self.model.next_plan else "TERMINATE"]
        assert self.inside.cancel(order)["state"] == "cancelled"
        self.model.next_plan, self.model.ends = None, False

    @precondition(living)
    @rule()
    def risk_control(self) -> None:
        if self.model.lifecycle == "RISK_SUSPENDED":
            self.inside.counter("RISK_RESTORE", self.msisdn)
            self.model.lifecycle = "ACTIVE"
        else:
            self.inside.counter("RISK_SUSPEND", self.msisdn)
            self.model.lifecycle, self.model.back_on = "RISK_SUSPENDED", None

    @rule()
    def a_week_passes(self) -> None:
        self._until(self.inside.sim.clock.now() + 7 * 86_400_000)

    @rule()
    def the_month_ends(self) -> None:
        self._until(from_rfc3339(self.next_first.isoformat()) + 3_600_000)

    def _until(self, moment: int) -> None:
        first, now = self.next_first, self.inside.sim.clock.now()
        self.inside.sim.advance(moment - now)
        progress.catch_up(self.inside.sim)
        if self.living() and self.today >= first:
            self._new_month(first)
        if self.model.back_on and self.today >= self.model.back_on and self.living():
            self.model.lifecycle, self.model.back_on = "ACTIVE", None

    def _new_month(self, first: datetime) -> None:
        model = self.model
        in_use = model.lifecycle in ("ACTIVE", "SUSPENDED", "LOST")
        if in_use:
            model.extras -= set(model.leaving)
        model.leaving = []
        if model.next_plan and in_use:
            months, dearer = CONTRACT_MONTHS.get(model.next_plan), FEES[model.next_plan] >= FEES[model.plan]
            kept = model.contract_end if dearer else None
            model.contract_end = first.replace(year=first.year + 1) if months else kept
            model.plan = model.next_plan
        model.next_plan = None
        if model.ends:
            model.lifecycle, model.ends = "TERMINATED", False

    @invariant()
    def the_operator_shows_what_the_model_says(self) -> None:
        if not self.living():
            assert self.inside.gone(self.msisdn)
            return
        view, model = self.inside.view(self.msisdn), self.model
        assert (view["lifecycle"], view["plan"], view["pendingPlan"]) == (
            model.lifecycle,
            model.plan,
            model.next_plan,
        )
        assert set(view["products"]) == model.extras
        assert (view["dataLimit"] or {}).get("limitMb") == model.limit
        assert (view["suspension"] is not None) == (model.lifecycle == "SUSPENDED")
        shown = view["contractEnd"] and datetime.fromisoformat(view["contractEnd"])
        assert shown == model.contract_end

    @invariant()
    def the_ledger_proves_itself(self) -> None:
        assert self.inside.verified() == []


TestLifeOfALine = LifeOfALine.TestCase
TestLifeOfALine.settings = settings(
    max_examples=20,
    stateful_step_count=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
