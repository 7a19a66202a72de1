"""Reads of the catalogue."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import or_, select

from console.core.db import session
from console.plans.models import Plan


@dataclass(frozen=True)
class Offer:
    """What can be sold today; `plan_id` is the version. Fees in 分 a month."""

    plan_id: int
    code: str
    name: str
    family: str
    kind: str
    fee_fen: int
    first_month: str
    voice_min: int
    data_mb: int
    sms: int
    eligibility: str
    min_qty: int
    contract_months: int
    requires: tuple[str, ...]
    synonyms: tuple[str, ...]
    excludes: tuple[str, ...] = ()
    monthly: bool = True
    at_once: bool = True
    """Whether it is added at once unless something else is asked for; otherwise with the next cycle."""


def offers(today: date) -> dict[str, Offer]:
    """Code → what is on sale today, monthly products of every kind."""
    return _on_sale(today, ("MONTH",))


def products(today: date) -> dict[str, Offer]:
    """The same with what is paid once or by the day, such as packs."""
    return _on_sale(today, ("MONTH", "ONCE", "DAY"))


def _on_sale(today: date, cycles: tuple[str, ...]) -> dict[str, Offer]:
    wanted = (
        select(Plan)
        .where(
            Plan.sellable,
            Plan.fee_cycle.in_(cycles),
            Plan.valid_from <= today,
            or_(Plan.valid_to.is_(None), Plan.valid_to > today),
        )
        .order_by(Plan.family, Plan.fee_fen, Plan.version)
    )
    return {plan.code: _offer(plan) for plan in session.scalars(wanted)}


def codes(ids: Collection[int]) -> dict[int, str]:
    """Id of a version → code of its product."""
    wanted = select(Plan.id, Plan.code).where(Plan.id.in_(ids))
    return {id_: code for id_, code in session.execute(wanted)} if ids else {}


def _offer(plan: Plan) -> Offer:
    return Offer(
        plan_id=plan.id,
        code=plan.code,
        name=plan.name,
        family=plan.family,
        kind=plan.kind,
        fee_fen=plan.fee_fen,
        first_month=plan.first_month,
        voice_min=plan.voice_min,
        data_mb=plan.data_mb,
        sms=plan.sms,
        eligibility=plan.eligibility,
        min_qty=plan.min_qty,
        contract_months=plan.contract_months,
        requires=tuple(plan.requires),
        synonyms=tuple(plan.synonyms),
        excludes=tuple(plan.excludes),
        monthly=plan.fee_cycle == "MONTH",
        at_once=plan.more.get("change_effective", "NOW") == "NOW",
    )
