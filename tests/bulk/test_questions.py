"""What is asked about a file: only what nobody can know, once, and never again for the same headings."""

import re
from datetime import timedelta
from io import BytesIO

import pytest
from openpyxl import Workbook
from openpyxl.styles import Font
from sqlalchemy import func, select

from console.bulk import actions, checking, shapes
from console.bulk.kind import KINDS
from console.bulk.models import Batch, BatchRow, Fix, Problem, RememberedHeading
from console.core import clock
from console.core.db import session, transaction
from jobs import bulk
from jobs.clock import ending_now
from tests.bulk.test_mending import person, row_id, sheet, states

HEADINGS = ("工号", "姓名", "证件号码", "部门", "套餐")
ODD = ("工号", "员工大名", "证件号码", "条线", "套餐")
"""Two required columns under headings that nobody knows."""


@pytest.fixture
def ann(sign_in):
    return sign_in("ann")


def page(browser, batch: int = 1) -> str:
    return browser.get(f"/bulk/{batch}/questions").get_data(as_text=True)


def kept(people, batch: int = 1) -> Batch:
    with people.as_("ann"):
        found = session.get_one(Batch, batch)
        session.expunge(found)
        return found


def rows(people, field: str, batch: int = 1) -> list[str]:
    with people.as_("ann"):
        found = session.scalars(select(BatchRow).where(BatchRow.batch_id == batch).order_by(BatchRow.number))
        return [row.cells[field][1] for row in found]


def saved(book: Workbook) -> bytes:
    file = BytesIO()
    book.save(file)
    return file.getvalue()


def book_of(*rows_: list, headings: tuple = HEADINGS) -> Workbook:
    book = Workbook()
    for row in (headings, *rows_):
        book.active.append(list(row))
    return book


def test_a_file_without_doubts_is_asked_nothing(people, ann, work):
    ann.upload(sheet(person(1), person(2)))
    work()
    batch = kept(people)
    assert (batch.state, batch.questions, batch.answers) == ("checked", [], {})


def test_a_required_column_under_an_unknown_heading_is_asked_for_and_found(people, ann, work):
    ann.upload(sheet(person(1, name="沈星阑"), person(2, name="温照野"), headings=ODD))
    work()
    assert kept(people).state == "asking"
    assert states(people) == {}
    assert ann.get("/bulk/1/checking").location == "/bulk/1/questions"
    html = page(ann)
    assert "没有找到“姓名”、“部门”列" in html
    assert "沈星阑" in html and "看起来是姓名" in html and "看起来是部门" in html
    assert not re.search(r'<option value="name" selected>', html), "a suggestion is never taken by itself"

    answer = ann.post("/bulk/1/answers", {"column:员工大名": "name", "column:条线": "department"})
    assert (answer.status_code, answer.location) == (302, "/bulk/1/checking")
    work()
    batch = kept(people)
    assert (batch.state, batch.headings["name"], batch.headings["department"]) == (
        "checked",
        "员工大名",
        "条线",
    )
    assert states(people) == {2: "ready", 3: "ready"}


def test_document_numbers_and_mobiles_are_shown_with_stars(people, ann, work):
    row = person(1)
    ann.upload(sheet([*row, "13900000101", row[2]], headings=(*ODD, "打给谁", "证件")))
    work()
    html = page(ann)
    assert row[2] not in html and "13900000101" not in html
    assert "139******01" in html and row[2][:3] + "*" * 13 + row[2][-2:] in html


def test_what_was_said_once_is_remembered_named_and_can_be_forgotten(people, ann, work):
    ann.upload(sheet(person(1), headings=ODD))
    work()
    ann.post("/bulk/1/answers", {"column:员工大名": "name", "column:条线": "department"})
    work()
    ann.upload(sheet(person(2), headings=ODD), name="下个月.xlsx")
    work()
    assert kept(people, 2).state == "checked"
    assert "沿用了以前的列对应：员工大名、条线" in ann.get("/bulk/2/check").get_data(as_text=True)
    assert page(ann, 2).count("沿用以前的选择") == 2

    assert ann.post("/bulk/2/headings/forget", {"heading": "条线"}).location == "/bulk/2/questions"
    assert page(ann, 2).count("沿用以前的选择") == 1
    ann.upload(sheet(person(3), headings=ODD), name="再下个月.xlsx")
    work()
    assert kept(people, 3).questions == [["Q_COLUMNS", {"missing": ["department"]}]]


def test_another_company_learns_nothing_from_it(people, ann, sign_in, work):
    ann.upload(sheet(person(1), headings=ODD))
    work()
    ann.post("/bulk/1/answers", {"column:员工大名": "name", "column:条线": "department"})
    bo = sign_in("bo")
    bo.upload(sheet(person(2), headings=ODD))
    work()
    with people.as_("bo"):
        assert session.scalars(select(Batch.state)).one() == "asking"
        assert session.scalar(select(func.count(RememberedHeading.id))) == 0


def test_two_headings_for_one_column_are_refused_with_a_sentence_and_nothing_changes(people, ann, work):
    ann.upload(sheet(person(1), headings=ODD))
    work()
    answer = ann.post("/bulk/1/answers", {"column:员工大名": "name", "column:条线": "name"})
    html = answer.get_data(as_text=True)
    assert answer.status_code == 400
    assert "“员工大名”、“条线”都选成了“姓名”，请只留一列" in html
    assert "还没有选哪一列是“部门”" in html
    assert html.count('<option value="name" selected>') == 2, "what was chosen stays"
    with people.as_("ann"):
        assert session.scalar(select(func.count(RememberedHeading.id))) == 0
    assert kept(people).state == "asking"


def test_a_file_in_which_every_heading_is_taken_is_refused_as_before(people, ann, work):
    ann.upload(sheet(["沈星阑", "销售部"], headings=("姓名", "部门")))
    work()
    batch = kept(people)
    assert (batch.state, batch.refusal["code"]) == ("refused", "F_MISSING_COLUMNS")


def test_columns_that_nobody_needs_are_named_and_their_cells_are_not_kept(people, ann, work):
    ann.upload(sheet([*person(1), "19800"], headings=(*HEADINGS, "工资")))
    work()
    batch = kept(people)
    assert (batch.state, batch.unused) == ("checked", ["工资"])
    with people.as_("ann"):
        assert "19800" not in str(session.scalars(select(BatchRow)).one().cells)
    html = ann.get("/bulk/1/check").get_data(as_text=True)
    assert "没有用到的列：工资" in html and "/bulk/1/questions" in html


def test_a_column_that_is_only_compared_stays_what_it_is_and_no_value_of_it_is_kept(people, ann, work):
    ann.upload(sheet([*person(1), "男"], headings=(*HEADINGS, "性别")))
    work()
    html = page(ann)
    assert re.search(r'<option value="sex" selected>性别', html) and "只核对，不保存" in html
    with people.as_("ann"):
        assert "男" not in str(session.get_one(Batch, 1).layout)
    ann.post("/bulk/1/answers")
    work()
    assert kept(people).headings["sex"] == "性别"
    with people.as_("ann"):
        assert session.scalar(select(func.count(RememberedHeading.id))) == 0


def test_a_checked_batch_can_be_matched_otherwise_and_its_rows_are_replaced(people, ann, work):
    ann.upload(
        sheet(
            [*person(1, department="不要"), "市场部"],
            [*person(2, department="不要"), "市场部"],
            headings=(*HEADINGS, "科室"),
        )
    )
    work()
    ann.post(f"/bulk/1/rows/{row_id(people, 2)}", {"name": "沈星阑"})
    assert rows(people, "department") == ["不要", "不要"]

    ann.post("/bulk/1/answers", {"column:部门": "", "column:科室": "department"})
    assert kept(people).state == "received"
    work()
    assert kept(people).state == "checked"
    assert (states(people), rows(people, "department")) == ({2: "ready", 3: "ready"}, ["市场部", "市场部"])
    with people.as_("ann"):
        orphans = select(func.count(Problem.id)).where(Problem.row_id.not_in(select(BatchRow.id)))
        assert session.scalar(orphans) == 0
        assert session.scalar(select(func.count(Fix.id))) == 0
        said = dict(session.execute(select(RememberedHeading.heading, RememberedHeading.field)).all())
    assert said == {"部门": "", "科室": "department"}


def test_after_the_confirmation_nothing_is_matched_otherwise_and_the_samples_are_gone(people, ann, work):
    ann.upload(sheet(person(1)))
    work()
    shown = re.search(r'name="shown" value="([0-9a-f]{64})"', ann.get("/bulk/1/check").text)[1]
    assert kept(people).layout is not None
    ann.post("/bulk/1/confirm", {"shown": shown})
    assert kept(people).layout is None
    assert ann.post("/bulk/1/answers", {"column:部门": ""}).status_code == 409
    assert ann.get("/bulk/1/questions").status_code == 302
    work()
    assert states(people) == {2: "ordered"}


def hidden_and_struck() -> bytes:
    book = book_of(person(1), person(2), person(3))
    book.active.row_dimensions[3].hidden = True
    for cell in book.active[4]:
        cell.font = Font(strike=True)
    return saved(book)


def test_all_questions_are_on_one_page_and_the_safe_answers_are_chosen(people, ann, work):
    ann.upload(hidden_and_struck())
    work()
    assert [code for code, _values in kept(people).questions] == ["Q_HIDDEN", "Q_STRIKE"]
    html = page(ann)
    assert "有 1 行被隐藏或筛选掉了" in html and "有 1 行画了删除线" in html
    assert re.search(r'name="answer:Q_HIDDEN" value="no" checked', html)
    assert re.search(r'name="answer:Q_STRIKE" value="yes" checked', html)

    ann.post("/bulk/1/answers", {"answer:Q_HIDDEN": "perhaps"})
    work()
    assert states(people) == {2: "ready"}
    assert kept(people).answers == {
        "Q_HIDDEN": "no", "Q_STRIKE": "yes",
        "columns": dict(zip(HEADINGS, ("employee_number", "name", "document_no", "department", "plan"), strict=True)),
    }  # fmt: skip


def test_hidden_and_struck_rows_are_taken_when_that_is_wanted(people, ann, work):
    ann.upload(hidden_and_struck())
    work()
    ann.post("/bulk/1/answers", {"answer:Q_HIDDEN": "yes", "answer:Q_STRIKE": "no"})
    work()
    assert states(people) == {2: "ready", 3: "ready", 4: "ready"}


def test_of_two_sheets_that_are_equally_good_the_person_chooses(people, ann, work):
    book = book_of(person(1))
    book.active.title = "一月"
    other = book.create_sheet("二月")
    other.append(list(HEADINGS))
    other.append(person(2))
    ann.upload(saved(book))
    work()
    assert "有 2 张工作表都像名单" in page(ann)
    ann.post("/bulk/1/answers", {"answer:Q_SHEET": "二月"})
    work()
    assert rows(people, "employee_number") == ["T2"]


def test_dropped_zeros_and_departments_written_once_are_mended_only_when_that_is_wanted(people, ann, work):
    made = [person(n, no=no, department=where) for n, (no, where) in enumerate(
        (("00101", "销售部"), (102, ""), ("00103", "市场部"), ("00104", "")), 1)]  # fmt: skip
    ann.upload(sheet(*made))
    ann.upload(sheet(*made[:3], [*made[3][:4], "QQT5G129"]), name="另一份.xlsx")
    work()
    assert [code for code, _values in kept(people).questions] == ["Q_PAD", "Q_FILLDOWN"]
    assert "补 0 到 5 位" in page(ann)

    ann.post("/bulk/1/answers", {"answer:Q_PAD": "yes", "answer:Q_FILLDOWN": "yes"})
    ann.post("/bulk/2/answers", {"answer:Q_PAD": "no", "answer:Q_FILLDOWN": "no"})
    work()
    assert rows(people, "employee_number") == ["00101", "00102", "00103", "00104"]
    assert rows(people, "department") == ["销售部", "销售部", "市场部", "市场部"]
    assert rows(people, "employee_number", 2) == ["00101", "102", "00103", "00104"]
    assert rows(people, "department", 2) == ["销售部", "", "市场部", ""]
    assert "按你的回答补上了开头的 0" in ann.get("/bulk/1/check?tab=notes").get_data(as_text=True)


SHIFTED = [
    ("name", "姓名", "手机号", {1: "13900000101"}),
    ("document_no", "证件号码", "姓名", {2: "沈星阑"}),
    ("department", "部门", "身份证号码", {3: "330102199003079912"}),
    ("plan", "套餐", "手机号", {4: "13900000101"}),
    ("employee_number", "工号", "身份证号码", {0: "330102199003079912"}),
]


@pytest.mark.parametrize(("field", "heading", "looks", "written"), SHIFTED, ids=[one[0] for one in SHIFTED])
def test_a_column_that_holds_what_belongs_elsewhere_is_named(
    people, ann, work, field, heading, looks, written
):
    made = [person(n) for n in range(1, 6)]
    for row in made[:3]:
        for place, text in written.items():
            row[place] = text
    ann.upload(sheet(*made))
    work()
    assert kept(people).refusal["code"] == "F_COLUMN_SHIFT"
    assert f"“{heading}”列看起来是{looks}" in ann.get("/bulk/1/checking").get_data(as_text=True)


def test_less_than_most_of_a_column_is_the_rows_own_fault(people, ann, work):
    made = [person(n) for n in range(1, 6)]
    for row in made[:2]:
        row[1] = "13900000101"
    ann.upload(sheet(*made))
    work()
    assert kept(people).state == "checked"


def test_a_doubtful_choice_of_a_person_is_asked_about_once_more_and_then_taken(people, ann, work):
    made = [[*person(n), "13900000101"] for n in (1, 2)]
    ann.upload(sheet(*made, headings=(*HEADINGS[:1], "大名", *HEADINGS[2:], "绰号")))
    work()
    ann.post("/bulk/1/answers", {"column:绰号": "name"})
    work()
    assert kept(people).questions[0][0] == "Q_COLUMN_SHIFT"
    assert "“绰号”列看起来是手机号，选对了吗？" in page(ann)

    ann.post("/bulk/1/answers", {"answer:Q_COLUMN_SHIFT": "no", "column:绰号": "", "column:大名": "name"})
    work()
    assert kept(people).state == "checked"


def test_a_column_in_order_is_not_read_to_its_end(people):
    """A column of ten thousand rows is judged by some of them as long as these look right."""
    assert shapes.looks_like("330102199003079912") == "document"
    assert [shapes.looks_like(text) for text in ("13900000101", "2024-01-05", "89860012345678901234", "沈星阑", "销售部", "E1")] == [
        "mobile", "date", "card", "name", "", "",
    ]  # fmt: skip


def starts(people, batch: int = 1) -> bool:
    with people.as_("ann"), transaction():
        return checking.start(batch) is not None


def test_a_file_that_kills_its_workers_is_refused_at_the_third_start(people, ann, work):
    ann.upload(sheet(person(1)))
    for expected in (True, True, False):
        with clock.stopped_at(clock.now() + timedelta(minutes=1 if expected else 9)):
            assert starts(people) is expected
            with people.as_("ann"), transaction():
                session.get_one(Batch, 1).lease_until = clock.now() - timedelta(minutes=1)
    batch = kept(people)
    assert (batch.state, batch.refusal["code"]) == ("refused", "F_READER")
    assert ann.upload(sheet(person(1)), name="again.xlsx").status_code == 302, "it may be tried again"


def test_answering_gives_the_file_new_starts(people, ann, work):
    ann.upload(sheet(person(1), headings=ODD))
    work()
    ann.post("/bulk/1/answers", {"column:员工大名": "name", "column:条线": "department"})
    assert kept(people).attempts == 0
    work()
    assert (kept(people).state, kept(people).attempts) == ("checked", 1)


def test_a_withdrawn_or_refused_file_may_come_again_and_one_that_waits_may_not(people, ann, work):
    content = sheet(person(1), headings=ODD)
    ann.upload(content)
    work()
    again = ann.upload(content)
    assert again.status_code == 409 and "/bulk/1" in again.get_data(as_text=True)
    ann.post("/bulk/1/withdraw")
    batch = kept(people)
    assert (batch.state, batch.layout) == ("withdrawn", None)
    assert ann.upload(content).status_code == 302


def test_questions_that_nobody_answers_end_after_seven_days_with_their_samples(people, ann, work):
    ann.upload(sheet(person(1), headings=ODD))
    work()
    assert ending_now() == []
    with clock.stopped_at(clock.now() + actions.LIFE + timedelta(minutes=1)):
        assert ending_now() == [people.acme], "the clock comes for it"
        bulk.finish_batches(people.acme)
    batch = kept(people)
    assert (batch.state, batch.layout) == ("expired", None)


def test_the_samples_lie_sealed_in_the_database_and_not_in_the_trail(people, ann, work):
    ann.upload(sheet(person(1, name="沈星阑"), headings=ODD))
    work()
    with people.as_("ann"):
        raw = session.connection().exec_driver_sql("select layout from batches").scalar()
        trail = session.connection().exec_driver_sql("select changes from audit_events").scalars().all()
    assert raw and "沈星阑".encode() not in bytes(raw)
    assert "沈星阑" not in str(trail) and "\\u6c88\\u661f\\u9611" not in str(trail)


def test_the_questions_are_found_from_home_and_list(people, ann, work):
    ann.upload(sheet(person(1), headings=ODD))
    work()
    home = ann.get("/").get_data(as_text=True)
    assert "有问题要先回答" in home and "/bulk/1/questions" in home
    assert "待回答" in ann.get("/bulk/?state=waiting").get_data(as_text=True)


def test_who_may_not_upload_looks_and_cannot_answer(people, ann, sign_in, work):
    ann.upload(sheet(person(1), headings=ODD))
    work()
    vic = sign_in("vic")
    html = page(vic)
    assert "你的角色不能回答" in html and 'type="submit" form="answers"' not in html
    for path in ("answers", "headings/forget"):
        assert vic.post(f"/bulk/1/{path}", {"column:条线": "department"}).status_code == 403
    hal = sign_in("hal")
    assert hal.post("/bulk/1/answers", {"column:条线": "department"}).status_code == 403, (
        "not his kind of batch"
    )
    assert kept(people).state == "asking"


def test_a_stranger_and_a_form_without_its_token_get_nowhere(people, ann, sign_in, work):
    ann.upload(sheet(person(1), headings=ODD))
    work()
    bo = sign_in("bo")
    assert bo.get("/bulk/1/questions").status_code == 404
    assert bo.post("/bulk/1/answers", {"column:条线": "department"}).status_code == 404
    assert bo.post("/bulk/1/headings/forget", {"heading": "条线"}).status_code == 404
    assert ann.client.post("/bulk/1/answers", data={"column:条线": "department"}).status_code == 400
    assert kept(people).state == "asking"


def test_two_who_answer_at_the_same_time_start_one_reading(people, ann, work):
    ann.upload(sheet(person(1), headings=ODD))
    work()
    said = {"column:员工大名": "name", "column:条线": "department"}
    assert ann.post("/bulk/1/answers", said).status_code == 302
    assert ann.post("/bulk/1/answers", said).status_code == 409
    work()
    assert states(people) == {2: "ready"}


def test_every_column_of_a_kind_says_what_its_values_look_like(app):
    for kind in KINDS.values():
        assert {column.field for column in kind.columns if not column.shape} == set(), kind.slug
