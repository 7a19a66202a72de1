"""What becomes of budgets when a batch is carried out: last month's statement, and what its rows change each month."""

from collections.abc import Sequence

from flask_babel import gettext as _

from console.bulk.beside import BudgetLine, Part
from console.core import clock
from console.expenses import queries, rules, watching
from console.expenses.models import Budget


def before_and_after(parts: Sequence[Part]) -> list[BudgetLine]:
    """The budgets in force that these rows touch; those that will be exceeded first. Without a statement none."""
    latest = next(iter(queries.all_in_force()), None)
    if latest is None:
        return []
    found = []
    for budget in watching.budgets(rules.period_of(clock.today())):
        change = sum(part.monthly_fen for part in parts if _concerns(budget, part))
        if change:
            before = watching.spent(latest, budget)
            name = budget.key or _("全公司")
            found.append(BudgetLine(name, budget.amount_fen, before, before + change))
    return sorted(found, key=lambda line: line.percent[1], reverse=True)


def _concerns(budget: Budget, part: Part) -> bool:
    """A department with all below it, as its page counts."""
    if budget.scope == "company":
        return True
    if budget.scope == "cost_center":
        return part.cost_center == budget.key
    return part.department is not None and f"{part.department}/".startswith(f"{budget.key}/")
