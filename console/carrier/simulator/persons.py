"""Who may use a line: real names, the five numbers of one document, and people under restriction."""

from console.carrier.simulator import faults
from console.carrier.simulator.clock import china
from console.carrier.simulator.errors import ApiError
from console.carrier.simulator.simulation import Desk
from console.carrier.simulator.wishes import Wish

_PERSONAL = frozenset({"REALNAME_MISMATCH", "ONE_ID_LIMIT", "BLACKLISTED"})


def check(desk: Desk, wish: Wish) -> None:
    """Raise ApiError for a new user who may not be one."""
    code = problem(desk, wish.doc_hash, wish.name)
    if code:
        raise ApiError(code, field="subscriber.user")
    # Dates in this form compare as text; a document without an end says 长期 and is never smaller.
    if wish.doc_valid_to and wish.doc_valid_to < china(desk.now).date().isoformat():
        raise ApiError("REALNAME_ID_EXPIRED", field="subscriber.user.idValidTo")


def problem(desk: Desk, doc_hash: str, name: str) -> str | None:
    person = desk.db.execute("SELECT * FROM people WHERE doc_hash = ?", (doc_hash,)).fetchone()
    if person and person["blacklisted"]:
        return "BLACKLISTED"
    if person and person["name"] and person["name"] != name:
        return "REALNAME_MISMATCH"
    if one_id_count(desk, doc_hash) >= desk.settings.one_id_limit:
        return "ONE_ID_LIMIT"
    return None


def one_id_count(desk: Desk, doc_hash: str) -> int:
    """Lines of one document over all customers, the ones still being opened or handed over included."""
    # Two questions, because each then has its index.
    lines = desk.db.execute(
        "SELECT (SELECT count(*) FROM subscribers WHERE doc_hash = ? AND closed = 0) + "
        "(SELECT count(*) FROM subscribers WHERE incoming_doc = ? AND closed = 0) AS n",
        (doc_hash, doc_hash),
    ).fetchone()["n"]
    person = desk.db.execute("SELECT other_lines FROM people WHERE doc_hash = ?", (doc_hash,)).fetchone()
    return int(lines) + int(person["other_lines"] if person else 0)


def register(desk: Desk, wish: Wish) -> None:
    desk.db.execute(
        "INSERT INTO people (doc_hash, name, id_type) VALUES (?, ?, ?) ON CONFLICT (doc_hash) DO UPDATE SET "
        "name = coalesce(name, excluded.name), id_type = coalesce(id_type, excluded.id_type)",
        (wish.doc_hash, wish.name, wish.id_type),
    )


def enquired(desk: Desk, doc_hash: str, name: str, msisdn: str) -> str | None:
    """The enquiry before an order; a magic number may be given with it to get its refusal early."""
    code = faults.magic_refusal(msisdn, "ACTIVATE") if msisdn else None
    return code if code in _PERSONAL else problem(desk, doc_hash, name)
