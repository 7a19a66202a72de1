"""The operator's gateway (`/gw/v1`), as a client: signed calls in, answers as values out.

Every way in which a call can go wrong becomes an Answer, because a time-out is not an error but a question.
"""

import base64
import hashlib
import json
import os
import uuid
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import httpx
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from console.carrier.months import BUSY, BUSY_CODES, Months, quoted
from console.core import signing
from console.core.config import Settings
from console.orders.rules import Answer, Kind, View

CONNECT_SECONDS, READ_SECONDS = 3.0, 15.0
PREFIX = "/gw/v1"
TAKEN_CODES = {"DUPLICATE_EXTERNAL_ID", "IDEMPOTENCY_KEY_REUSED"}
"""The operator has this order already: nothing is refused, it has to be asked how it stands."""


class Gateway(Months):
    """One connection pool to the operator; safe for threads."""

    def __init__(self, settings: Settings) -> None:
        self._app_id = settings.operator_app_id
        self._secret = settings.operator_secret
        self._sealer = AESGCM(hashlib.sha256(settings.operator_secret.encode()).digest())
        self._client = httpx.Client(
            base_url=settings.operator_url,
            timeout=httpx.Timeout(READ_SECONDS, connect=CONNECT_SECONDS),
            limits=httpx.Limits(max_connections=16, max_keepalive_connections=16),
        )

    def close(self) -> None:
        self._client.close()

    def submit(self, payload: dict[str, Any], key: str) -> Answer:
        """Place one order. `payload` holds document numbers in the clear; they are sealed for the road here."""
        try:
            answer = self._call("POST", "/orders", self._sealed(payload), key)
        except httpx.HTTPError as error:
            return Answer(Kind.DOUBT, code=type(error).__name__)
        return _read(answer)

    def ask(self, external_id: str) -> Answer:
        """Where an order stands, after silence."""
        try:
            answer = self._call("GET", f"/orders?externalId={quoted(external_id)}")
        except httpx.HTTPError as error:
            return Answer(Kind.DOUBT, code=type(error).__name__)
        if answer.status_code == 404:
            return Answer(Kind.NEVER_HEARD)
        found = _read(answer)
        return Answer(Kind.DOUBT, code=found.code) if found.kind is Kind.REFUSED else found

    def changed_since(self, since: datetime) -> Iterator[list[dict[str, Any]]]:
        """Pages of orders that changed, oldest first. Raises httpx.HTTPError."""
        cursor = ""
        while True:
            path = f"/orders?updatedSince={quoted(since.isoformat())}&limit=200" + (
                f"&cursor={quoted(cursor)}" if cursor else ""
            )
            page = self._call("GET", path).raise_for_status().json()
            if page["orders"]:
                yield page["orders"]
            cursor = page.get("nextCursor") or ""
            if not cursor:
                return

    def events_since(self, cursor: str) -> Iterator[tuple[list[dict[str, Any]], str]]:
        """Pages of all that call-backs tell, lost ones too, each with the cursor to go on from. Raises httpx.HTTPError."""
        while True:
            path = "/events?limit=500" + (f"&cursor={quoted(cursor)}" if cursor else "")
            page = self._call("GET", path).raise_for_status().json()
            cursor = page.get("nextCursor") or cursor
            yield page["events"], cursor
            if not page.get("more"):
                return

    def subscribers(self, group_code: str) -> Iterator[list[dict[str, Any]]]:
        """Pages of a customer's open lines. Raises httpx.HTTPError."""
        cursor = ""
        while True:
            path = f"/subscribers?groupCode={quoted(group_code)}&limit=200" + (
                f"&cursor={quoted(cursor)}" if cursor else ""
            )
            page = self._call("GET", path).raise_for_status().json()
            yield page["subscribers"]
            cursor = page.get("nextCursor") or ""
            if not cursor:
                return

    def customer(self, group_code: str) -> dict[str, Any] | None:
        """How the customer stands, None when the operator does not know it. Raises httpx.HTTPError."""
        answer = self._call("GET", f"/customers/{quoted(group_code)}")
        return None if answer.status_code == 404 else dict(answer.raise_for_status().json())

    def person(self, name: str, id_type: str, id_no: str) -> dict[str, Any] | None:
        """What the operator says of a person, None when it cannot tell now."""
        asked = self._sealed({"name": name, "idType": id_type, "idNo": id_no})
        try:
            answer = self._call("POST", "/realname/checks", asked, str(uuid.uuid4()))
            return dict(answer.json()) if answer.is_success else None
        except (httpx.HTTPError, ValueError):
            return None

    def subscriber(self, msisdn: str) -> dict[str, Any] | None:
        answer = self._call("GET", f"/subscribers/{msisdn}")
        return dict(answer.json()) if answer.is_success else None

    def free_numbers(self, count: int) -> list[str]:
        """At most 50 a call. Raises httpx.HTTPError."""
        found = self._call("GET", f"/numbers?limit={min(count, 50)}").raise_for_status().json()
        return [item["msisdn"] for item in found["numbers"]]

    def lock_numbers(self, msisdns: list[str], group_code: str, seconds: int, key: str) -> list[str]:
        """Those of the numbers that are now kept for this group; none when the operator is away."""
        body = {"msisdns": msisdns, "ttlSec": seconds, "groupCode": group_code}
        try:
            answer = self._call("POST", "/numbers/locks", body, key)
        except httpx.HTTPError:
            return []
        if not answer.is_success:
            return []
        return [item["msisdn"] for item in answer.json()["results"] if item.get("locked")]

    def activation_code(
        self, order_id: str, group_code: str, key: str
    ) -> tuple[dict[str, Any] | None, str | None]:
        """The secret of an eSIM, or why there is none; neither when no answer came: again with the same key."""
        path = f"/orders/{quoted(order_id)}/activation-code"
        try:
            answer = self._call("POST", path, {"groupCode": group_code}, key)
            body = dict(answer.json())
        except (httpx.HTTPError, ValueError):
            return None, None
        if answer.is_success:
            return body, None
        refused = 400 <= answer.status_code < 500 and answer.status_code not in BUSY
        return None, str(body.get("field") or body.get("code") or "refused")[:40] if refused else None

    def cancel(self, operator_id: str, key: str) -> Answer:
        """Ask that an order be taken back; the answer shows where it stands."""
        try:
            answer = self._call("POST", f"/orders/{operator_id}/cancel", {}, key)
        except httpx.HTTPError as error:
            return Answer(Kind.DOUBT, code=type(error).__name__)
        return _read(answer)

    def unlock_number(self, msisdn: str, group_code: str, key: str) -> bool:
        """Whether the operator does not keep it for this group any more. Raises httpx.HTTPError."""
        answer = self._call("DELETE", f"/numbers/locks/{msisdn}", {"groupCode": group_code}, key)
        return answer.is_success or answer.status_code == 404

    def cards(self, iccids: list[str]) -> list[dict[str, Any]]:
        """Each as the operator has it. Raises httpx.HTTPError."""
        found: list[dict[str, Any]] = []
        for start in range(0, len(iccids), 100):
            body = {"iccids": iccids[start : start + 100]}
            answer = self._call("POST", "/sims/query", body, str(uuid.uuid4()))
            found += answer.raise_for_status().json()["sims"]
        return found

    def call_back_at(self, url: str, secret: str) -> None:
        """Where the operator sends its events. Raises httpx.HTTPError."""
        self._call("PUT", "/callbacks", {"url": url, "secret": secret}, str(uuid.uuid4())).raise_for_status()

    def _call(self, method: str, path: str, body: Any = None, key: str | None = None) -> httpx.Response:
        full = PREFIX + path
        content = b"" if body is None else json.dumps(body, ensure_ascii=False).encode()
        headers = signing.headers(self._app_id, self._secret, method, full, content)
        if key:
            headers["Idempotency-Key"] = key
        return self._client.request(method, full, content=content, headers=headers)

    def _sealed(self, value: Any) -> Any:
        """Every `idNo` becomes `idNoEnc`: nonce and AES-256-GCM, base64."""
        if isinstance(value, list):
            return [self._sealed(item) for item in value]
        if not isinstance(value, dict):
            return value
        return {
            ("idNoEnc" if name == "idNo" else name): (
                self._seal(item) if name == "idNo" else self._sealed(item)
            )
            for name, item in value.items()
        }

    def _seal(self, document_no: str) -> str:
        nonce = os.urandom(12)
        return base64.b64encode(nonce + self._sealer.encrypt(nonce, document_no.encode(), b"idNo")).decode()


def view_of(order: dict[str, Any]) -> View:
    """The operator's JSON of an order, from an answer, a call-back or the feed. Raises ValueError for nonsense."""
    try:
        failed = next((item["error"] for item in order.get("items") or () if item.get("error")), None)
        error = order.get("error") or failed or {}
        return View(
            state=_word(order.get("state"), 30) or "",
            sequence=count(order.get("sequence")),
            operator_id=_word(order.get("orderId"), 40),
            error_code=_word(error.get("code"), 40),
            lifecycle=_word(order.get("lifecycle"), 20),
            lifecycle_sequence=count(order.get("lifecycleSequence")),
            reversal=order.get("reversal") is True,
        )
    except (TypeError, AttributeError) as nonsense:
        raise ValueError("this is no order") from nonsense


def count(value: Any) -> int:
    """A sequence that a column can hold. Raises ValueError."""
    if value is None:
        return 0
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**31:
        raise ValueError("no count")
    return value


def _word(value: Any, longest: int) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str) or len(value) > longest or not value.isprintable():
        raise ValueError("no word")
    return value


def _read(answer: httpx.Response) -> Answer:
    try:
        body = answer.json()
        view = view_of(body)
    except ValueError:
        return Answer(Kind.DOUBT, code="MALFORMED")
    if answer.is_success and view.state:
        return Answer(Kind.VIEW, view)
    code = str(body.get("code", ""))[:40]
    if answer.status_code in BUSY or code in BUSY_CODES:
        return Answer(Kind.BUSY, code=code, retry_after=_seconds(answer))
    if 400 <= answer.status_code < 500 and code and code not in TAKEN_CODES:
        return Answer(Kind.REFUSED, code=code)
    return Answer(Kind.DOUBT, code=code or f"HTTP_{answer.status_code}")


def _seconds(answer: httpx.Response) -> float | None:
    told = answer.headers.get("Retry-After", "")
    return float(told) if told.replace(".", "", 1).isdigit() else None
