"""A tax platform for tests: the simulator as a process of its own, and a month of Acme that can be invoiced."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import httpx
import pytest

from console.carrier.simulator.driver import eventually, free_port
from console.core import clock
from console.core.config import Settings
from console.core.db import session, transaction
from console.expenses import actions as months
from console.expenses.models import Allocation
from console.expenses.taking_in import Billed
from console.invoices import applying, covering, rules, titles
from console.invoices.models import Invoice, RedForm
from console.invoices.nuonuo import Nuonuo
from examples.company import USCC_BODY, uscc
from jobs import invoices
from tests.cast import Cast
from tests.expenses.months import PERIOD, billed, take_in
from tests.hired import hire, numbers_of

KEYS = {"TAX_APP_KEY": "test-app", "TAX_APP_SECRET": "test-secret", "TAX_TOKEN": "test-token"}
BUYER = uscc(USCC_BODY)


@dataclass
class Platform:
    """The levers of the tax platform, and what finance does."""

    people: Cast
    url: str
    settings: Settings
    skipped: timedelta = timedelta()

    def behave(self, **settings: Any) -> None:
        httpx.post(f"{self.url}/sim/config", json=settings).raise_for_status()

    def verify(self) -> Any:
        return httpx.get(self.url).json()

    def skip(self, seconds: float) -> None:
        """For the console and the platform."""
        self.skipped += timedelta(seconds=seconds)
        self.behave(advanced_s=self.skipped.total_seconds())

    def work(self) -> None:
        with clock.stopped_at(clock.now() + self.skipped):
            invoices.issue_invoices(self.people.acme)

    def until(self, look: Callable[[], Any]) -> Any:
        def once() -> Any:
            self.skip(61)
            self.work()
            return look()

        return eventually(once, 10)

    def apply(
        self,
        scope: str = "company",
        key: str = "",
        shown: str | None = None,
        first: str = PERIOD,
        last: str = "",
    ) -> int:
        with self.people.as_("fay"), transaction():
            plan = rules.plan(covering.open_parts(first, scope, key, last=last))
            seen = shown or applying.shown_digest(plan)
            return applying.apply(
                "finance", self.people.users["fay"][0], first, scope, key, seen, "", self.settings, last
            ).id

    def invoice(self, id_: int) -> Invoice:
        with self.people.as_("fay"):
            return session.get_one(Invoice, id_)

    def invoices(self) -> list[Invoice]:
        with self.people.as_("fay"):
            return list(session.query(Invoice).order_by(Invoice.id))

    def form(self, id_: int) -> RedForm:
        with self.people.as_("fay"):
            return session.get_one(RedForm, id_)

    def covered(self) -> int:
        """What charges say is on invoices, in 分."""
        with self.people.as_("fay"):
            return sum(
                one.invoiced_fen for one in session.query(Allocation).where(Allocation.to_version.is_(None))
            )

    def close(self, period: str = PERIOD) -> None:
        with self.people.as_("fay"), transaction():
            from console.expenses import queries

            version = queries.in_force(period).version
            months.close("finance", self.people.users["fay"][0], period, version)


@pytest.fixture(scope="session")
def tax_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    port = free_port()
    database = tmp_path_factory.mktemp("tax") / "tax.sqlite3"
    command = [
        sys.executable,
        "-m",
        "console.invoices.platform",
        "--port",
        str(port),
        "--database",
        str(database),
    ]
    process = subprocess.Popen(command, env=os.environ | KEYS)
    url = f"http://127.0.0.1:{port}"

    def answers() -> bool:
        try:
            return httpx.get(url).is_success
        except httpx.HTTPError:
            return False

    eventually(answers, 15)
    yield url
    process.terminate()
    process.wait()


@pytest.fixture
def platform(people: Cast, settings: Settings, tax_process: str, monkeypatch: pytest.MonkeyPatch) -> Platform:
    """Acme with a title and a closed month: 4 lines in two departments, a discount, something of a third party."""
    own = replace(
        settings,
        tax_url=tax_process,
        tax_app_key="test-app",
        tax_app_secret="test-secret",
        tax_token="test-token",
    )
    monkeypatch.setattr(invoices, "gateway", lambda: Nuonuo(own))
    made = Platform(people, tax_process, own)
    made.behave(
        delay_s=0,
        quota_fen=None,
        lost_answers=0,
        errors=0,
        failing=0,
        sign_failing=0,
        human=0,
        files_late=0,
        formats="xml",
        advanced_s=0,
    )
    fill(made)
    return made


def fill(platform: Platform) -> list[Billed]:
    """A title, and a month that is closed; the bill it came from."""
    people = platform.people
    hired = hire(people, "ann", lines=4, active=4)
    numbers = numbers_of(people, hired.lines)
    bill = [billed(i, 5900 + i, number) for i, number in enumerate(numbers)]
    bill += [
        billed(10, 1234, numbers[0], item="DATA", tax_class="DATA", name="套餐外流量费"),
        billed(11, 600, numbers[1], item="OWN_VAS", tax_class="OTHER_VAS", name="企业彩铃"),
        billed(12, 1500, numbers[2], item="THIRD_PARTY", tax_class="NONE", name="视频会员", paid_by="person"),
        billed(13, -1000, numbers[3], item="DISCOUNT", name="优惠"),
        billed(14, 900, numbers[3], name="已充值抵扣", prepaid=True),
    ]
    take_in(people, "ann", bill)
    with people.as_("fay"), transaction():
        titles.keep(
            "finance", {"name": "Acme 示例", "tax_number": BUYER, "kind": "special", "department": ""}
        )
    platform.close()
    return bill


TOTAL = 4 * 5900 + 6 + 1234 + 600 - 1000
