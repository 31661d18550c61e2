"""Hazards reported without a visit: from which source, of which item, confirmed or not, and never twice."""

import asyncio

import httpx
import pytest

from shared.contracts.inspection import HazardFound
from shared.contracts.vocabulary import HazardSource, HazardState, SiteId, SiteKind
from shared.identifiers import new_id
from tests.services.inspection.stories import People, posted, read, settled
from tests.support.service import ServiceUnderTest


def report(people: People, **more: object) -> dict[str, object]:
    return {"site_id": str(people.yard.mill), "item": "LF-21", **more}


async def test_an_officer_in_passing_reports_a_confirmed_hazard(inspection: ServiceUnderTest) -> None:
    people = await settled(inspection)
    async with people.grid_officer() as officer:
        hazard = await posted(officer, "hazards", report(people, note="配电箱前堆放纸箱"))
    assert (hazard["state"], hazard["level"], hazard["warnings"]) == ("confirmed", "medium", [])
    (said,) = await inspection.said(HazardFound)
    assert (said.source, said.visit_id) == (HazardSource.PATROL, None)


async def test_a_note_stays_here_and_never_travels(inspection: ServiceUnderTest) -> None:
    people = await settled(inspection)
    async with people.grid_officer() as officer:
        await posted(officer, "hazards", report(people, note="王师傅 13812345678"))
    (letter,) = await inspection.table("outbox")
    assert b"13812345678" not in bytes(letter["body"])
    (row,) = await inspection.table("hazards")
    assert "13812345678" in row["note"]


async def test_a_tenant_reports_about_itself_as_a_self_check(inspection: ServiceUnderTest) -> None:
    people = await settled(inspection)
    async with people.tenant() as tenant:
        await posted(tenant, "hazards", report(people))
    (said,) = await inspection.said(HazardFound)
    assert said.source is HazardSource.SELF_CHECK


async def test_what_the_public_says_waits_for_a_person(inspection: ServiceUnderTest) -> None:
    people = await settled(inspection)
    async with people.bureau() as bureau:
        hazard = await posted(bureau, "hazards", report(people, source="public"))
    assert hazard["state"] == HazardState.REPORTED


async def test_a_tenant_does_not_speak_for_the_public(inspection: ServiceUnderTest) -> None:
    people = await settled(inspection)
    async with people.tenant() as tenant:
        answer = await posted(tenant, "hazards", report(people, source="enforcement"), 403)
    assert answer["code"] == "hazard_source_not_allowed"


async def test_another_system_reports_and_reads_nothing(inspection: ServiceUnderTest) -> None:
    people = await settled(inspection)
    async with inspection.client("integrator", source="power-company") as system:
        hazard = await posted(system, "hazards", report(people, source="monitoring"))
        await read(system, f"hazards/{hazard['id']}", 403)
    assert hazard["state"] == "reported"


async def test_what_fits_no_item_is_reported_by_category(inspection: ServiceUnderTest) -> None:
    people = await settled(inspection)
    async with people.grid_officer() as officer:
        body = {"site_id": str(people.yard.mill), "category": "electrical", "level": "minor", "note": "灯罩缺失"}
        hazard = await posted(officer, "hazards", body)
        shown = await read(officer, f"hazards/{hazard['id']}")
    assert (hazard["item"], hazard["level"], shown["title"]) == ("GENERAL-electrical", "minor", "电气")


async def test_two_things_that_have_only_their_category_in_common_are_no_repeat(inspection: ServiceUnderTest) -> None:
    people = await settled(inspection)
    body = {"site_id": str(people.yard.mill), "category": "electrical"}
    async with people.grid_officer() as officer, people.tenant() as tenant:
        first = await posted(officer, "hazards", body)
        await posted(tenant, f"hazards/{first['id']}/submit")
        await posted(officer, f"hazards/{first['id']}/verify")
        again = await posted(officer, "hazards", body)
    assert again["repeat_of"] is None


async def test_nobody_reports_a_major_hazard_he_names_a_candidate(inspection: ServiceUnderTest) -> None:
    people = await settled(inspection)
    async with people.grid_officer() as officer:
        body = {"site_id": str(people.yard.mill), "category": "dust", "level": "major"}
        hazard = await posted(officer, "hazards", body)
    assert (hazard["level"], hazard["state"]) == ("major_candidate", "major_candidate")


async def test_an_item_that_does_not_exist_is_refused(inspection: ServiceUnderTest) -> None:
    people = await settled(inspection)
    async with people.grid_officer() as officer:
        assert (await posted(officer, "hazards", report(people, item="LF-77"), 422))["code"] == "item_unknown"


async def test_a_report_keeps_the_id_that_the_client_gave_and_is_stored_once(inspection: ServiceUnderTest) -> None:
    people = await settled(inspection)
    body = report(people, id=str(new_id()))
    async with people.grid_officer() as officer:
        answers = [await posted(officer, "hazards", body) for _ in range(3)]
        assert (await posted(officer, "hazards", body | {"item": "LF-22"}, 409))["code"] == "idempotency_mismatch"
    assert {answer["id"] for answer in answers} == {body["id"]}
    assert len(await inspection.table("hazards")) == 1
    assert len(await inspection.said()) == 1


async def test_fifty_reports_at_once_have_fifty_numbers(inspection: ServiceUnderTest) -> None:
    people = await settled(inspection)
    async with people.grid_officer() as officer:
        answers = await asyncio.gather(*(posted(officer, "hazards", report(people)) for _ in range(50)))
    assert len({answer["number"] for answer in answers}) == 50


async def neighbours(people: People, number: int) -> list[str]:
    """More sites in the same building."""
    yard = people.yard
    sites = [
        yard.site(SiteId(new_id()), SiteKind.TENANT, yard.tenant, landlord_site_id=yard.landlord_site) for _ in range(number)
    ]
    await people.inspection.hears(*sites)
    return [str(site.site_id) for site in sites]


async def test_reports_of_many_sites_at_once_share_a_transaction_and_descend_from_their_own_requests(
    inspection: ServiceUnderTest,
) -> None:
    people = await settled(inspection)
    sites = await neighbours(people, 20)
    requests = [str(new_id()) for _ in sites]

    async def one(client: httpx.AsyncClient, site: str, request: str) -> httpx.Response:
        body = report(people, site_id=site, id=str(new_id()))
        return await client.post("/api/inspection/hazards", json=body, headers={"X-Request-Id": request})

    async with people.grid_officer() as officer:
        answers = await asyncio.gather(*(one(officer, *pair) for pair in zip(sites, requests, strict=True)))
    said = {str(event.site_id): event for event in await inspection.said(HazardFound)}
    assert {answer.status_code for answer in answers} == {201}
    assert [str(said[site].hazard_id) for site in sites] == [answer.json()["id"] for answer in answers]
    assert [str(said[site].envelope.correlation_id) for site in sites] == requests
    assert len({row["told_at"] for row in await inspection.table("hazards")}) < len(sites)
    assert len(await inspection.table("hazard_history")) == len(await inspection.table("idempotency")) == len(sites)


async def test_among_many_at_once_each_sees_what_is_his(inspection: ServiceUnderTest) -> None:
    people = await settled(inspection)
    sites = await neighbours(people, 6)
    bodies = [report(people, site_id=site, id=str(new_id())) for site in sites]
    wrong = report(people, site_id=str(new_id()), id=str(new_id()))
    async with people.grid_officer() as officer, inspection.client("grid_officer", subject="afar", grids=[new_id()]) as afar:
        asked = [(officer, body) for body in bodies[:5]] + [(officer, wrong), (afar, bodies[5])]
        answers = await asyncio.gather(*(client.post("/api/inspection/hazards", json=body) for client, body in asked))
    assert [answer.status_code for answer in answers] == [201] * 5 + [404] * 2
    assert {str(row["site_id"]) for row in await inspection.table("hazards")} == set(sites[:5])
    assert len(await inspection.table("idempotency")) == 5


async def test_the_second_of_two_at_once_about_one_item_hears_of_the_first(inspection: ServiceUnderTest) -> None:
    people = await settled(inspection)
    async with people.grid_officer() as officer:
        bodies = [report(people, id=str(new_id())) for _ in range(3)]
        answers = await asyncio.gather(*(posted(officer, "hazards", body) for body in bodies))
    warned = sorted(len(answer["warnings"]) for answer in answers)
    assert warned == [0, 1, 1]


async def test_at_a_closed_site_nothing_is_reported(inspection: ServiceUnderTest) -> None:
    people = await settled(inspection)
    await inspection.hears(people.yard.closed())
    async with people.grid_officer() as officer:
        assert (await posted(officer, "hazards", report(people), 409))["code"] == "site_closed"


@pytest.mark.parametrize("role", ["auditor", "admin"])
async def test_some_roles_report_nothing(inspection: ServiceUnderTest, role: str) -> None:
    people = await settled(inspection)
    async with inspection.client(role) as client:
        await posted(client, "hazards", report(people), 403)
