"""Every decision is kept with its reasons, can be asked as of a moment, and is found again from its stored inputs."""

from datetime import timedelta
from typing import Any

from shared.clock import utc_now
from shared.identifiers import new_id
from tests.services.grading.asking import got, level
from tests.services.grading.builders import (
    MILL,
    RISKY,
    facts_changed,
    hazard_closed,
    hazard_found,
    major_hazard_confirmed,
    self_check_missed,
    site_registered,
    today,
    visit_recorded,
)
from tests.support.service import ServiceUnderTest


async def lived(grading: ServiceUnderTest) -> None:
    """A site with some weeks behind it."""
    hazard, major = new_id(), new_id()
    await grading.hears(site_registered(known=RISKY))
    await grading.hears(hazard_found(hazard, level="serious", due=today() + timedelta(days=2)), visit_recorded())
    grading.time_passes(days=4)
    await grading.hears(self_check_missed(last=today()))
    await grading.hears(major_hazard_confirmed(major), sequence=2)
    grading.time_passes(days=12)
    await grading.hears(hazard_closed(hazard, level="serious", overdue_days=14), sequence=5)
    await grading.hears(hazard_closed(major, level="major", item="LF-12"), sequence=6)
    await grading.hears(facts_changed(spray="water"), sequence=2)


async def test_every_stored_decision_is_found_again_with_the_same_bytes(grading: ServiceUnderTest) -> None:
    await lived(grading)
    entries = (await got(grading, f"/sites/{MILL}/history"))["items"]
    found = [await got(grading, f"/sites/{MILL}/history/{entry['revision']}") for entry in entries]

    assert len(entries) >= 6
    assert all(decision["same_bytes"] for decision in found)
    assert [decision["decision"]["level"] for decision in found] == [entry["to"] for entry in entries]


async def test_the_history_tells_the_moves_and_their_causes(grading: ServiceUnderTest) -> None:
    await lived(grading)
    entries: list[dict[str, Any]] = (await got(grading, f"/sites/{MILL}/history?limit=100"))["items"]
    moves = [(entry["from"], entry["to"], entry["cause"]) for entry in reversed(entries) if entry["from"] != entry["to"]]

    assert moves == [(None, "blue", "fact"), ("blue", "red", "veto")]
    assert entries[0]["revision"] == len(entries)


async def test_a_page_of_the_history_leads_to_the_next(grading: ServiceUnderTest) -> None:
    await lived(grading)
    first = await got(grading, f"/sites/{MILL}/history?limit=2")
    second = await got(grading, f"/sites/{MILL}/history?limit=2&cursor={first['next']}")

    assert [entry["revision"] for entry in first["items"] + second["items"]] == sorted(
        (entry["revision"] for entry in first["items"] + second["items"]), reverse=True
    )


async def test_a_level_can_be_asked_as_it_was_known_at_a_moment(grading: ServiceUnderTest) -> None:
    await grading.hears(site_registered())
    grading.time_passes(days=3)
    before = utc_now() + timedelta(days=2)
    await grading.hears(major_hazard_confirmed())

    then = await got(grading, f"/sites/{MILL}?as_of={before.isoformat().replace('+00:00', 'Z')}")
    assert (then["level"], then["vetoes"]) == ("blue", [])
    assert (await level(grading))["level"] == "red"


async def test_before_a_site_was_known_there_was_no_level(grading: ServiceUnderTest) -> None:
    await grading.hears(site_registered())
    async with grading.client("bureau") as client:
        answer = await client.get(f"/api/grading/sites/{MILL}?as_of=2020-01-01T00:00:00Z")
    assert answer.status_code == 404


async def test_what_is_swept_because_it_is_over_leaves_old_decisions_as_they_were(grading: ServiceUnderTest) -> None:
    hazard = new_id()
    await grading.hears(site_registered())
    await grading.hears(hazard_found(hazard))
    await grading.hears(hazard_closed(hazard), sequence=2)
    grading.time_passes(days=500)
    await grading.hears(visit_recorded())
    await grading.hears(hazard_found(hazard), message=new_id())

    [row] = await grading.table("sites")
    assert '"gone":{"hazard"' in row["facts"]
    assert (await level(grading))["management"]["deductions"] != []
    assert "hazard.open" not in {part["rule"] for part in (await level(grading))["management"]["deductions"]}
    for entry in (await got(grading, f"/sites/{MILL}/history"))["items"]:
        assert (await got(grading, f"/sites/{MILL}/history/{entry['revision']}"))["same_bytes"]
