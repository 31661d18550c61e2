"""Hazards reported without a visit: from which source, of which item, confirmed or not, and never twice."""

import asyncio

import pytest

from shared.contracts.inspection import HazardFound
from shared.contracts.vocabulary import HazardSource, HazardState
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
