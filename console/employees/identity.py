"""Who a row of a roster is about: document, person and whether the books know them otherwise."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _l

from console.bulk.columns import Found, note
from console.bulk.kind import Row
from console.employees import queries
from console.identifiers import documents, names, residents
from console.identifiers.documents import DocumentType

YOUNGEST = 16
BORN_IN_IT = {DocumentType.RESIDENT_ID, DocumentType.HMT_RESIDENCE}
"""Characters 7 to 14 are the day of birth (GB 11643)."""
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
        if person := row.values.get("person_key"):
            row.document_index = queries.document_index(person)
    reference.index = {row.number: row.document_index for row in rows if row.document_index}
    reference.documents = queries.by_document(set(reference.index.values()))
    written = {row.values["employee_number"] for row in rows if "employee_number" in row.values}
    reference.numbers = queries.by_number(written)
    reference.names_of = {
        row.number: queries.name_index(row.values["name"])
        for row in rows
        if "name" in row.values and row.values.get("employee_number") in reference.numbers
    }


def _settle_document(row: Row, reference: Any) -> None:
    """The kind from its cell or from the number itself, then the rule for that kind."""
    number = row.values.get("document_no")
    if number is None:
        return
    kind = row.values.get("document_type")
    if kind in (None, DocumentType.RESIDENT_ID) and residents.is_plain(number, reference.today):
        row.values |= {"document_type": DocumentType.RESIDENT_ID.value, "person_key": f"RESIDENT_ID:{number}"}
        return
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
    return Found(f"E_ID_{'15' if reason == 'LEGACY_15_DIGIT' else reason}")


def check(row: Row, reference: Any) -> Iterable[tuple[str, Found]]:
    """What name, document and 工号 say together. Pure."""
    values = row.values
    if "person_key" in values:
        kind, number = values["document_type"], values["document_no"]
        # Whoever was born in such a year cannot be too young, whatever the day.
        born_early = kind in BORN_IN_IT and int(number[6:10]) < reference.today.year - YOUNGEST
        if not born_early and _too_young(kind, number, reference.today):
            yield "document_no", Found("E_AGE_UNDER_16")
        if "name" in values and not _name_fits(values["name"], kind):
            yield "name", Found("E_NAME_DOC")
        if "birth" in values or "sex" in values:
            yield from _contradicted(values)
    known = reference.numbers.get(values.get("employee_number", ""))
    if known and _somebody_else(row, reference, known):
        yield "employee_number", Found("E_EMP_CONFLICT")


def _contradicted(values: Mapping[str, Any]) -> Iterable[tuple[str, Found]]:
    """Columns beside the document that say otherwise: the document is right, but cells may have slipped."""
    kind, number = DocumentType(values["document_type"]), values["document_no"]
    born, sex = documents.birth(kind, number), documents.sex(kind, number)
    other_day = born and values.get("birth", born.isoformat()) != born.isoformat()
    if other_day or (sex and values.get("sex", sex) != sex):
        yield "document_no", note("W_ID_BIRTH_MISMATCH")


def _somebody_else(row: Row, reference: Any, known: tuple[int, bytes | None, bytes]) -> bool:
    """By the documents when both are known, else by the names: a 工号 must not change hands unnoticed."""
    document = reference.index.get(row.number)
    if document and known[1]:
        return bool(document != known[1])
    return row.number in reference.names_of and bool(reference.names_of[row.number] != known[2])


def _too_young(kind: str, number: str, today: date) -> bool:
    years = age(kind, number, today)
    return years is not None and years < YOUNGEST


def _name_fits(name: str, kind: str) -> bool:
    """`name` as it was accepted: Han or Latin, never both."""
    if kind in HAN_ONLY:
        return names.is_han(name)
    return kind not in LATIN_ONLY or not names.is_han(name)


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
