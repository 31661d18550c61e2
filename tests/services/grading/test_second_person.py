"""The second person: named by the first, and shown to have agreed by a request of his own, or nothing happens."""

from datetime import date, timedelta
from typing import Any

import httpx
import pytest

from services.grading import workers
from shared.contracts.grading import GradeOverridden, PolicyActivated
from shared.identifiers import new_id
from tests.services.grading.asking import confirmed, got, level, posted
from tests.services.grading.builders import MILL, facts_changed, site_registered, today, visit_recorded
from tests.support.service import ServiceUnderTest

pytestmark = pytest.mark.usefixtures("second_signs_in")

FILE = str(new_id())
TWO = ["officer-a", "officer-b"]


async def proposed(grading: ServiceUnderTest, *, days: int = 30, **more: Any) -> dict[str, Any]:
    """An override that waits for its second person."""
    until = (today() + timedelta(days=days)).isoformat()
    body = {"level": "orange", "reason": "现场复核", "file_id": FILE, "approvals": TWO, "until": until} | more
    answer = await posted(grading, f"/sites/{MILL}/override", body, subject="officer-a")
    assert answer.status_code == httpx.codes.CREATED, answer.text
    return dict(answer.json())


async def lift_proposed(grading: ServiceUnderTest) -> str:
    """A lift that waits for its second person."""
    await grading.hears(site_registered(), visit_recorded())
    await grading.hears(facts_changed(unlicensed=True), sequence=2)
    body = {"reason": "现场已核实", "file_id": FILE, "approvals": ["enforcer-a", "enforcer-b"]}
    path = f"/sites/{MILL}/vetoes/veto.unlicensed/lift"
    answer = await posted(grading, path, body, "enforcer", subject="enforcer-a", certificate_no="苏E-001")
    assert (answer.json()["state"], answer.json()["level"]) == ("pending", "red")
    return str(answer.json()["id"])


async def test_what_one_person_proposes_changes_nothing(grading: ServiceUnderTest) -> None:
    await grading.hears(site_registered())
    answer = await proposed(grading)

    assert (answer["state"], answer["stands"], answer["waiting_for"]) == ("pending", "blue", ["officer-b"])
    assert answer["effective_from"] is None
    stands = await level(grading)
    assert (stands["level"], stands["override"]) == ("blue", None)
    assert await grading.said(GradeOverridden) == []
    assert await grading.table("overrides") == []


async def test_the_second_person_makes_it_stand_and_is_on_record(grading: ServiceUnderTest) -> None:
    await grading.hears(site_registered())
    claimed = [{"by": "officer-a", "at": "2020-01-01T00:00:00Z", "role": "admin"}, {"by": "officer-b", "role": "admin"}]
    answer = await confirmed(grading, (await proposed(grading, approvals=claimed))["id"], role="enforcer")

    assert (answer.json()["state"], answer.json()["stands"], answer.json()["waiting_for"]) == ("effective", "orange", [])
    [event] = await grading.said(GradeOverridden)
    assert [(approval.by, approval.role) for approval in event.approvals] == [("officer-a", "bureau"), ("officer-b", "enforcer")]
    assert all(approval.at.year > 2020 for approval in event.approvals)


@pytest.mark.parametrize(
    ("subject", "role", "status", "code"),
    [
        ("officer-a", "bureau", 409, "another_person_needed"),
        ("officer-c", "bureau", 403, "not_asked"),
        ("officer-b", "grid_officer", 403, "forbidden"),
        ("officer-b", "admin", 403, "forbidden"),
    ],
)
async def test_nobody_else_can_stand_in(grading: ServiceUnderTest, subject: str, role: str, status: int, code: str) -> None:
    await grading.hears(site_registered())
    answer = await confirmed(grading, (await proposed(grading))["id"], subject, role=role)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert (await level(grading))["level"] == "blue"


async def test_it_is_confirmed_once(grading: ServiceUnderTest) -> None:
    await grading.hears(site_registered())
    proposal = (await proposed(grading))["id"]
    await confirmed(grading, proposal)
    again = await confirmed(grading, proposal)

    assert (again.status_code, again.json()["code"]) == (409, "proposal_closed")
    assert len(await grading.said(GradeOverridden)) == 1


async def test_the_second_person_declines_and_says_why(grading: ServiceUnderTest) -> None:
    await grading.hears(site_registered())
    proposal = (await proposed(grading))["id"]
    silent = await posted(grading, f"/proposals/{proposal}/decline", {}, subject="officer-b")
    first = await posted(grading, f"/proposals/{proposal}/decline", {"reason": "依据不足"}, subject="officer-a")
    answer = await posted(grading, f"/proposals/{proposal}/decline", {"reason": "依据不足"}, subject="officer-b")

    assert (silent.status_code, first.json()["code"]) == (422, "another_person_needed")
    assert (answer.json()["state"], answer.json()["note"], answer.json()["ended_by"]) == ("declined", "依据不足", "officer-b")
    assert (await confirmed(grading, proposal)).json()["code"] == "proposal_closed"
    assert (await level(grading))["level"] == "blue"


async def test_who_proposed_takes_it_back_and_nobody_else(grading: ServiceUnderTest) -> None:
    await grading.hears(site_registered())
    proposal = (await proposed(grading))["id"]
    other = await posted(grading, f"/proposals/{proposal}/withdraw", {}, subject="officer-b")
    own = await posted(grading, f"/proposals/{proposal}/withdraw", {"reason": "填错等级"}, subject="officer-a")

    assert (other.status_code, other.json()["code"]) == (403, "not_your_proposal")
    assert (own.json()["state"], own.json()["note"]) == ("withdrawn", "填错等级")
    assert (await confirmed(grading, proposal)).json()["code"] == "proposal_closed"


async def test_one_at_a_time_and_the_next_when_it_is_over(grading: ServiceUnderTest) -> None:
    await grading.hears(site_registered())
    first = await proposed(grading)
    until = (today() + timedelta(days=9)).isoformat()
    body = {"level": "red", "reason": "现场复核", "file_id": FILE, "approvals": ["officer-c", "officer-b"], "until": until}
    second = await posted(grading, f"/sites/{MILL}/override", body, subject="officer-c")
    assert (second.status_code, second.json()["code"], second.json()["proposal_id"]) == (409, "proposal_open", first["id"])

    await posted(grading, f"/proposals/{first['id']}/withdraw", {}, subject="officer-a")
    assert (await posted(grading, f"/sites/{MILL}/override", body, subject="officer-c")).status_code == 201


async def test_what_nobody_confirms_in_a_week_is_over(grading: ServiceUnderTest) -> None:
    await grading.hears(site_registered())
    answer = await proposed(grading)
    assert date.fromisoformat(answer["expires_on"]) == today() + timedelta(days=7)
    grading.time_passes(days=8)

    assert [item["state"] for item in (await got(grading, f"/proposals?site_id={MILL}"))["items"]] == ["expired"]
    assert (await confirmed(grading, answer["id"])).json()["code"] == "proposal_closed"
    await grading.works(workers.let_proposals_lapse)
    assert [row["state"] for row in await grading.table("proposals")] == ["expired"]
    assert (await level(grading))["level"] == "blue"


async def test_on_its_last_day_it_is_confirmed_still(grading: ServiceUnderTest) -> None:
    await grading.hears(site_registered())
    answer = await proposed(grading)
    grading.time_passes(days=7)
    await grading.works(workers.let_proposals_lapse)

    assert (await confirmed(grading, answer["id"])).json()["state"] == "effective"


async def test_it_waits_no_longer_than_the_override_would_last(grading: ServiceUnderTest) -> None:
    await grading.hears(site_registered())
    answer = await proposed(grading, days=3)

    assert date.fromisoformat(answer["expires_on"]) == today() + timedelta(days=2)


async def test_lists_show_what_waits(grading: ServiceUnderTest) -> None:
    await grading.hears(site_registered())
    proposal = (await proposed(grading))["id"]
    [shown] = (await got(grading, "/proposals?state=pending"))["items"]

    assert (shown["id"], shown["kind"], shown["shown_as"], shown["waiting_for"]) == (
        proposal,
        "override",
        "人工调整",
        ["officer-b"],
    )
    assert shown["proposed"]["level"] == "orange"
    assert (await got(grading, "/proposals?state=effective"))["items"] == []
    assert (await got(grading, f"/proposals?site_id={new_id()}"))["items"] == []
    assert (await got(grading, f"/proposals/{proposal}", "auditor"))["id"] == proposal
    async with grading.client("tenant") as client:
        assert (await client.get("/api/grading/proposals")).status_code == 403


async def test_a_lift_waits_for_a_second_certified_person(grading: ServiceUnderTest) -> None:
    proposal = await lift_proposed(grading)
    assert (await level(grading))["level"] == "red"
    bare = await confirmed(grading, proposal, "enforcer-b", role="enforcer")
    bureau = await confirmed(grading, proposal, "enforcer-b", certificate_no="苏E-002")
    assert (bare.status_code, bureau.status_code) == (403, 403)
    assert (await level(grading))["level"] == "red"

    answer = await confirmed(grading, proposal, "enforcer-b", role="enforcer", certificate_no="苏E-002")
    assert (answer.json()["state"], answer.json()["stands"], answer.json()["subject"]) == (
        "effective",
        "orange",
        "veto.unlicensed",
    )


async def test_what_is_said_again_meanwhile_is_not_lifted_by_what_was_proposed_before(grading: ServiceUnderTest) -> None:
    proposal = await lift_proposed(grading)
    await grading.hears(facts_changed(unlicensed=True), sequence=3)
    answer = await confirmed(grading, proposal, "enforcer-b", role="enforcer", certificate_no="苏E-002")

    assert (answer.status_code, answer.json()["code"]) == (409, "no_such_veto")
    assert (await level(grading))["level"] == "red"


async def test_one_certified_person_lifts_at_once_what_asks_one(grading: ServiceUnderTest) -> None:
    await grading.hears(site_registered(), visit_recorded())
    await grading.hears(facts_changed(refused_order=True), sequence=2)
    body = {"reason": "现场已核实", "file_id": FILE, "approvals": ["enforcer-a"]}
    path = f"/sites/{MILL}/vetoes/veto.refused_order/lift"
    answer = await posted(grading, path, body, "enforcer", subject="enforcer-a", certificate_no="苏E-001")

    assert (answer.json()["state"], answer.json()["level"]) == ("effective", "orange")
    assert await grading.table("proposals") == []


async def test_who_else_is_named_when_a_policy_is_activated_has_not_agreed(grading: ServiceUnderTest) -> None:
    await grading.hears(site_registered())
    body = {"from": today().isoformat(), "approvals": [{"by": "officer-a"}, {"by": "officer-b"}]}
    answer = await posted(grading, "/policies/DEFAULT-2026.2/activate", body, subject="officer-a")

    assert answer.status_code == 200, answer.text
    assert [approval.by for approval in (await grading.said(PolicyActivated))[-1].approvals] == ["officer-a"]
