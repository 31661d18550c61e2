"""A landlord answers for his tenants, down the whole chain; what is known of a party is known at all its sites."""

from datetime import timedelta

import pytest

from services.grading import workers
from services.grading.store import chains
from shared.clock import utc_now
from shared.contracts.grading import GradeChanged
from shared.contracts.registry import PartyChanged, SiteChanged
from shared.contracts.vocabulary import SiteId
from shared.database import Transaction
from shared.identifiers import new_id
from tests.services.grading.asking import level, roll_up, rules
from tests.services.grading.builders import (
    MILL,
    MILLER,
    OWNER_SITE,
    RISKY,
    facts_changed,
    hazard_found,
    landlord_check,
    landlord_registered,
    person_trained,
    site_closed,
    site_registered,
    today,
)
from tests.support.service import ServiceUnderTest


async def test_the_landlord_stands_in_the_column_of_his_worst_tenant(grading: ServiceUnderTest) -> None:
    await grading.hears(landlord_registered(), site_registered(landlord_site_id=OWNER_SITE, known=RISKY))
    await roll_up(grading)
    assert (await level(grading, OWNER_SITE))["inherent"]["band"] == "r3"

    await grading.hears(facts_changed(dust="metal", dust_collector="wet", ammonia="nitriding"), sequence=2)
    await roll_up(grading)
    stands = await level(grading, OWNER_SITE)
    assert (stands["inherent"]["band"], stands["inherent"]["points"], stands["cell"]) == ("r1", 0, "r1:90-100")
    assert stands["inherent"]["band_of"] == [str(MILL)]
    assert "（R1 重大风险，取自承租企业宜兴市第一磨坊）" in stands["explanation"]["zh"]


async def test_what_a_landlord_answers_for_names_the_tenant(grading: ServiceUnderTest) -> None:
    await grading.hears(landlord_registered(), site_registered(landlord_site_id=OWNER_SITE))
    await grading.hears(facts_changed(refused_order=True), sequence=2)
    await roll_up(grading)
    stands = await level(grading, OWNER_SITE)

    [part] = stands["management"]["deductions"]
    assert (part["rule"], part["fact"], part["name"]) == ("landlord.tenants", str(MILL), "宜兴市第一磨坊")
    assert "承租企业处于橙色或红色等级（宜兴市第一磨坊）3分" in stands["explanation"]["zh"]


async def test_a_tenth_of_the_tenants_delays_is_the_landlords(grading: ServiceUnderTest) -> None:
    await grading.hears(landlord_registered(), site_registered(landlord_site_id=OWNER_SITE))
    late = today() - timedelta(days=12)
    await grading.hears(
        hazard_found(
            level="serious",
            due=late,
            landlord_site_id=OWNER_SITE,
            responsible=(
                {"party_id": MILLER, "role": "responsible", "rule": {"rule": "responsibility.leased_space"}},
                {"party_id": new_id(), "role": "urging", "rule": {"rule": "responsibility.leased_space"}},
            ),
        )
    )
    await roll_up(grading)

    assert rules((await level(grading))["management"]["deductions"])["hazard.overdue"] == 3
    assert rules((await level(grading, OWNER_SITE))["management"]["deductions"]) == {"landlord.tenants_overdue": 0.3}


async def test_a_tenants_tenant_weighs_on_the_first_landlord_too(grading: ServiceUnderTest) -> None:
    second, sub = new_id(), new_id()
    await grading.hears(landlord_registered(), landlord_registered(second, new_id(), landlord_site_id=OWNER_SITE))
    await grading.hears(site_registered(sub, new_id(), landlord_site_id=second))
    await grading.hears(facts_changed(sub, refused_order=True), sequence=2)
    await roll_up(grading)

    [part] = (await level(grading, OWNER_SITE))["management"]["deductions"]
    assert (part["rule"], part["fact"], part["points"]) == ("landlord.tenants", str(sub), 3)


async def test_a_tenant_that_has_left_weighs_no_more(grading: ServiceUnderTest) -> None:
    await grading.hears(landlord_registered(), site_registered(landlord_site_id=OWNER_SITE))
    await grading.hears(facts_changed(refused_order=True), sequence=2)
    await roll_up(grading)
    assert (await level(grading, OWNER_SITE))["management"]["score"] == 97

    await grading.hears(site_closed(), sequence=3)
    await roll_up(grading)
    assert (await level(grading, OWNER_SITE))["management"]["score"] == 100


async def test_a_landlord_who_does_not_check_a_tenant_in_its_period_pays(grading: ServiceUnderTest) -> None:
    await grading.hears(landlord_registered(), site_registered(landlord_site_id=OWNER_SITE))
    await roll_up(grading)
    grading.time_passes(days=40)
    while await grading.works(workers.review_due_sites):
        pass
    assert rules((await level(grading, OWNER_SITE))["management"]["deductions"]) == {"landlord.tenant_unchecked": 3}

    await grading.hears(landlord_check(at=utc_now() + grading.database.shift))
    assert (await level(grading, OWNER_SITE))["management"]["deductions"] == []


async def test_what_a_party_is_trained_for_counts_at_each_of_its_sites(grading: ServiceUnderTest) -> None:
    other = new_id()
    await grading.hears(person_trained(until=today() - timedelta(days=1), site_id=None))
    await grading.hears(site_registered(), site_registered(other, MILLER))
    await roll_up(grading)
    for site in (MILL, other):
        assert rules((await level(grading, site))["management"]["deductions"]) == {"management.training_principal": 6}

    await grading.hears(person_trained(until=today() + timedelta(days=300), site_id=None))
    await roll_up(grading)
    for site in (MILL, other):
        assert (await level(grading, site))["management"]["deductions"] == []


async def test_rolling_up_twice_changes_nothing(grading: ServiceUnderTest) -> None:
    await grading.hears(landlord_registered(), site_registered(landlord_site_id=OWNER_SITE))
    await roll_up(grading)
    before, said = await grading.table("sites"), await grading.said(GradeChanged)
    await grading.database.run(_ask_again)
    await roll_up(grading)

    assert await grading.table("sites") == before
    assert await grading.said(GradeChanged) == said


async def _ask_again(tx: Transaction) -> None:
    await chains.ask_for_rollup(tx, [("landlord", SiteId(OWNER_SITE), None), ("party", MILLER, None)])


@pytest.mark.parametrize("told_first", ["party", "site"])
async def test_what_a_party_had_to_put_right_stays_when_it_is_merged(grading: ServiceUnderTest, told_first: str) -> None:
    """The hazard names the party that was merged; the site, which goes on under the other, is as late as it was."""
    other = new_id()
    await grading.hears(site_registered(), site_registered(new_id(), other))
    await grading.hears(hazard_found(level="serious", due=today() - timedelta(days=12)))
    before = rules((await level(grading))["management"]["deductions"])
    assert before == {"hazard.open": 5, "hazard.overdue": 3}

    merged = PartyChanged.model_validate(
        {
            "party_id": MILLER,
            "party_type": "enterprise",
            "kinds": ("tenant",),
            "changed": ("merged_into",),
            "merged_into": other,
        }
    )
    card = dict(site_registered(party=other)) | {"changed": ("party_id",), "reason": "merge"}
    said = {"party": merged, "site": SiteChanged.model_validate(card)}
    await grading.hears(said.pop(told_first), sequence=2)
    await roll_up(grading)
    await grading.hears(*said.values(), sequence=2)
    await roll_up(grading)

    assert rules((await level(grading))["management"]["deductions"]) == before


async def test_what_another_party_has_to_put_right_is_not_the_sites(grading: ServiceUnderTest) -> None:
    await grading.hears(site_registered())
    await grading.hears(hazard_found(level="serious", by=new_id()))
    assert (await level(grading))["management"]["deductions"] == []
