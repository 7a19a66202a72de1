"""Who a row of a roster is about: document, person and whether the books know them otherwise."""

from collections.abc import Iterable, Mapping
from typing import Any

from flask_babel import lazy_gettext as _l

from console.bulk.columns import Found, note
from console.bulk.kind import Row
from console.employees import queries
from console.identifiers import documents, names
from console.identifiers.documents import DocumentType

YOUNGEST = 16
HAN_ONLY = {DocumentType.RESIDENT_ID}
LATIN_ONLY = {DocumentType.FOREIGN_PASSPORT}

LABELS = {
    DocumentType.RESIDENT_ID: _l("居民身份证"),
    DocumentType.HMT_RESIDENCE: _l("港澳台居民居住证"),
    DocumentType.HK_MACAO_PERMIT: _l("港澳居民来往内地通行证"),
    DocumentType.TAIWAN_PERMIT: _l("台湾居民来往大陆通行证"),
    DocumentType.FOREIGN_PASSPORT: _l("外国护照"),
    DocumentType.FOREIGN_PR: _l("外国人永久居留身份证"),
}


def look_up(rows: list[Row], reference: Any) -> None:
    """Fix the document of each row, then ask the books once for all of them."""
    for row in rows:
        _settle_document(row, reference)
    keys = {row.number: row.values["person_key"] for row in rows if "person_key" in row.values}
    reference.index = {number: queries.document_index(key) for number, key in keys.items()}
    reference.documents = queries.by_document(set(reference.index.values()))
    reference.names_of = {
        row.number: queries.name_index(row.values["name"]) for row in rows if "name" in row.values
    }
    written = {row.values["employee_number"] for row in rows if "employee_number" in row.values}
    reference.numbers = queries.by_number(written)


def _settle_document(row: Row, reference: Any) -> None:
    """The kind from its cell or from the number itself, then the rule for that kind."""
    number = row.values.get("document_no")
    if number is None:
        return
    kind = row.values.get("document_type")
    if kind is None:
        inferred = documents.infer(number) or DocumentType.RESIDENT_ID
        kind = inferred.value
        if inferred is not DocumentType.RESIDENT_ID:
            row.add("document_type", note("W_DOC_TYPE_INFERRED", looks=inferred.value))
        row.values["document_type"] = kind
    verdict = documents.check(DocumentType(kind), number, reference.today)
    if not verdict.valid:
        row.add("document_no", _why(DocumentType(kind), number, verdict.reason))
        return
    if kind == DocumentType.FOREIGN_PASSPORT and documents.prc_passport(number).valid:
        row.add("document_no", Found("E_DOC_NOT_ACCEPTED"))
        return
    row.values["document_no"] = verdict.normalized
    row.values["person_key"] = f"{kind}:{documents.person_key(DocumentType(kind), verdict.normalized)}"


def _why(kind: DocumentType, number: str, reason: str) -> Found:
    looks = documents.infer(number)
    if looks and looks is not kind and reason in {"LENGTH", "CHARSET", "FORMAT", "REGION"}:
        return Found("E_DOC_TYPE_MISMATCH", values={"looks": looks.value})
    return Found(f"E_ID_{reason}")


def check(row: Row, reference: Any) -> Iterable[tuple[str, Found]]:
    """What name, document and 工号 say together. Pure."""
    kind, number = row.values.get("document_type"), row.values.get("document_no")
    if kind and number and "person_key" in row.values:
        born = documents.birth(DocumentType(kind), number)
        if born and _age(born, reference.today) < YOUNGEST:
            yield "document_no", Found("E_AGE_UNDER_16")
        if row.values.get("name") and not _name_fits(row.values["name"], DocumentType(kind)):
            yield "name", Found("E_NAME_DOC")
    known = reference.numbers.get(row.values.get("employee_number", ""))
    if known and _somebody_else(row, reference, known):
        yield "employee_number", Found("E_EMP_CONFLICT")


def _somebody_else(row: Row, reference: Any, known: tuple[int, bytes | None, bytes]) -> bool:
    """By the documents when both are known, else by the names: a 工号 must not change hands unnoticed."""
    document = reference.index.get(row.number)
    if document and known[1]:
        return bool(document != known[1])
    return row.number in reference.names_of and bool(reference.names_of[row.number] != known[2])


def _name_fits(name: str, kind: DocumentType) -> bool:
    script = names.person_name(name).detail.get("script")
    if kind in HAN_ONLY:
        return script == "HAN"
    return script == "LATIN" if kind in LATIN_ONLY else True


def age(kind: str | None, number: str | None, today: Any) -> int | None:
    """Whole years on the day, where the document tells."""
    born = documents.birth(DocumentType(kind), number) if kind and number else None
    return _age(born, today) if born else None


def _age(born: Any, today: Any) -> int:
    return int(today.year - born.year - ((today.month, today.day) < (born.month, born.day)))


def word(field: str, value: Any) -> str:
    """How a value is said to people."""
    if field in ("document_type", "looks"):
        return str(LABELS.get(value, value))
    return str(value)


def person(values: Mapping[str, Any]) -> dict[str, Any]:
    """For employees.actions.save_people()."""
    fields = ("name", "document_type", "document_no", "person_key", "phone", "department", "cost_center")
    return {"number": values.get("employee_number")} | {name: values.get(name) for name in fields}
