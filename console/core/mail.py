"""The door for mail: one letter in plain text over SMTP, to the server that the installation names."""

import logging
import re
import smtplib
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from urllib.parse import unquote, urlsplit

from console.core.config import BadSettings, Settings

log = logging.getLogger(__name__)

SECONDS = 20
LONGEST = 254
PORTS = {"smtp": 25, "smtps": 465}
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z0-9-]{2,63}")


class _Door:
    settings: Settings | None = None


def use(settings: Settings) -> None:
    """Raises BadSettings for a server or a sender that cannot be one."""
    if settings.mail_url:
        server = urlsplit(settings.mail_url)
        if server.scheme not in PORTS or not server.hostname:
            raise BadSettings("MAIL_URL must read like smtps://user:password@host:465 or smtp://host:25")
        if not is_address(settings.mail_from):
            raise BadSettings("MAIL_FROM must be the address that letters come from")
    _Door.settings = settings


def is_open() -> bool:
    """Whether the installation sends mail at all."""
    return _Door.settings is not None and bool(_Door.settings.mail_url)


def is_address(text: str) -> bool:
    """One address in ASCII and nothing else: what is let through can hold no second line and no second reader."""
    return len(text) <= LONGEST and _ADDRESS.fullmatch(text) is not None and ".." not in text


def link(path: str) -> str:
    """The address of a page for somebody who is not on a page."""
    return (_Door.settings.public_url if _Door.settings else "") + path


@dataclass(frozen=True, slots=True)
class Attachment:
    """`type` as in application/pdf."""

    name: str
    type: str
    content: bytes


def send(to: str, subject: str, text: str, key: str, attached: Sequence[Attachment] = ()) -> bool:
    """False when the server did not take it; it may be tried again. Not inside a transaction.

    `key` becomes the letter's own number: sent twice after a crash it is the same letter, and most programs show one.
    """
    settings = _Door.settings
    if settings is None or not settings.mail_url or not is_address(to):
        return False
    letter = EmailMessage(policy=SMTP)
    user, _, domain = settings.mail_from.partition("@")
    letter["From"] = Address("企业通信管理台", user, domain)
    letter["To"] = to
    letter["Subject"] = " ".join(subject.split())
    letter["Message-ID"] = f"<{key}@{domain}>"
    letter["Auto-Submitted"] = "auto-generated"
    letter.set_content(text)
    for one in attached:
        main, _, sub = one.type.partition("/")
        letter.add_attachment(one.content, maintype=main, subtype=sub, filename=one.name)
    try:
        with _server(settings.mail_url) as server:
            server.send_message(letter)
    except (OSError, smtplib.SMTPException) as error:
        log.warning("mail.away", extra={"error": type(error).__name__})
        return False
    return True


def _server(url: str) -> smtplib.SMTP:
    """Encrypted whenever the server can; a password never leaves without."""
    asked = urlsplit(url)
    host, port = asked.hostname or "", asked.port or PORTS[asked.scheme]
    context = ssl.create_default_context()
    if asked.scheme == "smtps":
        server: smtplib.SMTP = smtplib.SMTP_SSL(host, port, timeout=SECONDS, context=context)
    else:
        server = smtplib.SMTP(host, port, timeout=SECONDS)
    try:
        server.ehlo()
        if asked.scheme == "smtp" and (asked.username or server.has_extn("starttls")):
            server.starttls(context=context)
            server.ehlo()
        if asked.username:
            server.login(unquote(asked.username), unquote(asked.password or ""))
    except BaseException:
        server.close()
        raise
    return server
