"""The default checklist has its 46 items, each complete, and asks only what a site can have."""

from typing import Any

import pytest
from pydantic import ValidationError

from services.inspection.domain.checklist import Checklist, Place, Who
from services.inspection.domain.rule import Mark
from services.inspection.rulebook import rulebook
from shared.contracts.vocabulary import HazardCategory, HazardLevel, SiteKind

LF = rulebook().checklist
FACTS_OF_ITEMS = [(item.code, item.only_with) for item in LF.items if item.only_with]


def test_the_default_checklist_has_the_46_items_in_order() -> None:
    assert [item.code for item in LF.items] == [f"LF-{number:02}" for number in range(1, 47)]
    assert LF.version == "LF-2026.1"


@pytest.mark.parametrize("item", LF.items, ids=lambda item: item.code)
def test_an_item_says_everything_in_both_languages(item: object) -> None:
    row = LF.by_code[item.code]  # type: ignore[attr-defined]
    assert row.zh
    assert row.en.isascii() or "≥" in row.en or "°" in row.en
    assert row.evidence
    assert row.clause
    assert LF.categories[row.category] in HazardCategory


def test_major_candidates_are_those_marked_in_the_reference() -> None:
    candidates = {int(item.code[3:]) for item in LF.items if item.major_candidate}
    assert candidates == {1, 2, 6, 7, 8, 11, 12, 18, 26, 28, 31, 32, 33, 34}


def test_what_must_end_at_once_is_immediate() -> None:
    assert {int(item.code[3:]) for item in LF.items if item.immediate} == {7, 8, 12, 13, 16, 25, 28, 31, 32, 33, 34}
    assert {int(item.code[3:]) for item in LF.items if item.stop} == {7, 28, 33, 34}


def test_unconfirmed_texts_carry_their_mark() -> None:
    assert LF.marks["clause"] is Mark.RECONSTRUCTED
    assert LF.norms["gb_55037"].mark is Mark.MEMORY
    assert next(basis for basis in LF.by_code["LF-35"].basis).mark is Mark.MEMORY


def test_a_failed_item_with_an_exclamation_mark_is_only_a_candidate_for_major() -> None:
    assert LF.by_code["LF-12"].level is HazardLevel.MAJOR_CANDIDATE
    assert LF.by_code["LF-21"].level is HazardLevel.MEDIUM


@pytest.mark.parametrize(("code", "fact"), FACTS_OF_ITEMS)
def test_an_item_is_not_asked_where_its_fact_is_known_to_be_absent(code: str, fact: str) -> None:
    item = LF.by_code[code]
    absences: list[Any] = ["none", "无", False, 0, [], {"value": False}]
    assert not any(LF.applies(item, SiteKind.TENANT, {fact: absent}) for absent in absences)


@pytest.mark.parametrize(("code", "fact"), FACTS_OF_ITEMS)
def test_not_knowing_is_a_finding_so_the_item_is_asked(code: str, fact: str) -> None:
    item = LF.by_code[code]
    assert LF.applies(item, SiteKind.TENANT, {})
    assert LF.applies(item, SiteKind.TENANT, {fact: "unknown"})
    assert LF.applies(item, SiteKind.TENANT, {fact: {"value": "unknown"}})
    assert LF.applies(item, SiteKind.TENANT, {fact: "metal"})


def test_a_landlords_site_is_not_asked_for_the_tenants_licence() -> None:
    assert not LF.applies(LF.by_code["LF-04"], SiteKind.LANDLORD, {})


def test_of_two_parties_the_first_answers_where_no_place_is_said() -> None:
    lights, exits = LF.by_code["LF-14"], LF.by_code["LF-12"]
    assert (lights.who, lights.place_of(None)) == (Who.LANDLORD_OR_TENANT, Place.SHARED)
    assert (exits.who, exits.place_of(None)) == (Who.TENANT_OR_LANDLORD, Place.OWN)
    assert lights.place_of(Place.OWN) is Place.OWN


def test_a_checklist_with_an_unknown_category_or_a_doubled_item_is_refused() -> None:
    data = LF.model_dump(mode="json")
    with pytest.raises(ValidationError, match="unknown category or norm"):
        Checklist.model_validate({**data, "items": [{**data["items"][0], "category": "Z"}]})
    with pytest.raises(ValidationError, match="share a code"):
        Checklist.model_validate({**data, "items": [data["items"][0]] * 2})
