"""主要负责人失联: what notify says of a party's principal costs three points at each of its sites, until he is reached."""

from typing import Any
from uuid import UUID

import pytest

from shared.contracts.notify import ContactReached, ContactUnreachable
from shared.contracts.registry import SiteChanged
from shared.identifiers import new_id
from tests.services.grading.asking import level, roll_up, rules
from tests.services.grading.builders import MILL, MILLER, contact_unreachable, facts_changed, site_registered, today
from tests.support.service import ServiceUnderTest

BOSS = new_id()


def unreachable(**more: Any) -> ContactUnreachable:
    return contact_unreachable(**({"contact_id": BOSS} | more))


def reached() -> ContactReached:
    usual: dict[str, Any] = {"contact_id": BOSS, "party_id": MILLER, "role": "principal", "reached_on": today()}
    return ContactReached(**usual)


def site_now_of(party: UUID) -> SiteChanged:
    """After a merge of parties, or its undoing."""
    card = site_registered(party=party).model_dump(mode="json", exclude={"facts"})
    return SiteChanged.model_validate(card | {"changed": ["party_id"], "reason": "merge"})


async def deductions(grading: ServiceUnderTest) -> dict[str, float]:
    await roll_up(grading)
    return rules((await level(grading, MILL))["management"]["deductions"])


async def test_a_principal_whom_nothing_reaches_costs_three_points_until_he_is_reached(grading: ServiceUnderTest) -> None:
    await grading.hears(site_registered())
    await grading.hears(unreachable())
    assert await deductions(grading) == {"management.unreachable": 3}

    await grading.hears(reached(), sequence=2)
    assert await deductions(grading) == {}


async def test_it_counts_at_a_site_that_is_registered_later(grading: ServiceUnderTest) -> None:
    await grading.hears(unreachable())
    await grading.hears(site_registered())

    assert await deductions(grading) == {"management.unreachable": 3}


async def test_late_and_repeated_words_change_nothing(grading: ServiceUnderTest) -> None:
    await grading.hears(site_registered())
    await grading.hears(reached(), sequence=2)
    await grading.hears(unreachable(), sequence=1)
    await grading.hears(unreachable(), sequence=1)

    assert await deductions(grading) == {}


@pytest.mark.parametrize("more", [{"role": "safety_officer"}, {"party": new_id()}], ids=["safety officer", "another party"])
async def test_only_the_principal_of_the_party_counts(grading: ServiceUnderTest, more: dict[str, Any]) -> None:
    await grading.hears(site_registered())
    await grading.hears(unreachable(**more))

    assert await deductions(grading) == {}


async def test_it_stays_with_the_party_when_the_site_goes_to_another_one(grading: ServiceUnderTest) -> None:
    await grading.hears(site_registered())
    await grading.hears(unreachable())
    assert await deductions(grading) == {"management.unreachable": 3}

    await grading.hears(site_now_of(new_id()), sequence=2)
    await grading.hears(unreachable(), sequence=3)
    assert await deductions(grading) == {}

    await grading.hears(site_now_of(MILLER), sequence=3)
    assert await deductions(grading) == {"management.unreachable": 3}


async def test_what_an_officer_records_besides_costs_no_more(grading: ServiceUnderTest) -> None:
    await grading.hears(site_registered())
    await grading.hears(unreachable())
    await grading.hears(facts_changed(principal_unreachable=True), sequence=2)
    assert sum((await deductions(grading)).values()) == 3

    await grading.hears(reached(), sequence=2)
    assert await deductions(grading) == {"management.unreachable": 3}
