"""Bills and usage as files: the same lines as over the air, all of them or none, however many, whoever dies meanwhile."""

import io
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from console.core import clock, leases, queue
from console.core.db import session, transaction
from console.core.errors import ConsoleError, NotAllowed, NotFound
from console.expenses import bill_files, filing, queries, taking_in, using
from console.expenses.measured import BillFile, UsageMonth
from console.expenses.models import Charge
from console.notices.models import Notice
from jobs import month
from tests.expenses.months import PERIOD
from tests.hired import hire, numbers_of

HEAD = ",".join(bill_files.BILL)


@pytest.fixture
def number(people):
    return numbers_of(people, hire(people, "ann", lines=1, active=1).lines)[0]


def row(line="B1", version=1, number="", fen=5900, **other):
    facts = {
        "lineId": line, "version": version, "msisdn": number, "item": "RENT", "taxClass": "VOICE", "code": "QQT5G059",
        "name": "套餐月费", "serviceFrom": "2026-10-01", "serviceTo": "2026-10-31", "fen": fen, "paidBy": "company",
        "prepaid": "",
    } | other  # fmt: skip
    return ",".join(str(facts[name]) for name in bill_files.BILL)


def file(*rows, head=HEAD):
    return "\r\n".join((head, *rows)).encode("utf-8-sig")


def send(people, content, role="finance", name="账单.csv"):
    with people.as_("fay"), transaction():
        return filing.receive(role, people.users["fay"][0], PERIOD, name, content).id


def take(people, content, role="finance", name="账单.csv"):
    """(state, new) of the file after the job."""
    sent = send(people, content, role, name)
    month.take_bill_file(people.acme, sent)
    return outcome(people, sent)


def outcome(people, sent):
    with people.as_("fay"):
        kept = session.get_one(BillFile, sent)
        return kept.state, kept.new


def trouble(people, content, **named):
    assert take(people, content, **named) == ("refused", 0)
    with people.as_("fay"):
        return session.scalars(select(BillFile.trouble).order_by(BillFile.id.desc())).first()


def read(content, name="账单.csv"):
    return bill_files.read(content, name, PERIOD)


def statement(people):
    with people.as_("fay"):
        found = queries.in_force(PERIOD)
        return (found.version, found.total_fen, found.lines) if found else None


def test_a_file_becomes_the_statement_and_again_changes_nothing(people, number):
    content = file(row("B1", number=number), row("B2", fen=-900, item="DISCOUNT"), row("B3", fen=100))
    assert take(people, content) == ("taken", 3)
    assert statement(people) == (1, 5100, 1)
    assert take(people, content) == ("taken", 0)
    assert statement(people) == (1, 5100, 1)


def test_a_corrected_line_makes_a_new_version_and_the_rest_stays(people, number):
    take(people, file(row("B1", number=number), row("B2", fen=100)))
    assert take(people, file(row("B1", version=2, number=number, fen=4900))) == ("taken", 1)
    assert statement(people) == (2, 5000, 1)


def test_usage_comes_the_same_way(people, number):
    content = file(f"{number},1,120,30,5,2048", head=",".join(bill_files.USAGE))
    assert [take(people, content)[1] for _twice in range(2)] == [1, 0]
    with people.as_("fay"):
        assert session.query(UsageMonth).one().version > using.RUNNING
        (months,) = using.months([PERIOD]).values()
    assert (months[PERIOD].minutes, months[PERIOD].messages) == (120, 5)


@pytest.mark.parametrize(
    ("wrong", "column", "why"),
    [
        ({"fen": "59.00"}, "fen", "number"),
        ({"fen": 10**11}, "fen", "number"),
        ({"version": "0"}, "version", "number"),
        ({"version": 10**11}, "version", "number"),
        ({"serviceFrom": "0001-01-01"}, "serviceFrom", "month"),
        ({"item": "LUNCH"}, "item", "unknown"),
        ({"taxClass": "x"}, "taxClass", "unknown"),
        ({"paidBy": "nobody"}, "paidBy", "unknown"),
        ({"serviceFrom": "10/1"}, "serviceFrom", "date"),
        ({"serviceTo": "2026-09-30"}, "serviceTo", "date"),
        ({"serviceTo": "2026-11-01"}, "serviceTo", "month"),
        ({"msisdn": "1380000"}, "msisdn", "number"),
        ({"name": ""}, "name", "missing"),
        ({"lineId": "x" * 61}, "lineId", "long"),
        ({"code": "x" * 41}, "code", "long"),
        ({"lineId": "B0"}, "lineId", "twice"),
    ],
)
def test_one_wrong_row_is_named_and_nothing_is_taken(people, wrong, column, why):
    content = file(row("B0"), row(**{"line": "B9"} | wrong))
    assert trouble(people, content) == {"rows": [[3, column, why]], "wrong": 1}
    assert statement(people) is None


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"PK\x03\x04", "F_DAMAGED"),
        (b"a,b\r\n1,2", "F_NO_TABLE"),
        (HEAD.encode(), "F_NO_ROWS"),
        (b"\xff\xfe\x00", "F_ENCODING"),
        (b"\x81" * 31, "F_ENCODING"),
        (b"\x00\x01\x02", "F_NOT_SPREADSHEET"),
    ],
)
def test_what_is_no_such_file_is_refused_and_says_why(people, content, code):
    assert trouble(people, content)["code"] == code
    assert statement(people) is None


def test_more_rows_than_a_bill_has_are_refused(people, monkeypatch):
    monkeypatch.setattr(bill_files, "LIMITS", bill_files.Limits(rows=5, other_rows=0))
    assert trouble(people, file(*[row(f"B{n}") for n in range(9)]))["code"] == "F_TOO_MANY_ROWS"


@pytest.mark.parametrize(("content", "code"), [(b"", "F_EMPTY_FILE"), (b"x" * 11, "F_TOO_LARGE")])
def test_what_is_not_even_kept(people, monkeypatch, content, code):
    monkeypatch.setattr(bill_files, "LIMITS", bill_files.Limits(upload_bytes=10))
    with pytest.raises(ConsoleError) as refused:
        send(people, content)
    assert refused.value.code == code


def test_of_many_wrong_rows_the_first_are_told_and_the_rest_counted(people):
    told = trouble(people, file(*[row(f"B{n}", fen="x") for n in range(bill_files.MOST_PROBLEMS + 7)]))
    assert (len(told["rows"]), told["wrong"]) == (bill_files.MOST_PROBLEMS, bill_files.MOST_PROBLEMS + 7)


def test_a_workbook_is_read_as_well_whatever_stands_above_its_columns(people, number):
    cells = [
        [one.strip() for one in line.split(",")]
        for line in (HEAD, row("B1", number=number), row("B2", fen=-900))
    ]
    content = workbook([["2026 年 10 月账单"], *cells[:1], *[[*map(numeric, one)] for one in cells[1:]]])
    assert take(people, content, name="账单.xlsx") == ("taken", 2)
    assert statement(people) == (1, 5000, 1)


def test_a_large_file_is_taken_in_page_by_page_and_all_at_once(people, number, monkeypatch):
    monkeypatch.setattr(bill_files, "AT_ONCE", 10)
    seen = []
    monkeypatch.setattr(
        queue, "show_progress", lambda _key, **told: seen.append((told["done"], len(all_charges(people))))
    )
    assert take(people, file(*[row(f"B{n}", number=number, fen=n) for n in range(35)])) == ("taken", 35)
    assert [done for done, _charges in seen] == [10, 20, 30, 35]
    assert statement(people) == (1, sum(range(35)), 1)


def test_a_worker_that_dies_leaves_nothing_and_another_begins_again(people, number, monkeypatch):
    monkeypatch.setattr(bill_files, "AT_ONCE", 2)
    sent = send(people, file(*[row(f"B{n}", number=number) for n in range(5)]))
    real = taking_in.take_page

    def dies(draft, page, cursor, lines):
        if any(one.operator_line == "B3" for one in page):
            raise KeyboardInterrupt
        return real(draft, page, cursor, lines)

    with monkeypatch.context() as once:
        once.setattr(taking_in, "take_page", dies)
        with pytest.raises(KeyboardInterrupt):
            month.take_bill_file(people.acme, sent)
    assert (statement(people), outcome(people, sent)) == (None, ("received", 0))
    with people.as_("fay"):
        assert queries.newest(PERIOD) is None, "no draft is in the way of others"
        later = clock.now() + 2 * leases.LEASE
        assert [one for _company, one in session.execute(filing.due(later))] == [sent]
    with people.as_("fay"), transaction():
        session.execute(update(BillFile).values(lease_until=clock.now() - timedelta(seconds=1)))
    month.take_bill_file(people.acme, sent)
    assert (statement(people), outcome(people, sent)) == ((1, 5 * 5900, 1), ("taken", 5))


def test_a_month_that_is_just_being_taken_in_is_waited_for(people):
    with people.as_("fay"), transaction():
        draft = taking_in.begin(PERIOD)
    sent = send(people, file(row()))
    month.take_bill_file(people.acme, sent)
    with people.as_("fay"):
        kept = session.get_one(BillFile, sent)
        assert (kept.state, kept.tries, kept.lease) == ("received", 0, None)
        assert not session.execute(filing.due(clock.now())).all(), "not at once"
        assert session.execute(filing.due(clock.now() + filing.BUSY)).all()
    with people.as_("fay"), transaction():
        taking_in.discard(taking_in.lock(draft.id))
        session.execute(update(BillFile).values(lease_until=None))
    month.take_bill_file(people.acme, sent)
    assert outcome(people, sent) == ("taken", 1)


def test_what_breaks_every_time_is_given_up_and_can_be_pressed_again(people, sign_in, monkeypatch):
    sent = send(people, file(row()))
    with monkeypatch.context() as broken:
        broken.setattr(filing, "read", lambda _task: 1 / 0)
        for _try in range(leases.MOST_TRIES + 1):
            month.take_bill_file(people.acme, sent)
            with people.as_("fay"), transaction():
                session.execute(update(BillFile).values(lease_until=None))
    with people.as_("fay"):
        assert session.get_one(BillFile, sent).given_up
    fay = sign_in("fay")
    assert "没有收成" in fay.get(f"/statements/{PERIOD}/file").text
    assert fay.post(f"/statements/files/{sent}/again").status_code == 302
    month.take_bill_file(people.acme, sent)
    assert outcome(people, sent) == ("taken", 1)


def all_charges(people):
    return session.scalars(select(Charge.id)).all()


def numeric(text):
    return int(text) if text.lstrip("-").isdecimal() and len(text) < 12 else text


def workbook(rows):
    from openpyxl import Workbook

    book = Workbook()
    for one in rows:
        book.active.append(one)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def test_a_count_that_no_column_holds_is_named(people):
    head = ",".join(bill_files.USAGE)
    told = trouble(people, file("13900000001,1,99999999999,30,5,2048", head=head))
    assert told["rows"] == [[2, "minutes", "number"]]


def test_gb18030_is_read_as_well(people):
    with people.as_("fay"):
        found = read(file(row()).decode("utf-8-sig").encode("gb18030"))
    assert found.lines[0].name.endswith("套餐月费")


def test_only_who_closes_months_sends_files_and_for_months_that_have_ended(people):
    with pytest.raises(NotAllowed):
        send(people, file(row()), role="office")
    with people.as_("fay"), pytest.raises(NotFound), transaction():
        filing.receive("finance", people.users["fay"][0], "9999-01", "x.csv", b"x")


def test_finance_hears_of_a_new_statement_and_whoever_sent_it_of_what_was_not_new(people, number):
    content = file(row("B1", number=number))
    for content_, code in (
        (content, "STATEMENT_READY"),
        (content, "BILL_FILE_TAKEN"),
        (b"x", "BILL_FILE_REFUSED"),
    ):
        take(people, content_)
        with people.as_("fay"):
            told = {
                (one.code, one.user_id) for one in session.scalars(select(Notice).where(Notice.code == code))
            }
        others = {people.users["olga"][0]} if code == "STATEMENT_READY" else set()
        assert {user for _code, user in told} == {people.users["fay"][0]} | others


def test_the_page_takes_a_file_shows_how_far_it_is_and_what_is_wrong(people, number, sign_in, work):
    fay, address = sign_in("fay"), f"/statements/{PERIOD}/file"
    post = lambda content: fay.post(address, {"file": (io.BytesIO(content), "bill.csv")})  # noqa: E731
    assert post(file(row(fen="x"))).status_code == 302
    page = fay.get(address).text
    assert "正在核对" in page and 'hx-trigger="every 1s"' in page
    work()
    page = fay.get(address).text
    assert "什么都没有收" in page and "E_BILL_ROWS" in page and 'hx-trigger="every 1s"' not in page
    assert post(b"").status_code == 302 and "里没有内容" in fay.get(address).text
    assert statement(people) is None
    assert post(file(row("B1", number=number))).status_code == 302
    work()
    assert statement(people) == (1, 5900, 1)
    assert "已收下" in fay.get(address, headers={"HX-Request": "true"}).text
    for kind in ("bill", "usage"):
        example = fay.get(f"/statements/examples/{kind}.csv").data
        with people.as_("fay"):
            assert read(example).problems == []
    assert fay.get("/statements/9999-01/file").status_code == 404


def test_a_file_larger_than_a_roster_may_be_is_received(people, sign_in):
    fay = sign_in("fay")
    large = file(row("B1"), *[" " * 1000] * 12_000)
    assert len(large) > 11 * 2**20
    # By hand, because the test client leaves large parts open on the disk.
    parts = [
        b'name="csrf_token"\r\n\r\n' + fay.csrf().encode(),
        b'name="file"; filename="bill.csv"\r\n\r\n' + large,
    ]
    body = (
        b"".join(b"--x\r\nContent-Disposition: form-data; " + part + b"\r\n" for part in parts) + b"--x--\r\n"
    )
    sent = fay.client.post(
        f"/statements/{PERIOD}/file", data=body, content_type="multipart/form-data; boundary=x"
    )
    assert sent.status_code == 302
    with people.as_("fay"):
        assert session.query(BillFile).count() == 1
