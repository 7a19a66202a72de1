"""What the ledger must prove of itself at any moment: each invariant is a question with the rows that break it."""

from dataclasses import dataclass
from typing import Any

from console.carrier.simulator import lines, steps
from console.carrier.simulator.simulation import Desk

_SHOWN = 20
_OPEN = ", ".join(f"'{state}'" for state in lines.OPEN)
_NOTHING = "'rejected', 'failed', 'cancelled'"
_AFTER = ", ".join(f"'{step}'" for step in (*steps.AFTER_STEPS, "reverse"))


@dataclass(frozen=True)
class Invariant:
    """Counted says how many things were looked at; broken_by selects those that are not as they should be."""

    name: str
    counted: str
    broken_by: str


INVARIANTS = (
    Invariant(
        "a number has one open line at most",
        "SELECT count(DISTINCT msisdn) FROM subscribers",
        "SELECT msisdn, count(*) AS lines FROM subscribers WHERE closed = 0 GROUP BY 1 HAVING count(*) > 1",
    ),
    Invariant(
        "a card serves one open line at most",
        "SELECT count(DISTINCT key19) FROM subscribers",
        "SELECT key19, count(*) AS lines FROM subscribers WHERE closed = 0 GROUP BY 1 HAVING count(*) > 1",
    ),
    Invariant(
        "a number is activated once for each activation that was carried out",
        "SELECT count(*) FROM numbers",
        "SELECT n.msisdn, n.activations FROM numbers n WHERE n.activations <> (SELECT count(*) FROM orders o "
        "WHERE o.msisdn = n.msisdn AND o.type = 'ACTIVATE' AND (o.state IN ('completed', 'partial') "
        "OR (o.state = 'failed' AND json_extract(o.error, '$.code') = 'E_POST_REVERSAL')))",
    ),
    Invariant(
        "an external id stands for one order",
        "SELECT count(*) FROM orders",
        "SELECT external_id, count(*) AS orders FROM orders GROUP BY 1 HAVING count(*) > 1",
    ),
    Invariant(
        "a thing is charged once to an order",
        "SELECT count(*) FROM charges",
        "SELECT coalesce(order_id, key) AS occasion, item, code, count(*) AS charges FROM charges "
        "GROUP BY 1, 2, 3 HAVING count(*) > 1",
    ),
    Invariant(
        "an order that came to nothing costs nothing",
        f"SELECT count(*) FROM orders WHERE state IN ({_NOTHING})",
        "SELECT o.order_id, sum(c.fen) AS fen FROM orders o JOIN charges c ON c.order_id = o.order_id "
        f"WHERE o.state IN ({_NOTHING}) GROUP BY 1 HAVING sum(c.fen) <> 0",
    ),
    Invariant(
        "a replaced card is paid once",
        "SELECT count(*) FROM orders WHERE type = 'REPLACE_SIM' AND state = 'completed'",
        "SELECT o.order_id FROM orders o JOIN sims s ON s.key19 = o.new_card WHERE o.type = 'REPLACE_SIM' "
        "AND o.state = 'completed' AND s.sim_type = 'PHYSICAL' AND (SELECT count(*) FROM charges c "
        "WHERE c.order_id = o.order_id AND c.item = 'CARD') <> 1",
    ),
    Invariant(
        "a number in use has a line, one at rest or free has none",
        "SELECT count(*) FROM numbers",
        "SELECT n.msisdn, n.state FROM numbers n LEFT JOIN subscribers s ON s.msisdn = n.msisdn "
        "AND s.closed = 0 WHERE (n.state = 'ASSIGNED') <> (s.id IS NOT NULL)",
    ),
    Invariant(
        "an active card is the card of the open line of its number",
        "SELECT count(*) FROM sims",
        "SELECT c.key19, c.state, c.msisdn FROM sims c LEFT JOIN subscribers s ON s.key19 = c.key19 "
        "AND s.closed = 0 WHERE (c.state = 'ACTIVE' AND (s.id IS NULL OR s.msisdn <> c.msisdn)) "
        "OR (c.state = 'SCRAPPED' AND s.id IS NOT NULL)",
    ),
    Invariant(
        "a line in use has an active card",
        "SELECT count(*) FROM subscribers WHERE closed = 0",
        "SELECT s.msisdn, s.lifecycle, c.state FROM subscribers s LEFT JOIN sims c ON c.key19 = s.key19 "
        "WHERE s.lifecycle IN ('ACTIVE', 'SUSPENDED', 'LOST', 'RISK_SUSPENDED') "
        "AND coalesce(c.state, '') <> 'ACTIVE'",
    ),
    Invariant(
        "one change of plan waits for a line at most",
        "SELECT count(*) FROM subscribers WHERE closed = 0",
        "SELECT msisdn, count(*) AS orders FROM orders WHERE type = 'CHANGE_PLAN' "
        "AND state IN ('acknowledged', 'pending') GROUP BY 1 HAVING count(*) > 1",
    ),
    Invariant(
        "an open order has one step ahead",
        f"SELECT count(*) FROM orders WHERE state IN ({_OPEN})",
        "SELECT o.order_id, o.state FROM orders o LEFT JOIN agenda a ON a.order_id = o.order_id "
        f"WHERE o.state IN ({_OPEN}) GROUP BY 1, 2 HAVING count(a.id) <> 1 "
        "AND NOT (o.state = 'acknowledged' AND count(a.id) = 2)",
    ),
    Invariant(
        "a finished order has no work ahead",
        "SELECT count(*) FROM orders",
        "SELECT o.order_id, o.state, a.step FROM orders o JOIN agenda a ON a.order_id = o.order_id "
        f"WHERE o.state NOT IN ({_OPEN}) AND a.step NOT IN ({_AFTER})",
    ),
    Invariant(
        "no pool has more members than places",
        "SELECT count(*) FROM pools",
        "SELECT p.group_code, p.pool_id, count(*) AS members FROM pools p JOIN subscribers s "
        "ON s.group_code = p.group_code AND s.pool_id = p.pool_id AND s.closed = 0 "
        "GROUP BY 1, 2 HAVING count(*) > p.most",
    ),
    Invariant(
        "the sequence of an order is told once for each number",
        "SELECT count(*) FROM events WHERE copy = 0",
        "SELECT order_id, json_extract(body, '$.sequence') AS sequence, count(*) AS events FROM events "
        "WHERE copy = 0 AND json_extract(body, '$.state') IS NOT NULL GROUP BY 1, 2 HAVING count(*) > 1",
    ),
)


def verify(desk: Desk) -> dict[str, Any]:
    checked = [_checked(desk, invariant) for invariant in (*INVARIANTS, _one_id(desk))]
    return {"ok": not any(one["violations"] for one in checked), "checked": checked}


def _one_id(desk: Desk) -> Invariant:
    """Seeded people may have more lines elsewhere than the limit lets them open here."""
    return Invariant(
        "a document has no more lines than the limit",
        "SELECT count(DISTINCT doc_hash) FROM subscribers WHERE closed = 0",
        "SELECT doc_hash, count(*) AS lines FROM subscribers WHERE closed = 0 AND doc_hash IS NOT NULL "
        f"GROUP BY 1 HAVING count(*) > {desk.settings.one_id_limit:d}",
    )


def _checked(desk: Desk, invariant: Invariant) -> dict[str, Any]:
    rows = desk.db.execute(invariant.broken_by).fetchall()
    return {
        "invariant": invariant.name,
        "looked_at": desk.db.execute(invariant.counted).fetchone()[0],
        "violations": len(rows),
        "examples": [dict(row) for row in rows[:_SHOWN]],
    }
