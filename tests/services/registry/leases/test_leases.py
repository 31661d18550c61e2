"""Leases: in chains, in rooms that one holds at a time, through the gate and out again."""

from typing import Any

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from shared.contracts.registry import (
    AdmissionDecided,
    LeaseActivated,
    LeaseChanged,
    LeaseEnded,
    LeaseSubmitted,
    SiteClosed,
    SiteRegistered,
)
from tests.services.registry.builders import building, created, lease, party, reviewed, site
from tests.support.service import ServiceUnderTest

API = "/api/registry"


async def test_a_lease_goes_through_the_gate_and_the_tenants_site_is_registered_with_what_it_declared(
    registry: ServiceUnderTest,
) -> None:
    async with registry.client("bureau") as client:
        owner, tenant = await party(client), await party(client, employees=30)
        place = await building(client, owner)
        await site(client, place, owner, kind="landlord")
        draft = await lease(client, place, owner, tenant, rooms=["3F"], facts_declared={"spray": {"value": "solvent"}})
        assert (draft["state"], draft["step"]) == ("draft", "draft")
        approved = await reviewed(client, draft)
        assert (approved["state"], approved["outcome"]) == ("approved", "联合会审意见：同意入驻")
        active = (await client.post(f"{API}/leases/{draft['id']}/activate")).json()
    assert (active["state"], active["step"]) == ("active", "active")
    registered = (await registry.said(SiteRegistered))[-1]
    assert (str(registered.site_id), registered.facts["spray"].value) == (active["site_id"], "solvent")
    [said] = await registry.said(LeaseActivated)
    assert (said.rooms, said.depth, str(said.site_id)) == (("3F",), 1, active["site_id"])
    assert [type(event) for event in await registry.said(LeaseSubmitted, AdmissionDecided)] == [LeaseSubmitted, AdmissionDecided]


async def test_a_room_that_somebody_has_is_refused_and_the_winner_named(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        owner, first = await party(client), await party(client, "宜兴市宏达金属制品有限公司")
        place = await building(client, owner)
        held = await lease(client, place, owner, first, rooms=["301"])
        answer = await client.post(f"{API}/leases", json=_body(place, owner, await party(client), rooms=["3F"]))
    assert (answer.status_code, answer.json()["code"]) == (409, "lease_overlaps")
    assert "宜兴市宏达金属制品有限公司" in answer.json()["detail"]
    assert (answer.json()["winner"], answer.json()["lease_id"]) == ("宜兴市宏达金属制品有限公司", held["id"])


async def test_a_natural_person_who_has_the_room_is_not_named_in_full(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        owner, person = await party(client), await party(client, "李秀英", party_type="natural_person")
        place = await building(client, owner)
        await lease(client, place, owner, person, rooms=["301"])
        answer = await client.post(f"{API}/leases", json=_body(place, owner, await party(client), rooms=["301"]))
    assert "李**" in answer.text
    assert "李秀英" not in answer.text


async def test_the_same_room_in_another_term_is_free(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        owner = await party(client)
        place = await building(client, owner)
        await lease(client, place, owner, await party(client), rooms=["301"], start="2027-01-01", end="2027-12-31")
        await lease(client, place, owner, await party(client), rooms=["301"], start="2028-01-01", end="2028-12-31")
        clash = _body(place, owner, await party(client), rooms=["301"], start="2027-12-31", end="2028-06-01")
        assert (await client.post(f"{API}/leases", json=clash)).status_code == 409


async def test_the_database_itself_refuses_an_overlap(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        owner = await party(client)
        place = await building(client, owner)
        await lease(client, place, owner, await party(client), rooms=["301"])
    copy = text(
        "INSERT INTO registry.lease_spaces SELECT lease_id, scope, int8range(lower(space) - 1, upper(space)), term"
        " FROM registry.lease_spaces"
    )
    with pytest.raises(IntegrityError, match="lease_spaces_one_lease_per_room"):
        await registry.database.run(lambda tx: tx.execute(copy))


async def test_a_sublet_lies_within_the_lease_above_and_the_chain_shows_both_ways(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        owner, middle, below = await party(client), await party(client), await party(client)
        place = await building(client, owner)
        top = await lease(client, place, owner, middle, rooms=["3F"], existing=True)
        await client.post(f"{API}/leases/{top['id']}/activate")
        sublet = await lease(client, place, middle, below, rooms=["301"], existing=True, sublet_consent_on="2026-01-01")
        assert (sublet["parent_lease_id"], sublet["depth"]) == (top["id"], 2)
        await client.post(f"{API}/leases/{sublet['id']}/activate")
        shown = (await client.get(f"{API}/leases/{top['id']}")).json()
        assert [line["id"] for line in shown["chain"]["down"]] == [sublet["id"]]
        assert [line["id"] for line in (await client.get(f"{API}/leases/{sublet['id']}")).json()["chain"]["up"]] == [top["id"]]
        assert "second_landlord" in (await client.get(f"{API}/parties/{middle['id']}")).json()["kinds"]
        beyond = await client.post(f"{API}/leases", json=_body(place, middle, await party(client), rooms=["401"]))
        longer = await client.post(
            f"{API}/leases", json=_body(place, middle, await party(client), rooms=["302"], end="2040-01-01")
        )
        taken = await client.post(f"{API}/leases", json=_body(place, middle, await party(client), rooms=["301"]))
    assert [answer.json()["code"] for answer in (beyond, longer, taken)] == [
        "outside_parent_lease",
        "outside_parent_lease",
        "lease_overlaps",
    ]
    async with registry.client("landlord", parties=[owner["id"]]) as client:
        seen = {item["party_id"] for item in (await client.get(f"{API}/sites")).json()["items"]}
    assert seen == {middle["id"], below["id"]}


async def test_who_does_not_own_the_building_cannot_let_it(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        place = await building(client)
        answer = await client.post(f"{API}/leases", json=_body(place, await party(client), await party(client)))
    assert (answer.status_code, answer.json()["code"]) == (422, "not_the_owner")


async def test_a_rejected_application_gives_the_rooms_back(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        owner = await party(client)
        place = await building(client, owner)
        draft = await lease(client, place, owner, await party(client), rooms=["301"])
        await client.post(f"{API}/leases/{draft['id']}/submit")
        await client.post(f"{API}/leases/{draft['id']}/opinions", json={"department": "village", "verdict": "approve"})
        opinion = {"department": "fire", "verdict": "reject", "conditions": ["疏散宽度不足"]}
        rejected = (await client.post(f"{API}/leases/{draft['id']}/opinions", json=opinion)).json()
        assert (rejected["state"], rejected["outcome"]) == ("rejected", "联合会审意见：不同意入驻")
        await lease(client, place, owner, await party(client), rooms=["301"])
    [decided] = await registry.said(AdmissionDecided)
    assert decided.decision == "rejected"


async def test_an_approval_with_conditions_lets_nobody_in_before_they_are_met(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        owner = await party(client)
        place = await building(client, owner)
        draft = await lease(client, place, owner, await party(client))
        approved = await reviewed(client, draft, fire={"verdict": "approve_with_conditions", "conditions": ["增设安全出口一处"]})
        assert (approved["step"], approved["outcome"]) == ("approved_with_conditions", "联合会审意见：有条件同意入驻")
        path = f"{API}/leases/{draft['id']}"
        early = await client.post(f"{path}/activate")
        assert (early.status_code, early.json()["code"]) == (409, "conditions_open")
        [condition] = approved["conditions"]
        proof = {"met_on": "2026-11-20", "note": "安全出口已增设"}
        await client.post(f"{path}/conditions/{condition['id']}/met", json=proof)
        assert (await client.post(f"{path}/activate")).status_code == 200
    [decided] = await registry.said(AdmissionDecided)
    assert [condition.rule for condition in decided.conditions] == ["opinion.fire"]


async def test_a_new_lease_is_never_active_without_the_opinions(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        owner = await party(client)
        draft = await lease(client, await building(client, owner), owner, await party(client))
        path = f"{API}/leases/{draft['id']}"
        assert (await client.post(f"{path}/activate")).json()["code"] == "lease_state"
        await client.post(f"{path}/submit")
        assert (await client.post(f"{path}/activate")).status_code == 409


async def test_departments_answer_in_parallel_and_steps_open_one_after_another_with_due_dates_in_working_days(
    registry: ServiceUnderTest,
) -> None:
    async with registry.client("bureau") as client:
        owner = await party(client)
        draft = await lease(client, await building(client, owner), owner, await party(client))
        path = f"{API}/leases/{draft['id']}"
        submitted = (await client.post(f"{path}/submit")).json()
        due = {opinion["department"]: opinion["due"] for opinion in submitted["opinions"]}
        assert submitted["step"] == "village_review"
        assert due["village"] is not None
        assert due["fire"] is None
        after = (await client.post(f"{path}/opinions", json={"department": "village", "verdict": "approve"})).json()
        assert after["step"] == "dept_review"
        assert {opinion["department"] for opinion in after["opinions"] if opinion["due"]} > {"fire", "ecology", "market"}
        registry.time_passes(days=30)
        late = (await client.get(path)).json()
        waiting = (await client.get(f"{API}/leases", params={"overdue": True, "waiting_for": "fire"})).json()["items"]
    assert {opinion["department"] for opinion in late["opinions"] if opinion["is_overdue"]} >= {"fire", "ecology"}
    assert submitted["due"] > due["village"]
    assert [line["id"] for line in waiting] == [draft["id"]]


async def test_a_department_speaks_for_itself_only(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        owner = await party(client)
        draft = await lease(client, await building(client, owner), owner, await party(client))
        await client.post(f"{API}/leases/{draft['id']}/submit")
        path = f"{API}/leases/{draft['id']}/opinions"
        await client.post(path, json={"department": "village", "verdict": "approve"})
    async with registry.client("department", department="fire") as fire:
        assert (await fire.post(path, json={"department": "ecology", "verdict": "approve"})).status_code == 403
        assert (await fire.post(path, json={"department": "fire", "verdict": "approve"})).status_code == 200
        assert [item["id"] for item in (await fire.get(f"{API}/leases")).json()["items"]] == [draft["id"]]
    async with registry.client("department", department="power") as power:
        assert (await power.get(f"{API}/leases")).json()["items"] == []


async def test_a_rejection_without_a_reason_is_refused(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        owner = await party(client)
        draft = await lease(client, await building(client, owner), owner, await party(client))
        await client.post(f"{API}/leases/{draft['id']}/submit")
        answer = await client.post(f"{API}/leases/{draft['id']}/opinions", json={"department": "fire", "verdict": "reject"})
    assert (answer.status_code, answer.json()["code"]) == (422, "conditions_missing")


async def test_a_change_runs_through_a_short_review_before_it_is_written_into_the_lease(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        active = await _active(client)
        path = f"{API}/leases/{active['id']}"
        asked = (await client.post(f"{path}/changes", json={"kind": "class", "fire_class_declared": "c"})).json()
        assert (asked["state"], asked["step"], asked["fire_class_declared"]) == ("active", "change_request", "d")
        assert {opinion["department"] for opinion in asked["opinions"]} == {"emergency", "fire"}
        await client.post(f"{path}/opinions", json={"department": "emergency", "verdict": "approve"})
        done = (await client.post(f"{path}/opinions", json={"department": "fire", "verdict": "approve"})).json()
        assert (done["step"], done["fire_class_declared"], done["change"]) == ("active", "c", None)
    [changed] = await registry.said(LeaseChanged)
    assert (changed.changed, changed.fire_class) == (("fire_class_declared",), "c")


async def test_a_refused_change_leaves_the_lease_as_it_was(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        active = await _active(client)
        path = f"{API}/leases/{active['id']}"
        await client.post(f"{path}/changes", json={"kind": "process", "facts_declared": {"spray": {"value": "solvent"}}})
        opinion = {"department": "fire", "verdict": "reject", "conditions": ["不具备条件"]}
        after = (await client.post(f"{path}/opinions", json=opinion)).json()
    assert (after["state"], after["step"], after["facts_declared"]) == ("active", "active", {})


async def test_moving_out_needs_a_final_check_where_chemicals_were_and_closes_the_site(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        active = await _active(client, facts_declared={"hazchem": {"value": True, "qty": 20}})
        path = f"{API}/leases/{active['id']}"
        early = await client.post(f"{path}/end", json={"reason": "vacated"})
        assert (early.status_code, early.json()["code"]) == (422, "final_check_missing")
        done = await client.post(f"{path}/end", json={"reason": "vacated", "final_check": {"chemicals_removed": True}})
        assert (done.status_code, done.json()["state"]) == (200, "vacated")
    [ended], [closed] = await registry.said(LeaseEnded), await registry.said(SiteClosed)
    assert (ended.reason, closed.reason, str(closed.site_id)) == ("vacated", "moved_out", active["site_id"])


async def test_closing_a_site_ends_the_leases_that_still_run_there(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        active = await _active(client)
        await client.post(f"{API}/sites/{active['site_id']}/close", json={"reason": "cleared"})
        assert (await client.get(f"{API}/leases/{active['id']}")).json()["state"] == "vacated"
    assert [event.reason for event in await registry.said(LeaseEnded, SiteClosed)] == ["vacated", "cleared"]


async def test_an_ended_lease_frees_its_rooms_and_stays_readable(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        active = await _active(client)
        await client.post(f"{API}/leases/{active['id']}/end", json={"reason": "terminated"})
        again = {"landlord_party_id": active["landlord_party_id"], "tenant_party_id": (await party(client))["id"]}
        again |= {"building_id": active["building_id"], "rooms": active["rooms"], "start": "2026-01-01", "end": "2028-01-01"}
        await created(client, "/leases", **again)
        assert (await client.get(f"{API}/leases/{active['id']}")).json()["state"] == "terminated"


async def test_documents_come_in_versions_and_a_signed_agreement_is_told(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        active = await _active(client, agreement=None)
        path = f"{API}/leases/{active['id']}/documents"
        await client.post(path, json={"kind": "duty_split"})
        await client.post(path, json={"kind": "duty_split"})
        after = (await client.post(path, json={"kind": "agreement", "dated": "2026-11-01"})).json()
    assert [(found["kind"], found["version"]) for found in after["documents"]] == [
        ("agreement", 1),
        ("duty_split", 1),
        ("duty_split", 2),
    ]
    assert (after["agreement"], after["agreement_signed_on"]) == ("signed", "2026-11-01")
    changed = (await registry.said(LeaseChanged))[-1]
    assert changed.agreement == "signed"


def _body(place: dict[str, Any], owner: dict[str, Any], tenant: dict[str, Any], **body: Any) -> dict[str, Any]:
    whose = {"landlord_party_id": owner["id"], "tenant_party_id": tenant["id"], "building_id": place["id"]}
    return whose | {"rooms": ["2F"], "area": 100, "start": "2026-01-01", "end": "2028-12-31"} | body


async def _active(client: httpx.AsyncClient, **body: Any) -> dict[str, Any]:
    """A lease that was found in place and registered as it is."""
    owner = await party(client)
    place = await building(client, owner)
    found = await lease(client, place, owner, await party(client), existing=True, **body)
    answer = await client.post(f"{API}/leases/{found['id']}/activate")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())
