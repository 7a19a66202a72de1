"""A page on which a tester plays the operator's counter, doing what the company did not ask for."""

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug import Response

from console.carrier.simulator import access, channels, lines, progress
from console.carrier.simulator.access import simulation
from console.carrier.simulator.errors import ApiError

counter = Blueprint("counter", __name__)
_SHOWN = 50


@counter.get("/sim/counter")
def page() -> str:
    wanted = request.args.get("msisdn", "").strip()
    sim = simulation()
    with sim.desk() as desk:
        rows = desk.db.execute(
            "SELECT * FROM subscribers WHERE closed = 0 AND msisdn LIKE ? ORDER BY id DESC LIMIT ?",
            (f"%{wanted}%", _SHOWN),
        ).fetchall()
        shown = [lines.view(desk, row) for row in rows]
    return render_template(
        "counter.html",
        lines=shown,
        wanted=wanted,
        admin=sim.options.admin,
        actions=channels.ACTIONS,
        channels=channels.CHANNELS,
        problem=request.args.get("problem", ""),
        done=request.args.get("done", ""),
    )


@counter.post("/sim/counter")
def act() -> Response:
    access.check_admin()
    # A page elsewhere must not play the operator; clients that are no browsers say nothing.
    if request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
        raise ApiError("APP_FORBIDDEN", "只能从本页提交")
    sim, form = simulation(), {name: value.strip() for name, value in request.form.items()}
    try:
        with sim.desk() as desk:
            channels.act(desk, _asked(form))
    except ApiError as error:
        return redirect(url_for(".page", msisdn=form.get("msisdn"), problem=error.body()["message"]))
    progress.catch_up(sim)
    sim.wake()
    return redirect(url_for(".page", msisdn=form.get("msisdn"), done=form.get("action")))


def _asked(form: dict[str, str]) -> dict[str, Any]:
    asked: dict[str, Any] = {name: form.get(name, "") for name in ("msisdn", "action", "channel")}
    if form.get("code"):
        asked["products"] = [{"code": form["code"]}]
    if form.get("iccid"):
        asked["subscriber"] = {"iccid": form["iccid"]}
    if form.get("limitMb", "").isdecimal():
        asked["dataLimit"] = {"limitMb": int(form["limitMb"])}
    return asked
