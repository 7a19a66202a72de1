"""What a roster says of somebody, against the books."""

from console.bulk.kind import Operation
from console.employees.comparing import Person, differences, operation

KNOWN = Person(7, "E0001", "沈星阑", b"document", "13900000101", "销售部", "CC100")


def said(**values):
    return differences(KNOWN, values, b"document")


def test_the_same_words_are_no_difference():
    same = said(name="沈星阑", phone="13900000101", department="销售部", cost_center="CC100")
    assert same == {}
    assert operation(same) is Operation.SAME


def test_an_empty_cell_is_no_wish_to_delete():
    assert said(name="沈星阑", phone=None) == {}
    assert said() == {}


def test_a_new_department_or_cost_centre_alone_is_a_move():
    moved = said(department="市场部", cost_center="CC101", phone="13900000101")
    assert moved == {"department": "销售部", "cost_center": "CC100"}
    assert operation(moved) is Operation.MOVE


def test_a_new_telephone_or_name_is_a_change_also_beside_a_move():
    changed = said(department="市场部", phone="13900000999", name="沈星澜")
    assert changed == {"department": "销售部", "phone": "13900000101", "name": "沈星阑"}
    assert operation(changed) is Operation.CHANGE


def test_a_document_that_the_books_lacked_is_a_change_that_shows_nothing_of_before():
    unknown = Person(8, "E0002", "周照野", None, None, None, None)
    found = differences(unknown, {"name": "周照野", "department": "销售部"}, b"document")
    assert found == {"department": None, "document_no": None}
    assert operation(found) is Operation.CHANGE
