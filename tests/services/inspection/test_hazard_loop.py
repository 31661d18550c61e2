"""From found to closed over HTTP: each step allowed to the right person, kept in the history, said with its sequence."""

from contextlib import AbstractAsyncContextManager
from datetime import timedelta

import httpx

from shared.clock import utc_now
from shared.contracts.inspection import (
    ExtensionDecided,
    HazardAcknowledged,
    HazardClosed,
    HazardFound,
    HazardReopened,
    HazardTransferred,
    LandlordReportedRefusal,
    LandlordUrged,
    MajorHazardConfirmed,
    MajorHazardDelisted,
    MajorHazardListed,
    RectificationReturned,
    RectificationSubmitted,
)
from tests.services.inspection.stories import found, posted, read, refused, settled, stepped
from tests.support.service import ServiceUnderTest

BASIS = {"standard": "工贸企业重大事故隐患判定标准", "article": "3(2)", "version": "2023"}


async def test_found_acknowledged_submitted_verified_closed_each_said_in_order(inspection: ServiceUnderTest) -> None:
    people = await settled(inspection)
    (hazard,) = await found(people, "LF-21")
    await stepped(people.tenant(), hazard["id"], "acknowledge")
    await stepped(people.tenant(), hazard["id"], "submit", note="已清理")
    closed = await stepped(people.grid_officer(), hazard["id"], "verify", on_site=True)
    assert (closed["state"], closed["version"]) == ("closed", 4)
    said = await inspection.said(HazardFound, HazardAcknowledged, RectificationSubmitted, HazardClosed)
    assert [type(event) for event in said] == [HazardFound, HazardAcknowledged, RectificationSubmitted, HazardClosed]
    assert [event.envelope.sequence for event in said] == [1, 2, 3, 4]
    assert [line["step"] for line in closed["history"]] == ["find", "acknowledge", "submit", "verify"]
    assert closed["history"][2]["note"] == "已清理"
    assert closed["history"][3]["actor"] == "grid-officer"


async def test_the_landlord_hears_acknowledges_urges_and_reports_a_refusal(inspection: ServiceUnderTest) -> None:
    people = await settled(inspection)
    (hazard,) = await found(people, "LF-21")
    await stepped(people.landlord(), hazard["id"], "acknowledge")
    await stepped(people.landlord(), hazard["id"], "urge")
    await stepped(people.landlord(), hazard["id"], "report-refusal", note="承租方拒绝整改")
    said = (await inspection.said(HazardAcknowledged, LandlordUrged, LandlordReportedRefusal))[-2:]
    assert [event.landlord_party_id for event in said] == [people.yard.landlord] * 2
    assert [event.envelope.sequence for event in said] == [3, 4]


async def test_a_step_sent_again_with_the_same_key_is_taken_once(inspection: ServiceUnderTest) -> None:
    people = await settled(inspection)
    (hazard,) = await found(people, "LF-21")
    async with people.tenant() as tenant:
        path = f"hazards/{hazard['id']}/submit"
        first = await posted(tenant, path, headers={"Idempotency-Key": "once"})
        second = await posted(tenant, path, headers={"Idempotency-Key": "once"})
        third = await posted(tenant, path, status=409, headers={"Idempotency-Key": "twice"})
    assert first == second
    assert third["code"] == "step_not_possible"
    assert len(await inspection.said(RectificationSubmitted)) == 1


async def test_a_step_on_an_older_version_than_the_hazard_has_is_stale(inspection: ServiceUnderTest) -> None:
    people = await settled(inspection)
    (hazard,) = await found(people, "LF-21")
    async with people.tenant() as tenant:
        answer = await tenant.get(f"/api/inspection/hazards/{hazard['id']}")
        assert answer.headers["etag"] == '"1"'
        await posted(tenant, f"hazards/{hazard['id']}/acknowledge", headers={"If-Match": '"1"'})
        late = await posted(tenant, f"hazards/{hazard['id']}/submit", status=412, headers={"If-Match": '"1"'})
    assert late["code"] == "stale"


async def test_a_person_who_rectified_cannot_verify(inspection: ServiceUnderTest) -> None:
    people = await settled(inspection)
    (hazard,) = await found(people, "LF-21")
    parties = [people.yard.tenant]
    await stepped(inspection.client("tenant", subject="both", parties=parties), hazard["id"], "submit")
    code = await refused(inspection.client("bureau", "tenant", subject="both", parties=parties), hazard["id"], "verify", 403)
    assert code == "own_work_not_verified"


async def test_what_is_given_back_is_submitted_again_as_the_second_round(inspection: ServiceUnderTest) -> None:
    people = await settled(inspection)
    (hazard,) = await found(people, "LF-21")
    await stepped(people.tenant(), hazard["id"], "submit")
    back = await stepped(people.grid_officer(), hazard["id"], "return", reason="not_fixed", note="箱前仍有物料")
    assert back["state"] == "returned"
    await stepped(people.tenant(), hazard["id"], "submit")
    (returned,) = await inspection.said(RectificationReturned)
    assert (returned.reason, returned.round) == ("not_fixed", 1)
    assert [event.round for event in await inspection.said(RectificationSubmitted)] == [1, 2]


async def test_a_tenant_can_neither_confirm_nor_verify(inspection: ServiceUnderTest) -> None:
    people = await settled(inspection)
    (hazard,) = await found(people, "LF-21")
    for step in ("confirm", "verify", "return", "reopen", "list"):
        assert await refused(people.tenant(), hazard["id"], step, 403) == "forbidden"


async def test_a_landlord_cannot_submit_what_is_the_tenants(inspection: ServiceUnderTest) -> None:
    people = await settled(inspection)
    (hazard,) = await found(people, "LF-21")
    assert await refused(people.landlord(), hazard["id"], "submit", 403) == "step_not_allowed"


async def test_a_serious_find_is_confirmed_by_an_officer_with_another_day(inspection: ServiceUnderTest) -> None:
    people = await settled(inspection)
    (hazard,) = await found(people, "LF-15")
    assert hazard["state"] == "reported"
    due = (utc_now() + timedelta(days=20)).date().isoformat()
    confirmed = await stepped(people.bureau(), hazard["id"], "confirm", level="medium", due=due)
    assert (confirmed["state"], confirmed["level"], confirmed["due"]) == ("confirmed", "medium", due)
    assert await refused(people.bureau(), hazard["id"], "confirm", 409) == "already_confirmed"


async def test_a_hazard_that_is_graver_than_reported_is_looked_at_as_the_graver_one_is(inspection: ServiceUnderTest) -> None:
    people = await settled(inspection)
    async with people.bureau() as bureau:
        body = {"site_id": str(people.yard.mill), "category": "electrical", "level": "minor", "source": "public"}
        hazard = await posted(bureau, "hazards", body)
    assert (await stepped(people.bureau(), hazard["id"], "confirm", level="serious"))["recheck"] == "on_site"


async def test_nobody_confirms_with_a_day_that_is_over(inspection: ServiceUnderTest) -> None:
    people = await settled(inspection)
    (hazard,) = await found(people, "LF-15")
    assert await refused(people.bureau(), hazard["id"], "confirm", 422, due="2020-01-01") == "due_in_the_past"


async def test_a_rejected_hazard_ends_and_counts_for_no_repeat(inspection: ServiceUnderTest) -> None:
    people = await settled(inspection)
    (hazard,) = await found(people, "LF-21")
    gone = await stepped(people.bureau(), hazard["id"], "reject", reason="not_a_hazard")
    assert (gone["state"], gone["possible"]) == ("rejected", [])
    (again,) = await found(people, "LF-21")
    assert again["repeat_of"] is None


async def test_more_time_is_asked_for_and_granted(inspection: ServiceUnderTest) -> None:
    people = await settled(inspection)
    (hazard,) = await found(people, "LF-21")
    until = (utc_now() + timedelta(days=16)).date().isoformat()
    await stepped(people.tenant(), hazard["id"], "extend", until=until, reason="parts_ordered")
    granted = await stepped(people.bureau(), hazard["id"], "decide-extension", granted=True)
    assert (granted["state"], granted["due"]) == ("rectifying", until)
    (said,) = await inspection.said(ExtensionDecided)
    assert (said.granted, said.previous_due.isoformat()) == (True, hazard["due"])
    later = (utc_now() + timedelta(days=20)).date().isoformat()
    assert await refused(people.tenant(), hazard["id"], "extend", 409, until=later) == "no_extension_left"


async def test_a_closed_hazard_is_reopened(inspection: ServiceUnderTest) -> None:
    people = await settled(inspection)
    (hazard,) = await found(people, "LF-21")
    await stepped(people.tenant(), hazard["id"], "submit")
    await stepped(people.grid_officer(), hazard["id"], "verify")
    again = await stepped(people.grid_officer(), hazard["id"], "reopen")
    assert (again["state"], again["closed_at"]) == ("rectifying", None)
    (said,) = await inspection.said(HazardReopened)
    assert said.envelope.sequence == 4


async def test_the_department_to_which_it_is_transferred_sees_and_answers(inspection: ServiceUnderTest) -> None:
    people = await settled(inspection)
    (hazard,) = await found(people, "LF-21")
    async with inspection.client("department", subject="fire", department="fire") as department:
        await read(department, f"hazards/{hazard['id']}", 404)
    await stepped(people.bureau(), hazard["id"], "transfer", department="fire")
    assert await refused(people.bureau(), hazard["id"], "transfer", 403, accepted=True) == "step_not_allowed"
    await stepped(inspection.client("department", subject="fire", department="fire"), hazard["id"], "transfer", accepted=True)
    done = await stepped(inspection.client("department", subject="fire", department="fire"), hazard["id"], "verify", on_site=True)
    assert done["state"] == "closed"
    assert [event.transfer for event in await inspection.said(HazardTransferred)] == ["offered", "accepted"]
    async with inspection.client("department", department="ecology") as other:
        await read(other, f"hazards/{hazard['id']}", 404)


async def test_a_major_hazard_is_determined_listed_accepted_by_two_and_delisted(inspection: ServiceUnderTest) -> None:
    people = await settled(inspection)
    (hazard,) = await found(people, "LF-33")
    key = hazard["id"]
    first = await stepped(people.enforcer(), key, "confirm-major", basis=BASIS)
    assert first["level"] == "major_candidate"
    assert await refused(people.enforcer(), key, "confirm-major", 409, basis=BASIS) == "second_person_needed"
    major = await stepped(people.bureau("chen"), key, "confirm-major")
    assert (major["level"], major["state"]) == ("major", "major_confirmed")
    finish = (utc_now() + timedelta(days=90)).date().isoformat()
    notice = {"listing_level": "county", "document_no": "督办(2026)1号", "finish_by": finish}
    listed = await stepped(people.bureau(), key, "list", **notice)
    assert (listed["state"], listed["due"]) == ("listed", finish)
    assert (await stepped(people.tenant(), key, "submit"))["state"] == "acceptance_requested"
    assert await refused(people.grid_officer(), key, "verify", 403) == "step_not_allowed"
    await stepped(people.bureau("chen"), key, "verify", on_site=True)
    assert await refused(people.bureau("chen"), key, "verify", 409, on_site=True) == "second_person_needed"
    assert await refused(people.bureau(), key, "delist", 409) == "not_accepted"
    await stepped(people.bureau("zhao"), key, "verify", on_site=True)
    assert (await stepped(people.bureau(), key, "delist"))["state"] == "closed"
    said = await inspection.said(MajorHazardConfirmed, MajorHazardListed, MajorHazardDelisted, HazardClosed)
    assert [type(event) for event in said] == [MajorHazardConfirmed, MajorHazardListed, MajorHazardDelisted, HazardClosed]
    everything = [event for event in await inspection.said() if getattr(event, "hazard_id", None) and str(event.hazard_id) == key]
    sequences = [event.envelope.sequence for event in everything]
    assert sequences == sorted(set(sequences))


async def test_two_of_the_department_close_a_major_hazard_that_was_transferred(inspection: ServiceUnderTest) -> None:
    people = await settled(inspection)
    (hazard,) = await found(people, "LF-33")
    await stepped(people.enforcer(), hazard["id"], "confirm-major", basis=BASIS)
    await stepped(people.bureau("chen"), hazard["id"], "confirm-major")
    await stepped(people.bureau("chen"), hazard["id"], "transfer", department="fire")

    def fire(subject: str) -> AbstractAsyncContextManager[httpx.AsyncClient]:
        return inspection.client("department", subject=subject, department="fire")

    assert (await stepped(fire("one"), hazard["id"], "verify", on_site=True))["state"] == "transferred"
    assert await refused(fire("one"), hazard["id"], "verify", 409) == "second_person_needed"
    assert (await stepped(fire("other"), hazard["id"], "verify", on_site=True))["state"] == "closed"


async def test_a_step_that_cannot_be_meant_says_by_field_in_the_callers_language_what_can(inspection: ServiceUnderTest) -> None:
    people = await settled(inspection)
    (hazard,) = await found(people, "LF-15")
    async with people.bureau() as bureau:
        level = await posted(bureau, f"hazards/{hazard['id']}/confirm", {"level": "major"}, 422)
        neither = await posted(bureau, f"hazards/{hazard['id']}/transfer", status=422)
    assert [(problem["code"], problem["errors"][0]["pointer"]) for problem in (level, neither)] == [
        ("major_not_confirmed_here", "/level"),
        ("transfer_unclear", "/department"),
    ]
    assert "判定重大" in level["detail"]


async def test_a_slow_review_makes_nobody_late(inspection: ServiceUnderTest) -> None:
    people = await settled(inspection)
    (hazard,) = await found(people, "LF-21")
    await stepped(people.tenant(), hazard["id"], "submit")
    inspection.time_passes(days=60)
    async with people.bureau() as bureau:
        shown = await read(bureau, f"hazards/{hazard['id']}")
    assert (shown["overdue"], shown["days_late"]) == (False, 0)


async def test_without_a_certified_officer_nothing_becomes_major(inspection: ServiceUnderTest) -> None:
    people = await settled(inspection)
    (hazard,) = await found(people, "LF-33")
    await stepped(people.bureau("chen"), hazard["id"], "confirm-major", basis=BASIS)
    assert await refused(people.bureau("zhao"), hazard["id"], "confirm-major", 409) == "certified_person_needed"


async def test_a_grave_hazard_is_not_verified_from_the_desk(inspection: ServiceUnderTest) -> None:
    people = await settled(inspection)
    (hazard,) = await found(people, "LF-15")
    await stepped(people.tenant(), hazard["id"], "submit")
    code = await refused(people.grid_officer(), hazard["id"], "verify", 422, on_site=False)
    assert code == "on_site_verification_needed"


async def test_the_reader_is_offered_the_steps_that_he_may_take(inspection: ServiceUnderTest) -> None:
    people = await settled(inspection)
    (hazard,) = await found(people, "LF-21")
    async with people.tenant() as tenant, people.landlord() as landlord:
        for_tenant = (await read(tenant, f"hazards/{hazard['id']}"))["possible"]
        for_landlord = (await read(landlord, f"hazards/{hazard['id']}"))["possible"]
    assert set(for_tenant) == {"acknowledge", "submit", "extend"}
    assert set(for_landlord) == {"acknowledge", "urge", "report_refusal"}
