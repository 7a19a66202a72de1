"""Properties of phone numbers, cards, devices and company codes beyond the published vectors."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.identifiers import numbers, organisations, sims

USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
CODE = "91110105MA0000015F"

MOBILE = {
    "CM": "134 135 136 137 138 139 147 150 151 152 157 158 159 172 178 182 183 184 187 188 195 197 198",
    "CU": "130 131 132 145 155 156 166 175 176 185 186 196",
    "CT": "133 149 153 173 177 180 181 189 190 191 193 199",
    "CBN": "192",
}
UNALLOCATED = "140 141 142 143 144 146 148 154 160 161 163 164 168 169 179 194"


def luhn_sum(digits: str) -> int:
    """The check as ISO/IEC 7812 tells it, digit by digit from the right."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        doubled = int(digit) * (1 + place % 2)
        total += doubled - 9 if doubled > 9 else doubled
    return total % 10


@pytest.mark.parametrize(
    ("segment", "operator"), [(each, operator) for operator in MOBILE for each in MOBILE[operator].split()]
)
def test_every_allocated_segment_is_accepted_with_its_operator(segment: str, operator: str) -> None:
    verdict = numbers.mobile(f"{segment}00000001")

    assert verdict.detail == {"segment": segment, "operator_by_segment": operator, "kind": "mobile"}


@pytest.mark.parametrize("segment", UNALLOCATED.split())
def test_an_unallocated_segment_is_for_review(segment: str) -> None:
    verdict = numbers.mobile(f"{segment}00000001")

    assert (verdict.reason, verdict.disposition) == ("SEGMENT_UNALLOCATED", "review")


@pytest.mark.parametrize("segment", ["162", "165", "167", "171", *(f"170{digit}" for digit in range(10))])
def test_a_resold_segment_is_accepted(segment: str) -> None:
    verdict = numbers.mobile(segment.ljust(7, "0") + "0001")

    assert verdict.valid
    assert verdict.detail["operator_by_segment"] == "MVNO"


@pytest.mark.parametrize(
    ("prefix", "operator"), [("1349", "CT"), ("174005", "CT"), ("174006", "MIIT"), ("174012", "MIIT")]
)
def test_a_satellite_or_emergency_number_is_not_for_staff(prefix: str, operator: str) -> None:
    verdict = numbers.mobile(prefix.ljust(10, "0") + "1")

    assert (verdict.reason, verdict.detail) == ("SATELLITE", {"operator": operator})
    assert numbers.mobile("17401300001").reason == "SEGMENT_UNALLOCATED"


@given(
    st.sampled_from(["", "+86", "0086", "86", "0", "+86 ", "86-"]),
    st.sampled_from(["139{}", "139 {}", "(139){}", "139-{}", "１３９{}", "\u202d139{}\u202c"]),
    st.integers(0, 9999),
)
def test_a_number_is_found_however_it_is_written(prefix: str, shape: str, last: int) -> None:
    verdict = numbers.mobile(prefix + shape.format(f"0000{last:04d}"))

    assert verdict.normalized == f"1390000{last:04d}"
    assert verdict.valid


@pytest.mark.parametrize("value", ["010-62000000", "13900000001/13900000002", "139 0000 0001 139 0000 0002"])
def test_a_landline_and_two_numbers_are_refused(value: str) -> None:
    assert numbers.mobile(value).disposition == "reject"


def test_a_number_of_a_thing_may_carry_the_country_code() -> None:
    assert numbers.iot("+86 1410000000001").detail == {"segment": "1410", "operator_by_segment": "CT"}
    assert numbers.mobile("1410000000001").reason == "IOT_NUMBER"


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("611", "OK"),
        ("699999", "OK"),
        ("61", "LENGTH"),
        ("6100000", "LENGTH"),
        ("601", "PREFIX"),
        ("110", "PREFIX"),
        ("6a1", "CHARSET"),
        ("", "CHARSET"),
    ],
)
def test_a_short_number_has_three_to_six_digits_from_61_to_69(value: str, reason: str) -> None:
    assert numbers.short_number(value).reason == reason


def test_a_masked_phone_number_shows_seven_digits() -> None:
    assert numbers.mask("13900000001") == "139 **** 0001"


@given(st.from_regex(r"[0-9]{13}", fullmatch=True))
def test_an_iccid_is_never_refused_for_its_check_digit(account: str) -> None:
    body = f"898600{account}"
    verdicts = [sims.iccid(body + str(check)) for check in range(10)]

    assert all(verdict.valid and verdict.detail["key19"] == body for verdict in verdicts)
    assert [verdict.reason for verdict in verdicts].count("OK") == 1
    assert all(
        verdict.detail["luhn"] == (luhn_sum(verdict.normalized) == 0)
        and verdict.detail["warnings"] == ([] if verdict.detail["luhn"] else ["W_ICCID_LUHN"])
        for verdict in verdicts
    )


@given(st.from_regex(r"[0-9]{14}", fullmatch=True).filter(lambda digits: digits.strip("0") != ""))
def test_the_imei_that_is_offered_for_a_shorter_or_longer_number_is_valid(digits: str) -> None:
    offered = sims.imei(digits).detail["imei"]

    assert sims.imei(offered).valid
    assert luhn_sum(offered) == 0
    assert sims.imei(digits + "07").detail["imei"] == offered


def test_an_imei_of_zeros_is_refused_although_its_check_digit_is_right() -> None:
    assert sims.imei("0" * 15).reason == "ALL_ZERO"


@given(st.from_regex(r"[0-9]{30}", fullmatch=True))
def test_the_check_digits_that_an_eid_should_have_are_right(body: str) -> None:
    verdict = sims.eid(body + "99")
    expected = body + verdict.detail.get("expected", "99")

    assert sims.eid(expected).valid
    assert int(expected) % 97 == 1


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("lpa:1$smdp.example.com$abc", "OK_WITH_WARNING"),
        ("1$smdp.example.com", "FORMAT"),
        ("1$smdp.example.com$A$1.3.6$1$9", "FORMAT"),
        ("1$smdp.example.com$A$$2", "CONFIRMATION_CODE"),
        ("1$localhost$A", "SMDP_ADDRESS"),
        ("1$smdp.example.com$" + "A" * 240, "LENGTH"),
        ("2$smdp.example.com$A", "FORMAT_VERSION"),
    ],
)
def test_an_activation_code_keeps_to_its_grammar(value: str, reason: str) -> None:
    assert sims.activation_code(value).reason == reason


@given(st.integers(0, 16), st.sampled_from(USCC_ALPHABET))
def test_any_single_changed_character_of_a_company_code_is_refused(position: int, character: str) -> None:
    changed = CODE[:position] + character + CODE[position + 1 :]

    assert organisations.uscc(changed).valid == (changed == CODE)


@pytest.mark.parametrize(
    ("body", "warnings"),
    [
        ("94110105MA0000015", ["CLASS"]),
        ("91990105MA0000015", ["PROVINCE"]),
        ("91110105MA0000016", ["ORG_CODE_CHECK"]),
    ],
)
def test_an_unusual_company_code_is_accepted_with_a_warning(body: str, warnings: list[str]) -> None:
    expected = organisations.uscc(body + "0").detail.get("expected", "0")

    verdict = organisations.uscc(body + expected)

    assert verdict.valid
    assert verdict.detail["warnings"] == warnings


def test_a_company_code_with_letters_in_its_region_is_refused() -> None:
    assert organisations.uscc("9111A105MA0000015F").reason == "REGION"
