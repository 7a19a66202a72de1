"""The pages of lines and of the stock."""

import pytest

from tests.hired import hire, name, tail


def body(answer):
    assert answer.status_code == 200
    return answer.get_data(as_text=True).partition("<main")[2]


def holders(page):
    return {name(place) for place in range(6) if f">{name(place)}<" in page}


@pytest.fixture
def acme(people):
    return hire(people, "ann", lines=4, active=2)


def test_a_line_shows_its_holder_plan_fee_and_state_with_the_number_masked(sign_in, people, acme):
    page = body(sign_in("fay").get("/lines/?state=active"))
    digits = tail(people, "ann", acme.lines[0])
    assert holders(page) == {name(0), name(1)}
    assert f"**** {digits}" in page
    assert "全球通5G商务套餐59元档" in page and "59.00" in page and "在用" in page


def test_lines_are_found_by_last_four_digits_plan_and_state(sign_in, people, acme):
    ann = sign_in("ann")
    assert holders(body(ann.get(f"/lines/?q={tail(people, 'ann', acme.lines[3])}"))) == {name(3)}
    assert holders(body(ann.get("/lines/?q=E000"))) == set()
    assert holders(body(ann.get("/lines/?plan=NONE"))) == set()
    assert holders(body(ann.get("/lines/?state=opening"))) == {name(2), name(3)}
    assert holders(body(ann.get("/lines/?state=ended"))) == set()
    assert len(holders(body(ann.get("/lines/?state=nonsense")))) == 4


def test_the_chips_count_the_lines_of_each_stage(sign_in, acme):
    page = body(sign_in("ann").get("/lines/"))
    for word, count in (("现有号码", 4), ("在用", 2), ("停机", 0), ("办理中", 2), ("已结束", 0)):
        assert f'{word} <span class="n">{count}</span>' in page


def test_another_company_finds_no_line(sign_in, acme):
    bo = sign_in("bo")
    assert holders(body(bo.get("/lines/"))) == set()
    assert bo.get(f"/lines/details/?id={acme.lines[0]}").status_code == 404


def test_a_line_tells_what_happened_to_it(sign_in, acme):
    page = body(sign_in("ann").get(f"/lines/details/?id={acme.lines[0]}"))
    assert name(0) in page and "号码激活" in page and "提交开通" in page


def test_the_stock_counts_what_is_free_and_masks_the_numbers(sign_in, people, acme):
    page = body(sign_in("vic").get("/stock/"))
    assert "<dt>号码 可用</dt><dd>56</dd>" in page
    assert "<dt>号码 办理中</dt><dd>4</dd>" in page
    assert "<dt>SIM 卡 在库</dt><dd>56</dd>" in page
    assert page.count("****") == 50


def test_plans_are_grouped_by_family_with_those_for_people_first(sign_in):
    page = body(sign_in("hal").get("/plans/"))
    assert page.index("全球通5G商务套餐59元档") < page.index("集团V网")
    assert "¥59.00" in page and "本公司员工" in page
