"""The simulator's interface: who is let in, what is done once only, what is found again."""

import json
import re
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from console.carrier.simulator.driver import Answer, SimulatorProcess, eventually
from console.carrier.simulator.signing import signature, signed_headers

GROUP = "JT330106000123"
ID = "330106199001019917"


@pytest.fixture(scope="module")
def operator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatorProcess]:
    process = SimulatorProcess(str(tmp_path_factory.mktemp("contract") / "operator.db"))
    process.start()
    numbers = [f"1390000{n:04d}" for n in range(100, 160)]
    sims = [{"iccid": f"898602190024000{n:04d}0"} for n in range(100, 160)]
    process.lever("POST", "/seed", {"groupCode": GROUP, "numbers": numbers, "sims": sims})
    yield process
    process.stop()


def card(number: int) -> str:
    return f"898602190024000{number:04d}0"


THIS_MONTH = f"{time.strftime('%Y-%m', time.gmtime(time.time() + 8 * 3600))}"


def active_line(operator: SimulatorProcess) -> str:
    """A number that a user has had for long."""
    number, iccid = "13900000199", "89860219002400001990"
    line = {"msisdn": number, "iccid": iccid, "plan": "QQT5G059", "activatedAt": "2026-01-01T00:00:00+08:00"}
    operator.lever(
        "POST",
        "/seed",
        {"groupCode": GROUP, "numbers": [number], "sims": [{"iccid": iccid}], "lines": [line]},
    )
    return number


def order_for(operator: SimulatorProcess, number: int, person: str = ID) -> dict[str, object]:
    body: dict[str, object] = operator.activation(f"C-{number}", f"1390000{number:04d}", card(number), person)
    return body


def person(number: int) -> str:
    return f"33010619900101{number:04d}"


def raw(operator: SimulatorProcess, headers: dict[str, str], body: bytes = b"") -> Answer:
    return operator.plain("GET", "/gw/v1/health", body, headers)


def headers_of(operator: SimulatorProcess) -> dict[str, str]:
    return signed_headers(operator.app_id, operator.secret, "GET", "/gw/v1/health", b"")


def test_a_signed_request_is_let_in_once_per_nonce(operator: SimulatorProcess) -> None:
    headers = headers_of(operator)

    assert raw(operator, headers).status == 200
    again = raw(operator, headers)
    assert (again.status, again.json["code"]) == (401, "NONCE_REUSED")


def test_a_wrong_signature_body_or_app_is_turned_away(operator: SimulatorProcess) -> None:
    forged = headers_of(operator) | {"X-Signature": "0" * 64}
    stranger = headers_of(operator) | {"X-App-Id": "somebody"}

    assert raw(operator, forged).json["code"] == "SIGNATURE_INVALID"
    assert raw(operator, headers_of(operator), b"changed on the way").json["code"] == "SIGNATURE_INVALID"
    assert (raw(operator, stranger).status, raw(operator, stranger).json["code"]) == (403, "APP_FORBIDDEN")
    assert raw(operator, {}).status == 403


def test_a_clock_more_than_five_minutes_off_is_turned_away(operator: SimulatorProcess) -> None:
    stamp, nonce = str(int(time.time()) - 301), str(uuid.uuid4())
    late = headers_of(operator) | {
        "X-Timestamp": stamp,
        "X-Nonce": nonce,
        "X-Signature": signature(operator.secret, "GET", "/gw/v1/health", stamp, nonce, b""),
    }

    assert raw(operator, late).json["code"] == "TIMESTAMP_SKEW"


def test_a_mutating_call_without_a_key_is_refused(operator: SimulatorProcess) -> None:
    body = json.dumps(order_for(operator, 100)).encode()
    headers = signed_headers(operator.app_id, operator.secret, "POST", "/gw/v1/orders", body)

    answer = operator.plain("POST", "/gw/v1/orders", body, headers)

    assert (answer.status, answer.json["code"]) == (400, "IDEMPOTENCY_KEY_MISSING")


def test_the_same_key_replays_the_answer_and_another_payload_is_refused(operator: SimulatorProcess) -> None:
    first = operator.call("POST", "/orders", order_for(operator, 101, person(1)), key="key-101")
    # The document number is encrypted anew each time, which is not another payload.
    again = operator.call("POST", "/orders", order_for(operator, 101, person(1)), key="key-101")
    other = operator.call("POST", "/orders", order_for(operator, 102, person(1)), key="key-101")

    assert (first.status, again.status) == (202, 202)
    assert again.json == first.json
    assert (other.status, other.json["code"]) == (422, "IDEMPOTENCY_KEY_REUSED")


def test_a_refusal_is_replayed_too(operator: SimulatorProcess) -> None:
    unknown = operator.activation("C-unknown", "13112345678", card(103), ID)

    first = operator.call("POST", "/orders", unknown, key="key-unknown")
    again = operator.call("POST", "/orders", unknown, key="key-unknown")

    assert (first.status, first.json["code"]) == (404, "NUMBER_NOT_FOUND")
    assert (again.status, again.json) == (first.status, first.json)
    assert again.headers["Idempotency-Replayed"] == "true"


def test_thirty_copies_at_once_make_one_order(operator: SimulatorProcess) -> None:
    body = order_for(operator, 104, person(2))
    with ThreadPoolExecutor(30) as pool:
        answers = list(pool.map(lambda _: operator.call("POST", "/orders", body, key="key-104"), range(30)))

    assert {answer.status for answer in answers} <= {202, 409}
    assert len({answer.json["orderId"] for answer in answers if answer.status == 202}) == 1
    busy = [answer for answer in answers if answer.status == 409]
    assert all(answer.json["code"] == "REQUEST_IN_PROGRESS" for answer in busy)
    orders = operator.lever("GET", "/state")["orders"]
    assert sum(order["externalId"] == "C-104" for order in orders) == 1


def test_thirty_keys_for_one_external_id_make_one_order(operator: SimulatorProcess) -> None:
    body = order_for(operator, 105, person(3))
    with ThreadPoolExecutor(30) as pool:
        answers = list(pool.map(lambda _: operator.call("POST", "/orders", body), range(30)))

    assert sorted(answer.status for answer in answers) == [200] * 29 + [202]
    assert len({answer.json["orderId"] for answer in answers}) == 1


def test_an_external_id_cannot_stand_for_another_order(operator: SimulatorProcess) -> None:
    operator.call("POST", "/orders", order_for(operator, 106, person(4)))
    changed = order_for(operator, 106, person(4)) | {"products": [{"action": "add", "code": "SZX008"}]}

    answer = operator.call("POST", "/orders", changed)

    assert (answer.status, answer.json["code"]) == (409, "DUPLICATE_EXTERNAL_ID")


def test_an_order_is_found_by_its_id_and_by_the_external_id(operator: SimulatorProcess) -> None:
    odd = order_for(operator, 107, person(5)) | {"externalId": "B2026-7#12 甲"}
    order_id = operator.call("POST", "/orders", odd).json["orderId"]

    by_id = operator.call("GET", f"/orders/{order_id}")
    by_name = operator.call("GET", "/orders?externalId=B2026-7%2312%20%E7%94%B2")

    assert by_id.json["externalId"] == "B2026-7#12 甲"
    assert by_name.json["orderId"] == order_id
    assert operator.call("GET", "/orders?externalId=nobody").json["code"] == "ORDER_NOT_FOUND"
    assert operator.call("GET", "/orders/CM0").status == 404


def test_the_feed_pages_through_every_changed_order_once(operator: SimulatorProcess) -> None:
    placed = [operator.call("POST", "/orders", order_for(operator, n, person(n))) for n in range(110, 117)]
    assert {answer.status for answer in placed} == {202}
    eventually(lambda: operator.lever("GET", "/state")["counters"]["stepsAhead"] == 0)
    since = placed[0].json["receivedAt"].replace("+", "%2B")
    seen: list[str] = []
    cursor = ""
    while True:
        page = operator.call("GET", f"/orders?updatedSince={since}&limit=3&cursor={cursor}").json
        seen += [order["externalId"] for order in page["orders"]]
        cursor = page["nextCursor"]
        if not cursor:
            break

    assert sorted(seen) == [f"C-{n}" for n in range(110, 117)]


def test_a_batch_takes_good_orders_and_names_the_refused(operator: SimulatorProcess) -> None:
    good, bad = order_for(operator, 120, person(6)), order_for(operator, 121, person(6))
    batch = {"externalId": "BATCH-1", "items": [good, bad | {"type": "PORT_IN"}, good]}

    answer = operator.call("POST", "/order-batches", batch)

    assert answer.status == 202
    assert [item["externalId"] for item in answer.json["accepted"]] == ["C-120", "C-120"]
    assert answer.json["refused"][0]["externalId"] == "C-121"
    assert answer.json["refused"][0]["error"]["code"] == "INVALID_PARAM"


def test_missing_fields_unknown_types_and_broken_encryption_are_told_by_field(
    operator: SimulatorProcess,
) -> None:
    body = order_for(operator, 122)
    without = operator.call("POST", "/orders", body | {"customer": {}})
    unknown = operator.call("POST", "/orders", body | {"type": "PORT_IN"})
    body["subscriber"] = body["subscriber"] | {"user": {"name": "甲", "idType": "X", "idNoEnc": "AAAA"}}  # type: ignore[operator]
    sealed_otherwise = operator.call("POST", "/orders", body)

    assert (without.json["code"], without.json["field"]) == ("MISSING_FIELD", "customer.groupCode")
    assert (unknown.status, unknown.json["field"]) == (422, "type")
    assert (sealed_otherwise.status, sealed_otherwise.json["field"]) == (400, "idNoEnc")


def test_a_dry_run_checks_and_leaves_nothing(operator: SimulatorProcess) -> None:
    dry = order_for(operator, 123) | {"dryRun": True}

    assert operator.call("POST", "/orders", dry).json["result"] == "OK"
    assert operator.call("GET", "/orders?externalId=C-123").status == 404
    assert operator.call("GET", "/numbers/13900000123").json["state"] == "LOCKED"


def test_free_numbers_are_fictitious_and_can_be_locked_and_released(operator: SimulatorProcess) -> None:
    found = operator.call("GET", "/numbers?prefix=195&pattern=*8&limit=20").json["numbers"]
    assert len(found) == 20
    assert all(one["msisdn"].startswith("1950000") and one["msisdn"].endswith("8") for one in found)
    mine, theirs = found[0]["msisdn"], found[1]["msisdn"]
    operator.call("POST", "/numbers/locks", {"groupCode": "OTHER", "msisdns": [theirs], "ttlSec": 60})

    locks = {"groupCode": GROUP, "msisdns": [mine, theirs, "13900009001"], "ttlSec": 30 * 86400}
    results = operator.call("POST", "/numbers/locks", locks).json["results"]

    assert [one["locked"] for one in results] == [True, False, False]
    assert [one["error"]["code"] for one in results[1:]] == ["NUMBER_OCCUPIED", "NUMBER_NOT_FOUND"]
    assert operator.call("GET", f"/numbers/{mine}").json["groupCode"] == GROUP
    assert operator.call("DELETE", f"/numbers/locks/{theirs}", {"groupCode": GROUP}).status == 403
    assert operator.call("DELETE", f"/numbers/locks/{mine}", {"groupCode": GROUP}).status == 204
    assert operator.call("GET", f"/numbers/{mine}").json["state"] == "FREE"


def test_cards_are_described_without_the_whole_imsi(operator: SimulatorProcess) -> None:
    answer = operator.call("POST", "/sims/query", {"iccids": [card(150), "89860000000000000000"]})

    known, unknown = answer.json["sims"]
    assert (known["state"], known["groupCode"]) == ("PREPERSO", GROUP)
    assert "******" in known["imsi"]
    assert unknown["error"]["code"] == "SIM_NOT_FOUND"


def test_detail_records_need_the_users_own_consent_and_name_nobody_else(operator: SimulatorProcess) -> None:
    number = active_line(operator)
    asked = operator.call("POST", "/consents", {"groupCode": GROUP, "msisdn": number, "period": THIS_MONTH})
    assert (asked.status, asked.json["state"]) == (202, "WAITING")
    early = operator.call("POST", "/cdr-exports", {"groupCode": GROUP, "consentToken": "x"})
    assert (early.status, early.json["code"]) == (403, "CONSENT_REQUIRED")
    told = operator.plain("GET", "/sim/sms").text
    link = re.search(r"/consent/[\w-]+", told)
    assert link and "不同意" in operator.plain("GET", link[0]).text
    operator.lever("POST", "/consents", {"msisdn": number, "answer": "GIVEN"})
    given = operator.call("GET", f"/consents/{asked.json['consentId']}").json
    export = operator.call(
        "POST", "/cdr-exports", {"groupCode": GROUP, "consentToken": given["consentToken"]}
    ).json
    operator.lever("POST", "/clock", {"advance": "PT5S"})
    ready = operator.call("GET", f"/cdr-exports/{export['exportId']}").json
    assert ready["state"] == "READY"
    assert all(set(day) == {"day", "calls", "minutes", "messages", "dataKb"} for day in ready["days"])


def test_nobody_hears_of_what_is_not_his_or_too_old(operator: SimulatorProcess) -> None:
    number = active_line(operator)
    refused = [
        operator.call("POST", "/consents", body).json["code"]
        for body in (
            {"groupCode": "JT000000000000", "msisdn": number, "period": THIS_MONTH},
            {"groupCode": GROUP, "msisdn": "13900009999", "period": THIS_MONTH},
            {"groupCode": GROUP, "msisdn": number, "period": "2020-01"},
            {"groupCode": GROUP, "msisdn": number, "period": "x"},
        )
    ]
    assert refused == ["NOT_YOUR_NUMBER", "NUMBER_NOT_FOUND", "PERIOD_NOT_KEPT", "INVALID_PARAM"]
    assert operator.call("GET", "/consents/none").json["code"] == "CONSENT_NOT_FOUND"
    assert operator.call("GET", "/cdr-exports/none").json["code"] == "EXPORT_NOT_FOUND"
    assert operator.call("GET", "/nothing").json["code"] == "NOT_FOUND"


def test_a_text_message_is_shown_with_its_code(operator: SimulatorProcess) -> None:
    body = json.dumps({"to": "13900000188", "text": "验证码 735192，<5分钟内有效"}).encode()
    signed = signed_headers(operator.app_id, operator.secret, "POST", "/sim/sms", body)

    assert operator.plain("POST", "/sim/sms", body).status == 403
    assert operator.plain("POST", "/sim/sms", body, signed).status == 202
    page = operator.plain("GET", "/sim/sms").text
    assert '<p class="code">735192</p>' in page
    assert "&lt;5分钟" in page
    assert '<html lang="zh-CN">' in page and 'http-equiv="refresh" content="3"' in page
    assert operator.plain("GET", "/sim/style.css").status == 200
    assert "概览" in operator.plain("GET", "/").text


def test_the_rate_limit_answers_429_with_retry_after(operator: SimulatorProcess) -> None:
    operator.lever("POST", "/config", {"rate_limit_rps": 5, "rate_limit_burst": 3})
    try:
        answers = [operator.call("GET", "/health") for _ in range(8)]
    finally:
        operator.lever("POST", "/config", {"rate_limit_rps": 1000, "rate_limit_burst": 1000})

    refused = [answer for answer in answers if answer.status == 429]
    assert refused and len(refused) < 8
    assert refused[0].headers["Retry-After"] == "1"
    assert (refused[0].json["code"], refused[0].json["retryable"]) == ("RATE_LIMITED", True)


def test_maintenance_is_announced_and_turns_orders_away(operator: SimulatorProcess) -> None:
    operator.lever("POST", "/config", {"maintenance_now": True})
    try:
        answer = operator.call("POST", "/orders", order_for(operator, 130, person(7)), key="key-130")
        announced = operator.call("GET", "/health").json["maintenance"]
    finally:
        operator.lever("POST", "/config", {"maintenance_now": False})

    assert (answer.status, answer.json["code"]) == (503, "MAINTENANCE")
    assert int(answer.headers["Retry-After"]) >= 1
    assert announced[0]["code"] == "MAINTENANCE"
    # A refusal that may be retried is not remembered for the key.
    assert operator.call("POST", "/orders", order_for(operator, 130, person(7)), key="key-130").status == 202


def test_settings_that_do_not_exist_or_fit_are_refused(operator: SimulatorProcess) -> None:
    for wrong in ({"sped": 2}, {"held_rate": 1.5}, {"speed": 0}, {"maintenance_now": 1}, {"preset": "x"}):
        with pytest.raises(RuntimeError, match="INVALID_PARAM"):
            operator.lever("POST", "/config", wrong)


def test_the_levers_are_closed_unless_asked_for(tmp_path: Path) -> None:
    process = SimulatorProcess(str(tmp_path / "closed.db"), admin=False)
    process.start()
    try:
        for method, path in (("GET", "/state"), ("GET", "/config"), ("POST", "/reset"), ("POST", "/seed")):
            with pytest.raises(RuntimeError, match="APP_FORBIDDEN"):
                process.lever(method, path, {})
    finally:
        before = time.monotonic()
        assert process.stop() == 0
    assert time.monotonic() - before < 2


def test_a_bill_is_there_when_its_month_has_ended(operator: SimulatorProcess) -> None:
    assert operator.call("GET", f"/bills?groupCode={GROUP}&period=2999-01").json["code"] == "BILL_NOT_READY"
    assert operator.call("GET", f"/bills?groupCode={GROUP}&period=x").json["code"] == "INVALID_PARAM"
    head = operator.call("GET", f"/bills?groupCode={GROUP}&period=2020-01").json
    assert operator.call("GET", f"/bills?groupCode={GROUP}&period=2020-01").json == head
    lines = operator.call("GET", f"/bills/{head['billId']}/lines").json
    assert lines == {"lines": [], "nextCursor": None}
    assert operator.call("GET", "/bills/B1/lines").json["code"] == "NOT_FOUND"


def test_usage_is_counted_when_the_month_has_ended(operator: SimulatorProcess) -> None:
    assert operator.call("GET", f"/usage?groupCode={GROUP}&period=2999-01").json["code"] == "BILL_NOT_READY"
    assert operator.call("GET", f"/usage?groupCode={GROUP}&period=x").json["code"] == "INVALID_PARAM"
    assert (
        operator.call("GET", f"/usage?groupCode={GROUP}&period=2020-01&limit=0").json["code"]
        == "INVALID_PARAM"
    )
    assert operator.call("GET", f"/usage?groupCode={GROUP}&period=2020-01").json == {
        "usage": [],
        "nextCursor": None,
    }
