"""One file that says row by row what is to be done."""

from console.bulk import queries
from console.core.db import session
from console.sims.models import Line
from tests.sims.test_line_changes import codes, done, of, send, staff

__all__ = ["send", "staff"]

ASKS = ("工号", "业务", "产品", "每月限额", "原因", "新卡类型")


def test_each_row_is_checked_priced_and_carried_out_as_its_own_work(operator, staff, send):
    batch = operator.order(None, None)
    operator.until(lambda: [line[3] for line in operator.lines()] == ["active"] * 4)
    others = [row.values["employee_number"] for row in operator.rows(batch)]
    mixed = send(
        "several", ASKS,
        (staff[0][0], "加包", "国内流量加油包10GB月包", None, None, None),
        (staff[1][0], "流量限额", None, "20GB", None, None),
        (others[0], "补卡", None, None, "损坏", "实体卡"),
        (others[1], "停机", None, None, "休假", None),
    )  # fmt: skip
    assert codes(operator, mixed) == []
    with operator.people.as_("ann"):
        assert {key for key, *_rest in queries.money(mixed)} == {
            "add-products", "data-limits", "replace-cards", "suspend",
        }  # fmt: skip
    operator.confirm(mixed)
    done(operator, mixed)
    assert sorted(order.kind for order in of(operator, mixed)) == [
        "ADD_PRODUCT", "REPLACE_SIM", "SET_DATA_LIMIT", "SUSPEND",
    ]  # fmt: skip
    with operator.people.as_("ann"):
        operator.until(lambda: "suspended" in [state for *_rest, state in operator.lines()])
        assert session.get(Line, 1) is not None


def test_a_row_needs_what_its_work_needs_and_one_line_is_in_one_row(operator, staff, send):
    batch = send(
        "several", ASKS,
        (staff[0][0], "加包", None, None, None, None),
        (staff[1][0], "挂失", None, None, None, None),
        (staff[1][0], "销户", None, None, "不再使用", None),
        (staff[0][0], "不懂", None, None, None, None),
    )  # fmt: skip
    assert codes(operator, batch) == [(2, "E_REQUIRED"), (4, "E_LINE_TWICE"), (5, "E_CHOICE")]
