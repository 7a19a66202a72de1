"""Cleaning of identifier text."""

from hypothesis import given
from hypothesis import strategies as st

from console.identifiers.text import clean_id


@given(st.text())
def test_cleaning_twice_changes_nothing_more(value: str) -> None:
    once = clean_id(value)

    again = clean_id(once.text)

    assert again.text == once.text
    assert again.notes == ()


@given(st.from_regex(r"[0-9A-Z]*", fullmatch=True))
def test_a_clean_value_stays_as_it_is_without_notes(value: str) -> None:
    assert clean_id(value) == (value, ())


@given(st.text(min_size=1))
def test_every_change_is_noted(value: str) -> None:
    cleaned = clean_id(value)

    assert (cleaned.text != value) == bool(cleaned.notes)


def test_each_kind_of_dirt_has_its_note() -> None:
    assert clean_id("１２３") == ("123", ("NORMALIZED",))
    assert clean_id("12\u200b3\ufeff") == ("123", ("INVISIBLE",))
    assert clean_id("1\u00a02\t3\n") == ("123", ("SPACE",))
    assert clean_id("'123") == ("123", ("QUOTE",))
    assert clean_id("1–2—3") == ("123", ("DASH",))
    assert clean_id("h123") == ("H123", ("NORMALIZED",))


def test_an_asterisk_is_kept_because_it_hides_a_character() -> None:
    assert clean_id("1101****13").text == "1101****13"
