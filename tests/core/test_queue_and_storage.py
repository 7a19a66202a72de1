"""The queue is a doorbell that rings after the commit; files lie sealed in the database."""

from collections.abc import Iterator

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import NoResultFound

from console.bulk.models import Batch
from console.core import queue, storage
from console.core.config import Settings
from console.core.db import WriteOutsideTransaction, session, transaction
from console.core.queue import Job
from console.core.storage import StoredFile
from examples import roster
from tests.cast import PASSWORD, Browser

NOWHERE = "unix:///nowhere/redis.sock"


@pytest.fixture
def no_redis(people, settings: Settings) -> Iterator[None]:
    queue.connect(NOWHERE)
    yield
    queue.connect(settings.redis_url)


def rung() -> list[tuple[str, tuple[int, ...]]]:
    return [(job.func_name, tuple(job.args)) for job in queue.queue().get_jobs()]


def test_work_cannot_be_enqueued_before_its_row_is_safe(people):
    with people.as_("ann"), pytest.raises(WriteOutsideTransaction):
        queue.enqueue(Job.CHECK_BATCH, people.acme, 1)
    assert rung() == []


def test_the_bell_rings_after_the_commit_and_not_before(people):
    with people.as_("ann"), transaction():
        queue.enqueue(Job.CHECK_BATCH, people.acme, 7)
        assert rung() == []
    assert rung() == [("jobs.bulk.check_batch", (people.acme, 7))]


def test_the_bell_does_not_ring_for_what_was_rolled_back(people):
    with people.as_("ann"), pytest.raises(ValueError), transaction():
        queue.enqueue(Job.CHECK_BATCH, people.acme, 7)
        raise ValueError
    assert rung() == []


def test_a_bell_holds_as_long_as_its_job_may_have_to_wait(people):
    """Or the clock would ring again for each of many that wait, and they would wait for their own repetitions."""
    for batch in range(100):
        queue.ring(Job.CHECK_BATCH, people.acme, batch)
    bells = [queue.redis().ttl(queue._bell(Job.CHECK_BATCH, (people.acme, batch))) for batch in (0, 99)]
    assert queue.RUNG_SECONDS - 1 <= bells[0] <= queue.RUNG_SECONDS
    assert bells[1] >= queue.RUNG_SECONDS + 99 // queue.JOBS_A_SECOND - 1


def test_a_bell_rung_twice_rings_once_until_its_job_has_begun(people):
    for _ in range(3):
        assert queue.ring(Job.SEND_ORDERS, people.acme)
    assert queue.ring(Job.SEND_ORDERS, people.bolt)
    assert rung() == [
        ("jobs.orders.send_orders", (people.acme,)),
        ("jobs.orders.send_orders", (people.bolt,)),
    ]
    queue.begun(Job.SEND_ORDERS, (people.acme,))
    queue.ring(Job.SEND_ORDERS, people.acme)
    assert len(rung()) == 3


def test_what_is_in_the_queue_is_json_and_only_ids(people):
    queue.ring(Job.CHECK_BATCH, people.acme, 7)
    (job,) = queue.queue().get_jobs()
    stored = queue.redis().hgetall(f"rq:job:{job.id}")
    assert not any(b"pickle" in value or value[:1] == b"\x80" for value in stored.values())
    assert job.args == (people.acme, 7) or job.args == [people.acme, 7]


def test_progress_is_shown_and_may_vanish(people):
    queue.show_progress("check-1", done=3, total=9)
    assert queue.progress("check-1") == {"done": 3, "total": 9}
    queue.redis().flushall()
    assert queue.progress("check-1") == {}


def test_without_the_queue_pages_open_and_rosters_are_received(people, sign_in, no_redis):
    ann = sign_in("ann")
    for page in ("/", "/bulk/", "/bulk/new", "/employees/", "/lines/", "/security/", "/inbox/"):
        assert ann.get(page).status_code == 200, page
    assert ann.upload(roster.make(3).xlsx()).status_code == 302
    assert ann.get("/bulk/1/checking").status_code == 200
    assert queue.ring(Job.CHECK_BATCH, people.acme, 1) is False
    with people.as_("ann"):
        assert session.scalars(select(Batch.state)).all() == ["received"]


def test_without_the_queue_people_can_sign_in(app, people, no_redis):
    stranger = Browser(app, None)
    answer = stranger.client.post(
        "/sign-in", data={"csrf_token": stranger.csrf("/sign-in"), "login": "ann", "password": PASSWORD}
    )
    assert answer.location == "/second-factor"


def test_a_file_comes_back_as_it_was_put(people):
    content = bytes(range(256)) * 40
    with people.as_("ann"):
        with transaction():
            kept = storage.put("名单.xlsx", content)
        assert storage.get(kept.id) == content
        assert (kept.name, kept.size, len(kept.fingerprint)) == ("名单.xlsx", len(content), 16)


def test_a_file_of_another_company_is_not_there(people):
    with people.as_("ann"), transaction():
        kept = storage.put("名单.xlsx", b"content")
    with people.as_("bo"), pytest.raises(NoResultFound):
        storage.get(kept.id)


def test_a_file_lies_sealed_and_is_not_loaded_with_its_name(people):
    with people.as_("ann"):
        with transaction():
            kept = storage.put("名单.xlsx", b"a roster in the clear")
        blob = session.connection().scalar(text("select content from stored_files"))
        assert b"roster" not in bytes(blob)
    with people.as_("ann"):
        assert "content" not in session.get_one(StoredFile, kept.id).__dict__


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd.xlsx", "passwd.xlsx"),
        ("C:\\Users\\安\\名单.xlsx", "名单.xlsx"),
        ("", "upload"),
        ("folder/", "upload"),
        ("长" * 300 + ".xlsx", "长" * 255),
        ("名\0单.xlsx", "名单.xlsx"),
    ],
)
def test_the_name_of_a_file_is_only_a_name(people, given, kept):
    with people.as_("ann"), transaction():
        assert storage.put(given, b"content").name == kept


def test_the_same_file_has_the_same_mark_in_one_company_only(people):
    marks = []
    for login in ("ann", "hal", "bo"):
        with people.as_(login), transaction():
            marks.append(storage.put("名单.xlsx", b"content").fingerprint)
    assert marks[0] == marks[1] != marks[2]
