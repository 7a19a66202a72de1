"""Whether a row can become a number in use: document, person, stock, plan and payment together. Pure."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from console.bulk.columns import Found, note
from console.bulk.kind import Row
from console.employees import identity
from console.orders.people import Person, Told
from console.sims.states import NumberState, SimState

MOST_FOR_ONE = 5
PERSONAL = {
    "REALNAME_MISMATCH": ("name", Found("E_REALNAME_MISMATCH")),
    "REALNAME_ID_NOT_FOUND": ("document_no", Found("E_REALNAME_ID_NOT_FOUND")),
    # Which list somebody is on is not the clerk's business (gateway contract 5.4).
    "BLACKLISTED": ("document_no", Found("E_PERSON_LIMITED")),
    "CUSTOMER_PUNISHED": ("document_no", Found("E_PERSON_LIMITED")),
}
"""The operator's word → the column it is about, and our code."""
YOUTH = range(16, 31)


def expired(values: Mapping[str, Any], today: date) -> Iterable[tuple[str, Found]]:
    until = values.get("document_until")
    if until and date.fromisoformat(until) < today:
        yield "document_until", Found("E_ID_EXPIRED")


def lines_already(row: Row, reference: Any) -> Iterable[tuple[str, Found]]:
    """Somebody with a number gets a second one only when the row says so, and never a sixth (一证五号)."""
    person = row.document_index
    lines = reference.lines.get(person, 0) if person else 0
    if lines >= MOST_FOR_ONE:
        yield "document_no", Found("E_ONE_ID_FILE")
    elif lines and not row.values.get("second"):
        yield "document_no", Found("E_HAS_LINE", values={"lines": lines})
    elif person and not row.values.get("second") and (other := reference.waiting.get(person)):
        yield "document_no", Found("E_DUP_BATCH", values={"number": other[0], "row": other[1]})


def vouched(row: Row, told: Mapping[Person, Told]) -> Iterable[tuple[str, Found]]:
    """What the operator said of the person, and whether one number more fits under the document (一证五号)."""
    found = told.get((row.document_index or b"", row.values.get("name", "")))
    if found is None:
        return
    if found.code in PERSONAL:
        yield PERSONAL[found.code]
    elif found.lines >= found.most:
        yield "document_no", Found("E_ONE_ID_LIMIT", values={"lines": found.lines, "most": found.most})


def people_of(rows: Iterable[Row]) -> set[Person]:
    """Whom the operator may have been asked about."""
    return {
        (row.document_index, row.values["name"])
        for row in rows
        if row.document_index and "name" in row.values
    }


def stock(values: Mapping[str, Any], reference: Any) -> Iterable[tuple[str, Found]]:
    if msisdn := values.get("msisdn"):
        known = reference.known_numbers.get(reference.number_index[msisdn])
        if known is None or known[1] != NumberState.LOCKED:
            yield "msisdn", Found("E_NUMBER_NOT_LOCKED")
    if key := values.get("sim"):
        card = reference.known_sims.get(key)
        if card is None or card[1] != SimState.IN_STOCK:
            yield "sim", Found("E_ICCID_NOT_OURS")


def plan_fits(values: Mapping[str, Any], reference: Any) -> Iterable[tuple[str, Found]]:
    offer = reference.offers.get(values.get("plan", ""))
    if offer is None:
        return
    if offer.eligibility == "AGE_16_30":
        years = identity.age(values.get("document_type"), values.get("document_no"), reference.today)
        if years is not None and years not in YOUTH:
            yield "plan", Found("E_PLAN_AGE")
    extra = [reference.offers[code].name for code in offer.requires if code in reference.offers]
    if extra:
        yield "plan", note("W_PLAN_REQUIRES", names=extra)


def cap_fits(values: Mapping[str, Any]) -> Iterable[tuple[str, Found]]:
    if (values.get("payment") == "GROUP_CAP") != ("cap" in values):
        yield "cap", Found("E_CAP")
