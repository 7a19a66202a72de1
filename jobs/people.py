"""The job that asks the operator about the people of a roster, at the pace that all workers share."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from console.bulk import vouching
from console.bulk.vouching import Asked
from console.core import queue
from console.core.db import session, transaction
from console.core.queue import Job
from console.orders import people
from jobs.orders import IN_FLIGHT, gateway, pace
from jobs.runner import job

AT_ONCE = 40


@job(Job.LOOK_AT_PEOPLE)
def look_at_people(company: int, batch_id: int) -> None:
    """Some at a time, each time written; whoever waits in the queue has his turn in between. Without an answer the
    rows stay as they are: the order itself is checked by the operator anyway.
    """
    with ThreadPoolExecutor(IN_FLIGHT) as callers:
        while True:
            asked = vouching.to_ask(batch_id)[:AT_ONCE]
            session.commit()  # ends the read: the operator is asked without a transaction
            told = zip(asked, callers.map(_ask, asked), strict=True)
            read = {one.document: people.read(one.name, answer) for one, answer in told if answer}
            answers = {document: word for document, word in read.items() if word}
            if not answers:
                break
            with transaction():
                vouching.keep(batch_id, answers)
            if queue.somebody_waits():
                queue.ring(Job.LOOK_AT_PEOPLE, company, batch_id)
                return
    vouching.over(batch_id)


def _ask(one: Asked) -> dict[str, Any] | None:
    pace().take()
    return gateway().person(one.name, one.id_type, one.id_no)
