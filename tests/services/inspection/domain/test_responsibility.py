"""Who must put a hazard right, and by which rule (房东首问)."""

import pytest

from services.inspection.domain.checklist import Place
from services.inspection.rulebook import rulebook
from shared.contracts.vocabulary import Duty, PartyId, SiteKind
from tests.services.inspection.domain.builders import LANDLORD, MANAGER, TENANT, tenancy

RULES = rulebook()


def decided(code: str, place: Place = Place.OWN, **stand: object) -> tuple[str, list[PartyId], list[PartyId]]:
    """Rule, responsible parties, urging parties."""
    sides = RULES.responsibilities.parties(RULES.checklist.by_code[code], place, tenancy(**stand))  # type: ignore[arg-type]
    rule = sides[0].rule.rule.removeprefix("responsibility.")
    named = {duty: [side.party_id for side in sides if side.role is duty] for duty in Duty}
    return rule, named[Duty.RESPONSIBLE], named[Duty.URGING]


def test_the_leased_space_is_the_tenants_and_the_landlord_urges() -> None:
    assert decided("LF-21") == ("leased_space", [TENANT], [LANDLORD])


def test_a_shared_part_is_the_landlords_even_for_a_tenants_item() -> None:
    assert decided("LF-13", Place.SHARED) == ("shared_part", [LANDLORD], [])


def test_a_shared_part_is_the_unified_managers_where_there_is_one_and_the_landlord_urges() -> None:
    assert decided("LF-16", Place.SHARED, manager=MANAGER) == ("shared_part", [MANAGER], [LANDLORD])


def test_a_unified_manager_has_nothing_to_do_in_the_leased_space() -> None:
    assert decided("LF-21", manager=MANAGER) == ("leased_space", [TENANT], [LANDLORD])


@pytest.mark.parametrize("place", list(Place))
def test_fire_acceptance_and_structure_are_the_landlords_wherever_it_is(place: Place) -> None:
    assert decided("LF-06", place) == ("structure", [LANDLORD], [])
    assert decided("LF-10", place, manager=MANAGER) == ("structure", [LANDLORD], [])


def test_an_unlawful_sublet_is_the_duty_of_both() -> None:
    assert decided("LF-05") == ("sublet", [TENANT, LANDLORD], [])


def test_an_item_of_both_is_the_duty_of_both() -> None:
    assert decided("LF-08") == ("both", [TENANT, LANDLORD], [])


def test_the_landlords_agreement_is_the_landlords_duty() -> None:
    assert decided("LF-01") == ("landlord_item", [LANDLORD], [])


def test_a_landlords_own_site_is_put_right_by_himself() -> None:
    rule, responsible, urging = decided("LF-21", kind=SiteKind.LANDLORD, landlord=None)
    assert (rule, responsible, urging) == ("own_site", [TENANT], [])


def test_where_the_ledger_names_no_landlord_the_occupier_answers_and_the_rule_says_so() -> None:
    assert decided("LF-01", landlord=None) == ("landlord_unknown", [TENANT], [])
    assert decided("LF-21", landlord=None) == ("leased_space", [TENANT], [])


def test_every_decision_carries_the_clause_of_its_rule() -> None:
    for item in RULES.checklist.items:
        for place in Place:
            sides = RULES.responsibilities.parties(item, place, tenancy(manager=MANAGER))
            assert sides
            assert all(side.rule.clause for side in sides)
            assert len({side.party_id for side in sides}) == len(sides)


def test_every_rule_has_its_text_in_both_languages() -> None:
    assert all(text.zh and text.en for text in RULES.responsibilities.wording.values())
