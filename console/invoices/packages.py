"""Packages of many invoices: asked for in the list, made by a job under a lease, kept for some days."""

import hashlib
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import JSON, ForeignKey, Integer, Select, String, select
from sqlalchemy.orm import Mapped, mapped_column

from console.core import acting, clock, leases, permissions, queue, storage
from console.core.config import Settings
from console.core.db import Base, Moment, session
from console.core.errors import NotFound
from console.core.leases import Leased, Task
from console.core.permissions import Permission
from console.core.queue import Job
from console.core.tenancy import CompanyOwned
from console.invoices import bundling, queries
from console.invoices.models import Invoice

KEPT = timedelta(days=7)


class InvoicePackage(Leased, CompanyOwned, Base):
    """What a list showed when it was asked for, in one file. Without a file it is due."""

    __tablename__ = "invoice_packages"
    __quiet__ = ("lease", "lease_until", "tries")

    id: Mapped[int] = mapped_column(primary_key=True)
    invoices: Mapped[list[int]] = mapped_column(JSON)
    asked_by: Mapped[int] = mapped_column(ForeignKey("users.id"))
    asked_at: Mapped[datetime] = mapped_column(Moment)
    file_id: Mapped[int | None] = mapped_column(ForeignKey("stored_files.id"))
    size: Mapped[int] = mapped_column(Integer, default=0)
    sha256: Mapped[str | None] = mapped_column(String(64))
    made_at: Mapped[datetime | None] = mapped_column(Moment)


_WAITS = InvoicePackage.file_id.is_(None)


def ask(role: str, user_id: int, wanted: dict[str, str]) -> InvoicePackage | None:
    """Of the invoices in force that the list shows, the latest first, at most bundling.MOST; None when it shows none."""
    permissions.check(role, Permission.INVOICES_READ)
    _forget()
    found = [one.id for one in queries.listed(wanted, bundling.MOST, 0) if one.state in queries.IN_FORCE]
    if not found:
        return None
    package = InvoicePackage(invoices=found, asked_by=user_id, asked_at=clock.now())
    session.add(package)
    session.flush()
    queue.enqueue(Job.MAKE_PACKAGE, acting.company(), package.id)
    return package


def _forget() -> None:
    """What was made long ago can be made again."""
    old = select(InvoicePackage).where(InvoicePackage.asked_at < clock.now() - KEPT)
    for one in session.scalars(old):
        file = session.get(storage.StoredFile, one.file_id) if one.file_id else None
        session.delete(one)
        session.flush()
        if file is not None:
            session.delete(file)


def get(package_id: int) -> InvoicePackage:
    """Raises NotFound."""
    found = session.get(InvoicePackage, package_id)
    if found is None:
        raise NotFound
    return found


def try_again(role: str, package_id: int) -> None:
    """One that was given up. Others stay as they are."""
    permissions.check(role, Permission.INVOICES_READ)
    package = get(package_id)
    if package.file_id is None and package.given_up:
        package.again()
        queue.enqueue(Job.MAKE_PACKAGE, acting.company(), package.id)


def due(now: datetime) -> Select[int, int]:
    """(company, package) of all that wait; for the clock."""
    return select(InvoicePackage.company_id, InvoicePackage.id).where(
        _WAITS, leases.is_due(InvoicePackage, now)
    )


def start(package_id: int) -> Task | None:
    return leases.start(InvoicePackage, package_id, _WAITS)


def renew(task: Task) -> None:
    leases.renew(InvoicePackage, task)


def failed(task: Task) -> None:
    if package := leases.held(InvoicePackage, task):
        package.failed()


def make(task: Task) -> bytes:
    wanted = get(task.id).invoices
    found = {one.id: one for one in session.scalars(select(Invoice).where(Invoice.id.in_(wanted)))}

    def progress(done: int) -> None:
        queue.show_progress(key(task.id), done=done)

    return bundling.bundle(
        [found[id_] for id_ in wanted if id_ in found], Settings.from_environment(), progress
    )


def keep(task: Task, content: bytes) -> bool:
    """False when the lease was lost, and somebody else keeps his."""
    package = leases.held(InvoicePackage, task)
    if package is None or package.file_id is not None:
        return False
    package.file_id = storage.put(f"invoices-{package.id}.zip", content).id
    package.size, package.sha256 = len(content), hashlib.sha256(content).hexdigest()
    package.made_at, package.lease = clock.now(), None
    return True


def progress(package_id: int) -> int:
    """Invoices that are in it already, as far as is known."""
    told: dict[str, Any] = queue.progress(key(package_id))
    return int(told.get("done", 0))


def key(package_id: int) -> str:
    return f"invoices-{acting.company()}-{package_id}"
