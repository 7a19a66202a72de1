"""Every published vector, checked one by one."""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from console.identifiers import dates, documents, names, numbers, organisations, sims
from console.identifiers.documents import DocumentType
from console.identifiers.verdict import Verdict

VECTORS = Path(__file__).parents[1] / "vectors"
TODAY = date(2026, 1, 1)

RULES: dict[str, Callable[[str], Verdict]] = {
    "resident_id_cn": lambda value: documents.resident_id(value, TODAY),
    "hmt_residence_permit": lambda value: documents.hmt_residence(value, TODAY),
    "hk_macao_travel_permit": documents.hk_macao_permit,
    "taiwan_travel_permit": documents.taiwan_permit,
    "foreign_pr_2023": lambda value: documents.foreign_pr_2023(value, TODAY),
    "foreign_pr_old": documents.foreign_pr_old,
    "passport_cn": documents.prc_passport,
    "passport_foreign": documents.foreign_passport,
    "uscc": organisations.uscc,
    "msisdn_cn": numbers.mobile,
    "iot_msisdn_cn": numbers.iot,
    "iccid": sims.iccid,
    "imsi_cn": sims.imsi,
    "imei": sims.imei,
    "eid": sims.eid,
    "esim_activation_code": sims.activation_code,
    "roster_name": names.person_name,
}
BY_TYPE = {
    "resident_id_cn": DocumentType.RESIDENT_ID,
    "hmt_residence_permit": DocumentType.HMT_RESIDENCE,
    "hk_macao_travel_permit": DocumentType.HK_MACAO_PERMIT,
    "taiwan_travel_permit": DocumentType.TAIWAN_PERMIT,
    "foreign_pr_2023": DocumentType.FOREIGN_PR,
    "foreign_pr_old": DocumentType.FOREIGN_PR,
    "passport_foreign": DocumentType.FOREIGN_PASSPORT,
}


def vectors(name: str) -> list[dict[str, Any]]:
    loaded = json.loads((VECTORS / f"{name}.json").read_text("utf-8"))["vectors"]
    assert loaded, name
    return list(loaded)


def cases(files: Any) -> list[Any]:
    return [
        pytest.param(name, vector, id=f"{name}-{position}")
        for name in files
        for position, vector in enumerate(vectors(name))
    ]


def test_every_vector_file_has_its_rule() -> None:
    files = {path.stem for path in VECTORS.glob("*.json")}

    assert files == RULES.keys() | {"roster_date", "rating_examples", "amounts_in_words"}


@pytest.mark.parametrize(("name", "vector"), cases(RULES))
def test_a_rule_agrees_with_its_vector(name: str, vector: dict[str, Any]) -> None:
    verdict = RULES[name](vector["value"])

    assert (verdict.valid, verdict.reason) == (vector["valid"], vector["reason"])
    assert verdict.disposition == vector.get("disposition", "accept" if vector["valid"] else "reject")
    if "normalized" in vector:
        assert verdict.normalized == vector["normalized"]
    if "detail" in vector:
        assert dict(verdict.detail) == vector["detail"]
    if "notes" in vector:
        assert list(verdict.notes) == vector["notes"]


@pytest.mark.parametrize(("name", "vector"), cases(["roster_date"]))
def test_a_roster_date_agrees_with_its_vector(name: str, vector: dict[str, Any]) -> None:
    verdict = dates.roster_date(vector["value"], vector["cell_kind"], vector["date1904"])

    assert (verdict.valid, verdict.reason) == (vector["valid"], vector["reason"])
    assert verdict.detail.get("iso") == vector["iso"]


@pytest.mark.parametrize(("name", "vector"), cases(BY_TYPE))
def test_a_check_by_type_accepts_and_refuses_as_the_rule_does(name: str, vector: dict[str, Any]) -> None:
    verdict = documents.check(BY_TYPE[name], vector["value"], TODAY)

    # An old card number in the field of the new card is a mistake there, but a valid PR document.
    assert verdict.valid == (vector["valid"] or vector["value"] == "USA110080010199")
