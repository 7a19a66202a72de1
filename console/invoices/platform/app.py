"""The platform's one address for all methods, its files, and the levers of a rehearsal."""

import base64
import hashlib
import hmac
import json
import threading
import time
from contextlib import suppress
from typing import Any
from urllib.parse import urlencode
from urllib.request import urlopen

from flask import Flask, Response, request

from console.invoices.platform import files, issuing
from console.invoices.platform.ledger import Desk, Ledger

PREFIX = "nuonuo.OpeMplatform."


def create_app(ledger: Ledger, app_key: str, secret: str, token: str) -> Flask:
    app = Flask(__name__, static_folder=None)

    @app.post("/open/v1/services")
    def services() -> Response:
        body = request.get_data()
        if not _signed(body, app_key, secret, token):
            return _answer("E0001", "签名或令牌错误")
        method = request.headers.get("method", "").removeprefix(PREFIX)
        try:
            wanted = json.loads(body)
        except ValueError:
            return _answer("E4000", "报文不是 JSON")
        with ledger.desk() as desk:
            if desk.takes("errors"):
                return Response("busy", 503)
            code, result = _work(desk, method, wanted)
            if method == "queryInvoiceResult":
                result = [one | _addresses(one, desk.setting("formats")) for one in result]
            lost = method == "requestBillingNew" and desk.takes("lost_answers")
        if method == "requestBillingNew" and code == "E0000":
            _tell(ledger, wanted["order"])
        if lost:  # it is done, and nobody hears of it
            time.sleep(0.05)
            return Response("gateway time-out", 504)
        return _answer(code, result)

    @app.get("/files/<number>.<format>")
    def file(number: str, format: str) -> Response:
        with ledger.desk() as desk:
            row = desk.db.execute("SELECT * FROM invoices WHERE number = ?", (number,)).fetchone()
            late = desk.takes("files_late")
        if row is None or late or format not in files.WRITERS:
            return Response(status=404)
        type_, write = files.WRITERS[format]
        return Response(write(row), content_type=type_)

    @app.get("/")
    def index() -> dict[str, Any]:
        with ledger.desk() as desk:
            return issuing.verify(desk)

    @app.post("/sim/config")
    def config() -> Any:
        with ledger.desk() as desk:
            try:
                for key, value in (request.get_json(silent=True) or {}).items():
                    desk.set(key, value)
            except KeyError as unknown:
                return {"unknown": str(unknown)}, 422
        return {"ok": True}

    @app.post("/sim/face")
    def face() -> dict[str, bool]:
        with ledger.desk() as desk:
            issuing.show_face(desk)
        return {"ok": True}

    @app.post("/sim/counter")
    def counter() -> Response:
        """An invoice over the counter; whoever `callBackUrl` names hears its number and who bought, unsigned."""
        order = request.get_json()
        with ledger.desk() as desk:
            code, result = issuing.at_the_counter(desk, order)
        if code == "E0000":
            news = {
                "allElectronicInvoiceNumber": result["allElectronicInvoiceNumber"],
                "buyerTaxNum": order.get("buyerTaxNum"),
            }
            _call_back(
                ledger,
                str(order.get("callBackUrl") or ""),
                {"operater": "counter", "content": json.dumps(news)},
            )
        return _answer(code, result)

    return app


def _tell(ledger: Ledger, order: dict[str, Any]) -> None:
    told = {"operater": "callback", "orderno": order["orderNo"], "content": "{}"}
    _call_back(ledger, str(order.get("callBackUrl") or ""), told)


def _call_back(ledger: Ledger, url: str, told: dict[str, str]) -> None:
    """Unsigned, once, when the invoice should be there; nobody sees whether it arrived."""
    with ledger.desk() as desk:
        delay, silent = float(desk.setting("delay_s")), desk.setting("silent")
    if not url.startswith("http") or silent:
        return

    def call() -> None:
        with suppress(OSError):
            urlopen(url, urlencode(told).encode(), timeout=5).close()

    timer = threading.Timer(delay + 0.2, call)
    timer.daemon = True
    timer.start()


def _work(desk: Desk, method: str, wanted: dict[str, Any]) -> issuing.Answer:
    if method == "requestBillingNew":
        return issuing.submit(desk, wanted.get("order") or {})
    if method == "queryInvoiceResult":
        seller = str(wanted.get("salerTaxNum", ""))
        return issuing.ask(desk, seller, wanted.get("serialNos") or [], wanted.get("orderNos") or [])
    if method == "reInvoice":
        return issuing.again(desk, str(wanted.get("fpqqlsh")))
    if method == "saveInvoiceRedConfirm":
        return issuing.apply_red(desk, wanted)
    if method == "queryInvoiceRedConfirm":
        return issuing.ask_red(desk, str(wanted.get("billId")))
    if method == "operateInvoiceRedConfirm":
        return issuing.operate_red(desk, str(wanted.get("billId")), str(wanted.get("action")))
    return "E9338", f"没有 {method} 的权限"


def _addresses(shown: dict[str, Any], formats: str) -> dict[str, str]:
    """Where the documents of an issued invoice lie."""
    number = shown.get("allElectronicInvoiceNumber")
    names = formats.split() if number else ()
    return {f"{format_}Url": f"{request.host_url}files/{number}.{format_}" for format_ in names}


def _signed(body: bytes, app_key: str, secret: str, token: str) -> bool:
    """HMAC-SHA1 over the parameters of the address and the body, as the SDKs of 诺诺 do it."""
    facts = request.args
    text = (
        f"a=services&l=v1&p=open&k={app_key}&i={facts.get('senid', '')}&n={facts.get('nonce', '')}"
        f"&t={facts.get('timestamp', '')}&f={body.decode(errors='replace')}"
    )
    expected = base64.b64encode(hmac.new(secret.encode(), text.encode(), hashlib.sha1).digest()).decode()
    told = request.headers.get("X-Nuonuo-Sign", "")
    return hmac.compare_digest(expected, told) and request.headers.get("accessToken") == token


def _answer(code: str, result: Any) -> Response:
    body: dict[str, Any] = {"code": code, "describe": "" if code == "E0000" else str(result)}
    if code == "E0000":
        body["result"] = result
    return Response(json.dumps(body, ensure_ascii=False), content_type="application/json; charset=utf-8")
