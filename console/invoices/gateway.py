"""What the console asks of any channel to the tax platform, as values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from console.invoices.document import Document
from console.invoices.states import InvoiceState, RedState


@dataclass(frozen=True, slots=True)
class Told:
    """Where an invoice stands, as the platform says. `known` False: it has never heard of the serial."""

    state: InvoiceState
    platform_serial: str | None = None
    number: str | None = None
    issued_at: datetime | None = None
    total_fen: int | None = None
    code: str = ""
    text: str = ""
    known: bool = True
    again: bool = False
    """Busy: nothing was done, the same is sent again later."""
    files: Mapping[str, str] = field(default_factory=dict)
    """Format → the address at which the platform keeps its own document."""


@dataclass(frozen=True, slots=True)
class RedTold:
    state: RedState
    platform_id: str | None = None
    platform_no: str | None = None
    number: str | None = None
    text: str = ""


class EInvoiceGateway(Protocol):
    """One channel. `submit` never raises once bytes may have left: then it answers UNKNOWN."""

    name: str

    def submit(self, serial: str, document: Document) -> Told: ...

    def query(self, serial: str) -> Told: ...

    def retry(self, platform_serial: str) -> bool: ...

    def files(self, number: str, addresses: Mapping[str, str]) -> dict[str, bytes]: ...

    def red_apply(self, request: dict[str, Any]) -> RedTold: ...

    def red_query(self, platform_id: str) -> RedTold: ...

    def red_operate(self, platform_id: str, action: str) -> RedTold: ...
