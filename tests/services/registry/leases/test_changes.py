"""Changes while a lease runs: what is asked for is kept until the departments have agreed or not, and then holds everywhere."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from services.registry.domain.ledger_row import LeaseCells
from services.registry.workers import advance_leases
from shared.contracts.registry import AdmissionDecided, LeaseExpiring, SiteChanged, SiteFactsChanged
from tests.services.registry.builders import building, lease, party
from tests.services.registry.test_taking_rows import END, START, ledger_row, taken
from tests.support.service import ServiceUnderTest

API = "/api/registry"


async def _running(client: httpx.AsyncClient, place: dict[str, Any], owner: dict[str, Any], **body: Any) -> dict[str, Any]:
    found = await lease(client, place, owner, await party(client), existing=True, **body)
    answer = await client.post(f"{API}/leases/{found['id']}/activate")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def _asked(client: httpx.AsyncClient, running: dict[str, Any], **body: Any) -> httpx.Response:
    return await client.post(f"{API}/leases/{running['id']}/changes", json=body)


async def _agreed(client: httpx.AsyncClient, running: dict[str, Any], verdict: str = "approve") -> dict[str, Any]:
    shown: dict[str, Any] = {}
    for department in ("emergency", "fire"):
        opinion = {"department": department, "verdict": verdict if department == "fire" else "approve"}
        reasons = {"conditions": ["不具备条件"]} if opinion["verdict"] == "reject" else {}
        answer = await client.post(f"{API}/leases/{running['id']}/opinions", json=opinion | reasons)
        assert answer.status_code == 200, answer.text
        shown = answer.json()
    return shown


async def test_an_agreed_change_of_process_reaches_the_facts_of_the_site(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        owner = await party(client)
        running = await _running(client, await building(client, owner), owner)
        asked = await _asked(client, running, kind="process", facts_declared={"spray": {"value": "solvent"}})
        assert asked.status_code == 201
        before = (await client.get(f"{API}/sites/{running['site_id']}")).json()["facts"]
        await _agreed(client, running)
        after = (await client.get(f"{API}/sites/{running['site_id']}")).json()["facts"]
    assert ("spray" in before, after["spray"]["value"]) == (False, "solvent")
    assert (await registry.said(SiteFactsChanged))[-1].facts["spray"].value == "solvent"


async def test_rooms_that_a_change_asks_for_are_kept_until_it_is_refused(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        owner = await party(client)
        place = await building(client, owner)
        running = await _running(client, place, owner, rooms=["301"])
        assert (await _asked(client, running, kind="area", rooms=["301", "302"], area=200)).status_code == 201
        wanted = _body(place, owner, await party(client), rooms=["302"])
        meanwhile = await client.post(f"{API}/leases", json=wanted)
        refused = await _agreed(client, running, "reject")
        after = await client.post(f"{API}/leases", json=wanted)
    assert (meanwhile.status_code, meanwhile.json()["lease_id"]) == (409, running["id"])
    assert (refused["rooms"], refused["outcome"], after.status_code) == (["3F-301"], "联合会审意见：不同意入驻", 201)
    [decided] = await registry.said(AdmissionDecided)
    assert decided.decision == "rejected"


async def test_agreed_rooms_are_the_leases_and_its_sites_and_the_old_ones_are_free(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        owner = await party(client)
        place = await building(client, owner)
        running = await _running(client, place, owner, rooms=["301"])
        await _asked(client, running, kind="area", rooms=["302"], area=260)
        done = await _agreed(client, running)
        assert (done["rooms"], done["area"]) == (["3F-302"], 260)
        moved = (await client.get(f"{API}/sites/{running['site_id']}")).json()
        assert (moved["room"], moved["area"]) == ("302", 260)
        await lease(client, place, owner, await party(client), rooms=["301"])
    assert (await registry.said(SiteChanged))[-1].reason == "lease"


async def test_a_room_that_is_taken_refuses_the_request_and_not_the_last_opinion(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        owner = await party(client)
        place = await building(client, owner)
        running = await _running(client, place, owner, rooms=["301"])
        other = await lease(client, place, owner, await party(client), rooms=["302"])
        answer = await _asked(client, running, kind="area", rooms=["301", "302"])
        assert (answer.status_code, answer.json()["lease_id"]) == (409, other["id"])
        assert (await client.get(f"{API}/leases/{running['id']}")).json()["step"] == "active"


async def test_a_longer_term_makes_an_expiring_lease_active_and_it_expires_anew(registry: ServiceUnderTest) -> None:
    today = await registry.database.run(_today)
    async with registry.client("bureau") as client:
        owner = await party(client)
        place = await building(client, owner)
        running = await _running(client, place, owner, start=str(today), end=str(today + timedelta(days=50)))
        assert running["state"] == "expiring"
        await _asked(client, running, kind="term", end=str(today + timedelta(days=400)))
        done = await _agreed(client, running)
        assert (done["state"], done["agreement_until"]) == ("active", str(today + timedelta(days=400)))
        registry.time_passes(days=341)
        await registry.works(advance_leases)
        assert (await client.get(f"{API}/leases/{running['id']}")).json()["state"] == "expiring"
    [expiring] = await registry.said(LeaseExpiring)
    assert expiring.days_left == 59


async def test_a_lease_that_ends_while_a_change_waits_leaves_no_change_waiting(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        owner = await party(client)
        running = await _running(client, await building(client, owner), owner)
        await _asked(client, running, kind="class", fire_class_declared="c")
        ended = (await client.post(f"{API}/leases/{running['id']}/end", json={"reason": "terminated"})).json()
        late = await client.post(f"{API}/leases/{running['id']}/opinions", json={"department": "fire", "verdict": "approve"})
    assert (ended["state"], ended["change"], late.json()["code"]) == ("terminated", None, "admission_state")


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"kind": "class", "area": 5}, "/fire_class_declared"),
        ({"kind": "term"}, "/end"),
        ({"kind": "area"}, "/area"),
        ({"kind": "sublet"}, "/note"),
    ],
)
async def test_a_change_that_says_nothing_of_its_kind_is_refused(
    registry: ServiceUnderTest, body: dict[str, Any], pointer: str
) -> None:
    async with registry.client("bureau") as client:
        owner = await party(client)
        running = await _running(client, await building(client, owner), owner)
        answer = await _asked(client, running, **body)
    assert (answer.status_code, answer.json()["code"]) == (422, "change_empty")
    assert answer.json()["errors"][0]["pointer"] == pointer


def _body(place: dict[str, Any], owner: dict[str, Any], tenant: dict[str, Any], **body: Any) -> dict[str, Any]:
    whose = {"landlord_party_id": owner["id"], "tenant_party_id": tenant["id"], "building_id": place["id"]}
    return whose | {"rooms": ["2F"], "area": 100, "start": "2026-01-01", "end": "2028-12-31"} | body


async def _today(tx: Any) -> date:
    return date.fromisoformat(str(tx.today))


async def test_a_ledger_leaves_a_lease_to_those_who_review_its_change(registry: ServiceUnderTest) -> None:
    """What is asked for stays kept, whatever a ledger says meanwhile: rooms and days of it are no other's."""
    longer = END + timedelta(days=300)
    await taken(registry, [ledger_row(1)])
    async with registry.client("bureau") as client:
        [held] = (await client.get(f"{API}/leases")).json()["items"]
        asked = await _asked(client, held, kind="area", rooms=["1F", "201"], end=longer.isoformat())
        assert asked.status_code == 201, asked.text
        kept = await registry.table("lease_spaces")
        later, same = replace(ledger_row(1), lease=LeaseCells("1F", "", None, START, END - timedelta(days=30))), ledger_row(1)
        other = ledger_row(2, lease=LeaseCells("1F", "", None, END + timedelta(days=30), longer))
        outcomes = await taken(registry, [later, same, other])
        await registry.database.run(lambda tx: tx.execute(text("UPDATE registry.leases SET state = 'expiring'")))
        [again] = await taken(registry, [ledger_row(1)])
    problems = [[problem.code for problem in outcome.problems] for outcome in outcomes]
    assert problems == [["lease_under_review"], [], ["lease_overlaps"]]
    assert again.updated == ("lease",)
    assert await registry.table("lease_spaces") == kept
