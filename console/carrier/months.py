"""What the operator tells of a customer's months: bills, usage, pools, and detail records that a user has agreed to."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import httpx

BILL_LINES = 2000
BUSY = {429, 503}
BUSY_CODES = {"REQUEST_IN_PROGRESS", "RATE_LIMITED", "MAINTENANCE", "BILLING_FREEZE", "REALNAME_SOURCE_UNAVAILABLE",
              "SIGNATURE_INVALID", "TIMESTAMP_SKEW", "NONCE_REUSED"}  # fmt: skip
NOT_THERE = {404, 501}


class Months(ABC):
    """Part of the gateway, which calls."""

    @abstractmethod
    def _call(self, method: str, path: str, body: Any = None, key: str | None = None) -> httpx.Response: ...

    def bill(self, group_code: str, period: str) -> dict[str, Any] | None:
        """The head of a month's bill, None as long as there is none. Raises httpx.HTTPError."""
        answer = self._call("GET", f"/bills?groupCode={quoted(group_code)}&period={quoted(period)}")
        if answer.status_code == 409:
            return None
        return dict(answer.raise_for_status().json())

    def bill_lines(self, bill_id: str, cursor: str = "") -> Iterator[tuple[list[dict[str, Any]], str]]:
        """Pages of a bill, each with the cursor to go on from; "" after the last. Raises httpx.HTTPError."""
        while True:
            path = f"/bills/{quoted(bill_id)}/lines?limit={BILL_LINES}" + (
                f"&cursor={quoted(cursor)}" if cursor else ""
            )
            page = self._call("GET", path).raise_for_status().json()
            cursor = page.get("nextCursor") or ""
            yield page["lines"], cursor
            if not cursor:
                return

    def usage(self, group_code: str, period: str) -> Iterator[list[dict[str, Any]]]:
        """What each line used in a month, page by page; nothing before it has ended. Raises httpx.HTTPError."""
        cursor = ""
        while True:
            path = f"/usage?groupCode={quoted(group_code)}&period={quoted(period)}" + (
                f"&cursor={quoted(cursor)}" if cursor else ""
            )
            answer = self._call("GET", path)
            if answer.status_code == 409:
                return
            page = answer.raise_for_status().json()
            yield page["usage"]
            cursor = page.get("nextCursor") or ""
            if not cursor:
                return

    def running_usage(self, group_code: str) -> Iterator[dict[str, Any]]:
        """What each line used in the present month up to a day, page by page. Raises httpx.HTTPError."""
        cursor = ""
        while True:
            path = f"/usage/running?groupCode={quoted(group_code)}" + (
                f"&cursor={quoted(cursor)}" if cursor else ""
            )
            page = dict(self._call("GET", path).raise_for_status().json())
            yield page
            cursor = page.get("nextCursor") or ""
            if not cursor:
                return

    def pools(self, group_code: str, period: str = "") -> dict[str, Any]:
        """Shared pools and what was taken from them in a month; of the present one up to a day. Raises httpx.HTTPError.

        None of an operator that does not tell of pools: that must not stop a bill.
        """
        path = f"/pools?groupCode={quoted(group_code)}" + (f"&period={quoted(period)}" if period else "")
        answer = self._call("GET", path)
        if answer.status_code in NOT_THERE:
            return {"pools": []}
        return dict(answer.raise_for_status().json())

    def ask_consent(self, group_code: str, msisdn: str, period: str, key: str) -> dict[str, Any]:
        """The user of a number is asked whether his month may be seen; `{"code": …}` for a refusal. Raises httpx.HTTPError."""
        body = {"groupCode": group_code, "msisdn": msisdn, "period": period}
        return _told(self._call("POST", "/consents", body, key))

    def consent(self, consent_id: str) -> dict[str, Any]:
        """How that stands. Raises httpx.HTTPError."""
        return _told(self._call("GET", f"/consents/{quoted(consent_id)}"))

    def ask_details(self, group_code: str, consent_token: str, key: str) -> dict[str, Any]:
        """Raises httpx.HTTPError."""
        body = {"groupCode": group_code, "consentToken": consent_token}
        return _told(self._call("POST", "/cdr-exports", body, key))

    def details(self, export_id: str) -> dict[str, Any]:
        """Raises httpx.HTTPError."""
        return _told(self._call("GET", f"/cdr-exports/{quoted(export_id)}"))


def _told(answer: httpx.Response) -> dict[str, Any]:
    """What the operator said, a refusal with its `code`. Raises httpx.HTTPError for whatever says nothing of what was asked:
    busy, broken, still at it, or unreadable."""
    try:
        told = dict(answer.json())
    except ValueError as error:
        raise httpx.DecodingError(str(error)) from error
    if answer.status_code in BUSY or answer.status_code >= 500 or told.get("code") in BUSY_CODES:
        raise httpx.ProtocolError(str(told.get("code")))
    return told


def quoted(text: str) -> str:
    return quote(text, safe="")
