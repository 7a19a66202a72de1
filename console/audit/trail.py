"""The session writes the trail: whatever is flushed or bulk-written leaves its event in the same transaction.

Sealed columns and columns marked `info={"secret": True}` appear as •••. A model may name columns that say nothing
(`__quiet__`, such as leases), or give a reason why it is not recorded at all (`__unaudited__`).
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BindParameter, LargeBinary, event, inspect
from sqlalchemy.orm import Mapper, ORMExecuteState, Session, UOWTransaction

from console.audit.models import AuditEvent
from console.core import acting, clock, db, tenancy
from console.core.encryption import Encrypted

HIDDEN = "•••"


def watch() -> None:
    """Attach the trail to the session, once, however many applications are made."""
    for name, listener in (("after_flush", _record_flush), ("do_orm_execute", _record_statement)):
        if not event.contains(db._factory, name, listener):
            event.listen(db._factory, name, listener)
    db.on_bulk_write(record_bulk)


def _record_flush(session: Session, _context: UOWTransaction) -> None:
    events = [_event("create", row, _values(row)) for row in session.new if _recorded(row)]
    for row in session.dirty:
        if _recorded(row) and (changes := _changes(row)):
            events.append(_event("update", row, changes))
    events += [_event("delete", row, {}) for row in session.deleted if _recorded(row)]
    _write(session, events)


def record_bulk(action: str, model: Any, rows: list[dict[str, Any]], ids: list[int]) -> None:
    """One event for many rows written alike: their ids, and the values that all of them share."""
    if not rows or hasattr(model, "__unaudited__"):
        return
    mapper = inspect(model)
    quiet = {"id", "company_id", *getattr(model, "__quiet__", ())}
    columns = [name for name in rows[0] if name not in quiet]
    if not columns:
        return
    shared = {
        name: _shown(mapper, name, rows[0][name])
        for name in columns
        if all(row[name] == rows[0][name] for row in rows)
    }
    changes = {"columns": columns, "all": shared, "ids": ids or [row["id"] for row in rows if "id" in row]}
    _write(db.session(), [_base(action, model.__tablename__, None, len(rows), changes)])


def _record_statement(execution: ORMExecuteState) -> Any:
    """A set-wise UPDATE or DELETE: which table, which columns, how many rows."""
    if execution.is_select:
        return None
    if execution.is_insert:
        raise RuntimeError("insert with db.insert_many(), which stamps and records the rows")
    if not (execution.is_update or execution.is_delete):
        return None
    mapper = execution.bind_mapper
    result: Any = execution.invoke_statement()
    if mapper is None or hasattr(mapper.class_, "__unaudited__") or not result.rowcount:
        return result
    quiet = getattr(mapper.class_, "__quiet__", ())
    sent = tenancy.set_by(execution.statement) if execution.is_update else {}
    changes = {
        "all": {name: _shown(mapper, name, _sent(value)) for name, value in sent.items() if name not in quiet}
    }
    if changes["all"] or execution.is_delete:
        action = "update" if execution.is_update else "delete"
        event = _base(action, mapper.class_.__tablename__, None, result.rowcount, changes)
        _write(execution.session, [event])
    return result


def _sent(value: Any) -> Any:
    """A value as it is; an expression as its SQL, in which the values are not."""
    return value.value if isinstance(value, BindParameter) else str(value)


def _recorded(row: Any) -> bool:
    return not hasattr(row, "__unaudited__")


def _values(row: Any) -> dict[str, Any]:
    mapper = inspect(type(row))
    quiet = {"id", "company_id", *getattr(row, "__quiet__", ())}
    return {
        key: _shown(mapper, key, getattr(row, key))
        for key in _names(mapper)
        if key not in quiet and key in row.__dict__ and row.__dict__[key] is not None
    }


def _changes(row: Any) -> dict[str, Any]:
    mapper, state = inspect(type(row)), inspect(row)
    found = {}
    for key in _names(mapper):
        history = state.attrs[key].history
        if key in getattr(row, "__quiet__", ()) or not history.has_changes():
            continue
        old = history.deleted[0] if history.deleted else None
        found[key] = [
            _shown(mapper, key, old),
            _shown(mapper, key, history.added[0] if history.added else None),
        ]
    return found


def _names(mapper: Mapper[Any]) -> list[str]:
    return [attribute.key for attribute in mapper.column_attrs]


def _shown(mapper: Mapper[Any], key: str, value: Any) -> Any:
    if value is None:
        return None
    column = mapper.columns[key]
    if isinstance(column.type, (Encrypted, LargeBinary)) or column.info.get("secret"):
        return HIDDEN
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    return value


def _event(action: str, row: Any, changes: dict[str, Any]) -> dict[str, Any]:
    event = _base(action, row.__tablename__, row.id, 1, changes)
    return event | {"company_id": row.id if row.__tablename__ == "companies" else row.company_id}


def _base(
    action: str, entity: str, entity_id: int | None, count: int, changes: dict[str, Any]
) -> dict[str, Any]:
    who = acting.current()
    return {
        "company_id": who.company,
        "at": clock.now(),
        "actor_id": who.actor.user_id,
        "actor_name": who.actor.name,
        "address": who.actor.address,
        "task": who.task,
        "batch_id": who.batch,
        "action": action,
        "entity": entity,
        "entity_id": entity_id,
        "count": count,
        "changes": changes,
    }


def _write(session: Session, events: list[dict[str, Any]]) -> None:
    events = [event for event in events if event["company_id"] is not None]
    if events:
        table: Any = AuditEvent.__table__
        session.connection().execute(table.insert(), events)
