"""The repair workbook: out to Excel, mended there, and back into the same batch."""

import re
import zipfile
from datetime import timedelta
from io import BytesIO

import pytest
from openpyxl import Workbook, load_workbook
from sqlalchemy import func, select

from console.bulk import merging
from console.bulk.models import Batch, BatchRow, Correction, Problem
from console.bulk.states import RowState
from console.core import clock, queue
from console.core.db import session, transaction
from examples import roster
from jobs import clock as ticking
from tests.cast import Browser

HEADINGS = ("工号", "姓名", "证件号码", "部门", "套餐")
NUMBER, NAME, DOCUMENT, DEPARTMENT, PLAN = range(1, 6)


def document(number: int) -> str:
    return roster.document_number(number, clock.today().replace(year=1990, day=1), "330102")


def person(number: int, **changes) -> list:
    row = {"no": f"T{number}", "name": "测试甲", "id": document(number), "dept": "销售部", "plan": "QQT5G059"}
    return list((row | changes).values())


def sheet(*rows: list, headings: tuple = HEADINGS) -> bytes:
    book = Workbook()
    book.active.append(list(headings))
    for row in rows:
        book.active.append(row)
    return saved(book)


def saved(book) -> bytes:
    file = BytesIO()
    book.save(file)
    return file.getvalue()


@pytest.fixture
def ann(sign_in):
    return sign_in("ann")


@pytest.fixture
def batch(ann, work):
    """Rows 2 to 7; rows 3 and 5 have no such plan, row 6 lost the end of its document in Excel."""
    rows = [person(number) for number in range(1, 7)]
    rows[1][PLAN - 1] = "没有的"
    rows[3][PLAN - 1] = "没有的"
    rows[4][DOCUMENT - 1] = int(document(5)[:15] + "000")
    ann.upload(sheet(*rows))
    work()
    return 1


def given(browser: Browser, batch: int = 1):
    answer = browser.get(f"/bulk/{batch}/repair.xlsx")
    assert answer.status_code == 200, answer.get_data(as_text=True)[:500]
    return load_workbook(BytesIO(answer.data))


def send(browser: Browser, content: bytes, batch: int = 1):
    data = {"roster": (BytesIO(content), "修正表.xlsx")}
    return browser.post(f"/bulk/{batch}/repair", data, content_type="multipart/form-data")


def rows_of(people, batch: int = 1) -> dict[int, tuple[str, dict]]:
    with people.as_("ann"):
        wanted = select(BatchRow.number, BatchRow.state, BatchRow.cells).where(BatchRow.batch_id == batch)
        return {number: (state, cells) for number, state, cells in session.execute(wanted)}


def states(people, batch: int = 1) -> dict[int, str]:
    return {number: state for number, (state, _cells) in rows_of(people, batch).items()}


def outcome(people, correction: int = 1) -> Correction:
    with people.as_("ann"):
        one = session.get_one(Correction, correction)
        assert one.details or one.refusal or one.state
        return one


def text(answer) -> str:
    return answer.get_data(as_text=True)


def test_only_bad_rows_are_shown_and_each_wrong_cell_says_what_to_do(ann, batch):
    book = given(ann)
    table = book.worksheets[0]
    hidden = [row for row in range(1, 8) if table.row_dimensions[row].hidden]
    assert hidden == [2, 4, 7]
    wrong = table.cell(3, PLAN)
    assert "没有“没有的”" in wrong.comment.text
    assert "请选择现有套餐" in wrong.comment.text
    assert "E_PLAN_UNKNOWN" in wrong.comment.text
    assert wrong.fill.fgColor.rgb == "FFFDE3E1"
    assert table.cell(2, PLAN).fill.fgColor.rgb != "FFFDE3E1"
    assert table.cell(1, 6).value == "错误说明"
    assert table.cell(3, 6).value.startswith("套餐：没有“没有的”")
    assert table.column_dimensions["G"].hidden
    assert "E2:E7" in {str(one.sqref) for one in table.data_validations.dataValidation}
    assert book["_repair_lists"].sheet_state == "veryHidden"


def test_a_destroyed_number_stays_as_it_is_in_a_cell_that_keeps_digits_text(ann, batch):
    cell = given(ann).worksheets[0].cell(6, DOCUMENT)
    assert cell.data_type == "n"
    assert float(cell.value) == float(document(5)[:15] + "000")
    assert cell.number_format == "@"
    assert "请对照证件重新填写" in cell.comment.text


def test_what_was_mended_in_excel_is_merged_into_the_same_batch(people, ann, batch, work):
    book = given(ann)
    table = book.worksheets[0]
    table.cell(3, PLAN).value = "QQT5G059"
    table.cell(6, DOCUMENT).value = document(5)
    answer = send(ann, saved(book))
    assert answer.location == "/bulk/corrections/1"
    assert "正在合并修正表" in text(ann.get(answer.location))
    work()
    page = text(ann.get(answer.location))
    assert "合并了 2 行的修改，还剩 1 行需要修正" in page
    assert states(people) == {2: "ready", 3: "ready", 4: "ready", 5: "wrong", 6: "ready", 7: "ready"}
    with people.as_("ann"):
        assert session.scalar(select(func.count(Batch.id))) == 1
    assert outcome(people).counts["cells"] == 2


def test_the_upload_page_knows_a_repair_workbook_as_well(people, ann, batch, work):
    book = given(ann)
    book.worksheets[0].cell(3, PLAN).value = "QQT5G059"
    assert ann.upload(saved(book), name="改好了.xlsx").location == "/bulk/corrections/1"
    work()
    assert states(people)[3] == "ready"


def test_the_same_workbook_twice_changes_nothing(people, ann, batch, work):
    book = given(ann)
    book.worksheets[0].cell(3, PLAN).value = "QQT5G059"
    content = saved(book)
    send(ann, content)
    work()
    with people.as_("ann"):
        before = session.execute(select(BatchRow.id, BatchRow.revision)).all()
    send(ann, content)
    work()
    assert "没有新的修改，还剩 2 行需要修正" in text(ann.get("/bulk/corrections/2"))
    with people.as_("ann"):
        assert session.execute(select(BatchRow.id, BatchRow.revision)).all() == before


def test_nothing_touched_is_nothing_merged(people, ann, batch, work):
    before = rows_of(people)
    send(ann, saved(given(ann)))
    work()
    assert outcome(people).counts["rows"] == 0
    assert rows_of(people) == before


def test_rows_are_known_by_their_keys_after_sorting_and_deleting(people, ann, batch, work):
    book = given(ann)
    table = book.worksheets[0]
    rows = [[cell.value for cell in row] for row in table.iter_rows(min_row=2, max_row=7)]
    rows[1][PLAN - 1] = "QQT5G089"
    del rows[0]
    for row in table.iter_rows(min_row=2, max_row=7):
        for cell in row:
            cell.value = None
    for place, row in enumerate(reversed(rows), start=2):
        for column, value in enumerate(row, start=1):
            table.cell(place, column).value = value
    send(ann, saved(book))
    work()
    assert states(people) == {2: "ready", 3: "ready", 4: "ready", 5: "wrong", 6: "wrong", 7: "ready"}
    assert rows_of(people)[3][1]["plan"] == ["text", "QQT5G089"]
    assert rows_of(people)[2][1]["employee_number"] == ["text", "T1"]


def test_columns_may_be_moved_in_excel(people, ann, batch, work):
    book = given(ann)
    table = book.worksheets[0]
    table.cell(3, PLAN).value = "QQT5G059"
    table.insert_cols(2)
    table.cell(1, 2).value = "我的备注"
    table.cell(4, 2).value = "看过了"
    send(ann, saved(book))
    work()
    assert outcome(people).counts["rows"] == 1
    assert states(people)[3] == "ready"


def test_new_and_copied_rows_are_not_taken_in_and_said_so(people, ann, batch, work):
    book = given(ann)
    table = book.worksheets[0]
    for column, value in enumerate(person(8), start=1):
        table.cell(8, column).value = value
    for column in range(1, 8):
        table.cell(9, column).value = table.cell(3, column).value
    table.cell(9, NAME).value = "测试乙"
    table.cell(9, DOCUMENT).value = document(9)
    table.cell(3, PLAN).value = "QQT5G059"
    for column in range(1, 8):
        table.cell(10, column).value = table.cell(4, column).value
    table.cell(10, 7).value = table.cell(10, 7).value.replace("k3.", "k4.")
    send(ann, saved(book))
    work()
    page = text(ann.get("/bulk/corrections/1"))
    assert "1 行是新加的" in page
    assert "1 行是复制出来的" in page
    assert "1 行的行标识被改动过" in page
    assert outcome(people).details["added"] == [8]
    assert outcome(people).details["copied"] == [9]
    assert outcome(people).details["foreign"] == [10]
    assert rows_of(people)[3][1]["name"] == ["text", "测试甲"]
    assert len(rows_of(people)) == 6


def test_what_both_changed_is_shown_with_both_values_and_not_overwritten(people, ann, batch, work):
    book = given(ann)
    ids = {}
    with people.as_("ann"):
        ids = dict(session.execute(select(BatchRow.number, BatchRow.id)).all())
    ann.post(f"/bulk/1/rows/{ids[3]}", {"plan": "QQT5G089"})
    ann.post(f"/bulk/1/rows/{ids[5]}", {"plan": "QQT5G089"})
    table = book.worksheets[0]
    table.cell(3, PLAN).value = "QQT5G059"
    table.cell(3, DEPARTMENT).value = "市场部"
    send(ann, saved(book))
    work()
    page = text(ann.get("/bulk/corrections/1"))
    assert "两边都改过的格子，没有覆盖" in page
    assert re.search(r"QQT5G089</td>.*QQT5G059</td>", page)
    now = rows_of(people)
    assert now[3][1]["plan"] == ["text", "QQT5G089"], "as the colleague wrote it"
    assert now[3][1]["department"] == ["text", "市场部"], "which nobody else changed"
    assert now[5][1]["plan"] == ["text", "QQT5G089"], "an old value in the workbook takes nothing back"


def test_the_same_workbook_may_correct_itself(people, ann, batch, work):
    book = given(ann)
    table = book.worksheets[0]
    table.cell(3, PLAN).value = "还是没有的"
    send(ann, saved(book))
    work()
    table.cell(3, PLAN).value = "QQT5G059"
    send(ann, saved(book))
    work()
    assert outcome(people, 2).counts["conflicts"] == 0
    assert states(people)[3] == "ready"


def test_a_workbook_given_out_later_shows_what_was_mended_in_the_page(people, ann, batch, work):
    with people.as_("ann"):
        row = session.scalar(select(BatchRow.id).where(BatchRow.number == 3))
    ann.post(f"/bulk/1/rows/{row}", {"plan": "=也没有"})
    book = given(ann)
    assert book.worksheets[0].cell(3, PLAN).value == "=也没有"
    assert book.worksheets[0].cell(3, PLAN).data_type == "s"
    send(ann, saved(book))
    work()
    assert outcome(people).counts["rows"] == 0


def test_rows_that_were_confirmed_meanwhile_are_left_alone_and_named(people, ann, batch, work):
    book = given(ann)
    html = text(ann.get("/bulk/1/check"))
    shown = re.search(r'name="shown" value="([0-9a-f]{64})"', html)[1]
    ann.post("/bulk/1/confirm", {"shown": shown})
    work()
    table = book.worksheets[0]
    table.cell(2, DEPARTMENT).value = "市场部"
    table.cell(3, PLAN).value = "QQT5G059"
    send(ann, saved(book))
    work()
    assert outcome(people).details["gone_on"] == [2]
    assert "1 行已经确认办理或已移出" in text(ann.get("/bulk/corrections/1"))
    assert states(people)[2] == "ordered"
    assert rows_of(people)[2][1]["department"] == ["text", "销售部"]
    assert states(people)[3] == "ready"


def test_another_companys_workbook_is_refused(people, ann, batch, sign_in, work):
    content = saved(given(ann))
    bo = sign_in("bo")
    answer = bo.upload(content, name="他们的.xlsx")
    assert answer.status_code == 400
    assert "F_REPAIR_OTHER" in text(answer)
    with people.as_("bo"):
        assert session.scalar(select(func.count(Correction.id))) == 0


def test_a_forged_token_is_refused(people, ann, batch):
    book = given(ann)
    token = book.custom_doc_props["console-repair"].value
    for sheet_ in book.worksheets:
        for row in sheet_.iter_rows():
            for cell in row:
                if cell.value == token:
                    cell.value = token[:-1] + ("0" if token[-1] != "0" else "1")
    book.custom_doc_props["console-repair"].value = token[:-1] + ("0" if token[-1] != "0" else "1")
    assert "F_REPAIR_FORGED" in text(send(ann, saved(book)))


def test_a_workbook_of_another_batch_names_its_batch(people, ann, batch, work):
    ann.upload(sheet(person(20, plan="没有的")), name="另一份.xlsx")
    work()
    answer = send(ann, saved(given(ann, 2)), batch=1)
    assert answer.status_code == 400
    assert "F_REPAIR_BATCH" in text(answer)
    with people.as_("ann"):
        number = session.get_one(Batch, 2).number
    assert f"打开批次 {number}" in text(answer)


@pytest.mark.parametrize("how", ["withdrawn", "expired"])
def test_a_workbook_of_a_batch_that_is_over_is_refused_with_the_way_out(people, ann, batch, how):
    content = saved(given(ann))
    if how == "withdrawn":
        ann.post("/bulk/1/withdraw")
    else:
        with people.as_("ann"), transaction():
            session.get_one(Batch, 1).expires_at = clock.now() - timedelta(minutes=1)
    answer = ann.upload(content, name="晚了.xlsx")
    assert "F_REPAIR_OVER" in text(answer)
    assert "还要办理的人请另传一份名单" in text(answer)


def test_an_ordinary_roster_on_the_check_page_is_no_repair_workbook(ann, batch):
    answer = send(ann, sheet(person(9)))
    assert answer.status_code == 400
    assert "F_REPAIR_NONE" in text(answer)


def test_without_its_keys_a_workbook_is_refused(people, ann, batch, work):
    book = given(ann)
    book.worksheets[0].delete_cols(7)
    send(ann, saved(book))
    work()
    assert outcome(people).refusal["code"] == "F_REPAIR_KEYS"
    assert "F_REPAIR_KEYS" in text(ann.get("/bulk/corrections/1"))


def test_two_workers_merge_once_and_a_killed_one_is_replaced(people, ann, batch, work):
    book = given(ann)
    book.worksheets[0].cell(3, PLAN).value = "QQT5G059"
    send(ann, saved(book))
    with people.as_("ann"):
        with transaction():
            first = merging.start(1)
        with transaction():
            assert merging.start(1) is None
        with clock.stopped_at(clock.now() + timedelta(minutes=1)):
            assert (queue.Job.MERGE_CORRECTION, people.acme, 1) in ticking.due()
            with transaction():
                second = merging.start(1)
            assert first and second and first.lease != second.lease
            with transaction():
                merging.keep(first, [])
            assert session.get_one(Correction, 1).state == "merging", "who lost the lease writes nothing"
    assert (queue.Job.CHECK_BATCH, people.acme, 1) not in ticking.due()


def test_a_lost_bell_is_rung_again(people, ann, batch):
    book = given(ann)
    send(ann, saved(book))
    queue.redis().flushall()
    assert (queue.Job.MERGE_CORRECTION, people.acme, 1) in ticking.due()


def test_a_damaged_workbook_with_a_token_breaks_its_own_merge_only(people, ann, batch, work):
    content = saved(given(ann))
    parts = zipfile.ZipFile(BytesIO(content))
    broken = BytesIO()
    with zipfile.ZipFile(broken, "w") as archive:
        for name in parts.namelist():
            data = parts.read(name)
            archive.writestr(name, data[: len(data) // 2] if name == "xl/worksheets/sheet1.xml" else data)
    send(ann, broken.getvalue())
    work()
    assert outcome(people).state == "refused"
    assert states(people)[3] == "wrong"


def test_giving_the_workbook_out_leaves_a_trace_and_needs_the_right_to_see_numbers(
    people, ann, batch, sign_in
):
    assert sign_in("vic").get("/bulk/1/repair.xlsx").status_code == 403
    assert sign_in("bo").get("/bulk/1/repair.xlsx").status_code == 404
    given(ann)
    assert "证件号码" not in text(sign_in("vic").get("/bulk/1/repair.xlsx"))


def test_a_missing_column_that_would_settle_it_is_added(people, ann, work):
    ann.upload(sheet(person(1), person(1, no="T9")))
    work()
    book = given(ann)
    table = book.worksheets[0]
    assert [cell.value for cell in table[1]][5:7] == ["再开一个号码", "错误说明"]
    table.cell(3, 6).value = "是"
    send(ann, saved(book))
    work()
    with people.as_("ann"):
        left = session.scalars(select(Problem.code).where(Problem.level == "error")).all()
    assert "E_DUP_ID" not in left


def test_a_text_file_comes_back_as_a_workbook_of_the_same_layout(people, ann, work):
    lines = [",".join(HEADINGS), ",".join(person(1)), ",".join(person(2, plan="没有的"))]
    ann.upload("\r\n".join(lines).encode("gb18030"), name="名单.csv")
    work()
    book = given(ann)
    table = book.worksheets[0]
    assert [cell.value for cell in table[1]][:5] == list(HEADINGS)
    assert table.row_dimensions[2].hidden
    assert table.cell(3, DOCUMENT).value == document(2)
    table.cell(3, PLAN).value = "QQT5G059"
    send(ann, saved(book))
    work()
    assert set(states(people).values()) == {RowState.READY}


def test_a_merge_is_one_step_that_can_be_taken_back(people, ann, batch, work):
    before = rows_of(people)
    book = given(ann)
    for row in (3, 5):
        book.worksheets[0].cell(row, PLAN).value = "QQT5G059"
    send(ann, saved(book))
    work()
    assert "合并修正表：2 行" in text(ann.get("/bulk/1/check"))
    step = re.search(r'name="step" value="(\d+)"', text(ann.get("/bulk/1/check")))[1]
    ann.post("/bulk/1/undo", {"step": step})
    assert rows_of(people) == before
