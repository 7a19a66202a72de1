"""The first page: what the operator is doing now, at a glance."""

from typing import Any

from flask import Blueprint, current_app, render_template, send_from_directory
from werkzeug import Response

from console.carrier.simulator import settings
from console.carrier.simulator.access import simulation
from console.carrier.simulator.clock import china
from console.carrier.simulator.simulation import Desk

index = Blueprint("index", __name__)
_LAST_ORDERS = 20
_COUNTED = {
    "订单": "SELECT state AS name, count(*) AS n FROM orders GROUP BY 1 ORDER BY 2 DESC",
    "号码": "SELECT state AS name, count(*) AS n FROM numbers GROUP BY 1 ORDER BY 2 DESC",
    "用户": "SELECT lifecycle AS name, count(*) AS n FROM subscribers GROUP BY 1 ORDER BY 2 DESC",
    "卡片": "SELECT state AS name, count(*) AS n FROM sims GROUP BY 1 ORDER BY 2 DESC",
    "回调": "SELECT state AS name, count(*) AS n FROM events GROUP BY 1 ORDER BY 2 DESC",
}


@index.get("/")
def overview() -> str:
    sim = simulation()
    with sim.desk() as desk:
        counts = {title: _count(desk, query) for title, query in _COUNTED.items()}
        orders = desk.db.execute(
            "SELECT o.*, s.lifecycle FROM orders o LEFT JOIN subscribers s ON s.id = o.subscriber_id "
            "ORDER BY o.serial DESC LIMIT ?",
            (_LAST_ORDERS,),
        ).fetchall()
        now = desk.now
    return render_template(
        "index.html",
        counts=counts,
        orders=[dict(row) | {"at": china(row["updated_at"])} for row in orders],
        now=china(now),
        preset=sim.preset,
        seed=sim.options.seed,
        admin=sim.options.admin,
        settings=settings.as_json(sim.settings),
    )


def _count(desk: Desk, query: str) -> list[dict[str, Any]]:
    return [dict(row) for row in desk.db.execute(query)]


@index.get("/sim/style.css")
def stylesheet() -> Response:
    return send_from_directory(f"{current_app.root_path}/pages", "style.css", mimetype="text/css")
