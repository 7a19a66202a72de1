"""All or nothing, and what must wait for the commit waits."""

import pytest
from sqlalchemy import delete, func, select, update

from console.accounts.models import User
from console.core import db, lookups
from console.core.db import WriteOutsideTransaction, after_commit, session, transaction
from console.employees.models import CostCenter


class Trouble(Exception):
    """What went wrong in the middle."""


def count() -> int:
    return session.scalar(select(func.count(CostCenter.id))) or 0


def test_a_transaction_that_ends_well_is_kept(people):
    with people.as_("ann"), transaction():
        session.add(CostCenter(code="A", name="A"))
    with people.as_("ann"):
        assert count() == 1


def test_a_transaction_that_fails_leaves_nothing(people):
    with people.as_("ann"), pytest.raises(Trouble), transaction():
        session.add(CostCenter(code="A", name="A"))
        db.insert_many(CostCenter, [{"code": "B", "name": "B"}])
        session.flush()
        raise Trouble
    with people.as_("ann"):
        assert count() == 0


def test_what_waits_for_the_commit_happens_after_it(people):
    seen = []
    with people.as_("ann"), transaction():
        session.add(CostCenter(code="A", name="A"))
        after_commit(lambda: seen.append(count()))
        assert seen == []
    assert seen == [1]


def test_what_waits_for_the_commit_may_open_a_transaction(people):
    def another() -> None:
        with transaction():
            session.add(CostCenter(code="B", name="B"))

    with people.as_("ann"):
        with transaction():
            after_commit(another)
        assert count() == 1


def test_what_waits_for_the_commit_is_dropped_with_it(people):
    seen = []
    with people.as_("ann"):
        with pytest.raises(Trouble), transaction():
            after_commit(lambda: seen.append(1))
            raise Trouble
        with transaction():
            session.add(CostCenter(code="A", name="A"))
    assert seen == []


def test_waiting_for_a_commit_needs_a_transaction(people):
    with people.as_("ann"), pytest.raises(WriteOutsideTransaction):
        after_commit(lambda: None)


@pytest.mark.parametrize(
    "write",
    [
        lambda: (session.add(CostCenter(code="A", name="A")), session.flush()),
        lambda: db.insert_many(CostCenter, [{"code": "A", "name": "A"}]),
        lambda: db.update_many(CostCenter, [{"id": 1, "name": "A"}]),
    ],
    ids=["flush", "insert_many", "update_many"],
)
def test_a_change_outside_a_transaction_is_refused(people, write):
    with people.as_("ann"), pytest.raises(WriteOutsideTransaction):
        write()


def test_a_set_wise_change_outside_a_transaction_is_refused(people):
    with people.as_("ann"):
        for statement in (update(CostCenter).values(name="X"), delete(CostCenter)):
            with pytest.raises(WriteOutsideTransaction):
                session.execute(statement)


def test_only_the_edge_opens_a_transaction(people):
    with people.as_("ann"), pytest.raises(RuntimeError, match="open already"), transaction(), transaction():
        pass


def test_a_transaction_can_follow_a_failed_one(people):
    with people.as_("ann"):
        with pytest.raises(Trouble), transaction():
            raise Trouble
        with transaction():
            session.add(CostCenter(code="A", name="A"))
        assert count() == 1


def test_what_was_read_before_is_read_again_to_be_changed(people):
    """A stale object must not be what a transaction decides on."""
    with people.as_("ann"), transaction():
        session.add(CostCenter(code="A", name="old"))
    with people.as_("ann"):
        mine = session.scalars(select(CostCenter)).one()
        with people.as_("olga"), transaction():
            session.scalars(select(CostCenter)).one().name = "new"
        with transaction():
            assert mine.name == "new"


def test_more_keys_are_looked_up_than_a_statement_has_room_for(people):
    """PostgreSQL takes 65,535 values in one statement."""
    with people.as_("ann"):
        known = people.users["ann"][0]
        found = list(lookups.few(select(User.id), User.id, range(known, known + 70_000)))
    assert (known,) in [tuple(row) for row in found]
