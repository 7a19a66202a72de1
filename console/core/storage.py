"""Uploaded files, sealed, in the database.

In the database and not on a disk, so that web and workers may run on different machines, a back-up is one thing,
and a file exists exactly when its batch does. Files are small: the upload limit is 10 MB.
"""

from datetime import datetime

from sqlalchemy import Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from console.core import clock
from console.core.db import Base, Moment, session
from console.core.encryption import EncryptedBytes, fingerprint
from console.core.tenancy import CompanyOwned


class StoredFile(CompanyOwned, Base):
    __tablename__ = "stored_files"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(255))
    size: Mapped[int] = mapped_column(Integer)
    fingerprint: Mapped[bytes] = mapped_column(index=True)
    content: Mapped[bytes] = mapped_column(EncryptedBytes("stored_files.content"), deferred=True)
    created_at: Mapped[datetime] = mapped_column(Moment)


def put(name: str, content: bytes) -> StoredFile:
    """Keep a file under its own number; its name is only ever shown."""
    printable = "".join(letter for letter in name if letter.isprintable())
    shown = printable.replace("\\", "/").rsplit("/", 1)[-1][:255] or "upload"
    file = StoredFile(
        name=shown,
        size=len(content),
        fingerprint=fingerprint(content),
        content=content,
        created_at=clock.now(),
    )
    session.add(file)
    session.flush()
    return file


def get(file_id: int) -> bytes:
    return session.get_one(StoredFile, file_id).content


def size(file_id: int) -> int:
    return session.get_one(StoredFile, file_id).size
