"""From an uploaded roster to orders, as the pages do it."""

import re

from sqlalchemy import func, select

from console.bulk.models import Batch, BatchRow, Problem
from console.core.db import session
from console.orders.models import Order
from examples import roster


def shown(page: str) -> str:
    found = re.search(r'name="shown" value="([0-9a-f]{64})"', page)
    assert found
    return found[1]


def test_good_rows_go_ahead_and_wrong_rows_are_explained(people, sign_in, work):
    ann, made = sign_in("ann"), roster.make(50)
    answer = ann.upload(made.xlsx())
    assert answer.status_code == 302
    work()

    page = ann.get("/bulk/1/check").get_data(as_text=True)
    assert "第 8 行 证件号码：第 7～14 位“19750231”不是有效日期，请对照身份证重新填写" in page
    assert "第 23 行 套餐：没有“全球痛5G商务套餐59元档”，请选择现有套餐" in page
    assert "第 41 行 证件号码：被 Excel 转成数字" in page
    assert "确认办理 47 人" in page

    answer = ann.post("/bulk/1/confirm", {"shown": shown(page)})
    assert answer.status_code == 302
    work()
    with people.as_("ann"):
        assert session.scalar(select(func.count(Order.id))) == 47


def test_a_fixed_cell_is_checked_at_once_and_the_row_becomes_ready(people, sign_in, work):
    ann, made = sign_in("ann"), roster.make(50)
    ann.upload(made.xlsx())
    work()
    with people.as_("ann"):
        rows = {
            row.number: row.id for row in session.scalars(select(BatchRow).where(BatchRow.state == "wrong"))
        }
    for (number, field), text in made.remedies.items():
        answer = ann.post(f"/bulk/1/rows/{rows[number]}", {field: text}, headers={"HX-Request": "true"})
        assert answer.status_code == 200
    assert "50 人全部可以办理" in ann.get("/bulk/1/check").get_data(as_text=True)
    with people.as_("ann"):
        assert session.scalar(select(func.count(Problem.id)).where(Problem.level == "error")) == 0
        assert session.get_one(Batch, 1).state == "checked"
