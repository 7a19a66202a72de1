"""The work clock: takes every step on the agenda when the simulated time has come."""

import logging
from dataclasses import replace

from console.carrier.simulator import agenda, steps
from console.carrier.simulator.clock import real_ms
from console.carrier.simulator.simulation import Simulation
from console.carrier.simulator.states import ImpossibleMove

log = logging.getLogger(__name__)
_LONGEST_SLEEP_S = 1.0
_NONCE_LIFE_MS = 10 * 60_000


def work(simulation: Simulation) -> None:
    """Run until the simulation stops."""
    while not simulation.stopping.is_set():
        simulation.work_alarm.clear()
        catch_up(simulation)
        simulation.work_alarm.wait(_sleep_s(simulation))


def catch_up(simulation: Simulation) -> None:
    """Take all steps that are due, in order, one transaction each."""
    while not simulation.stopping.is_set() and _take_one(simulation):
        simulation.wake_senders()


def _take_one(simulation: Simulation) -> bool:
    with simulation.desk() as desk:
        row = agenda.first_due(desk)
        if row is None:
            return False
        desk.db.execute("DELETE FROM agenda WHERE id = ?", (row["id"],))
        desk.db.execute("SAVEPOINT step")
        try:
            steps.take(replace(desk, now=row["due_at"]), row)
        except ImpossibleMove:
            # The step is over; keeping it would stop every later one.
            log.exception("step %s of order %s", row["step"], row["order_id"])
            desk.db.execute("ROLLBACK TO step")
        desk.db.execute("RELEASE step")
    return True


def _sleep_s(simulation: Simulation) -> float:
    with simulation.desk() as desk:
        desk.db.execute("DELETE FROM nonces WHERE seen_at < ?", (real_ms() - _NONCE_LIFE_MS,))
        due_at = agenda.next_due_at(desk)
    if due_at is None:
        return _LONGEST_SLEEP_S
    return min(max(simulation.clock.real_seconds(due_at - desk.now), 0.002), _LONGEST_SLEEP_S)
