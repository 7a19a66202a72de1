"""The channel 诺诺: its documented interface over HTTP. Time-outs are questions, duplicates are adopted."""

import base64
import hashlib
import hmac
import json
import logging
import re
import secrets
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import httpx

from console.core.config import Settings
from console.invoices.document import Document, Kind
from console.invoices.gateway import RedTold, Told
from console.invoices.states import InvoiceState, RedState
from console.invoices.xml import amount

PREFIX = "nuonuo.OpeMplatform."
CONNECT_SECONDS, READ_SECONDS = 3.0, 20.0
OK, DUPLICATE = "E0000", "E9106"
REFUSED = re.compile(r"E4000|E9[1356][0-9]{2}")
"""What is wrong with the order, with our rights or with the quota. Any other code says nothing of the order."""
NOT_UNDERSTOOD = (AttributeError, KeyError, TypeError, ValueError, ArithmeticError)
"""Of an answer that is not as the interface says."""
STATES = {
    "2": InvoiceState.ISSUED,
    "20": InvoiceState.ISSUING,
    "21": InvoiceState.ISSUING,
    "22": InvoiceState.FAILED,
    "24": InvoiceState.SIGN_FAILED,
}
RED_STATES = {
    "01": RedState.READY, "02": RedState.WAITING, "03": RedState.WAITING, "04": RedState.READY,
    "05": RedState.REJECTED, "06": RedState.REJECTED, "07": RedState.EXPIRED, "08": RedState.WITHDRAWN,
    "09": RedState.WITHDRAWN, "15": RedState.WAITING, "16": RedState.FAILED,
}  # fmt: skip
REASONS = {"01": "2", "02": "1", "03": "3", "04": "4"}
"""乐企 numbers the reasons otherwise than 诺诺: 01 there is 开票有误, which is 2 here."""


FILES = {"xml": "xmlUrl", "ofd": "ofdUrl", "pdf": "pdfUrl"}
BEGINS = {"xml": (b"<", b"\xef\xbb\xbf<"), "ofd": (b"PK",), "pdf": (b"%PDF",)}
MOST_BYTES = 10 * 2**20
"""Of a document: an invoice of 2,000 lines has about one."""
log = logging.getLogger(__name__)


class Nuonuo:
    name = "诺诺"

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._client = httpx.Client(
            base_url=settings.tax_url, timeout=httpx.Timeout(READ_SECONDS, connect=CONNECT_SECONDS)
        )

    def submit(self, serial: str, document: Document) -> Told:
        try:
            answer = self._call("requestBillingNew", {"order": _order(serial, document) | self._call_back()})
        except httpx.ConnectError:
            return Told(InvoiceState.PLACED, code="CONNECT", again=True)
        except httpx.HTTPError as error:
            return Told(InvoiceState.UNKNOWN, code=type(error).__name__)
        if answer.status_code in (429, 503):
            return Told(InvoiceState.PLACED, code=str(answer.status_code), again=True)
        body = _body(answer)
        if body is None:
            return Told(InvoiceState.UNKNOWN, code=f"HTTP_{answer.status_code}")
        if body["code"] == OK:
            try:
                return Told(
                    InvoiceState.ISSUING, platform_serial=str(body["result"]["invoiceSerialNum"])[:40]
                )
            except NOT_UNDERSTOOD:
                return Told(InvoiceState.UNKNOWN, code="MALFORMED")
        if body["code"] == DUPLICATE:  # it is there already: asked, and adopted
            return Told(InvoiceState.UNKNOWN, code=DUPLICATE)
        state = InvoiceState.FAILED if REFUSED.fullmatch(str(body["code"])) else InvoiceState.UNKNOWN
        return Told(state, code=str(body["code"])[:20], text=str(body.get("describe", ""))[:200])

    def _call_back(self) -> dict[str, str]:
        return {"callBackUrl": f"{self._settings.public_url}/tax/events"}

    def query(self, serial: str) -> Told:
        try:
            body = _body(
                self._call(
                    "queryInvoiceResult",
                    {"salerTaxNum": self._settings.seller_tax_number, "orderNos": [serial]},
                )
            )
        except httpx.HTTPError as error:
            return Told(InvoiceState.UNKNOWN, code=type(error).__name__)
        if body is None or body["code"] != OK:
            return Told(InvoiceState.UNKNOWN, code=str((body or {}).get("code", "MALFORMED"))[:20])
        found = body.get("result") or []
        if not found:
            return Told(InvoiceState.UNKNOWN, known=False)
        try:
            return _told(found[0])
        except NOT_UNDERSTOOD:
            return Told(InvoiceState.UNKNOWN, code="MALFORMED")

    def retry(self, platform_serial: str) -> bool:
        try:
            body = _body(self._call("reInvoice", {"fpqqlsh": platform_serial}))
        except httpx.HTTPError:
            return False
        return body is not None and body["code"] == OK

    def files(self, number: str, addresses: Mapping[str, str]) -> dict[str, bytes]:
        """The platform's own documents: from the addresses that it named, else what it keeps under the number.

        What is not there yet, lies with strangers, is too large or is no such document is absent. Raises httpx.HTTPError.
        """
        told = addresses or {"xml": f"/files/{number}.xml"}
        wanted = {format_: self._address(address) for format_, address in told.items() if format_ in BEGINS}
        found = {format_: self._file(address) for format_, address in wanted.items() if address}
        return {
            format_: content
            for format_, content in found.items()
            if content.lstrip().startswith(BEGINS[format_])
        }

    def _address(self, told: str) -> httpx.URL | None:
        """On the platform itself, or on a host that whoever runs this console has named; nobody sends us anywhere else."""
        platform = httpx.URL(self._settings.tax_url)
        try:
            address = platform.join(told)
        except httpx.InvalidURL:
            return None
        if (address.scheme, address.host, address.port) == (platform.scheme, platform.host, platform.port):
            return address
        hosts = self._settings.tax_file_hosts
        if address.scheme == "https" and any(f".{address.host}".endswith(f".{host}") for host in hosts):
            return address
        log.warning("invoice.file_elsewhere", extra={"host": address.host})
        return None

    def _file(self, address: httpx.URL) -> bytes:
        """Empty when there is none."""
        content = bytearray()
        with self._client.stream("GET", address) as answer:
            if not answer.is_success:
                return b""
            for part in answer.iter_bytes():
                content += part
                if len(content) > MOST_BYTES:
                    return b""
        return bytes(content)

    def red_apply(self, request: dict[str, Any]) -> RedTold:
        """`request`: blue number, reason (乐企's numbering), booked, and of a partial one its lines."""
        body = {
            "blueInvoiceNumber": request["number"],
            "redReason": REASONS[request["reason"]],
            "blueInvoiceBooked": "1" if request["booked"] else "0",
            "orderNo": request["key"],
        }
        if request.get("lines"):
            body["detail"] = [_line(one) for one in request["lines"]]
        return self._red("saveInvoiceRedConfirm", body)

    def red_query(self, platform_id: str) -> RedTold:
        return self._asked("queryInvoiceRedConfirm", {"billId": platform_id})

    def red_operate(self, platform_id: str, action: str) -> RedTold:
        return self._asked("operateInvoiceRedConfirm", {"billId": platform_id, "action": action})

    def _asked(self, method: str, wanted: dict[str, Any]) -> RedTold:
        """A form that exists ends as the platform says it ended; that a question was refused says nothing of it."""
        told = self._red(method, wanted)
        return told if told.platform_id else RedTold(RedState.UNKNOWN, text=told.text)

    def _red(self, method: str, wanted: dict[str, Any]) -> RedTold:
        try:
            body = _body(self._call(method, wanted))
        except httpx.HTTPError as error:
            return RedTold(RedState.UNKNOWN, text=type(error).__name__)
        if body is None:
            return RedTold(RedState.UNKNOWN)
        if body["code"] != OK:
            return RedTold(RedState.FAILED, text=f"{body['code']} {body.get('describe', '')}"[:200])
        try:
            facts = body["result"]
            done = facts.get("openStatus") == "1"
            state = RedState.RED_ISSUED if done else RED_STATES.get(facts["billStatus"], RedState.WAITING)
            return RedTold(
                state, facts["billId"], facts.get("billNo"), facts.get("allElectronicInvoiceNumber")
            )
        except NOT_UNDERSTOOD:
            return RedTold(RedState.UNKNOWN)

    def _call(self, method: str, wanted: dict[str, Any]) -> httpx.Response:
        content = json.dumps(wanted, ensure_ascii=False).encode()
        facts = {
            "senid": secrets.token_hex(16),
            "nonce": str(secrets.randbelow(10**8)),
            "timestamp": str(int(time.time())),
            "appkey": self._settings.tax_app_key,
        }
        text = (
            f"a=services&l=v1&p=open&k={facts['appkey']}&i={facts['senid']}&n={facts['nonce']}"
            f"&t={facts['timestamp']}&f={content.decode()}"
        )
        signed = hmac.new(self._settings.tax_app_secret.encode(), text.encode(), hashlib.sha1).digest()
        headers = {
            "X-Nuonuo-Sign": base64.b64encode(signed).decode(), "accessToken": self._settings.tax_token,
            "userTax": self._settings.seller_tax_number, "method": PREFIX + method,
            "Content-Type": "application/json",
        }  # fmt: skip
        return self._client.post("/open/v1/services", params=facts, content=content, headers=headers)


def _order(serial: str, document: Document) -> dict[str, Any]:
    return {
        "orderNo": serial,
        "buyerName": document.buyer.name,
        "buyerTaxNum": document.buyer.tax_number,
        "buyerAddress": document.buyer.address,
        "buyerTel": document.buyer.phone,
        "buyerAccount": f"{document.buyer.bank} {document.buyer.bank_account}".strip(),
        "salerTaxNum": document.seller.tax_number,
        "salerName": document.seller.name,
        "invoiceDate": f"{document.issued_at:%Y-%m-%d %H:%M:%S}",
        "invoiceType": "1",
        "invoiceLine": "bs" if document.kind is Kind.SPECIAL else "pc",
        "clerk": document.drawer,
        "pushMode": "-1",
        "remark": document.remark,
        "invoiceDetail": [_line(item) for item in document.items],
    }


def _line(item: Any) -> dict[str, Any]:
    return {
        "goodsName": item.name,
        "shortName": item.short_name,
        "goodsCode": item.code,
        "withTaxFlag": "0",
        "taxRate": f"{item.percent / 100:.2f}",
        "taxExcludedAmount": amount(item.net_fen),
        "tax": amount(item.tax_fen),
        "taxIncludedAmount": amount(item.net_fen + item.tax_fen),
        "invoiceLineProperty": "1" if item.discount else "0",
    }


def _body(answer: httpx.Response) -> dict[str, Any] | None:
    """None for an answer that is none of the interface's: nobody knows what became of the request."""
    try:
        body = answer.json()
    except ValueError:
        return None
    return body if answer.is_success and isinstance(body, dict) and "code" in body else None


def _told(facts: dict[str, Any]) -> Told:
    status, cause = str(facts.get("status")), str(facts.get("failCause") or "")
    state = STATES.get(status, InvoiceState.UNKNOWN)
    if state is InvoiceState.ISSUING and cause:
        state = InvoiceState.NEEDS_HUMAN
    total = facts.get("orderAmount")
    moment = facts.get("invoiceTime")
    return Told(
        state, str(facts.get("serialNo") or "") or None, facts.get("allElectronicInvoiceNumber"),
        datetime.fromtimestamp(int(moment) / 1000, UTC) if moment else None,
        int(Decimal(str(total)) * 100) if total is not None else None, text=cause[:200],
        files={format_: str(facts[name]) for format_, name in FILES.items() if facts.get(name)},
    )  # fmt: skip
