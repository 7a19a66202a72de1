"""The simulator's pure parts: the dice, the tables of moves, and the calendar."""

import re
from collections import Counter
from pathlib import Path

import pytest

from console.carrier.simulator import channels, faults, script, states
from console.carrier.simulator.clock import duration_ms, from_rfc3339, month_start, next_month_start
from console.carrier.simulator.errors import CATALOGUE
from console.carrier.simulator.faults import Dice, Transport
from console.carrier.simulator.kinds import KINDS
from console.carrier.simulator.settings import PRESETS
from tests.carrier.inside import Inside


def test_the_same_seed_and_order_always_meet_the_same_fate() -> None:
    chaos = PRESETS["chaos"]

    def fates(seed: int) -> list[object]:
        dice = [Dice(seed, f"B-{n}") for n in range(300)]
        scripts: list[object] = [
            script.written(chaos, one, "ACTIVATE", "13900000101", scheduled=False) for one in dice
        ]
        return scripts + [faults.transport(chaos, one, "13900000101", 1) for one in dice]

    assert fates(42) == fates(42)
    assert fates(42) != fates(43)


def test_rates_come_out_as_set() -> None:
    real = PRESETS["real"]
    dice = [Dice(42, f"R-{n}") for n in range(20_000)]

    drawn = Counter(faults.transport(real, one, "13900000101", 1) for one in dice)
    latencies = sorted(faults.accept_latency_s(real, one) for one in dice)

    assert 0.002 < drawn[Transport.COMMIT_THEN_TIMEOUT] / len(dice) < 0.004
    assert drawn[Transport.NONE] / len(dice) > 0.99
    assert 0.17 < latencies[len(dice) // 2] < 0.19
    assert 0.8 < latencies[len(dice) * 95 // 100] < 1.0
    assert faults.transport(PRESETS["chaos"], dice[0], "13900000101", 2) is Transport.NONE


def test_nothing_leaves_a_finished_state_and_no_move_goes_back() -> None:
    rank = {"acknowledged": 0, "pending": 1, "inProgress": 2, "held": 2}
    for before, targets in states.ORDER_MOVES.items():
        assert before not in states.TERMINAL
        for target in targets:
            if before in rank and target in rank:
                assert rank[target] >= rank[before]
    assert not states.CLOSED & set(states.LINE_MOVES)
    assert all("RESERVED" not in targets for targets in states.LINE_MOVES.values())


def test_durations_and_months_are_read_as_people_mean_them() -> None:
    assert duration_ms("P1DT2H30M") == 95_400_000
    for wrong in ("", "P", "1D", "PT", "P1DT"):
        with pytest.raises(ValueError):
            duration_ms(wrong)
    december = from_rfc3339("2026-12-31T23:59:00")
    assert next_month_start(december) == from_rfc3339("2027-01-01")
    assert month_start(december) == from_rfc3339("2026-12-01")


def test_the_contract_names_every_order_refusal_and_member() -> None:
    written = (Path(__file__).parents[2] / "docs" / "operator-contract.md").read_text(encoding="utf-8")
    words = set(re.findall(r"[A-Za-z0-9_]+", written))

    assert set(KINDS) <= words
    assert set(CATALOGUE) <= words
    assert {*channels.ACTIONS, *channels.CHANNELS} <= words
    assert states.CLOSED | set(states.LINE_MOVES) <= words
    operator = Inside()
    msisdn = operator.line()
    order = operator.ask("SUSPEND", msisdn)
    view = operator.view(msisdn)
    assert set(order) | set(view) | set(view["card"]) <= words
    operator.close()
