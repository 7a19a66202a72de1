"""What answers, call-backs and silence mean for an order, in whatever order and however often they come."""

import random
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.orders import rules
from console.orders.rules import Answer, Kind, View, after_answer, heard
from console.orders.states import OrderState

FINAL = (OrderState.DONE, OrderState.FAILED, OrderState.REVERSED, OrderState.CANCELLED)
WAITING = (
    OrderState.PLACED,
    OrderState.SENDING,
    OrderState.UNKNOWN,
    OrderState.ACCEPTED,
    OrderState.ATTENTION,
)
STATES_OF_THE_OPERATOR = (
    "acknowledged", "pending", "inProgress", "held", "assessingCancellation", "pendingCancellation",
    "completed", "partial", "rejected", "failed", "cancelled", "somethingNew", "",
)  # fmt: skip
ENDS = (
    [("completed", False)],
    [("partial", False)],
    [("rejected", False)],
    [("failed", False)],
    [("cancelled", False)],
    [("completed", False), ("failed", True)],
    [("partial", False), ("failed", True)],
    [],
)
ours = st.sampled_from(list(OrderState))
views = st.builds(
    View, state=st.sampled_from(STATES_OF_THE_OPERATOR), sequence=st.integers(0, 9), reversal=st.booleans()
)


@st.composite
def histories(draw: st.DrawFn) -> list[View]:
    """What the operator really goes through with one order."""
    steps = draw(
        st.lists(st.sampled_from(("pending", "inProgress", "held", "assessingCancellation")), max_size=4)
    )
    told = [("acknowledged", False), *((step, False) for step in steps), *draw(st.sampled_from(ENDS))]
    return [View(state, number, reversal=back) for number, (state, back) in enumerate(told, start=1)]


def after_all(told: list[View], state: OrderState = OrderState.SENDING) -> OrderState:
    """As console.orders.actions.hear() does it: one after the other, the sequence kept."""
    sequence = 0
    for view in told:
        state = heard(state, sequence, view) or state
        sequence = max(sequence, view.sequence)
    return state


@given(ours, st.integers(0, 9), views)
def test_a_final_state_is_left_only_by_the_reversal_of_a_completed_order(state, sequence, view):
    following = heard(state, sequence, view)
    if state is OrderState.DONE:
        assert following in (None, OrderState.REVERSED)
    elif state in FINAL:
        assert following is None


@given(ours, st.integers(1, 9), views)
def test_old_news_changes_nothing(state, sequence, view):
    if 0 < view.sequence <= sequence:
        assert heard(state, sequence, view) is None


@given(ours, st.integers(0, 9), views)
def test_whatever_is_heard_is_a_move_that_the_table_of_states_has(state, sequence, view):
    following = heard(state, sequence, view)
    assert following is None or state.can_become(following)


@given(histories(), st.sampled_from(WAITING), st.randoms(use_true_random=False))
def test_the_same_views_in_any_order_and_number_end_in_the_same_state(history, start, chance):
    in_order = after_all(history, start)
    shuffled = history + chance.choices(history, k=chance.randrange(4))
    chance.shuffle(shuffled)
    assert after_all(shuffled, start) == in_order


@given(histories(), st.data())
def test_views_that_got_lost_before_the_last_one_make_no_difference(history, data):
    kept = [view for view in history[:-1] if data.draw(st.booleans())]
    assert after_all([*kept, history[-1]]) == after_all(history)


def test_a_reversal_is_a_reversal_also_when_the_completion_was_never_heard_of():
    told = View("failed", 5, error_code="E_POST_REVERSAL", reversal=True)
    for state in WAITING:
        assert heard(state, 2, told) is OrderState.REVERSED


@given(
    st.sampled_from((Kind.BUSY, Kind.DOUBT, Kind.NEVER_HEARD)),
    st.integers(1, 2 * rules.MOST_BUSY),
    st.integers(0, 1),
    st.booleans(),
    st.one_of(st.none(), st.floats(0, 3600)),
)
def test_silence_never_makes_an_order_fail(kind, attempts, asked, asking, retry_after):
    following = after_answer(Answer(kind, retry_after=retry_after), attempts, asked, asking=asking)
    assert following.state in (OrderState.PLACED, OrderState.UNKNOWN, OrderState.ATTENTION)
    most = rules.MOST_BUSY if kind is Kind.BUSY else rules.MOST_TRIES
    assert (following.state is OrderState.ATTENTION) == (attempts >= most)


silences = st.lists(st.sampled_from((Kind.BUSY, Kind.DOUBT, Kind.NEVER_HEARD)), min_size=1, max_size=12)


@given(silences)
def test_an_order_in_doubt_is_sent_again_only_after_two_answers_that_it_is_not_known(answers):
    state, asked, unknown_twice, doubtful = OrderState.PLACED, 0, 0, False
    for kind in answers:
        asking = state is not OrderState.PLACED
        if not asking:
            assert not doubtful or unknown_twice >= 2, "sent again without being sure"
            unknown_twice, doubtful = 0, False
            if kind is Kind.NEVER_HEARD:
                kind = Kind.DOUBT  # a call to send is never answered like a question
        doubtful = doubtful or kind is Kind.DOUBT
        unknown_twice += kind is Kind.NEVER_HEARD
        following = after_answer(Answer(kind), 1, asked, asking=asking)
        state, asked = following.state, following.asked


@given(st.integers(1, rules.MOST_TRIES - 1), st.floats(0, 300))
def test_the_operators_own_retry_after_is_obeyed(attempts, told):
    waits = after_answer(Answer(Kind.BUSY, retry_after=told), attempts, 0, asking=False).wait
    assert timedelta(seconds=told) <= waits <= timedelta(seconds=max(told, rules.LONGEST_WAIT))


def test_waits_grow_up_to_a_minute_and_never_beyond():
    random.seed(7)
    longest = [
        max(after_answer(Answer(Kind.DOUBT), attempts, 0, asking=True).wait for _ in range(200))
        for attempts in range(1, rules.MOST_TRIES)
    ]
    assert all(shorter < longer for shorter, longer in pairwise(longest[:6]))
    assert max(longest) <= timedelta(seconds=60)


def test_the_second_question_waits_ten_seconds():
    first = after_answer(Answer(Kind.NEVER_HEARD), 2, 0, asking=True)
    assert (first.state, first.wait, first.asked) == (OrderState.UNKNOWN, timedelta(seconds=10), 1)
    second = after_answer(Answer(Kind.NEVER_HEARD), 3, 1, asking=True)
    assert (second.state, second.asked) == (OrderState.PLACED, 0)


@pytest.mark.parametrize("code", sorted(rules.REMEDIES))
def test_a_refusal_is_final_and_keeps_its_code(code):
    refused = after_answer(Answer(Kind.REFUSED, code=code), 1, 0, asking=False)
    assert (refused.state, refused.code) == (OrderState.FAILED, code)


def test_what_was_there_already_is_as_good_as_done():
    for code in ("ALREADY_SUBSCRIBED", "ALREADY_SUSPENDED"):
        done = after_answer(Answer(Kind.REFUSED, code=code), 1, 0, asking=False)
        assert (done.state, done.code) == (OrderState.DONE, None)
