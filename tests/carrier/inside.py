"""The simulator without its process: one ledger in memory, its clock standing at a chosen day."""

import itertools
import json
from typing import Any

from console.carrier.simulator import channels, lines, orders, progress, seeding, verifying
from console.carrier.simulator.clock import Clock, duration_ms, from_rfc3339, real_ms
from console.carrier.simulator.errors import ApiError
from console.carrier.simulator.signing import encrypt_id
from console.carrier.simulator.simulation import Options, Simulation

GROUP, OTHER = "JT330106000123", "JT330106000456"
EID = "89086030200000000000000000000177"
DAY = "2026-03-10T10:00:00"


class Inside:
    """All work is done before a call returns; what the customer would be told is read from the feeds."""

    def __init__(self, day: str = DAY, **settings: Any) -> None:
        self.sim = Simulation(Options(":memory:", "app", "secret", preset="bench", admin=True))
        self.sim.change(settings)
        self.sim.clock = Clock(from_rfc3339(day), real_ms())
        self.serial = itertools.count(1)

    def close(self) -> None:
        self.sim.ledger.close()

    def seed(self, **what: Any) -> None:
        with self.sim.desk() as desk:
            seeding.seed(desk, {"groupCode": GROUP} | what)

    def line(self, group: str = GROUP, **facts: Any) -> str:
        """A number in use for a long time, on 89 yuan."""
        n = next(self.serial)
        msisdn = f"1380000{n:04d}"
        line = {"msisdn": msisdn, "iccid": card(n), "plan": "QQT5G089", "user": user(n)} | facts
        self.seed(groupCode=group, lines=[line])
        return msisdn

    def stock(self) -> str:
        """A card of the group that nobody uses."""
        iccid = card(next(self.serial))
        self.seed(sims=[{"iccid": iccid}])
        return iccid

    def sealed(self, person: dict[str, str]) -> dict[str, str]:
        number = encrypt_id("secret", person["idNo"], b"n" * 12)
        return {"name": person["name"], "idType": person["idType"], "idNoEnc": number}

    def body(self, order_type: str, msisdn: str, **more: Any) -> dict[str, Any]:
        subscriber = {"msisdn": msisdn} | more.pop("subscriber", {})
        return {
            "externalId": f"T-{next(self.serial)}",
            "type": order_type,
            "customer": {"groupCode": more.pop("group", GROUP)},
            "subscriber": subscriber,
        } | more

    def ask(self, order_type: str, msisdn: str, **more: Any) -> dict[str, Any]:
        """The order after all that is due now. ApiError when it is refused."""
        with self.sim.desk() as desk:
            placed = orders.accept(desk, self.body(order_type, msisdn, **more)).body
        progress.catch_up(self.sim)
        return self.order(placed["orderId"]) if "orderId" in placed else placed

    def refused(self, order_type: str, msisdn: str, **more: Any) -> str:
        try:
            order = self.ask(order_type, msisdn, **more)
        except ApiError as error:
            return error.code
        raise AssertionError(f"{order_type} was taken: {order['state']}")

    def add(self, msisdn: str, *codes: str, **more: Any) -> dict[str, Any]:
        return self.ask(
            "ADD_PRODUCT", msisdn, products=[{"action": "add", "code": code} for code in codes], **more
        )

    def change_plan(self, msisdn: str, code: str, **more: Any) -> dict[str, Any]:
        return self.ask("CHANGE_PLAN", msisdn, products=[{"action": "add", "code": code}], **more)

    def activate(self, **more: Any) -> str:
        """A number opened today; its face is shown at once."""
        n = next(self.serial)
        msisdn, iccid = f"1390000{n:04d}", card(n)
        self.seed(numbers=[msisdn], sims=[{"iccid": iccid}])
        products = more.pop("products", [{"action": "add", "code": "QQT5G059"}])
        subscriber = {"iccid": iccid, "user": self.sealed(user(n))} | more.pop("subscriber", {})
        self.ask("ACTIVATE", msisdn, subscriber=subscriber, products=products, **more)
        return msisdn

    def cancel(self, order_id: str) -> dict[str, Any]:
        with self.sim.desk() as desk:
            orders.cancel(desk, order_id)
        progress.catch_up(self.sim)
        return self.order(order_id)

    def counter(self, action: str, msisdn: str, **more: Any) -> dict[str, Any]:
        with self.sim.desk() as desk:
            channels.act(desk, {"action": action, "msisdn": msisdn} | more)
        progress.catch_up(self.sim)
        return self.view(msisdn)

    def pass_time(self, duration: str) -> None:
        self.sim.advance(duration_ms(duration))
        progress.catch_up(self.sim)

    def order(self, order_id: str) -> dict[str, Any]:
        with self.sim.desk() as desk:
            return orders.view(desk, orders.find(desk, order_id))

    def view(self, msisdn: str) -> dict[str, Any]:
        with self.sim.desk() as desk:
            line = lines.current(desk, msisdn)
            assert line is not None
            return lines.view(desk, line)

    def gone(self, msisdn: str) -> bool:
        with self.sim.desk() as desk:
            return lines.current(desk, msisdn) is None

    def rows(self, query: str) -> list[dict[str, Any]]:
        with self.sim.desk() as desk:
            return [dict(row) for row in desk.db.execute(query)]

    def sim_state(self, iccid: str) -> str:
        return str(self.rows(f"SELECT state FROM sims WHERE iccid = '{iccid}'")[0]["state"])

    def charges(self, msisdn: str) -> list[tuple[str, str, int]]:
        rows = self.rows(f"SELECT item, code, fen FROM charges WHERE msisdn = '{msisdn}' ORDER BY id")
        return [(row["item"], row["code"], row["fen"]) for row in rows]

    def events(self, msisdn: str) -> list[dict[str, Any]]:
        """All that was to be told of a number, each once."""
        bodies = [
            json.loads(row["body"]) for row in self.rows("SELECT body FROM events WHERE copy = 0 ORDER BY id")
        ]
        return [body for body in bodies if body["msisdn"] == msisdn]

    def verified(self) -> list[dict[str, Any]]:
        """The invariants that are broken."""
        with self.sim.desk() as desk:
            return [one for one in verifying.verify(desk)["checked"] if one["violations"]]


def card(n: int) -> str:
    return f"898602190024000{n:04d}0"


def user(n: int) -> dict[str, str]:
    """A person who does not exist."""
    return {"name": "测试甲", "idType": "RESIDENT_ID", "idNo": f"33010619900101{n:04d}"}
