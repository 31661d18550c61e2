"""Who sees which hazards: what belongs to somebody else is not there for him."""

from typing import Any

import pytest

from shared.contracts.registry import SiteChanged
from shared.contracts.vocabulary import PartyId, SiteId, SiteKind
from shared.identifiers import new_id
from tests.services.inspection.stories import Json, People, Yard, found, posted, read, settled, visit
from tests.support.service import ServiceUnderTest


async def listed(inspection: ServiceUnderTest, role: str, **claims: object) -> set[str]:
    """The hazards that a caller is shown."""
    async with inspection.client(role, **claims) as client:  # type: ignore[arg-type]
        return {hazard["id"] for hazard in (await read(client, "hazards"))["items"]}


async def shared_and_own(people: People) -> tuple[Json, Json]:
    """A hazard in a shared part of the building, and one in the tenant's own space."""
    form = visit(people.yard.mill)
    form["answers"] = [{"item": "LF-13", "answer": "fail", "place": "shared"}, {"item": "LF-21", "answer": "fail"}]
    async with people.grid_officer() as officer:
        shared, own = (await posted(officer, "visits", form))["hazards"]
    return shared, own


async def neighbour_of(people: People) -> PartyId:
    """Another tenant in the same building."""
    party = PartyId(new_id())
    site = people.yard.site(SiteId(new_id()), SiteKind.TENANT, party, landlord_site_id=people.yard.landlord_site)
    await people.inspection.hears(site)
    return party


async def test_a_tenant_sees_its_own_hazards_and_the_shared_parts_of_its_building(inspection: ServiceUnderTest) -> None:
    people = await settled(inspection)
    shared, own = await shared_and_own(people)
    neighbour = await neighbour_of(people)
    assert await listed(inspection, "tenant", parties=[people.yard.tenant]) == {shared["id"], own["id"]}
    assert await listed(inspection, "tenant", parties=[neighbour]) == {shared["id"]}
    async with inspection.client("tenant", parties=[neighbour]) as client:
        await read(client, f"hazards/{own['id']}", 404)
        await posted(client, f"hazards/{own['id']}/submit", status=404)


async def test_a_landlord_sees_his_tenants_and_no_other_landlords(inspection: ServiceUnderTest) -> None:
    people, others = await settled(inspection), await settled(inspection)
    (hazard,), (foreign,) = await found(people, "LF-21"), await found(others, "LF-21")
    assert await listed(inspection, "landlord", parties=[people.yard.landlord]) == {hazard["id"]}
    async with people.landlord() as client:
        await read(client, f"hazards/{foreign['id']}", 404)


async def test_a_unified_manager_sees_the_building_that_he_manages(inspection: ServiceUnderTest) -> None:
    people = await settled(inspection)
    manager = PartyId(new_id())
    await inspection.hears(people.yard.site(SiteId(new_id()), SiteKind.UNIFIED_MANAGER, manager))
    (hazard,) = await found(people, "LF-21")
    assert await listed(inspection, "landlord", parties=[manager]) == {hazard["id"]}


async def test_a_grid_officer_sees_only_his_grids(inspection: ServiceUnderTest) -> None:
    people = await settled(inspection)
    (hazard,) = await found(people, "LF-21")
    assert await listed(inspection, "grid_officer", grids=[people.yard.grid]) == {hazard["id"]}
    assert await listed(inspection, "grid_officer", grids=[new_id()]) == set()
    async with inspection.client("grid_officer", grids=[new_id()]) as stranger:
        await posted(stranger, "visits", visit(people.yard.mill, "LF-21"), 404)
        await read(stranger, f"hazards/{hazard['id']}", 404)


async def test_a_site_that_moved_to_another_grid_is_gone_for_the_old_officer_at_once(inspection: ServiceUnderTest) -> None:
    people = await settled(inspection)
    (hazard,) = await found(people, "LF-21")
    elsewhere = Yard(people.yard.building, landlord=people.yard.landlord, mill=people.yard.mill, tenant=people.yard.tenant)
    card = elsewhere.registered()[1].model_dump(exclude={"facts"})
    await inspection.hears(SiteChanged(**card, changed=("grid_id",)), sequence=2)
    assert await listed(inspection, "grid_officer", grids=[people.yard.grid]) == set()
    assert await listed(inspection, "grid_officer", grids=[elsewhere.grid]) == {hazard["id"]}


@pytest.mark.parametrize("role", ["auditor", "bureau", "enforcer", "engineer", "admin"])
async def test_those_who_supervise_see_all(inspection: ServiceUnderTest, role: str) -> None:
    people, others = await settled(inspection), await settled(inspection)
    hazards = [*await found(people, "LF-21"), *await found(others, "LF-21")]
    assert await listed(inspection, role) == {hazard["id"] for hazard in hazards}


async def test_an_auditor_writes_nothing(inspection: ServiceUnderTest) -> None:
    people = await settled(inspection)
    (hazard,) = await found(people, "LF-21")
    async with inspection.client("auditor") as auditor:
        for step in ("acknowledge", "submit", "verify", "confirm", "reject", "list"):
            await posted(auditor, f"hazards/{hazard['id']}/{step}", status=403)


async def test_nobody_reads_without_a_token(inspection: ServiceUnderTest) -> None:
    async with inspection.client() as stranger:
        await read(stranger, "hazards", 401)


async def test_a_landlord_or_tenant_without_a_party_sees_nothing(inspection: ServiceUnderTest) -> None:
    people = await settled(inspection)
    await found(people, "LF-21")
    assert await listed(inspection, "tenant") == set()
    assert await listed(inspection, "landlord") == set()


async def test_hazards_are_filtered_by_state_level_site_and_time(inspection: ServiceUnderTest) -> None:
    people = await settled(inspection)
    medium, serious = await found(people, "LF-21", "LF-15")
    async with people.bureau() as bureau:

        async def ids(**query: Any) -> list[str]:
            return [hazard["id"] for hazard in (await read(bureau, "hazards", **query))["items"]]

        assert await ids(state="confirmed") == [medium["id"]]
        assert await ids(level=["serious", "minor"]) == [serious["id"]]
        assert await ids(item="LF-15", grid_id=people.yard.grid) == [serious["id"]]
        assert await ids(site_id=new_id()) == []
        assert await ids(overdue=True) == []
        assert len(await ids(open=True)) == 2


async def test_pages_follow_each_other_without_gap_or_double(inspection: ServiceUnderTest) -> None:
    people = await settled(inspection)
    every = {hazard["id"] for _ in range(4) for hazard in await found(people, "LF-21", "LF-22", "LF-24")}
    seen: list[str] = []
    query: dict[str, Any] = {"limit": 5}
    async with people.bureau() as bureau:
        while True:
            page = await read(bureau, "hazards", **query)
            seen += [hazard["id"] for hazard in page["items"]]
            if page["next"] is None:
                break
            query["cursor"] = page["next"]
        await read(bureau, "hazards", 422, cursor="bm90IG91cnM=")
    assert len(seen) == len(every) == 12
    assert set(seen) == every


async def test_a_checklist_says_which_items_are_asked_at_a_site(inspection: ServiceUnderTest) -> None:
    people = await settled(inspection, dust="none", gas=True)
    async with people.grid_officer() as officer:
        (plain,) = (await read(officer, "checklists"))["items"]
        (asked,) = (await read(officer, "checklists", site_id=people.yard.mill))["items"]
        await read(officer, "checklists", 404, site_id=new_id())
    applies = {item["item"]: item["applies"] for item in asked["items"]}
    assert (len(plain["items"]), plain["version"]) == (46, "LF-2026.1")
    assert (applies["LF-28"], applies["LF-37"], applies["LF-29"]) == (False, True, True)
    assert plain["items"][0]["basis"][0]["zh"].startswith("中华人民共和国安全生产法")
