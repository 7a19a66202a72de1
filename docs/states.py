"""Draws docs/states.md from the tables of states: `python -m docs.states`."""

import inspect
from pathlib import Path

from console.bulk.states import ApprovalState, BatchState, CorrectionState, RowState
from console.core.states import State
from console.expenses.states import BillFileState, DetailState, QuestionState, StatementState
from console.invoices.states import AnnouncedState, InvoiceState, RedState
from console.orders.states import OrderState
from console.sims.states import LineState, NumberState, SimState

PAGE = Path(__file__).with_name("states.md")
THINGS: dict[str, type[State]] = {
    "A batch": BatchState,
    "A row of a batch": RowState,
    "A question to a second person": ApprovalState,
    "A repair workbook that came back": CorrectionState,
    "An order to the operator": OrderState,
    "A line": LineState,
    "A number": NumberState,
    "A SIM card": SimState,
    "A month's statement": StatementState,
    "A file of a month's bill": BillFileState,
    "A question on a charge": QuestionState,
    "A request for detail records": DetailState,
    "An invoice": InvoiceState,
    "A red form": RedState,
    "An announced invoice": AnnouncedState,
}
LEAD = """# States

Drawn from the tables `moves()` in `console/*/states.py` by `python -m docs.states` (`make docs`); a test compares.
An assignment that is not drawn here raises `WrongState`."""


def page() -> str:
    return "\n\n".join([LEAD, *(_chapter(thing, states) for thing, states in THINGS.items())]) + "\n"


def _chapter(thing: str, states: type[State]) -> str:
    said = inspect.getdoc(states) if "__doc__" in vars(states) else None
    final = ", ".join(f"`{state.value}`" for state in states if state.final)
    parts = [
        f"## {thing}",
        said,
        f"```mermaid\n{states.diagram()}\n```",
        f"Final: {final}." if final else None,
    ]
    return "\n\n".join(part for part in parts if part)


def main() -> None:
    PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
