"""`console run` and `console demo`: the whole console on one machine, with a made-up company and operator."""

import argparse
import os
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

from flask_babel import force_locale

from console.app import create_app, prepare
from console.bulk import actions, fixing, mending, presenting, queries, sheets
from console.bulk.kind import KINDS
from console.bulk.models import Batch, BatchRow
from console.bulk.states import BatchState, RowState
from console.core import acting
from console.core.config import Settings
from console.core.db import session, transaction
from console.sims.models import Line
from examples import company, roster, staff
from jobs.launcher import NotReady, Stack

SIGN_INS = "demo-sign-ins.txt"
WAIT_SECONDS = 240


def main(chosen: argparse.Namespace) -> int:
    try:
        return run() if chosen.command == "run" else demo(chosen.rows, chosen.seed)
    except NotReady as error:
        print(f"console: {error}", file=sys.stderr)
        return 1


def run() -> int:
    """Until Ctrl-C. A second start finds the data of the first."""
    stack = Stack(
        Path(os.environ.get("CONSOLE_DATA", "data")).resolve(), port=int(os.environ.get("PORT", "8000"))
    )
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    settings = _started(stack)
    try:
        _greet(stack, settings)
        stop.wait()
    finally:
        print("\n正在停止…")
        stack.stop()
    return 0


def _started(stack: Stack) -> Settings:
    env = stack.prepare()
    os.environ.update(env)
    try:
        stack.start()
    except BaseException:
        stack.stop()
        raise
    settings = Settings.from_environment(env)
    prepare(settings)
    return settings


def _greet(stack: Stack, settings: Settings) -> None:
    fresh = company.make(settings)
    path = stack.data / SIGN_INS
    if fresh:
        staff.make(settings)
        path.touch(mode=0o600)
        path.write_text("".join(f"{login}\t{password}\n" for login, password in fresh.items()))
    example = stack.data / "示例名单-50人.xlsx"
    if not example.exists():
        example.write_bytes(roster.make(50).xlsx())
    everybody = stack.data / "示例全量花名册.xlsx"
    if not everybody.exists():
        everybody.write_bytes(roster.everybody(roster.make(50, faults=False), staff.people()))
    people = [line.split("\t") for line in path.read_text().splitlines()] if path.exists() else []
    names = {login: f"{name}（{role.value}）" for login, name, role, _phone in company.PEOPLE}
    print(f"\n企业通信管理台  http://127.0.0.1:{stack.port}\n")
    for login, password in people:
        print(f"  {login:<16} {password:<16} {names.get(login, '')}")
    print(f"\n  第二步的短信验证码显示在   {settings.sms_url}")
    print(f"  可以上传的示例名单在       {example}")
    print(f"  运营商模拟器               {settings.operator_url}/")
    print("\n  Ctrl-C 停止全部进程，数据会保留\n", flush=True)


def demo(rows: int, seed: int) -> int:
    """The main job from roster to active numbers, by the same actions as the pages; non-zero if a row is left over."""
    data = Path(tempfile.mkdtemp(prefix="console-demo-"))
    stack = Stack(data, port=8100, operator_port=8950)
    try:
        settings = _started(stack)
        company.make(settings, stock=rows + 20)
        with create_app(settings).test_request_context(), force_locale("zh_Hans_CN"):
            return _journey(rows, seed)
    finally:
        stack.stop()
        shutil.rmtree(data, ignore_errors=True)


def _journey(rows: int, seed: int) -> int:
    started = time.monotonic()
    company_id, user_id = company.office_user()
    office = acting.Actor("周予安", user_id, "demo")
    made = roster.make(rows, seed)
    with acting.acting(company_id, office, "demo"):
        with transaction():
            batch_id = actions.receive(
                "office", user_id, "activate", "示例名单.xlsx", made.xlsx(), {"payment": "集团统付"}
            ).id
        _until(lambda: session.get_one(Batch, batch_id).state not in ("received", "checking"), "核对")
        tally = queries.tally(batch_id)
        print(
            f"核对：{tally.of(RowState.READY)} 行可以办理，{tally.of(RowState.WRONG)} 行需要修正（{_since(started)}）"
        )
        _mend(batch_id, made)
        tally = queries.tally(batch_id)
        print(f"修正后：{tally.of(RowState.READY)} 行可以办理，{tally.of(RowState.WRONG)} 行需要修正")
        for line in (presenting.money(_batch(batch_id), KINDS["activate"], tally.of(RowState.READY)) or {})[
            "lines"
        ]:
            print(f"  {line['label']} {line['sub'] or ''} {line['amount']}")
        confirmed = time.monotonic()
        shown = queries.shown(batch_id)
        with transaction():
            actions.confirm("office", user_id, batch_id, shown)
        _until(lambda: _all_settled(batch_id), "办理")
        return _report(batch_id, rows, time.monotonic() - started, time.monotonic() - confirmed)


def _mend(batch_id: int, made: roster.Roster) -> None:
    """Say what is wrong as the page does, then type what is right."""
    batch, kind = _batch(batch_id), KINDS["activate"]
    _total, kept = queries.rows(batch_id, "wrong", 1)
    for error in mending.errors(mending.rows(mending.Look.of(batch, kind, kind.reference()), kept)):
        print(f"  {error['sentence']}")
    rows = {row.number: row.id for row in kept}
    for (number, field), text in made.remedies.items():
        if number in rows:
            with transaction():
                fixing.fix("office", batch_id, rows[number], {field: text})


def _batch(batch_id: int) -> Batch:
    return session.get_one(Batch, batch_id)


def _all_settled(batch_id: int) -> bool:
    """Every order final and every line of a completed order active."""
    tally = queries.tally(batch_id)
    finished = session.get_one(Batch, batch_id).state == BatchState.FINISHED
    return finished and tally.run == tally.wait == 0 and tally.active == tally.ok


def _until(ready: Any, what: str) -> None:
    until = time.monotonic() + WAIT_SECONDS
    while True:
        session.commit()
        session.expire_all()
        if ready():
            return
        if time.monotonic() > until:
            print(f"{what}没有在 {WAIT_SECONDS} 秒内结束", file=sys.stderr)
            return
        time.sleep(0.2)


def _report(batch_id: int, rows: int, whole: float, running: float) -> int:
    batch, kind = _batch(batch_id), KINDS["activate"]
    kept = sheets.all_rows(batch, tuple(RowState))
    outcomes = sheets.outcomes_of(batch, kind, kept)
    counted: Counter[str] = Counter()
    unexplained = 0
    for row in kept:
        outcome = outcomes[row.id]
        told = presenting.explanation(outcome) if outcome and outcome.category != "wrong" else _why_wrong(row)
        active = bool(outcome and outcome.code == "active")
        explained = bool(outcome and outcome.category in ("bad", "wrong") and told)
        unexplained += not (active or explained)
        counted["已激活" if active else "已说明原因" if explained else "无结果"] += 1
        number = (outcome.msisdn or "--") if outcome else "--"
        print(f"  第 {row.number:>3} 行 {row.values.get('name', ''):<6} {number:<12} {told}")
    lines = session.query(Line).where(Line.state == "active").count()
    print(
        "合计："
        + "，".join(f"{name} {count}" for name, count in sorted(counted.items()))
        + f"，花名册中激活 {lines} 条"
    )
    print(f"用时：{whole:.1f} 秒，其中从确认到全部激活 {running:.1f} 秒")
    return 1 if unexplained or len(kept) != rows else 0


def _why_wrong(row: BatchRow) -> str:
    return "、".join(
        problem.code for problem in queries.problems([row.id])[row.id] if problem.level == "error"
    )


def _since(started: float) -> str:
    return f"{time.monotonic() - started:.1f} 秒"
