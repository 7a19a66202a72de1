"""Bills and usage as files: the same lines as over the air, all of them or none."""

import io

import pytest

from console.core.db import session, transaction
from console.core.errors import Conflict, NotAllowed
from console.expenses import bill_files, queries, using
from console.expenses.measured import UsageMonth
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


def take(people, content, role="finance"):
    with people.as_("fay"), transaction():
        return bill_files.take_in(role, PERIOD, bill_files.read(content, PERIOD))


def statement(people):
    with people.as_("fay"):
        found = queries.in_force(PERIOD)
        return (found.version, found.total_fen, found.lines) if found else None


def test_a_file_becomes_the_statement_and_again_changes_nothing(people, number):
    content = file(row("B1", number=number), row("B2", fen=-900, item="DISCOUNT"), row("B3", fen=100))
    assert take(people, content) == 3
    assert statement(people) == (1, 5100, 1)
    assert take(people, content) == 0
    assert statement(people) == (1, 5100, 1)


def test_a_corrected_line_makes_a_new_version_and_the_rest_stays(people, number):
    take(people, file(row("B1", number=number), row("B2", fen=100)))
    assert take(people, file(row("B1", version=2, number=number, fen=4900))) == 1
    assert statement(people) == (2, 5000, 1)


def test_usage_comes_the_same_way(people, number):
    content = file(f"{number},1,120,30,5,2048", head=",".join(bill_files.USAGE))
    assert (take(people, content), take(people, content)) == (1, 0)
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
    with people.as_("fay"):
        found = bill_files.read(content, PERIOD)
    assert [(one.row, one.column, one.text) for one in found.problems] == [(3, column, why)]
    with pytest.raises(Conflict):
        take(people, content)
    assert statement(people) is None


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"PK\x03\x04",
        b"a,b\r\n1,2",
        b"\xff\xfe\x00",
        b"\x81" * 30,
        (HEAD + "\n" + (row() + "\n") * 5001).encode(),
    ],
)
def test_what_is_no_such_file_is_refused(people, content):
    with people.as_("fay"), pytest.raises(Conflict) as refused:
        bill_files.read(content, PERIOD)
    assert refused.value.code == "E_BILL_FILE"


def test_a_count_that_no_column_holds_is_named(people):
    head = ",".join(bill_files.USAGE)
    with people.as_("fay"):
        found = bill_files.read(file("13900000001,1,99999999999,30,5,2048", head=head), PERIOD)
    assert [(one.column, one.text) for one in found.problems] == [("minutes", "number")]


def test_gb18030_is_read_as_well(people):
    with people.as_("fay"):
        found = bill_files.read(file(row()).decode("utf-8-sig").encode("gb18030"), PERIOD)
    assert found.billed[0].name.endswith("套餐月费")


def test_only_who_closes_months_takes_files(people):
    with pytest.raises(NotAllowed):
        take(people, file(row()), role="office")


def test_the_page_takes_a_file_and_shows_what_is_wrong(people, number, sign_in):
    fay, address = sign_in("fay"), f"/statements/{PERIOD}/file"
    sent = lambda content: {"file": (io.BytesIO(content), "bill.csv")}  # noqa: E731
    page = fay.post(address, sent(file(row(fen="x"))))
    assert page.status_code == 200 and "什么都没有收" in page.text
    assert fay.post(address, sent(b"x")).status_code == 302
    assert statement(people) is None
    assert fay.post(address, sent(file(row("B1", number=number)))).status_code == 302
    assert statement(people) == (1, 5900, 1)
    for kind in ("bill", "usage"):
        example = fay.get(f"/statements/examples/{kind}.csv").data
        with people.as_("fay"):
            assert bill_files.read(example, PERIOD).problems == []
    assert fay.get("/statements/9999-01/file").status_code == 404
