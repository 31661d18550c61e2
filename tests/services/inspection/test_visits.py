"""Visits: what failed becomes a hazard in the same commit, said with its card."""

import asyncio
from datetime import datetime, time, timedelta

import pytest

from shared.clock import SHANGHAI, utc_now
from shared.contracts.inspection import HazardFound, VisitRecorded
from shared.contracts.vocabulary import HazardSource, HazardState, PlaceVerdict, VisitResult
from shared.identifiers import new_id
from tests.services.inspection.stories import GATE, People, Yard, found, posted, read, settled, visit
from tests.support.service import ServiceUnderTest


async def test_a_failed_item_becomes_a_hazard_of_the_tenant_with_rule_and_due_day(inspection: ServiceUnderTest) -> None:
    people = await settled(inspection)
    (hazard,) = await found(people, "LF-21")
    assert (hazard["item"], hazard["level"], hazard["state"]) == ("LF-21", "medium", "confirmed")
    assert [(side["party_id"], side["role"]) for side in hazard["responsible"]] == [
        (str(people.yard.tenant), "responsible"),
        (str(people.yard.landlord), "urging"),
    ]
    assert hazard["rule"]["rule"] == "responsibility.leased_space"
    assert "房东" in hazard["rule"]["zh"] or "出租方" in hazard["rule"]["zh"]
    (said,) = await inspection.said(HazardFound)
    assert (str(said.hazard_id), said.due.isoformat(), said.envelope.sequence) == (hazard["id"], hazard["due"], 1)
    assert said.envelope.subject == people.yard.mill


async def test_the_visit_is_said_with_what_was_asked_and_what_failed(inspection: ServiceUnderTest) -> None:
    people = await settled(inspection)
    hazards = await found(people, "LF-21", "LF-13")
    (said,) = await inspection.said(VisitRecorded)
    assert said.asked == ("LF-23", "LF-21", "LF-13")
    assert said.failed == ("LF-21", "LF-13")
    assert [str(hazard) for hazard in said.hazards] == [hazard["id"] for hazard in hazards]
    assert not said.counts_to_cap


async def test_a_visit_sent_twice_is_one_visit(inspection: ServiceUnderTest) -> None:
    people = await settled(inspection)
    form = visit(people.yard.mill, "LF-21")
    async with people.grid_officer() as officer:
        first = await posted(officer, "visits", form)
        second = await posted(officer, "visits", form)
    assert first == second
    assert len(await inspection.said(HazardFound)) == 1
    assert len(await inspection.table("visits")) == 1


async def test_one_visit_sent_ten_times_at_once_is_one_visit(inspection: ServiceUnderTest) -> None:
    people = await settled(inspection)
    form = visit(people.yard.mill, "LF-21")
    async with people.grid_officer() as officer:
        answers = await asyncio.gather(*(posted(officer, "visits", form) for _ in range(10)))
    assert all(answer == answers[0] for answer in answers)
    assert len(await inspection.said(VisitRecorded)) == 1


async def test_every_answer_is_kept_even_where_nothing_failed(inspection: ServiceUnderTest) -> None:
    people = await settled(inspection)
    assert await found(people) == []
    (answer,) = await inspection.table("answers")
    assert (answer["item"], answer["answer"]) == ("LF-23", "ok")
    (said,) = await inspection.said(VisitRecorded)
    assert said.result == "ok"


async def test_numbers_are_readable_and_unique_in_the_year(inspection: ServiceUnderTest) -> None:
    people = await settled(inspection)
    numbers = [hazard["number"] for _ in range(3) for hazard in await found(people, "LF-21", "LF-22")]
    year = utc_now().year
    assert len(set(numbers)) == 6
    assert all(number.startswith(f"{year}-0") and len(number) == 9 for number in numbers)


async def test_a_new_year_begins_with_small_numbers(inspection: ServiceUnderTest) -> None:
    people = await settled(inspection)
    await found(people, "LF-21", "LF-22", "LF-24")
    inspection.time_passes(days=366)
    (hazard,) = await found(people, "LF-36")
    year, number = hazard["number"].split("-")
    assert int(year) > utc_now().year
    assert int(number) == 1


async def test_the_same_item_closed_lately_is_a_repeat_and_while_open_only_a_warning(inspection: ServiceUnderTest) -> None:
    people = await settled(inspection)
    (first,) = await found(people, "LF-21")
    async with people.grid_officer() as officer:
        doubled = await posted(officer, "visits", visit(people.yard.mill, "LF-21"))
    assert doubled["hazards"][0]["repeat_of"] is None
    assert ("same_item_open", "LF-21") in [(warning["code"], warning["item"]) for warning in doubled["warnings"]]
    await closed(people, first["id"])
    await closed(people, doubled["hazards"][0]["id"])
    (again,) = await found(people, "LF-21")
    assert again["repeat_of"] in {first["id"], doubled["hazards"][0]["id"]}


async def test_after_180_days_the_same_item_is_no_repeat(inspection: ServiceUnderTest) -> None:
    people = await settled(inspection)
    (first,) = await found(people, "LF-21")
    await closed(people, first["id"])
    inspection.time_passes(days=181)
    (again,) = await found(people, "LF-21")
    assert again["repeat_of"] is None


async def closed(people: People, hazard: str) -> None:
    async with people.tenant() as tenant:
        await posted(tenant, f"hazards/{hazard}/submit")
    async with people.bureau() as bureau:
        await posted(bureau, f"hazards/{hazard}/verify")


async def test_an_uncertified_account_cannot_record_an_administrative_inspection(inspection: ServiceUnderTest) -> None:
    people = await settled(inspection)
    form = visit(people.yard.mill, "LF-21", type="admin_inspection")
    async with people.grid_officer() as officer:
        assert (await posted(officer, "visits", form, 403))["code"] == "visit_type_not_allowed"
    async with inspection.client("enforcer") as uncertified:
        assert (await posted(uncertified, "visits", form, 403))["code"] == "officer_not_certified"


async def test_one_certified_officer_alone_cannot_inspect_and_two_can(inspection: ServiceUnderTest) -> None:
    people = await settled(inspection)
    form = visit(people.yard.mill, "LF-21", type="admin_inspection")
    async with people.enforcer() as enforcer:
        assert (await posted(enforcer, "visits", form, 422))["code"] == "too_few_certified_officers"
        form["people"] = [{"subject": "enforcer", "certificate_no": "E-2"}]
        assert (await posted(enforcer, "visits", form, 422))["code"] == "too_few_certified_officers"
        form["people"] = [{"subject": "second", "certificate_no": "E-2"}]
        await posted(enforcer, "visits", form)
    (said,) = await inspection.said(VisitRecorded)
    assert said.counts_to_cap
    (hazard,) = await inspection.said(HazardFound)
    assert hazard.source is HazardSource.ENFORCEMENT


async def test_a_major_candidate_waits_for_people(inspection: ServiceUnderTest) -> None:
    people = await settled(inspection)
    (hazard,) = await found(people, "LF-12")
    assert (hazard["level"], hazard["state"]) == ("major_candidate", "major_candidate")
    (said,) = await inspection.said(HazardFound)
    assert (said.state, said.immediate) == (HazardState.MAJOR_CANDIDATE, True)


async def test_a_shared_part_is_the_unified_managers(inspection: ServiceUnderTest) -> None:
    people = await settled(inspection)
    manager = new_id()
    await inspection.hears(people.yard.site(new_id(), "unified_manager", manager))  # type: ignore[arg-type]
    form = visit(people.yard.mill)
    form["answers"] = [{"item": "LF-13", "answer": "fail", "place": "shared"}]
    async with people.grid_officer() as officer:
        (hazard,) = (await posted(officer, "visits", form))["hazards"]
    assert hazard["responsible"][0]["party_id"] == str(manager)
    assert hazard["rule"]["rule"] == "responsibility.shared_part"


async def test_filling_in_far_from_the_site_is_shown_and_said(inspection: ServiceUnderTest) -> None:
    people = await settled(inspection)
    away = {"lon": GATE.lon + 0.02, "lat": GATE.lat, "crs": "wgs84"}
    async with people.grid_officer() as officer:
        answer = await posted(officer, "visits", visit(people.yard.mill, position=away))
    assert "far_from_site" in [warning["code"] for warning in answer["warnings"]]
    (said,) = await inspection.said(VisitRecorded)
    assert said.place_check.verdict is PlaceVerdict.OUTSIDE


async def test_a_point_in_gcj02_is_converted_before_it_is_compared(inspection: ServiceUnderTest) -> None:
    people = await settled(inspection)
    shown = {"lon": 119.8280, "lat": 31.3380, "crs": "gcj02"}
    async with people.grid_officer() as officer:
        answer = await posted(officer, "visits", visit(people.yard.mill, position=shown))
    metres = answer["place_check"]["metres"]
    assert metres < 150


async def test_a_point_in_an_unknown_system_is_refused(inspection: ServiceUnderTest) -> None:
    people = await settled(inspection)
    form = visit(people.yard.mill, position={"lon": 119.8, "lat": 31.3, "crs": "moon"})
    async with people.grid_officer() as officer:
        assert (await posted(officer, "visits", form, 422))["code"] == "crs_unknown"


async def test_an_offline_form_keeps_its_own_time_and_ours(inspection: ServiceUnderTest) -> None:
    people = await settled(inspection)
    then = utc_now() - timedelta(days=5)
    form = visit(people.yard.mill, "LF-21", offline=True, started_at=then.isoformat(), finished_at=then.isoformat())
    form["device_time"] = then.isoformat()
    async with people.grid_officer() as officer:
        answer = await posted(officer, "visits", form)
    (row,) = await inspection.table("visits")
    assert row["device_time"] == then
    assert row["recorded_at"] - then > timedelta(days=4)
    (said,) = await inspection.said(HazardFound)
    assert said.found_at == then
    assert said.due > utc_now().date()
    assert "device_clock_wrong" not in [warning["code"] for warning in answer["warnings"]]


async def test_a_phone_whose_clock_runs_ahead_puts_no_visit_into_the_future(inspection: ServiceUnderTest) -> None:
    people = await settled(inspection)
    ahead = utc_now() + timedelta(days=3650)
    form = visit(people.yard.mill, started_at=ahead.isoformat(), finished_at=ahead.isoformat(), offline=True)
    async with people.grid_officer() as officer:
        answer = await posted(officer, "visits", form)
    (said,) = await inspection.said(VisitRecorded)
    assert said.started_at <= said.finished_at <= utc_now()
    assert "device_clock_wrong" in [warning["code"] for warning in answer["warnings"]]
    (row,) = await inspection.table("visits")
    assert row["finished_at"] == ahead


async def test_what_failed_is_said_whatever_the_form_says_in_its_summary(inspection: ServiceUnderTest) -> None:
    people = await settled(inspection)
    async with people.grid_officer() as officer:
        for result in ("ok", "refused"):
            await posted(officer, "visits", visit(people.yard.mill, "LF-21", result=result))
    assert [event.result for event in await inspection.said(VisitRecorded)] == [VisitResult.HAZARDS, VisitResult.REFUSED]


async def test_a_landlord_makes_no_self_check_for_his_tenant(inspection: ServiceUnderTest) -> None:
    people = await settled(inspection)
    async with people.landlord() as landlord, people.tenant() as tenant:
        refused = await posted(landlord, "visits", visit(people.yard.mill, type="self_check"), 403)
        await posted(landlord, "visits", visit(people.yard.landlord_site, type="self_check"))
        await posted(tenant, "visits", visit(people.yard.mill, type="self_check"))
    assert refused["code"] == "not_your_own_site"
    assert len(await inspection.said(VisitRecorded)) == 2


async def test_what_a_grid_officer_finds_at_a_recheck_is_no_enforcement(inspection: ServiceUnderTest) -> None:
    people = await settled(inspection)
    await found(people, "LF-21", type="recheck")
    (said,) = await inspection.said(HazardFound)
    assert said.source is HazardSource.PATROL


async def test_a_visit_made_before_the_site_was_closed_is_kept_and_its_finds_have_no_clock(inspection: ServiceUnderTest) -> None:
    people = await settled(inspection)
    await inspection.hears(people.yard.closed())
    closed_on = people.yard.closed().closed_on
    for day, status in ((closed_on, 201), (closed_on + timedelta(days=1), 409)):
        noon = datetime.combine(day, time(12), SHANGHAI).isoformat()
        form = visit(people.yard.mill, "LF-21", offline=True, started_at=noon, finished_at=noon, device_time=noon)
        async with people.grid_officer() as officer:
            answer = await posted(officer, "visits", form, status)
        assert answer.get("code", "site_closed") == "site_closed"
        assert ("warnings" in answer) == (status == 201)
    assert [row["next_step_at"] for row in await inspection.table("hazards")] == [None]


async def test_a_form_that_ends_before_it_begins_is_refused_by_field_in_the_callers_language(
    inspection: ServiceUnderTest,
) -> None:
    people = await settled(inspection)
    form = visit(people.yard.mill, finished_at="2026-01-01T08:00:00+08:00")
    async with people.grid_officer() as officer:
        (error,) = (await posted(officer, "visits", form, 422))["errors"]
    assert error == {
        "pointer": "/finished_at",
        "code": "visit_ends_before_it_begins",
        "detail": "结束时间不能早于开始时间",
    }


async def test_what_no_database_can_keep_is_refused_by_field(inspection: ServiceUnderTest) -> None:
    people = await settled(inspection)
    async with people.grid_officer() as officer:
        noted = {"item": "LF-21", "answer": "ok", "note": "箱前\x00清空"}
        for change, pointer in (({"answers": [noted]}, "/answers/0/note"), ({"people": [{"subject": "a\x00"}]}, "/people/0")):
            problem = await posted(officer, "visits", visit(people.yard.mill, **change), 422)
            assert problem["errors"][0]["pointer"].startswith(pointer)
        await read(officer, "hazards", 422, item="\x00")


async def test_what_contradicts_the_ledger_is_shown(inspection: ServiceUnderTest) -> None:
    people = await settled(inspection, dust="none")
    async with people.grid_officer() as officer:
        answer = await posted(officer, "visits", visit(people.yard.mill, "LF-28"), headers={"Accept-Language": "en"})
    warning = next(warning for warning in answer["warnings"] if warning["code"] == "ledger_says_absent")
    assert (warning["item"], warning["detail"]) == ("LF-28", "The ledger says that there is no dust")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"checklist_version": "LF-1999"}, "checklist_unknown"),
        ({"answers": [{"item": "LF-99", "answer": "ok"}]}, "item_unknown"),
        ({"answers": [{"item": "LF-21", "answer": "ok"}, {"item": "LF-21", "answer": "fail"}]}, "item_answered_twice"),
        ({"answers": [{"item": "LF-21", "answer": "fail", "file_ids": [str(new_id())]}]}, "file_unknown"),
    ],
)
async def test_a_form_that_breaks_a_rule_is_refused_and_leaves_nothing(
    inspection: ServiceUnderTest, change: dict[str, object], code: str
) -> None:
    people = await settled(inspection)
    async with people.grid_officer() as officer:
        assert (await posted(officer, "visits", visit(people.yard.mill, **change), 422))["code"] == code
    assert await inspection.said() == []
    assert await inspection.table("visits") == []


async def test_a_site_that_nobody_registered_is_not_there(inspection: ServiceUnderTest) -> None:
    async with People(inspection, Yard()).bureau() as bureau:
        assert (await posted(bureau, "visits", visit(new_id()), 404))["code"] == "site_unknown"
