"""How the operator is called: the rate, the pause that it asks for, and the breaker that opens, tries and closes."""

import pytest

from console.carrier.pacing import BREAK_SECONDS, LOOKED_AT, PROBE_SECONDS, Pace
from console.core import queue


class Time:
    """Goes on when it is told to."""

    def __init__(self) -> None:
        self.at = 1_000_000.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def time():
    return Time()


@pytest.fixture
def pace(app, time):
    return Pace(queue.redis(), rate=10, burst=3, now=time)


def broken(pace):
    for _ in range(LOOKED_AT):
        pace.note(doubt=True)


def test_a_burst_goes_at_once_and_the_next_waits_for_its_share(pace, time):
    assert [pace.turn() for _ in range(3)] == [0, 0, 0]
    assert pace.turn() == pytest.approx(0.1)
    time.at += 0.101
    assert pace.turn() == 0


def test_all_workers_draw_from_one_bucket(pace, time):
    other = Pace(queue.redis(), rate=10, burst=3, now=time)
    assert [pace.turn(), other.turn(), pace.turn()] == [0, 0, 0]
    assert other.turn() > 0


def test_a_pause_that_one_worker_was_told_holds_for_all(pace, time):
    pace.pause(7)
    assert Pace(queue.redis(), rate=10, burst=3, now=time).turn() == pytest.approx(7)


def test_a_clock_that_goes_back_gives_no_more_turns(pace, time):
    assert [pace.turn() for _ in range(3)] == [0, 0, 0]
    time.at -= 3600
    assert 0 < pace.turn() <= 0.1


def test_half_of_twenty_calls_in_doubt_stop_everybody_for_a_minute(pace):
    for place in range(LOOKED_AT):
        assert pace.turn() >= 0
        pace.note(doubt=place % 2 == 0)
    assert pace.turn() == pytest.approx(BREAK_SECONDS)


def test_fewer_doubts_stop_nobody(pace, time):
    for place in range(3 * LOOKED_AT):
        pace.note(doubt=place % 3 == 0)
    assert pace.turn() == 0


def test_after_the_break_one_call_is_tried_and_the_others_wait(pace, time):
    broken(pace)
    time.at += BREAK_SECONDS
    assert pace.turn() == 0
    assert pace.turn() == 0.5
    assert pace.turn() == 0.5


def test_a_good_try_closes_the_breaker(pace, time):
    broken(pace)
    time.at += BREAK_SECONDS
    assert pace.turn() == 0
    pace.note(doubt=False)
    assert pace.turn() == 0
    assert pace.broken_for() == 0


def test_a_bad_try_opens_it_for_another_minute(pace, time):
    broken(pace)
    time.at += BREAK_SECONDS
    assert pace.turn() == 0
    pace.note(doubt=True)
    assert pace.broken_for() == pytest.approx(BREAK_SECONDS)
    assert pace.turn() == pytest.approx(BREAK_SECONDS)


def test_a_worker_that_died_with_the_try_does_not_stop_the_others_for_ever(pace, time):
    broken(pace)
    time.at += BREAK_SECONDS
    assert pace.turn() == 0
    assert 0 < queue.redis().ttl("console:operator:probe") <= PROBE_SECONDS
