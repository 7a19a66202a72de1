"""Reads for the page of plans."""

from datetime import date

from sqlalchemy import case, or_, select

from console.core.db import session
from console.plans.models import Plan


def on_sale(today: date) -> list[Plan]:
    """Monthly products that can be sold today, main plans first, each family by price."""
    wanted = (
        select(Plan)
        .where(
            Plan.sellable,
            Plan.fee_cycle == "MONTH",
            Plan.valid_from <= today,
            or_(Plan.valid_to.is_(None), Plan.valid_to > today),
        )
        .order_by(case((Plan.kind == "MAIN", 0), else_=1), Plan.family, Plan.fee_fen, Plan.code)
    )
    return list(session.scalars(wanted))
