"""Invoices by mail: who gets each new one by itself, and letters, one for each invoice and address, sent once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, Integer, LargeBinary, Select, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from console.core import acting, clock, mail, permissions, queue
from console.core.config import Settings
from console.core.db import Base, Moment, session
from console.core.encryption import Encrypted, blind_index
from console.core.errors import Conflict, NotFound
from console.core.mail import Attachment
from console.core.permissions import Permission
from console.core.tenancy import CompanyOwned
from console.expenses.mailing import NEVER, PAUSES
from console.identifiers.amounts import yuan
from console.invoices import applying, bundling, queries, rules
from console.invoices.models import Invoice

MOST = 10
"""Addresses in one go, and on the list."""
NEWS = timedelta(days=30)
"""An invoice that is older is no news any more."""


class InvoiceReader(CompanyOwned, Base):
    """An address to which every invoice goes that is issued from `since` on."""

    __tablename__ = "invoice_readers"
    __table_args__ = (UniqueConstraint("company_id", "email_index"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(Encrypted("invoice_readers.email"))
    email_index: Mapped[bytes] = mapped_column(LargeBinary(16))
    since: Mapped[datetime] = mapped_column(Moment)


class InvoiceMail(CompanyOwned, Base):
    """One invoice to one address, until the mail server took it."""

    __tablename__ = "invoice_mails"
    __quiet__ = ("tries", "next_try_at")
    __table_args__ = (UniqueConstraint("company_id", "invoice_id", "email_index"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    invoice_id: Mapped[int] = mapped_column(ForeignKey("invoices.id"))
    email: Mapped[str] = mapped_column(Encrypted("invoice_mails.email"))
    email_index: Mapped[bytes] = mapped_column(LargeBinary(16))
    asked_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    """None when it went by itself, because of the list."""
    part: Mapped[str] = mapped_column(String(10), default="")
    """Which sending it is: pressed again it is another letter."""
    tries: Mapped[int] = mapped_column(Integer, default=0)
    next_try_at: Mapped[datetime] = mapped_column(Moment)
    sent_at: Mapped[datetime | None] = mapped_column(Moment)

    @property
    def given_up(self) -> bool:
        return self.sent_at is None and self.tries >= len(PAUSES) and self.next_try_at > clock.now() + NEWS


@dataclass(frozen=True, slots=True)
class Task:
    letter_id: int
    invoice_id: int
    to: str
    key: str


def addresses(text: str) -> list[str]:
    """As somebody wrote them, with commas, semicolons or blanks between. Raises Conflict E_MAIL_ADDRESS."""
    for between in ",;，；、\n\t":
        text = text.replace(between, " ")
    found = list(dict.fromkeys(text.split()))
    if not found or len(found) > MOST or not all(mail.is_address(one) for one in found):
        raise Conflict("E_MAIL_ADDRESS")
    return found


def ask(role: str, user_id: int, invoice_id: int, wanted: Sequence[str]) -> None:
    """This invoice to these addresses; to whom it went before it goes once more. Raises Conflict E_INVOICE_STATE."""
    permissions.check(role, Permission.INVOICES_ISSUE)
    invoice = applying.get(invoice_id, lock=True)  # two who press at once
    if invoice.state not in queries.IN_FORCE:
        raise Conflict("E_INVOICE_STATE")
    known = {one.email_index: one for one in of_invoice(invoice_id)}
    for email in wanted:
        letter = known.get(_index(email))
        if letter is None:
            letter = InvoiceMail(invoice_id=invoice_id, email=email, email_index=_index(email))
            session.add(letter)
        elif letter.sent_at is None and not letter.given_up:
            continue  # it is on its way
        letter.asked_by, letter.sent_at, letter.tries = user_id, None, 0
        letter.next_try_at, letter.part = clock.now(), f"{clock.now():%d%H%M%S}"
    queue.enqueue(queue.Job.MAIL_INVOICES, acting.company())


def subscribe(role: str, email: str) -> None:
    """From now on every new invoice goes there. Raises Conflict E_MAIL_ADDRESS."""
    permissions.check(role, Permission.INVOICE_TITLES_SET)
    found = readers()
    if not mail.is_address(email) or len(found) >= MOST:
        raise Conflict("E_MAIL_ADDRESS")
    if _index(email) not in {one.email_index for one in found}:
        session.add(InvoiceReader(email=email, email_index=_index(email), since=clock.now()))


def unsubscribe(role: str, reader_id: int) -> None:
    permissions.check(role, Permission.INVOICE_TITLES_SET)
    found = session.get(InvoiceReader, reader_id)
    if found is None:
        raise NotFound
    session.delete(found)


def readers() -> list[InvoiceReader]:
    return list(session.scalars(select(InvoiceReader).order_by(InvoiceReader.id)))


def of_invoice(invoice_id: int) -> list[InvoiceMail]:
    wanted = select(InvoiceMail).where(InvoiceMail.invoice_id == invoice_id).order_by(InvoiceMail.id)
    return list(session.scalars(wanted))


def note() -> None:
    """A letter for each address of the list and each invoice that was issued since it stands there, once."""
    asked = readers()
    if not asked:
        return
    wanted = select(Invoice).where(
        Invoice.state.in_(queries.IN_FORCE), Invoice.issued_at >= clock.now() - NEWS
    )
    invoices = list(session.scalars(wanted.order_by(Invoice.id)))
    known = {
        (invoice, index)
        for invoice, index in session.execute(
            select(InvoiceMail.invoice_id, InvoiceMail.email_index).where(
                InvoiceMail.invoice_id.in_([one.id for one in invoices])
            )
        )
    }
    session.add_all(
        InvoiceMail(
            invoice_id=invoice.id, email=one.email, email_index=one.email_index, next_try_at=clock.now()
        )
        for invoice in invoices
        for one in asked
        if invoice.issued_at and invoice.issued_at >= one.since and (invoice.id, one.email_index) not in known
    )


def companies(now: datetime) -> Select[int]:
    """Where an invoice may have to go by mail; for the clock."""
    waiting = select(InvoiceMail.company_id).where(
        InvoiceMail.sent_at.is_(None), InvoiceMail.next_try_at <= now
    )
    listed = select(InvoiceReader.company_id)
    both = waiting.union(listed).subquery()
    return select(both.c.company_id).distinct()


def due(now: datetime) -> list[int]:
    wanted = select(InvoiceMail.id).where(InvoiceMail.sent_at.is_(None), InvoiceMail.next_try_at <= now)
    return list(session.scalars(wanted.order_by(InvoiceMail.id)))


def begin(letter_id: int, now: datetime) -> Task | None:
    """What to send; the next try is put off first, so that nobody else sends it meanwhile."""
    letter = session.get_one(InvoiceMail, letter_id, with_for_update=True, populate_existing=True)
    if letter.sent_at is not None or letter.next_try_at > now:
        return None
    if letter.tries >= len(PAUSES):
        letter.next_try_at = now + NEVER
        return None
    letter.next_try_at = now + PAUSES[letter.tries]
    letter.tries += 1
    key = f"invoice-{acting.company()}-{letter.id}-{letter.part or 'list'}"
    return Task(letter.id, letter.invoice_id, letter.email, key)


def written(task: Task, settings: Settings) -> tuple[str, str, list[Attachment]]:
    """Subject, text in both languages, and the invoice in its three formats: originals where there are some."""
    invoice = session.get_one(Invoice, task.invoice_id)
    red = "红字发票" if invoice.red_of_id else "发票"
    total, months = yuan(invoice.total_fen), rules.months(invoice.period, invoice.last_period)
    text = (
        f"{red}号码：{invoice.number}\n购买方：{invoice.buyer_name}\n销售方：{invoice.seller_name}\n"
        f"账期：{months}\n价税合计：{total}\n\n附件为 PDF、OFD、XML 三种格式，入账请以 XML 或 OFD 为准。\n\n"
        f"Invoice {invoice.number} of {months}, {total}, is attached as PDF, OFD and XML.\n\n"
        f"{mail.link(f'/invoices/{invoice.id}/')}\n"
    )
    attached = [
        Attachment(bundling.name(invoice, one), bundling.TYPES[one], bundling.content(invoice, one, settings))
        for one in bundling.WRITERS
    ]
    return f"{invoice.buyer_name} {months} {red} {invoice.number} {total}", text, attached


def sent(letter_id: int) -> None:
    session.get_one(InvoiceMail, letter_id).sent_at = clock.now()


def _index(email: str) -> bytes:
    return blind_index("invoice_mail", email.lower())
