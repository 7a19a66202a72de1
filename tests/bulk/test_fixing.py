"""Mending many cells at once, remembering what a word means, and taking every press back."""

import re
from typing import Any

import pytest
from sqlalchemy import func, select, text

from console.audit.models import AuditEvent
from console.bulk import grouping, meanings, steps
from console.bulk.models import BatchRow, Fix, Problem, RememberedValue
from console.core.db import session, transaction
from examples import roster
from tests.bulk.test_mending import counting, page, person, row_id, sheet, shown, states

HTMX = {"HX-Request": "true"}


@pytest.fixture
def ann(sign_in):
    return sign_in("ann")


def people_with(count: int, first: int = 1, **changes: Any) -> list[list[Any]]:
    """So many people who share what is changed; every document is another one."""
    made = roster.make(count, seed=first, first=first, faults=False)
    found = []
    for line in made.rows:
        row = {
            "no": line[1],
            "name": line[2],
            "id": line[3],
            "department": "销售部",
            "plan": "QQT5G059",
        } | changes
        found.append(list(row.values()))
    return found


def lines(html: str) -> list[dict[str, str]]:
    """The forms for equal cells, as the page shows them."""
    found = []
    for form in re.findall(r'<form method="post" action="/bulk/\d+/replace".*?</form>', html, re.DOTALL):
        hidden = dict(re.findall(r'<input type="hidden" name="(field|code|same)" value="([^"]*)"', form))
        count = re.search(r'class="n num">(\d+) ', form)
        chosen = re.search(r'<option value="([^"]*)" selected>', form)
        found.append(
            hidden | {"rows": count[1] if count else "", "chosen": chosen[1] if chosen else "", "html": form}
        )
    return found


def choose(browser, line: dict[str, str], value: str, batch: int = 1, **more: str) -> Any:
    sent = {name: line[name] for name in ("field", "code", "same")} | {"value": value} | more
    return browser.post(f"/bulk/{batch}/replace", sent, follow_redirects=True)


def undo(browser, batch: int = 1, step: str | None = None) -> Any:
    found = re.search(r'action="/bulk/\d+/undo".*?name="step" value="(\d+)"', page(browser, batch), re.DOTALL)
    assert found or step
    return browser.post(
        f"/bulk/{batch}/undo", {"step": step or (found[1] if found else "")}, follow_redirects=True
    )


def cell(people, number: int, field: str, batch: int = 1) -> str:
    with people.as_("ann"):
        wanted = select(BatchRow).where(BatchRow.batch_id == batch, BatchRow.number == number)
        return session.scalars(wanted).one().cells[field][1]


def seen_of(html: str, number: int, field: str) -> str:
    """What the form of a cell carries along."""
    found = re.search(rf'name="seen" value="(\w+)">(?:(?!</form>).)*?id="r{number}-{field}"', html, re.DOTALL)
    assert found
    return found[1]


def test_three_hundred_equal_cells_are_one_line_and_one_press(people, ann, work):
    ann.upload(sheet(*people_with(300, plan="商务特惠"), *people_with(3, first=900)))
    work()
    (line,) = lines(page(ann))
    assert (line["field"], line["rows"]) == ("plan", "300")
    assert "“商务特惠”" in line["html"]

    answer = choose(ann, line, "QQT5G059").get_data(as_text=True)
    assert "300 行已修改并重新核对" in answer
    assert "撤销上一步：300 行 套餐" in answer
    assert set(states(people).values()) == {"ready"}

    assert "300 行恢复原样" in undo(ann).get_data(as_text=True)
    assert list(states(people).values()).count("wrong") == 300
    assert cell(people, 2, "plan") == "商务特惠"


def test_words_that_differ_in_width_case_and_spaces_only_are_the_same_word(people, ann, work):
    plans = ["Biz 59", "ＢＩＺ59", "biz59", "别的", "别的"]
    rows = [person(n, name="测试甲", plan=plan) for n, plan in enumerate(plans, start=1)]
    ann.upload(sheet(*rows))
    work()
    assert [line["rows"] for line in lines(page(ann))] == ["3", "2"]


def test_empty_cells_are_filled_together_and_nothing_is_remembered_of_them(people, ann, work):
    ann.upload(sheet(*people_with(4, department=None)))
    work()
    (line,) = lines(page(ann))
    assert line["code"] == "E_REQUIRED" and "没有填写" in line["html"]
    assert 'name="remember"' not in line["html"]
    choose(ann, line, "市场部", remember="1")
    assert set(states(people).values()) == {"ready"}
    with people.as_("ann"):
        assert meanings.known() == {}


def test_a_department_that_would_be_made_anew_is_offered_the_one_that_was_meant(people, ann, work):
    ann.upload(sheet(*people_with(3, department="市场"), *people_with(1, first=50, department="全新业务部")))
    work()
    html = page(ann)
    assert set(states(people).values()) == {"ready"}
    (line,) = lines(html)
    assert (line["rows"], line["chosen"], line["code"]) == ("3", "市场部", "W_DEPT_NEW")
    assert [one["rows"] for one in lines(page(ann, tab="notes"))] == ["3", "1"], "also what is really new"

    choose(ann, line, "市场部")
    with people.as_("ann"):
        left = session.scalars(select(Problem.code).where(Problem.code == "W_DEPT_NEW")).all()
        values = [row.values["department"] for row in session.scalars(select(BatchRow))]
    assert len(left) == 1
    assert sorted(set(values)) == ["全新业务部", "市场部"]


def test_what_is_remembered_holds_for_the_next_file_with_a_note_until_it_is_forgotten(people, ann, work):
    ann.upload(sheet(*people_with(2, plan="老套餐"), *people_with(2, first=50, department="市场")))
    work()
    choose(ann, next(one for one in lines(page(ann)) if one["field"] == "plan"), "QQT5G089", remember="1")
    choose(ann, next(one for one in lines(page(ann)) if one["field"] == "department"), "市场部", remember="1")
    with people.as_("ann"):
        assert meanings.known() == {"plan": {"老套餐": "QQT5G089"}, "department": {"市场": "市场部"}}
    with people.as_("bo"):
        assert meanings.known() == {}

    ann.upload(sheet(*people_with(2, first=90, plan="老 套餐", department="市场")), name="下个月.xlsx")
    work()
    assert set(states(people, 2).values()) == {"ready"}
    html = page(ann, 2, tab="notes")
    assert html.count("按公司记住的对应理解") >= 4
    assert "原为“老 套餐”" in html
    with people.as_("ann"):
        row = session.scalars(select(BatchRow).where(BatchRow.batch_id == 2)).first()
        assert (row.values["plan"], row.values["department"]) == ("QQT5G089", "市场部")

    listed = ann.get("/bulk/remembered").get_data(as_text=True)
    assert "老套餐" in listed and "全球通5G商务套餐89元档" in listed and "Ann" in listed
    with people.as_("ann"):
        id_ = session.scalar(select(RememberedValue.id).where(RememberedValue.field == "plan"))
    listed = ann.post("/bulk/remembered/forget", {"id": id_}, follow_redirects=True).text
    assert "已忘记" in listed and "老套餐" not in listed
    ann.upload(sheet(*people_with(2, first=95, plan="老套餐")), name="再下个月.xlsx")
    work()
    assert set(states(people, 3).values()) == {"wrong"}


def test_undoing_a_group_also_forgets_what_was_remembered_with_it(people, ann, work):
    ann.upload(sheet(*people_with(2, plan="老套餐")))
    work()
    choose(ann, lines(page(ann))[0], "QQT5G089", remember="1")
    undo(ann)
    choose(ann, lines(page(ann))[0], "QQT5G059", remember="1")
    with people.as_("ann"):
        assert meanings.known() == {"plan": {"老套餐": "QQT5G059"}}
    undo(ann)
    assert set(states(people).values()) == {"wrong"}
    with people.as_("ann"):
        assert meanings.known() == {}


def test_after_one_cell_the_page_offers_to_remember_its_word(people, ann, work):
    ann.upload(sheet(person(1, plan="老套餐"), person(2)))
    work()
    answer = ann.post(f"/bulk/1/rows/{row_id(people, 2)}", {"plan": "QQT5G089"}, headers=HTMX).text
    assert "“老套餐”以后都是“全球通5G商务套餐89元档”" in answer
    with people.as_("ann"):
        step = steps.last(1)
    assert "已记住" in ann.post("/bulk/1/remember", {"step": step}, follow_redirects=True).text
    with people.as_("ann"):
        assert meanings.known() == {"plan": {"老套餐": "QQT5G089"}}
    assert ann.post("/bulk/1/remember", {"step": step}).status_code == 409, "once is enough"
    undo(ann)
    with people.as_("ann"):
        assert meanings.known() == {}


def test_a_document_number_is_never_offered_to_be_remembered(people, ann, work):
    ann.upload(sheet(person(1, id="11010119900231991X"), person(2)))
    work()
    answer = ann.post(f"/bulk/1/rows/{row_id(people, 2)}", {"document_no": person(1)[2]}, headers=HTMX).text
    assert "撤销上一步：第 2 行 证件号码" in answer
    assert "/remember" not in answer


def test_presses_are_taken_back_one_after_the_other(people, ann, work):
    ann.upload(sheet(*people_with(2, plan="老套餐"), person(5, department=""), person(6)))
    work()
    before = states(people)
    choose(ann, lines(page(ann))[0], "QQT5G089")
    ann.post(f"/bulk/1/rows/{row_id(people, 4)}", {"department": "市场部"})
    ann.post(f"/bulk/1/rows/{row_id(people, 5)}/leave-out")
    ann.post(f"/bulk/1/rows/{row_id(people, 5)}/take-back")
    ann.post(f"/bulk/1/rows/{row_id(people, 5)}", {"name": "测试乙"})
    assert set(states(people).values()) == {"ready"}

    said = ["第 5 行 姓名", "放回第 5 行", "移出第 5 行", "第 4 行 部门", "2 行 套餐"]
    for words in said:
        assert f"撤销上一步：{words}" in page(ann)
        assert undo(ann).status_code == 200
    assert states(people) == before
    assert (cell(people, 5, "name"), cell(people, 4, "department"), cell(people, 2, "plan")) == (
        "测试甲",
        "",
        "老套餐",
    )
    assert "撤销上一步" not in page(ann)


def test_only_the_last_press_can_be_taken_back_and_only_once(people, ann, work):
    ann.upload(sheet(person(1, department=""), person(2)))
    work()
    ann.post(f"/bulk/1/rows/{row_id(people, 2)}", {"department": "市场部"})
    with people.as_("ann"):
        first = steps.last(1)
    ann.post(f"/bulk/1/rows/{row_id(people, 3)}", {"department": "财务部"})
    assert undo(ann, step=str(first)).status_code == 409
    assert cell(people, 3, "department") == "财务部"
    undo(ann)
    undo(ann)
    answer = ann.post("/bulk/1/undo", {"step": str(first)})
    assert answer.status_code == 409 and "不是最后一步" in answer.text
    assert ann.post("/bulk/1/undo", {"step": "x"}).status_code == 400


def test_what_was_confirmed_is_not_taken_back(people, ann, work):
    ann.upload(sheet(person(1, plan="老套餐"), person(2, plan="老套餐", department=""), person(3)))
    work()
    choose(ann, lines(page(ann))[0], "QQT5G089")
    ann.post(f"/bulk/1/rows/{row_id(people, 4)}", {"name": "测试丙"})
    ann.post("/bulk/1/confirm", {"shown": shown(page(ann))})
    work()
    assert states(people) == {2: "ordered", 3: "wrong", 4: "ordered"}
    with people.as_("ann"):
        (step,) = session.scalars(select(Fix)).all()
        assert list(step.cells) == [str(row_id(people, 3))] and step.count == 1
    assert "1 行恢复原样" in undo(ann).text
    assert (cell(people, 2, "plan"), cell(people, 3, "plan")) == ("QQT5G089", "老套餐")
    assert states(people)[2] == "ordered"


def test_two_people_in_one_cell_do_not_overwrite_each_other_unseen(people, ann, sign_in, work):
    ann.upload(sheet(person(1, plan="老套餐"), person(2)))
    work()
    olga, row = sign_in("olga"), row_id(people, 2)
    seen = seen_of(page(ann), 2, "plan")
    olga.post(f"/bulk/1/rows/{row}", {"plan": "QQT5G089", "seen": seen})

    sent = {"plan": "QQT5G059", "seen": seen, "fields": "name document_no department plan"}
    answer = ann.post(f"/bulk/1/rows/{row}", sent, headers=HTMX).text
    assert "刚刚有人把这一格改成了“全球通5G商务套餐89元档”" in answer
    assert '<option value="QQT5G059" selected>' in answer, "what was typed stays"
    assert "仍改为" in answer
    assert cell(people, 2, "plan") == "QQT5G089"

    again = seen_of(answer, 2, "plan")
    assert "刚刚有人" not in ann.post(f"/bulk/1/rows/{row}", sent | {"seen": again}, headers=HTMX).text
    assert cell(people, 2, "plan") == "QQT5G059"


def test_without_script_the_unsaved_text_is_told(people, ann, sign_in, work):
    ann.upload(sheet(person(1, name="测试1甲"), person(2)))
    work()
    row, seen = row_id(people, 2), seen_of(page(ann), 2, "name")
    sign_in("olga").post(f"/bulk/1/rows/{row}", {"name": "测试乙", "seen": seen})
    answer = ann.post(f"/bulk/1/rows/{row}", {"name": "测试丙", "seen": seen}, follow_redirects=True).text
    assert "第 2 行刚刚有人改过，你填的“测试丙”没有保存" in answer
    assert cell(people, 2, "name") == "测试乙"


def test_two_people_in_different_cells_of_a_row_do_not_disturb_each_other(people, ann, sign_in, work):
    ann.upload(sheet(person(1, name="测试1甲", plan="老套餐"), person(2)))
    work()
    html, row = page(ann), row_id(people, 2)
    sign_in("olga").post(f"/bulk/1/rows/{row}", {"plan": "QQT5G089", "seen": seen_of(html, 2, "plan")})
    ann.post(f"/bulk/1/rows/{row}", {"name": "测试乙", "seen": seen_of(html, 2, "name")})
    assert (cell(people, 2, "plan"), cell(people, 2, "name")) == ("QQT5G089", "测试乙")
    assert states(people)[2] == "ready"


def test_the_second_who_mends_a_group_is_told_that_it_is_done(people, ann, sign_in, work):
    ann.upload(sheet(*people_with(3, plan="老套餐")))
    work()
    (line,) = lines(page(ann))
    choose(sign_in("olga"), line, "QQT5G089")
    assert "没有这样的格子了" in choose(ann, line, "QQT5G059").text
    assert cell(people, 2, "plan") == "QQT5G089"


@pytest.mark.parametrize(
    "sent",
    [
        {"value": "不在选项里"},
        {"field": "document_no", "value": "1"},
        {"field": "\0", "value": "QQT5G059"},
        {"field": "nothing", "value": "QQT5G059"},
    ],
)
def test_only_values_that_are_offered_are_taken_and_only_in_columns_that_offer_some(people, ann, work, sent):
    ann.upload(sheet(*people_with(2, plan="老套餐")))
    work()
    line = lines(page(ann))[0]
    answer = ann.post("/bulk/1/replace", {name: line[name] for name in ("field", "code", "same")} | sent)
    assert answer.status_code == 400
    assert cell(people, 2, "plan") == "老套餐"


def test_nobody_of_another_company_or_without_the_permission_mends_undoes_or_remembers(
    people, ann, sign_in, work
):
    ann.upload(sheet(*people_with(2, plan="老套餐"), person(70, department="")))
    work()
    line = lines(page(ann))[0]
    ann.post(f"/bulk/1/rows/{row_id(people, 4)}", {"department": "市场部"})
    choose(ann, line, "QQT5G089", remember="1")
    with people.as_("ann"):
        step, word = steps.last(1), session.scalar(select(RememberedValue.id))
    pages = {
        "/bulk/1/replace": {name: line[name] for name in ("field", "code", "same")} | {"value": "QQT5G059"},
        "/bulk/1/undo": {"step": step},
        "/bulk/1/remember": {"step": step},
        "/bulk/remembered/forget": {"id": word},
    }
    for login, status in (("bo", 404), ("vic", 403), ("fay", 403)):
        browser = sign_in(login)
        assert {path: browser.post(path, data).status_code for path, data in pages.items()} == dict.fromkeys(
            pages, status
        )
    hal = sign_in("hal")
    assert hal.post("/bulk/1/undo", {"step": step}).status_code == 403
    with people.as_("ann"):
        assert meanings.known() == {"plan": {"老套餐": "QQT5G089"}}
    assert "老套餐" not in sign_in("bo").get("/bulk/remembered").text
    vic = sign_in("vic").get("/bulk/1/check").text
    assert "/undo" not in vic and "/replace" not in vic and "老套餐" not in vic


def test_the_trail_says_who_mended_how_many_rows_and_never_what_stood_there(people, ann, work):
    ann.upload(sheet(*people_with(3, plan="老套餐特惠")))
    work()
    choose(ann, lines(page(ann))[0], "QQT5G089", remember="1")
    undo(ann)
    with people.as_("ann"):
        events = session.scalars(
            select(AuditEvent).where(AuditEvent.task.in_(("bulk.replace", "bulk.undo")))
        ).all()
        assert {(event.task, event.action, event.entity) for event in events} >= {
            ("bulk.replace", "create", "fixes"),
            ("bulk.replace", "create", "remembered_values"),
            ("bulk.undo", "delete", "fixes"),
        }
        assert all(event.actor_name == "Ann" for event in events)
        assert "老套餐特惠" not in str([event.changes for event in events])
        assert all(event.batch_id == 1 for event in events if event.entity == "fixes")


def test_equal_cells_are_paged_and_counted_in_sql(people, ann, work):
    rows = [person(n, plan=f"套餐{n % 8}号") for n in range(1, 17)]
    for number, row in enumerate(rows):
        row[2] = roster.make(16, seed=7, faults=False).rows[number][3]
    ann.upload(sheet(*rows))
    work()
    html = page(ann)
    assert len(lines(html)) == grouping.LINES
    assert "共 8 种写法，第 1 / 2 页" in html
    assert len(lines(ann.get("/bulk/1/check?tab=wrong&lines=2").text)) == 3
    assert lines(ann.get("/bulk/1/check?lines=99").text) == []
    asked = []
    with counting(asked):
        page(ann)
    assert len(asked) < 40


def test_rows_left_out_are_not_counted_and_not_mended(people, ann, work):
    ann.upload(sheet(*people_with(3, plan="老套餐")))
    work()
    ann.post(f"/bulk/1/rows/{row_id(people, 2)}/leave-out")
    (line,) = lines(page(ann))
    assert line["rows"] == "2"
    choose(ann, line, "QQT5G089")
    assert states(people) == {2: "left_out", 3: "ready", 4: "ready"}
    assert cell(people, 2, "plan") == "老套餐"


def test_the_answer_to_a_fix_keeps_the_columns_tab_and_filter_of_its_page(people, ann, work):
    ann.upload(sheet(person(1, name="测试1甲"), person(2, plan="老套餐"), person(3)))
    work()
    html = ann.get("/bulk/1/check?tab=wrong").text
    columns = html.split("<thead>")[1].split("</thead>")[0].count("<th ")
    fields = re.search(r'name="fields" value="([^"]*)"', html)[1]
    answer = ann.post(
        f"/bulk/1/rows/{row_id(people, 2)}",
        {"name": "测试甲", "fields": fields, "tab": "wrong", "code": "E_NAME_DIGIT_IN_NAME"},
        headers=HTMX,
    ).text
    row = answer.split("</tr>")[0]
    assert row.count("<td") + row.count("<th ") == columns
    assert 'aria-current="true"' in answer.split('hx-target="#tabs"')[1].split("hx-partial")[0]


def test_earlier_cells_are_sealed_in_the_database(people, ann, work):
    ann.upload(sheet(*people_with(2, plan="老套餐")))
    work()
    choose(ann, lines(page(ann))[0], "QQT5G089", remember="1")
    with people.as_("ann"), transaction():
        for column in ("fixes.cells", "remembered_values.written"):
            table, name = column.split(".")
            raw = session.connection().scalar(text(f"SELECT {name} FROM {table}"))
            assert "老套餐".encode() not in bytes(raw)
        assert session.scalar(select(func.count(Fix.id))) == 1
