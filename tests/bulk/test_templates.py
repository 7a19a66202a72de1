"""Templates: each has a version, and whoever still has an old one may go on using it."""

from io import BytesIO

import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from console.bulk import asking
from console.bulk.kind import KINDS
from console.bulk.models import Batch
from console.core.db import session
from console.spreadsheets.headings import fields_by_heading, normalised
from examples import roster

GIVEN_OUT = {
    ("activate", 1): (
        "工号", "姓名", "证件类型", "证件号码", "证件有效期止", "部门", "成本中心", "联系电话", "套餐", "指定号码",
        "SIM 卡号", "付费方式", "统付上限", "再开一个号码",
    ),
    ("employees", 1): ("工号", "姓名", "证件类型", "证件号码", "部门", "成本中心", "联系电话"),
}  # fmt: skip
"""The headings of every version that is no longer given out, and of those that never changed."""


@pytest.mark.parametrize("slug, version", GIVEN_OUT)
def test_every_heading_that_was_ever_given_out_is_still_understood(app, slug, version):
    known = fields_by_heading(asking.synonyms(KINDS[slug]))
    assert [heading for heading in GIVEN_OUT[slug, version] if normalised(heading) not in known] == []


def test_the_present_headings_are_those_of_the_version_or_the_version_was_raised(app):
    for (slug, version), headings in GIVEN_OUT.items():
        present = tuple(str(column.label) for column in KINDS[slug].columns)
        assert present == headings or KINDS[slug].version > version


def filled(browser, slug: str, **stamp: str) -> bytes:
    """The template as it is given out, with one person, and what it says of itself changed."""
    book = load_workbook(BytesIO(browser.get(f"/bulk/template/{slug}.xlsx").data))
    sheet = book.worksheets[0]
    person = roster.make(1, faults=False).rows[0]
    values = {
        "employee_number": person[1],
        "name": person[2],
        "document_no": person[3],
        "department": "研发中心",
        "plan": "QQT5G059",
    }
    for place, column in enumerate(KINDS[slug].columns, start=1):
        sheet.cell(2, place, values.get(column.field))
    for row in book["_meta"].iter_rows():
        if row[0].value in stamp:
            row[1].value = stamp[row[0].value]
    file = BytesIO()
    book.save(file)
    return file.getvalue()


def said(people) -> list[str]:
    with people.as_("ann"):
        batch = session.scalars(select(Batch)).one()
        assert batch.state == "checked", batch.refusal
        return [code for code, _values in batch.notes if code.startswith("W_TEMPLATE")]


def test_a_template_of_today_needs_no_word(sign_in, people, work):
    ann = sign_in("ann")
    ann.upload(filled(ann, "activate"))
    work()
    assert said(people) == []


def test_an_old_template_is_taken_and_the_page_says_that_there_is_a_newer_one(sign_in, people, work):
    ann = sign_in("ann")
    ann.upload(filled(ann, "activate", version="1"))
    work()
    assert said(people) == ["W_TEMPLATE_OLD"]
    assert "第 1 版模板" in ann.get("/bulk/1/check").get_data(as_text=True)


def test_the_template_of_another_kind_is_noticed(sign_in, people, work):
    ann = sign_in("ann")
    ann.upload(filled(ann, "activate", kind="employees"))
    work()
    assert said(people) == ["W_TEMPLATE_OTHER"]


def test_a_version_that_is_no_number_says_nothing(sign_in, people, work):
    ann = sign_in("ann")
    ann.upload(filled(ann, "activate", version="²"))
    work()
    assert said(people) == []
