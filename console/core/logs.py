"""One JSON line for each thing worth knowing, with company, actor and task; never a value of a cell."""

import json
import logging
import sys
from datetime import UTC, datetime

from console.core.acting import _acting

_OWN = set(vars(logging.makeLogRecord({}))) | {"message", "asctime"}


class JsonLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "event": record.getMessage(),
            "where": record.name,
        }
        if who := _acting.get():
            line |= {
                "company": who.reach,
                "actor": str(who.actor.user_id or who.actor.name),
                "task": who.task,
            }
        line |= {key: str(value) for key, value in vars(record).items() if key not in _OWN}
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


def configure(level: str = "INFO") -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for noisy in ("httpx", "httpcore", "alembic", "rq.worker"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
