"""开票信息: to whom invoices are made out, checked before they are kept."""

from collections.abc import Mapping, Sequence

from sqlalchemy import select

from console.accounts.models import Company
from console.core import acting, clock, permissions
from console.core.db import session
from console.core.errors import NotFound
from console.core.permissions import Permission
from console.identifiers import organisations
from console.invoices.document import Kind
from console.invoices.models import InvoiceTitle

FIELDS = ("name", "tax_number", "address", "phone", "bank", "bank_account", "email")
LONGEST = {
    "name": 100,
    "tax_number": 20,
    "address": 100,
    "phone": 40,
    "bank": 100,
    "bank_account": 40,
    "email": 100,
}


def all_of_them() -> list[InvoiceTitle]:
    """The company's own first."""
    return list(session.scalars(select(InvoiceTitle).order_by(InvoiceTitle.department)))


def to_begin_with(found: Sequence[InvoiceTitle], changed: int | None) -> dict[str, str]:
    """What the form says before anybody has written into it: the title to be changed, or the company while it has none."""
    for one in found:
        if one.id == changed:
            return {name: getattr(one, name) for name in (*FIELDS, "kind", "department")}
    if any(not one.department for one in found):
        return {}
    company = session.get_one(Company, acting.company())
    return {"name": company.name, "tax_number": company.uscc}


def problems(wanted: Mapping[str, str]) -> dict[str, str]:
    """Field → code of what is wrong with it: missing, too_long, tax_number."""
    found = {name: "too_long" for name in FIELDS if len(wanted.get(name, "")) > LONGEST[name]}
    for name in ("name", "tax_number"):
        if not wanted.get(name):
            found[name] = "missing"
    if wanted.get("kind") not in set(Kind):
        found["kind"] = "missing"
    number = wanted.get("tax_number", "")
    if number and "tax_number" not in found and not organisations.uscc(number).valid:
        found["tax_number"] = "tax_number"
    return found


def keep(role: str, wanted: Mapping[str, str]) -> InvoiceTitle:
    """The one of this department, "" for the company's. Only what has no problems()."""
    permissions.check(role, Permission.INVOICE_TITLES_SET)
    department = wanted.get("department", "")
    title = session.scalars(select(InvoiceTitle).where(InvoiceTitle.department == department)).one_or_none()
    if title is None:
        title = InvoiceTitle(department=department, kind=wanted["kind"], changed_at=clock.now())
        session.add(title)
    title.kind = wanted["kind"]
    for name in FIELDS:
        value = wanted.get(name, "")
        setattr(title, name, organisations.uscc(value).normalized if name == "tax_number" else value)
    title.changed_at = clock.now()
    return title


def remove(role: str, title_id: int) -> None:
    permissions.check(role, Permission.INVOICE_TITLES_SET)
    title = session.get(InvoiceTitle, title_id)
    if title is None:
        raise NotFound
    session.delete(title)
