"""A worker: takes jobs from the queue, one at a time; what reads strangers' files has a process of its own.
`python -m jobs.worker`

RQ notices a dead worker after minutes; here that does not matter. What a killed worker was doing stands in the
database under a lease of some seconds, and the clock rings for it again.
"""

import ctypes
import os
import resource
import signal
from typing import Any

from rq import SimpleWorker, Worker
from rq.serializers import JSONSerializer

from console.app import prepare
from console.core import db, logs, queue
from console.core.config import Settings
from jobs import (
    bulk,
    delivery,
    details,
    invoices,
    month,
    orders,
    people,
    runner,
    usage,
)  # loaded once, so that no job need do it

_PR_SET_PDEATHSIG = 1
MOST_MEMORY = 2 * 2**30
"""A file that wants more breaks its own job: the reader fails, the batch says so, the machine goes on."""
APART = {
    queue.Job.CHECK_BATCH, queue.Job.FETCH_INVOICES, queue.Job.MAIL_INVOICES, queue.Job.MAKE_PACK,
    queue.Job.MAKE_PACKAGE, queue.Job.MERGE_CORRECTION, queue.Job.TAKE_BILL_FILE,
}  # fmt: skip
"""These read whatever somebody sent, or write large documents: their memory is limited, and goes with their process.
All others are done in the worker: they are many and short, and a fork costs more than they do."""
_LOADED = (bulk, delivery, details, invoices, month, orders, people, runner, usage)


class ConsoleWorker(Worker):
    """Its child dies with it: an orphan would go on working while somebody else takes over."""

    def execute_job(self, job: Any, from_queue: Any) -> None:
        if job.func_name in APART:
            super().execute_job(job, from_queue)
        else:
            SimpleWorker.execute_job(self, job, from_queue)  # type: ignore[arg-type]

    def main_work_horse(self, *arguments: Any, **named: Any) -> Any:
        parent = os.getppid()
        ctypes.CDLL("libc.so.6", use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)
        resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
        db.engine().dispose(close=False)  # connections must not be shared with the parent
        return super().main_work_horse(*arguments, **named)


def main() -> None:
    logs.configure()
    prepare(Settings.from_environment())
    worker = ConsoleWorker(
        [queue.NAME],
        connection=queue.redis(),
        serializer=JSONSerializer,
        log_job_description=False,
        worker_ttl=60,
        job_monitoring_interval=5,
    )
    worker.work(logging_level="WARNING")


if __name__ == "__main__":
    main()
