"""Names and dates of rosters beyond the published vectors."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.identifiers import dates, names

HAN = st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF), min_size=2, max_size=30)


@given(HAN)
def test_a_name_of_han_characters_is_never_changed(name: str) -> None:
    verdict = names.person_name(name)

    assert verdict.normalized == name
    assert verdict.notes == ()


@given(st.text(max_size=12))
def test_a_cleaned_name_stays_as_it_is(value: str) -> None:
    once = names.person_name(value)

    assert names.person_name(once.normalized).normalized == once.normalized


@pytest.mark.parametrize("name", ["𠮷测", "䶮测", "\U00031350测", "\U0002ebf0测", "﨑测"])
def test_rare_characters_are_accepted_unchanged(name: str) -> None:
    assert names.person_name(name).detail == {"script": "HAN"}
    assert names.person_name(name).notes == ()


@pytest.mark.parametrize("dot", "·•・･‧⋅.．")
def test_every_dot_between_han_characters_becomes_the_middle_dot(dot: str) -> None:
    assert names.person_name(f"阿卜杜{dot}测试").normalized == "阿卜杜·测试"


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("张\ue863", "LOST_OR_MASKED_CHAR"),
        ("张\ufffd", "LOST_OR_MASKED_CHAR"),
        ("张？", "LOST_OR_MASKED_CHAR"),
        ("张三、李四", "REMARK_OR_TWO_NAMES"),
        ("张三，李四", "REMARK_OR_TWO_NAMES"),
        ("张三A", "MIXED_SCRIPT"),
        ("张三①", "CHARSET"),
        ("测试㈱", "CHARSET"),
        ("Иван", "CHARSET"),
        ("测试·", "DOT_POSITION"),
        ("测", "LENGTH"),
        ("测" * 31, "LENGTH"),
        ("N/A", "PLACEHOLDER"),
        ("／", "PLACEHOLDER"),
    ],
)
def test_what_is_not_one_whole_name_is_refused(value: str, reason: str) -> None:
    assert names.person_name(value).reason == reason


@pytest.mark.parametrize("value", ["Anne-Marie O'Neil", "José Núñez", "J. SMITH", "NGUYỄN VĂN A"])
def test_a_latin_name_needs_a_foreign_document(value: str) -> None:
    verdict = names.person_name(value)

    assert (verdict.reason, verdict.normalized) == ("OK_LATIN_NEEDS_FOREIGN_ID", value)


@pytest.mark.parametrize(("value", "expected"), [("⼤⻢", "大马"), ("李 四", "李四"), ("⻰测", "龙测")])
def test_what_a_pdf_or_an_alignment_left_behind_is_repaired(value: str, expected: str) -> None:
    assert names.person_name(value).normalized == expected


def test_a_masked_name_shows_its_first_character() -> None:
    assert names.mask("测试甲") == "测**"
    assert names.mask("") == ""


DAYS = st.dates(date(1930, 1, 1), date(2098, 12, 31))


@given(
    DAYS,
    st.sampled_from(
        ["%Y.%m.%d", "%Y/%m/%d", "%Y-%m-%d", "%Y年%m月%d日", "%Y%m%d", "%Y、%m、%d", "%Y-%m-%d %H:%M"]
    ),
)
def test_a_written_date_is_read_in_every_accepted_form(day: date, form: str) -> None:
    assert dates.roster_date(day.strftime(form), "text").detail == {"iso": day.isoformat()}


@given(DAYS, st.booleans(), st.sampled_from(["number", "text"]), st.sampled_from(["", ".0", ".75"]))
def test_a_serial_counts_from_the_epoch_of_its_workbook(
    day: date, date1904: bool, cell_kind: str, fraction: str
) -> None:
    serial = (day - (date(1904, 1, 1) if date1904 else date(1899, 12, 30))).days
    if serial < 10_000:
        return

    verdict = dates.roster_date(f"{serial}{fraction}", cell_kind, date1904)

    assert (verdict.reason, verdict.detail["iso"]) == ("OK_EXCEL_SERIAL", day.isoformat())
    assert verdict.notes == ("DATE_SERIAL",)


@pytest.mark.parametrize(
    ("value", "cell_kind", "reason"),
    [
        ("2024.10", "number", "AMBIGUOUS_YEAR_MONTH_FLOAT"),
        ("2024.1", "text", "MONTH_ONLY"),
        ("2024年1月", "text", "MONTH_ONLY"),
        ("24.1.5", "text", "AMBIGUOUS_TWO_DIGIT_YEAR"),
        ("5-1-2024", "text", "AMBIGUOUS_D_M_ORDER"),
        ("2024", "number", "UNPARSEABLE"),
        ("99999", "text", "UNPARSEABLE"),
        ("20241301", "number", "IMPOSSIBLE_DATE"),
        ("2024-1/5", "text", "UNPARSEABLE"),
        ("即日", "text", "UNPARSEABLE"),
    ],
)
def test_a_date_that_could_be_two_is_refused(value: str, cell_kind: str, reason: str) -> None:
    assert dates.roster_date(value, cell_kind).reason == reason


def test_eight_digits_typed_as_a_number_are_a_date_with_a_note() -> None:
    verdict = dates.roster_date("20240105", "number")

    assert (verdict.detail["iso"], verdict.notes) == ("2024-01-05", ("DATE_SERIAL",))


@pytest.mark.parametrize("value", ["长期", "永久"])
def test_a_document_without_end_lasts_until_9999(value: str) -> None:
    verdict = dates.roster_date(value, "text")

    assert (verdict.reason, verdict.detail["iso"]) == ("OK_LONG_TERM", "9999-12-31")
