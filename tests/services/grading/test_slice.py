"""One hazard, all the way: the level drops by itself, explains itself, and recovers."""

from datetime import timedelta

import pytest

from services.grading import workers
from shared.clock import utc_now
from shared.contracts.grading import GradeChanged, GradeWarned
from shared.contracts.vocabulary import Level
from shared.identifiers import new_id
from tests.services.grading.asking import level
from tests.services.grading.builders import (
    MILL,
    OWNER_SITE,
    RISKY,
    facts_changed,
    hazard_closed,
    hazard_found,
    landlord_registered,
    major_hazard_confirmed,
    site_closed,
    site_registered,
    today,
    visit_recorded,
)
from tests.support.service import ServiceUnderTest


async def test_a_site_that_is_registered_has_a_level_at_once(grading: ServiceUnderTest) -> None:
    assert await grading.hears(site_registered()) == "acked"

    changed = (await grading.said(GradeChanged))[-1]
    assert (changed.site_id, changed.from_, changed.to) == (MILL, None, Level.BLUE)
    stands = await level(grading)
    assert (stands["level"], stands["letter"], stands["inherent"]["band"]) == ("blue", "A", "r4")


async def test_a_locked_exit_turns_the_site_red(grading: ServiceUnderTest) -> None:
    await grading.hears(site_registered())
    await grading.hears(major_hazard_confirmed(number="0142"))

    changed = (await grading.said(GradeChanged))[-1]
    assert (changed.from_, changed.to, changed.cause) == (Level.BLUE, Level.RED, "veto")
    assert {veto.rule for veto in changed.vetoes} == {"veto.major_hazard", "veto.exit_locked"}
    assert "隐患0142" in (await level(grading))["explanation"]["zh"]


async def test_a_site_whose_veto_has_ended_rises_by_one_level_only(grading: ServiceUnderTest) -> None:
    hazard = new_id()
    await grading.hears(site_registered())
    await grading.hears(visit_recorded())
    await grading.hears(major_hazard_confirmed(hazard), sequence=3)
    await grading.hears(hazard_closed(hazard, level="major", item="LF-12"), sequence=6)

    moves = [(said.from_, said.to) for said in await grading.said(GradeChanged)]
    assert moves == [(None, Level.BLUE), (Level.BLUE, Level.RED), (Level.RED, Level.ORANGE)]
    stands = await level(grading)
    assert stands["vetoes"] == []
    assert stands["rise"]["to"] == "yellow"


async def test_a_drop_by_score_is_announced_and_withdrawn_when_the_hazards_are_closed(grading: ServiceUnderTest) -> None:
    hazards = [new_id() for _ in range(3)]
    await grading.hears(site_registered(known=RISKY))
    grading.time_passes(days=1)
    for hazard in hazards:
        await grading.hears(hazard_found(hazard, level="serious"))

    warned = (await grading.said(GradeWarned))[-1]
    assert (warned.from_, warned.to) == (Level.BLUE, Level.YELLOW)
    assert [len(way.change) for way in warned.to_improve] == [1]
    assert (await level(grading))["warned"]["to"] == "yellow"

    await grading.hears(hazard_closed(hazards[0], level="serious"), sequence=2)
    assert (await level(grading))["warned"] is None


async def test_a_drop_by_score_comes_when_its_notice_is_over(grading: ServiceUnderTest) -> None:
    await grading.hears(site_registered(known=RISKY))
    grading.time_passes(days=1)
    for _ in range(3):
        await grading.hears(hazard_found(level="serious", due="2099-01-01"))
    grading.time_passes(days=6)
    await grading.works(workers.review_due_sites)

    assert (await grading.said(GradeChanged))[-1].to is Level.YELLOW


async def test_what_is_announced_is_what_comes(grading: ServiceUnderTest) -> None:
    """Ten serious hazards on one day: by two levels at once."""
    await grading.hears(site_registered())
    grading.time_passes(days=1)
    await grading.hears(*(hazard_found(level="serious", due="2099-01-01") for _ in range(10)))
    [warned] = await grading.said(GradeWarned)
    stands = await level(grading)
    grading.time_passes(days=9)
    await grading.works(workers.review_due_sites)
    changed = (await grading.said(GradeChanged))[-1]

    assert (warned.from_, warned.to, warned.notice_until) == (changed.from_, changed.to, changed.effective_from)
    assert (changed.from_, changed.to) == (Level.BLUE, Level.ORANGE)
    assert stands["warned"] == {"to": "orange", "from_date": changed.effective_from.isoformat()}
    assert "降为橙色" in stands["explanation"]["zh"]


async def test_facts_wait_for_a_site_that_nobody_has_registered_yet(grading: ServiceUnderTest) -> None:
    await grading.hears(hazard_found(level="serious"), facts_changed(spray="solvent"), sequence=2)
    assert await grading.said() == []
    await grading.hears(site_registered(), sequence=1)

    stands = await level(grading)
    assert [part["rule"] for part in stands["inherent"]["facts"]] == ["inherent.solvent"]
    assert [part["points"] for part in stands["management"]["deductions"]] == [5]


@pytest.mark.parametrize("order", [(1, 2, 3), (3, 2, 1), (3, 1, 2), (2, 3, 1)])
async def test_a_site_whose_closing_is_undone_is_graded_again_as_the_old_one(
    grading: ServiceUnderTest, order: tuple[int, ...]
) -> None:
    """As the registry says it when a merger is undone: registered once more, under a later version."""
    first, again = utc_now(), utc_now() + timedelta(days=20)
    said = {1: (site_registered(), first), 2: (site_closed(), first), 3: (site_registered(known={}), again)}
    for sequence in order:
        event, at = said[sequence]
        await grading.hears(event, sequence=sequence, at=at)

    [row] = await grading.table("sites")
    assert (row["is_followed"], row["valid_until"]) == (True, today() + timedelta(days=91))
    await grading.hears(facts_changed(exit_locked=True), sequence=4)
    assert (await level(grading))["level"] == "red"


async def test_a_site_that_was_closed_for_a_while_moves_by_time_again(grading: ServiceUnderTest) -> None:
    await grading.hears(site_registered(), visit_recorded())
    [before] = await grading.table("sites")
    await grading.hears(site_closed(), sequence=2)
    assert [row["valid_until"] for row in await grading.table("sites")] == [None]
    await grading.hears(site_registered(known={}), sequence=3)

    [after] = await grading.table("sites")
    assert (after["valid_until"], after["revision"]) == (before["valid_until"], before["revision"])


async def test_the_same_event_twice_changes_nothing(grading: ServiceUnderTest) -> None:
    await grading.hears(site_registered())
    event, message = hazard_found(level="serious"), new_id()
    await grading.hears(event, message=message)
    before = await grading.table("sites")
    await grading.hears(event, message=message)

    assert await grading.table("sites") == before


async def test_a_landlord_answers_for_a_red_tenant(grading: ServiceUnderTest) -> None:
    await grading.hears(landlord_registered())
    await grading.hears(site_registered(landlord_site_id=OWNER_SITE))
    await grading.hears(major_hazard_confirmed(landlord_site_id=OWNER_SITE))
    while await grading.works(workers.roll_up_sites):
        pass

    stands = await level(grading, OWNER_SITE)
    assert ("landlord.tenants", 3.0, str(MILL)) in [
        (part["rule"], part["points"], part["fact"]) for part in stands["management"]["deductions"]
    ]
