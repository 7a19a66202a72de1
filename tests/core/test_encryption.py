"""What is sealed opens only with its key, in its column, for its company; and equal values are found unread."""

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import LargeBinary, select, text, type_coerce

from console.core import acting, db, encryption, queue, rotation
from console.core.config import Settings
from console.core.db import Base, session, transaction
from console.core.encryption import CannotOpen, Encrypted, EncryptedJSON, blind_index, open_sealed, seal
from console.employees.models import Employee
from examples import roster
from tests.bulk.test_upload_to_orders import shown
from tests.hired import hire, name

OLD, NEW, INDEX = b"k" * 32, b"n" * 32, b"k" * 32
only_postgres = pytest.mark.skipif(
    os.environ.get("TEST_DATABASE") != "postgres", reason="rows are locked there"
)


@pytest.fixture
def keys(settings: Settings) -> Iterator[None]:
    """A test may turn the key; afterwards it is as before."""
    yield
    encryption.use(settings.keys, settings.index_key)


def blobs(company: int) -> list[bytes]:
    """Every sealed value of the company, as it lies in the database."""
    found: list[bytes] = []
    with acting.acting(company, acting.CONSOLE, "test"):
        for table in Base.metadata.sorted_tables:
            for column in table.columns:
                if isinstance(column.type, Encrypted):
                    wanted = select(type_coerce(column, LargeBinary)).where(table.c.company_id == company)
                    found += [blob for blob in session.connection().scalars(wanted) if blob is not None]
    return found


def test_what_is_sealed_opens_again(people):
    with people.as_("ann"):
        assert open_sealed(seal("沈星阑".encode(), "employees.name"), "employees.name").decode() == "沈星阑"


def test_the_same_value_is_never_sealed_alike(people):
    with people.as_("ann"):
        assert len({seal(b"same", "employees.name") for _ in range(50)}) == 50


def test_another_company_cannot_open_it(people):
    with people.as_("ann"):
        sealed = seal(b"secret", "employees.name")
    with people.as_("bo"), pytest.raises(CannotOpen):
        open_sealed(sealed, "employees.name")


def test_another_column_cannot_open_it(people):
    with people.as_("ann"), pytest.raises(CannotOpen):
        open_sealed(seal(b"secret", "employees.name"), "employees.phone")


def test_nothing_is_sealed_or_opened_with_nobody_acting(people):
    with pytest.raises(acting.NobodyActing):
        seal(b"secret", "employees.name")


def test_a_change_of_any_byte_is_noticed(people):
    with people.as_("ann"):
        sealed = seal(b"secret", "employees.name")
        for place in range(len(sealed)):
            changed = bytearray(sealed)
            changed[place] ^= 1
            with pytest.raises(CannotOpen):
                open_sealed(bytes(changed), "employees.name")


@pytest.mark.parametrize("length", [0, 1, 2, 13, 14, 20])
def test_a_truncated_value_does_not_open(people, length):
    with people.as_("ann"), pytest.raises(CannotOpen):
        open_sealed(seal(b"secret", "employees.name")[:length], "employees.name")


def test_a_value_moved_to_another_row_of_another_company_does_not_open(people):
    hire(people, "ann", lines=0, without=1)
    hire(people, "bo", lines=0, without=1)
    with acting.platform("test"), transaction():
        mine = session.connection().scalar(
            text(f"select name from employees where company_id = {people.acme}")
        )
        session.connection().execute(
            text("update employees set name = :name where company_id = :company"),
            {"name": mine, "company": people.bolt},
        )
    with people.as_("bo"), pytest.raises(CannotOpen):
        session.scalars(select(Employee)).all()


def test_a_structure_comes_back_as_it_was(people):
    kind, value = EncryptedJSON("batch_rows.cells"), {"name": ["text", "沈星阑"], "n": [1, None, True]}
    with people.as_("ann"):
        sealed = kind.process_bind_param(value, None)
        assert sealed is not None and b"name" not in sealed
        assert kind.process_result_value(sealed, None) == value


def test_an_index_is_equal_for_equal_values_of_one_company_and_kind_only(people):
    with people.as_("ann"):
        mine = blind_index("document", "110101199003079913")
        assert mine == blind_index("document", "110101199003079913")
        assert mine != blind_index("document", "110101199003079914")
        assert mine != blind_index("name", "110101199003079913")
        assert len(mine) == 16
    with people.as_("bo"):
        assert mine != blind_index("document", "110101199003079913")


def test_an_index_is_useless_without_its_key(people, settings, keys):
    with people.as_("ann"):
        mine = blind_index("document", "110101199003079913")
        encryption.use(settings.keys, b"x" * 32)
        assert blind_index("document", "110101199003079913") != mine


def test_after_rotation_the_old_key_can_be_thrown_away(people, keys):
    hire(people, "ann", lines=2, without=1)
    hire(people, "bo", lines=1, first=50)
    encryption.use({2: NEW, 1: OLD}, INDEX)
    before = {company: len(blobs(company)) for company in (people.acme, people.bolt)}
    with acting.platform("rotate-keys"):
        assert rotation.companies() == [people.acme, people.bolt]
    for company, count in before.items():
        with acting.acting(company, acting.CONSOLE, "rotate-keys"):
            assert rotation.seal_anew() == count > 10
            assert rotation.seal_anew() == 0, "run again there is nothing left to do"
    encryption.use({2: NEW}, INDEX)
    assert {blob[1] for company in before for blob in blobs(company)} == {2}
    with people.as_("ann"):
        people_of_acme = session.scalars(select(Employee).order_by(Employee.number))
        assert [one.name for one in people_of_acme] == [name(0), name(1), name(2)]


def test_old_and_new_values_live_side_by_side_while_it_runs(people, keys):
    hire(people, "ann", lines=0, without=1)
    encryption.use({2: NEW, 1: OLD}, INDEX)
    hire(people, "ann", lines=0, without=1, first=1)
    with people.as_("ann"):
        assert {one.name for one in session.scalars(select(Employee))} == {name(0), name(1)}
    assert {blob[1] for blob in blobs(people.acme)} == {1, 2}


def test_a_key_that_is_gone_opens_nothing(people, keys):
    hire(people, "ann", lines=0, without=1)
    encryption.use({2: NEW}, INDEX)
    with people.as_("ann"), pytest.raises(CannotOpen):
        session.scalars(select(Employee)).all()


@only_postgres
def test_rotation_does_not_undo_a_change_made_meanwhile(people, keys):
    hire(people, "ann", lines=0, without=1)
    encryption.use({2: NEW, 1: OLD}, INDEX)

    def rotate() -> None:
        with acting.acting(people.acme, acting.CONSOLE, "rotate-keys"):
            rotation.seal_anew()

    rotating = threading.Thread(target=rotate)
    with people.as_("ann"), transaction():
        session.scalars(select(Employee)).one().name = "乙新名"
        session.flush()
        rotating.start()
        rotating.join(0.5)
        assert rotating.is_alive(), "it waits for the row"
    rotating.join(10)
    with people.as_("ann"):
        assert session.scalars(select(Employee)).one().name == "乙新名"


def test_nothing_of_a_roster_lies_in_the_clear(people, sign_in, work, place):
    ann, made = sign_in("ann"), roster.make(12)
    ann.upload(made.xlsx())
    work()
    assert ann.post("/bulk/1/confirm", {"shown": shown(ann.get("/bulk/1/check").text)}).status_code == 302
    work()
    with people.as_("ann"):
        assert len(session.scalars(select(Employee)).all()) == 11
    secrets = [str(row[column]) for row in made.rows for column in (2, 3, 6)] + ["13900000101"]
    for where, content in {**stored(place), "redis": in_redis()}.items():
        for secret in secrets:
            for form in (secret.encode(), secret.encode("unicode_escape"), secret.encode("utf-16-le")):
                assert form not in content, f"{secret} in {where}"


def stored(place: Path) -> dict[str, bytes]:
    """What somebody has who takes the disk, or a dump: SQLite's files, or every value of every text, JSON and
    bytea column of PostgreSQL.
    """
    found = {str(file): file.read_bytes() for file in place.glob("console.sqlite3*")}
    with acting.platform("test"):
        for table in Base.metadata.sorted_tables:
            rows = session.connection().execute(text(f"select * from {table.name}")).all()
            found[table.name] = b"\0".join(_bytes(value) for row in rows for value in row)
    return found


def _bytes(value: object) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()


def in_redis() -> bytes:
    held = queue.redis()
    return b"\0".join(key + (held.dump(key) or b"") for key in held.keys("*"))


def test_the_connection_of_the_tests_is_the_one_that_was_looked_at(settings, place):
    """Else the test above would have looked at an empty disk."""
    if db.engine().dialect.name == "sqlite":
        assert list(place.glob("console.sqlite3"))
