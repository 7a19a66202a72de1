"""States move along their tables only, and of two movers one wins."""

import threading
from itertools import product
from typing import Any

import pytest
from sqlalchemy import CheckConstraint, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapper
from sqlalchemy.orm.exc import StaleDataError

from console.bulk.models import Batch
from console.bulk.states import BatchState
from console.core import clock
from console.core.db import Base, session, transaction
from console.core.errors import WrongState
from console.core.states import State
from console.core.storage import put
from console.sims.models import Line
from console.sims.states import LineState
from tests.hired import hire


def stateful() -> list[tuple[Mapper[Any], type[State]]]:
    """Every table with a state, with the class whose values its CHECK names."""
    by_check = {
        f"state in ({', '.join(repr(one.value) for one in states)})": states
        for states in State.__subclasses__()
    }
    found = []
    for mapper in Base.registry.mappers:
        for check in mapper.local_table.constraints:  # type: ignore[attr-defined]
            if isinstance(check, CheckConstraint) and str(check.sqltext) in by_check:
                found.append((mapper, by_check[str(check.sqltext)]))
    return found


MOVES = [
    pytest.param(mapper, states, old, new, id=f"{mapper.local_table.name}-{old}-{new}")
    for mapper, states in stateful()
    for old, new in product(states, states)
    if old != new
]


def make_batch(people) -> int:
    with people.as_("ann"), transaction():
        now = clock.now()
        file = put("名单.xlsx", b"content")
        batch = Batch(
            number="PC20261120-001", kind="activate", title="名单", file_id=file.id,
            submitted_by=people.users["ann"][0], created_at=now, expires_at=now,
        )  # fmt: skip
        session.add(batch)
        session.flush()
        return batch.id


def test_every_table_with_a_state_is_known():
    with_column = {m.local_table.name for m in Base.registry.mappers if "state" in m.columns}
    assert with_column == {mapper.local_table.name for mapper, _states in stateful()}
    assert with_column == {
        "announced_invoices", "approvals", "batches", "batch_rows", "bill_files", "corrections", "detail_requests", "invoices",
        "lines", "orders", "phone_numbers", "questions_on_charges", "red_forms", "sim_cards", "statements",
    }  # fmt: skip


@pytest.mark.parametrize(("mapper", "states", "old", "new"), MOVES)
def test_only_moves_of_the_table_are_made(mapper, states, old, new):
    row = mapper.class_(state=old)
    if old.can_become(new):
        row.state = new
        assert row.state == new.value
    else:
        with pytest.raises(WrongState) as told:
            row.state = new
        assert told.value.values == {"thing": mapper.class_.__name__, "old": old.value, "new": new.value}
        assert row.state == old.value


@pytest.mark.parametrize(("mapper", "states"), stateful(), ids=str)
def test_a_value_that_is_no_state_is_refused(mapper, states):
    with pytest.raises(ValueError):
        mapper.class_().state = "somewhere"


def test_a_move_is_checked_also_when_the_row_has_to_be_read_again(people):
    """Opening a transaction forgets what was read: the old state is then not at hand."""
    batch_id, line_id = make_batch(people), hire(people, "ann", lines=1, active=1).lines[0]
    with people.as_("ann"):
        batch, line = session.get_one(Batch, batch_id), session.get_one(Line, line_id)
        with pytest.raises(WrongState), transaction():
            batch.state = BatchState.FINISHED
        with pytest.raises(WrongState), transaction():
            line.state = LineState.SHIPPED
    with people.as_("ann"):
        assert session.get_one(Line, line_id).state == "active"


def test_the_database_knows_the_states_too(people):
    make_batch(people)
    with people.as_("ann"), pytest.raises(IntegrityError), transaction():
        session.execute(update(Batch).values(state="somewhere").execution_options(synchronize_session=False))


def test_of_two_who_move_a_batch_one_wins(people):
    """Both read `received`; the second UPDATE finds no such row."""
    batch_id = make_batch(people)
    with people.as_("ann"):
        with pytest.raises(StaleDataError), transaction():
            batch = session.get_one(Batch, batch_id)
            session.connection().execute(
                Batch.__table__.update().where(Batch.__table__.c.id == batch_id).values(state="withdrawn")
            )
            batch.state = BatchState.CHECKING
        assert session.get_one(Batch, batch_id).state == BatchState.RECEIVED


def test_of_two_at_the_same_moment_one_withdraws(people):
    batch_id = make_batch(people)
    barrier, outcomes = threading.Barrier(2), []

    def withdraw() -> None:
        with people.as_("ann"):
            batch = session.get_one(Batch, batch_id)
            assert batch.state == BatchState.RECEIVED
            barrier.wait()
            try:
                with transaction():
                    batch.state = BatchState.CHECKING
                    session.flush()
                    batch.state = BatchState.WITHDRAWN
                outcomes.append("won")
            except (StaleDataError, WrongState):
                outcomes.append("lost")

    both = [threading.Thread(target=withdraw) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join(30)
    with people.as_("ann"):
        assert session.scalars(select(Batch.state)).one() == "withdrawn"
    assert sorted(outcomes) == ["lost", "won"]


def test_a_state_without_a_way_out_is_final():
    assert BatchState.WITHDRAWN.final and not BatchState.RUNNING.final


def test_a_bulk_move_asks_for_the_states_it_may_come_from():
    assert BatchState.came_from("withdrawn") == ["received", "checking", "asking", "checked"]


def test_the_diagram_draws_every_move():
    lines = BatchState.diagram().splitlines()
    assert lines[:2] == ["stateDiagram-v2", "    [*] --> received"]
    assert "    running --> finished" in lines
    assert len(lines) == 2 + sum(len(targets) for targets in BatchState.moves().values())
