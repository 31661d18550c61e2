"""Distribution, lists and the colours of places, each within what the caller may see."""

from typing import Any
from uuid import UUID

import pytest

from shared.identifiers import new_id
from tests.services.grading.asking import got
from tests.services.grading.builders import (
    GRID,
    MILL,
    MILLER,
    OWNER,
    OWNER_SITE,
    landlord_registered,
    major_hazard_confirmed,
    site_closed,
    site_registered,
)
from tests.support.service import ServiceUnderTest

OTHER_GRID = UUID("0192f300-0000-7000-8000-0000000000c2")


async def test_the_distribution_counts_levels_and_moves_and_warns(grading: ServiceUnderTest) -> None:
    await grading.hears(site_registered(), *(site_registered(new_id(), new_id()) for _ in range(3)))
    await grading.hears(major_hazard_confirmed())
    found = await got(grading, "/distribution")

    assert (found["sites"], found["levels"], found["percent"]["red"]) == (
        4,
        {"blue": 3, "yellow": 0, "orange": 0, "red": 1},
        25.0,
    )
    assert [(move["from"], move["to"], move["count"]) for move in found["moves"]] == [("blue", "red", 1)]
    assert found["warnings"] == ["red_share_high"]


@pytest.mark.parametrize(
    ("role", "claims", "sites"),
    [
        ("bureau", {}, 3),
        ("auditor", {}, 3),
        ("grid_officer", {"grids": [GRID]}, 2),
        ("grid_officer", {"grids": [OTHER_GRID]}, 1),
        ("grid_officer", {}, 0),
        ("landlord", {"parties": [OWNER]}, 2),
        ("tenant", {"parties": [MILLER]}, 1),
        ("tenant", {"parties": [OWNER]}, 1),
    ],
)
async def test_everybody_counts_what_is_his_to_see(grading: ServiceUnderTest, role: str, claims: Any, sites: int) -> None:
    await grading.hears(landlord_registered(), site_registered(landlord_site_id=OWNER_SITE))
    await grading.hears(site_registered(new_id(), new_id(), grid_id=OTHER_GRID))

    assert (await got(grading, "/distribution", role, **claims))["sites"] == sites
    assert len((await got(grading, "/sites", role, **claims))["items"]) == sites


@pytest.mark.parametrize(
    ("role", "claims", "status"),
    [
        ("bureau", {}, 200),
        ("grid_officer", {"grids": [GRID]}, 200),
        ("grid_officer", {"grids": [OTHER_GRID]}, 404),
        ("landlord", {"parties": [OWNER]}, 200),
        ("landlord", {"parties": [new_id()]}, 404),
        ("tenant", {"parties": [MILLER]}, 200),
        ("tenant", {"parties": [OWNER]}, 404),
        ("integrator", {}, 403),
    ],
)
async def test_a_site_that_is_not_yours_is_not_there(grading: ServiceUnderTest, role: str, claims: Any, status: int) -> None:
    await grading.hears(landlord_registered(), site_registered(landlord_site_id=OWNER_SITE))
    paths = [f"/sites/{MILL}", f"/sites/{MILL}/history", f"/sites/{MILL}/history/1"]
    async with grading.client(role, **claims) as client:
        answers = [(await client.get(f"/api/grading{path}")).status_code for path in paths]
        answers.append((await client.post(f"/api/grading/sites/{MILL}/what-if", json={})).status_code)

    assert answers == [status] * 4


async def test_a_landlord_sees_the_tenants_of_his_tenants(grading: ServiceUnderTest) -> None:
    second, sub = new_id(), new_id()
    await grading.hears(landlord_registered())
    await grading.hears(landlord_registered(second, new_id(), landlord_site_id=OWNER_SITE))
    await grading.hears(site_registered(sub, new_id(), landlord_site_id=second))
    async with grading.client("landlord", parties=[OWNER]) as client:
        assert (await client.get(f"/api/grading/sites/{sub}")).status_code == 200


async def test_a_site_that_was_closed_counts_no_more(grading: ServiceUnderTest) -> None:
    await grading.hears(site_registered())
    await grading.hears(site_closed(), sequence=2)
    assert (await got(grading, "/distribution"))["sites"] == 0
    stands = await got(grading, f"/sites/{MILL}")
    assert (stands["level"], stands["is_followed"]) == ("blue", False)
