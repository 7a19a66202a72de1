"""Properties of document numbers beyond the published vectors."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.identifiers import documents
from console.identifiers.documents import DocumentType

TODAY = date(2026, 1, 1)
RESIDENT = "33010619720615995X"

births = st.dates(date(1900, 1, 1), TODAY)
sequences = st.integers(991, 998)


def iso7064_mod_11_2(body: str) -> str:
    """The standard's own recursion, independent of the weights that the rule uses."""
    product = 0
    for digit in body:
        product = (product + int(digit)) * 2 % 11
    return "0123456789X"[(12 - product) % 11]


def with_check(body: str) -> str:
    return body + iso7064_mod_11_2(body)


@given(st.sampled_from(["110101", "330106", "440103", "500102", "650102"]), births, sequences)
def test_a_number_with_a_computed_check_character_is_valid(region: str, born: date, sequence: int) -> None:
    number = with_check(f"{region}{born:%Y%m%d}{sequence}")

    verdict = documents.check(DocumentType.RESIDENT_ID, number, TODAY)

    assert verdict.reason == "OK"
    assert documents.birth(DocumentType.RESIDENT_ID, number) == born
    assert documents.sex(DocumentType.RESIDENT_ID, number) == ("M" if sequence % 2 else "F")
    assert documents.infer(number) is DocumentType.RESIDENT_ID


@given(births, sequences, st.integers(0, 16), st.integers(1, 9))
def test_any_single_changed_digit_is_refused(born: date, sequence: int, position: int, shift: int) -> None:
    number = with_check(f"330106{born:%Y%m%d}{sequence}")
    changed = str((int(number[position]) + shift) % 10)

    verdict = documents.resident_id(number[:position] + changed + number[position + 1 :], TODAY)

    assert not verdict.valid


@given(st.sampled_from(["810000", "820000", "830000"]), births, sequences)
def test_a_residence_permit_is_built_like_a_resident_id(region: str, born: date, sequence: int) -> None:
    number = with_check(f"{region}{born:%Y%m%d}{sequence}")

    assert documents.check(DocumentType.HMT_RESIDENCE, number, TODAY).valid
    assert documents.infer(number) is DocumentType.HMT_RESIDENCE
    assert documents.resident_id(number, TODAY).reason == "REGION"


@given(births, sequences)
def test_a_new_permanent_residence_number_is_checked_and_recognised(born: date, sequence: int) -> None:
    number = with_check(f"931826{born:%Y%m%d}{sequence}")

    assert documents.check(DocumentType.FOREIGN_PR, number, TODAY).valid
    assert documents.infer(number) is DocumentType.FOREIGN_PR
    assert documents.birth(DocumentType.FOREIGN_PR, number) == born


@pytest.mark.parametrize("numeric", ["156", "158", "344", "446", "999"])
def test_nobody_of_chinese_nationality_holds_a_card_for_foreigners(numeric: str) -> None:
    number = with_check(f"911{numeric}19900304991")

    assert documents.foreign_pr_2023(number, TODAY).reason == "NATIONALITY"


def test_a_birth_date_may_be_today_but_not_tomorrow() -> None:
    today, tomorrow = (with_check(f"330106{TODAY + timedelta(days):%Y%m%d}991") for days in (0, 1))

    assert documents.resident_id(today, TODAY).valid
    assert documents.resident_id(tomorrow, TODAY).reason == "BIRTHDATE"


@pytest.mark.parametrize("last", ["x", "Ⅹ", "Х", "Χ", "×", "ｘ"])
def test_whatever_is_meant_as_x_is_read_as_x_and_noted(last: str) -> None:
    verdict = documents.resident_id(RESIDENT[:-1] + last, TODAY)

    assert verdict.valid
    assert verdict.normalized == RESIDENT
    assert verdict.notes == ("ID_X",)


def test_digits_of_other_scripts_are_not_digits_of_a_document() -> None:
    assert documents.resident_id("١١٠١٠١١٩٩٠٠٣٠٧٩٩١٣", TODAY).reason == "CHARSET"
    assert documents.taiwan_permit("١٢٣٤٥٦٧٨").reason == "CHARSET"


def test_a_renewed_home_return_permit_is_the_same_person() -> None:
    kind = DocumentType.HK_MACAO_PERMIT

    assert documents.person_key(kind, "M1234567003") == documents.person_key(kind, "M12345670") == "M12345670"
    assert documents.person_key(DocumentType.RESIDENT_ID, RESIDENT) == RESIDENT


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("H12345679", DocumentType.HK_MACAO_PERMIT),
        ("m1234567003", DocumentType.HK_MACAO_PERMIT),
        ("01234567", DocumentType.TAIWAN_PERMIT),
        ("USA110080010199", DocumentType.FOREIGN_PR),
        ("110101900307991", DocumentType.RESIDENT_ID),
        ("1101**********9913", DocumentType.RESIDENT_ID),
        ("11010119900307991", DocumentType.RESIDENT_ID),
        ("123456789", None),
        ("PA0123456", None),
        ("", None),
    ],
)
def test_a_number_tells_its_document_only_when_no_other_would_do(
    value: str, kind: DocumentType | None
) -> None:
    assert documents.infer(value) is kind


def test_a_taiwan_booklet_with_its_check_letter_is_for_review() -> None:
    for value in ("1234567890A", "1234567890(A)", "1234567890"):
        assert documents.taiwan_permit(value).disposition == "review"


def test_the_old_permanent_residence_card_leaves_the_century_open() -> None:
    assert documents.foreign_pr_old("USA110000022999").valid
    assert documents.foreign_pr_old("USA110001022999").reason == "BIRTHDATE"
    assert documents.birth(DocumentType.FOREIGN_PR, "USA110080010199") is None


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("150000001", "ORDINARY_OLD"),
        ("D12345678", "OFFICIAL_OLD"),
        ("PE1234567", "OFFICIAL"),
        ("H12345678", "HKSAR"),
    ],
)
def test_older_and_regional_prc_passports_are_recognised(value: str, kind: str) -> None:
    assert documents.prc_passport(value).detail == {"kind": kind}


def test_a_passport_without_any_digit_is_refused() -> None:
    assert documents.foreign_passport("PASSPORT").reason == "FORMAT"


def test_a_masked_number_shows_the_first_four_and_the_last_two() -> None:
    assert documents.mask("330106197206159926") == "3301************26"
    assert documents.mask("123456") == "******"
