"""The colour of a building and of a compound: the worst of landlord and tenants, softened where the landlord has reported."""

from typing import Any

import pytest

from services.grading import workers
from shared.identifiers import new_id
from tests.services.grading.asking import got
from tests.services.grading.builders import (
    BUILDING,
    MILL,
    OWNER,
    OWNER_SITE,
    facts_changed,
    hazard_found,
    landlord_registered,
    lease_activated,
    major_hazard_confirmed,
    site_registered,
)
from tests.support.service import ServiceUnderTest

COMPOUND = new_id()
PLACES = (("buildings", BUILDING), ("compounds", COMPOUND))


async def let(grading: ServiceUnderTest) -> None:
    """A landlord and his tenant in one building of one compound."""
    await grading.hears(
        landlord_registered(compound_id=COMPOUND),
        site_registered(landlord_site_id=OWNER_SITE, compound_id=COMPOUND),
        lease_activated(),
    )


async def status(grading: ServiceUnderTest, path: str, role: str = "bureau", **claims: Any) -> int:
    async with grading.client(role, **claims) as client:
        return (await client.get(f"/api/grading{path}")).status_code


@pytest.mark.parametrize(("kind", "place"), PLACES)
async def test_where_nothing_is_graded_yet_there_is_no_colour_and_no_fault(
    grading: ServiceUnderTest, kind: str, place: Any
) -> None:
    assert await status(grading, f"/{kind}/{place}") == 404
    assert await status(grading, "/distribution") == 200


async def test_the_shipped_policy_is_installed_before_the_first_event(grading: ServiceUnderTest) -> None:
    await grading.works(workers.review_due_sites)
    async with grading.client("bureau") as client:
        assert [policy["id"] for policy in (await client.get("/api/grading/policies")).json()] == ["DEFAULT-2026.2"]


@pytest.mark.parametrize(("kind", "place"), PLACES)
async def test_the_worst_site_colours_its_place(grading: ServiceUnderTest, kind: str, place: Any) -> None:
    await let(grading)
    assert (await got(grading, f"/{kind}/{place}"))["level"] == "blue"
    await grading.hears(facts_changed(exit_locked=True), sequence=2)
    found = await got(grading, f"/{kind}/{place}")

    assert (found["level"], found["letter"], found["bettered"]) == ("red", "D", False)
    assert [site["site_id"] for site in found["sites"] if site["decisive"]] == [str(MILL)]


@pytest.mark.parametrize(("kind", "place"), PLACES)
async def test_who_sees_nothing_of_a_place_does_not_see_its_colour(grading: ServiceUnderTest, kind: str, place: Any) -> None:
    await let(grading)
    assert await status(grading, f"/{kind}/{place}", "landlord", parties=[OWNER]) == 200
    assert await status(grading, f"/{kind}/{place}", "landlord", parties=[new_id()]) == 404
    assert await status(grading, f"/{kind}/{place}", "grid_officer", grids=[new_id()]) == 404


@pytest.mark.parametrize(("kind", "place"), PLACES)
async def test_a_landlord_who_reported_the_cause_betters_his_place(grading: ServiceUnderTest, kind: str, place: Any) -> None:
    await let(grading)
    await grading.hears(major_hazard_confirmed(source="landlord"))
    found = await got(grading, f"/{kind}/{place}")

    assert (found["level"], found["bettered"]) == ("orange", True)


async def test_a_report_of_something_else_betters_nothing(grading: ServiceUnderTest) -> None:
    await let(grading)
    await grading.hears(major_hazard_confirmed(source="patrol"), hazard_found(source="landlord"))
    found = await got(grading, f"/buildings/{BUILDING}")

    assert (found["level"], found["bettered"]) == ("red", False)


async def test_a_report_without_an_agreement_betters_nothing(grading: ServiceUnderTest) -> None:
    await grading.hears(landlord_registered(), site_registered(landlord_site_id=OWNER_SITE), lease_activated(agreement="missing"))
    await grading.hears(major_hazard_confirmed(source="landlord"))
    found = await got(grading, f"/buildings/{BUILDING}")

    assert (found["level"], found["bettered"]) == ("red", False)


async def test_a_lease_that_is_only_applied_for_is_no_agreement(grading: ServiceUnderTest) -> None:
    await grading.hears(landlord_registered(), site_registered(landlord_site_id=OWNER_SITE), lease_activated(state="admission"))
    await grading.hears(major_hazard_confirmed(source="landlord"))

    assert (await got(grading, f"/buildings/{BUILDING}"))["bettered"] is False
