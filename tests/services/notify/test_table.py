"""Who is told what: every row of the table, and that the table has no other."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from services.notify import workers
from services.notify.library import shipped_book
from shared.contracts.registry import SiteFactsChanged
from shared.contracts.vocabulary import FactValue, Level, OfficerRole, Recipient
from tests.services.notify import matters
from tests.services.notify.builders import (
    BOSS,
    LANDLORD_BOSS,
    MILL,
    OFFICER,
    SAFETY,
    grade_changed,
    hazard,
    lease,
    named,
    officer,
    people,
)
from tests.services.notify.phones import at_clock, notices, today
from tests.support.service import ServiceUnderTest

LEADER, ZONE_LEADER, ZONE_OFFICER = named("grid leader"), named("zone leader"), named("zone officer")
BUREAU, FIRE, SAFETY_OFFICE, GROUP = named("bureau"), named("fire brigade"), named("safety office"), "group"
DESKS = [
    ("zone_leader", ZONE_LEADER, None),
    ("zone_officer", ZONE_OFFICER, None),
    ("bureau", BUREAU, None),
    ("department", FIRE, "fire"),
    ("safety_office", SAFETY_OFFICE, None),
]
PARTY, OFFICIALS = {BOSS, SAFETY}, {ZONE_LEADER, BUREAU, FIRE, SAFETY_OFFICE}


async def everybody(notify: ServiceUnderTest) -> None:
    """The people around the mill, the desks, and a chat group of the grid."""
    await notify.hears(*people(), officer(LEADER, role=OfficerRole.LEADER))
    desks = [{"recipient": r, "officer_id": str(o), "department": d} for r, o, d in DESKS]
    robot = {"channel": "wecom", "address": "robot-key-0001", "purpose": "group", "filter": {"events": ["HazardFound"]}}
    async with notify.client("bureau") as client:
        assert (await client.put("/api/notify/desks", json={"desks": desks})).status_code == 200
        assert (await client.post("/api/notify/subscriptions", json=robot)).status_code == 201


async def told(notify: ServiceUnderTest, kind: str) -> set[Any]:
    """Who is told a kind of thing; a chat group is just a group."""
    return {GROUP if row["recipient"] == "subscriber" else row["person_id"] for row in await notices(notify, kind=kind)}


ROWS: list[tuple[str, str, Callable[[], Any], set[Any]]] = [
    ("hazard_confirmed", "hazard_found", hazard, PARTY | {LANDLORD_BOSS, OFFICER}),
    ("hazard_confirmed", "hazard_found", lambda: hazard(immediate=True), PARTY | {LANDLORD_BOSS, OFFICER}),
    ("hazard_confirmed", "landlord_urged", matters.urged, {BOSS}),
    ("hazard_confirmed", "landlord_reported_refusal", matters.refusal, {OFFICER, ZONE_OFFICER}),
    ("overdue", "hazard_overdue", matters.overdue, PARTY | {LANDLORD_BOSS, GROUP}),
    (
        "overdue",
        "hazard_escalated",
        lambda: matters.escalated(Recipient.LANDLORD, Recipient.GRID_LEADER),
        {LANDLORD_BOSS, LEADER, GROUP},
    ),
    ("major", "major_hazard_confirmed", matters.major, {BOSS, LANDLORD_BOSS, OFFICER, GROUP} | OFFICIALS),
    ("major", "major_hazard_listed", matters.listed, {BOSS, LANDLORD_BOSS} | OFFICIALS),
    ("returned_closed", "rectification_returned", matters.returned, PARTY | {LANDLORD_BOSS}),
    ("returned_closed", "hazard_closed", matters.closed, PARTY | {LANDLORD_BOSS}),
    ("grade_changed", "grade_changed", grade_changed, PARTY | {LANDLORD_BOSS, OFFICER}),
    ("grade_changed", "grade_turned_red", lambda: grade_changed(to=Level.RED), {ZONE_LEADER, BUREAU}),
    ("grade_changed", "grade_given", lambda: grade_changed(**{"from": None}), {BOSS}),
    ("grade_changed", "grade_warned", matters.warned, PARTY | {LANDLORD_BOSS, OFFICER}),
    ("grade_changed", "appeal_filed", matters.appeal_filed, {BUREAU}),
    ("grade_changed", "appeal_decided", matters.appeal_decided, {BOSS}),
    ("party_dues", "self_check_missed", matters.self_check_missed, PARTY),
    ("party_dues", "self_check_contradicted", matters.self_check_contradicted, PARTY),
    ("party_dues", "landlord_check_missed", matters.landlord_check_missed, {LANDLORD_BOSS}),
    ("admission_decided", "admission_decided", matters.admission, {LANDLORD_BOSS, BOSS}),
    ("campaign_meeting", "campaign_opened", matters.campaign, {OFFICER}),
    ("campaign_meeting", "consultation_opened", matters.consultation, {BOSS, OFFICER, BUREAU, FIRE}),
    ("case", "complaint_received", matters.complaint, {OFFICER}),
]


@pytest.mark.parametrize(("row", "kind", "event", "people_told"), ROWS, ids=[f"{row}-{kind}" for row, kind, *_ in ROWS])
async def test_the_right_people_hear(
    notify: ServiceUnderTest, row: str, kind: str, event: Callable[[], Any], people_told: set[Any]
) -> None:
    await everybody(notify)
    await notify.hears(event())

    assert await told(notify, kind) == people_told
    assert {rule.row for rule in shipped_book().rules if rule.kind == kind} == {row}


async def test_the_first_level_is_not_told_by_sms(notify: ServiceUnderTest) -> None:
    await everybody(notify)
    await notify.hears(grade_changed(**{"from": None}))

    assert {(row["state"], row["channel"]) for row in await notices(notify, kind="grade_given")} == {("accepted", "in_app")}
    assert await told(notify, "grade_changed") == set()


async def test_a_major_hazard_rings_the_phone_when_nobody_confirms_in_half_an_hour(notify: ServiceUnderTest) -> None:
    await everybody(notify)
    await at_clock(notify, 23)
    await notify.hears(matters.major())
    notify.time_passes(minutes=31)
    await notify.works(workers.take_next_steps)

    voice = [row for row in await notify.table("dispatches") if row["channel"] == "voice"]
    assert {row["person_id"] for row in voice} == {BOSS, LANDLORD_BOSS, OFFICER} | OFFICIALS
    assert {row["lane"] for row in voice} == {"alarm"}


async def test_overdue_is_told_at_half_past_nine(notify: ServiceUnderTest) -> None:
    await everybody(notify)
    await at_clock(notify, 11)
    await notify.hears(matters.overdue())

    local = {row["send_after"].astimezone(UTC).strftime("%H:%M") for row in await notices(notify, kind="hazard_overdue")}
    assert local == {"01:30"}


async def comes(notify: ServiceUnderTest, moment: datetime) -> None:
    notify.database.shift += moment - (datetime.now(UTC) + notify.database.shift)
    await notify.works(workers.remind_of_dates)


async def test_a_campaign_and_a_meeting_are_called_to_mind_the_day_before(notify: ServiceUnderTest) -> None:
    await everybody(notify)
    day = (datetime.now(UTC) + timedelta(days=10)).date()
    await notify.hears(matters.campaign(day))
    await notify.hears(matters.consultation(day))
    await comes(notify, datetime(day.year, day.month, day.day, 1, 1, tzinfo=UTC) - timedelta(days=1))

    assert await told(notify, "campaign_begins") == {OFFICER}
    assert await told(notify, "consultation_begins") == {BOSS, OFFICER, BUREAU, FIRE}


async def test_a_case_is_called_to_mind_four_hours_before(notify: ServiceUnderTest) -> None:
    await everybody(notify)
    due = (datetime.now(UTC) + timedelta(days=1)).replace(hour=8, minute=0, second=0, microsecond=0)  # four in the afternoon
    await notify.hears(matters.complaint(due))
    await comes(notify, due - timedelta(hours=4, minutes=-1))

    assert await told(notify, "complaint_due") == {OFFICER}
    assert (await notices(notify, kind="complaint_due"))[0]["variables"]["channel"] == "12345"


async def test_a_broadcast_reaches_a_filtered_set_once_each(notify: ServiceUnderTest) -> None:
    await everybody(notify)
    order = {"template": "WEATHER", "variables": {"topic": "台风", "date": "12月1日"}, "audience": {"kinds": ["tenant"]}}
    async with notify.client("bureau") as client:
        assert (await client.post("/api/notify/broadcasts", json=order)).status_code == 201
    while await notify.works(workers.expand_broadcasts):
        pass

    assert await told(notify, "broadcast") == {BOSS}
    assert {row["lane"] for row in await notices(notify, kind="broadcast")} == {"broadcast"}


async def test_a_brief_is_written_at_half_past_eight_for_officers_and_leaders(notify: ServiceUnderTest) -> None:
    await everybody(notify)
    await at_clock(notify, 8, 29, days=1)
    await notify.hears(hazard())
    await notify.works(workers.write_briefs)
    assert await told(notify, "daily_brief") == set()

    await at_clock(notify, 8, 31)
    await notify.works(workers.write_briefs)
    await notify.works(workers.write_briefs)
    briefs = await notices(notify, kind="daily_brief")
    assert {row["person_id"] for row in briefs} == {OFFICER, LEADER, ZONE_OFFICER, ZONE_LEADER, BUREAU}
    assert len(briefs) == 5
    assert {row["variables"]["open"] for row in briefs} == {"1"}


async def test_the_weekly_brief_comes_on_monday(notify: ServiceUnderTest) -> None:
    await everybody(notify)
    for _ in range(7):
        await at_clock(notify, 8, 31, days=1)
        await notify.works(workers.write_briefs)

    weekly = await notices(notify, kind="weekly_brief")
    assert {row["person_id"] for row in weekly} == {ZONE_LEADER, BUREAU, SAFETY_OFFICE}
    assert {row["planned_at"].astimezone(UTC).weekday() for row in weekly} == {0}


async def test_on_monday_a_party_hears_in_one_notice_what_is_due_this_week(notify: ServiceUnderTest) -> None:
    await everybody(notify)
    await at_clock(notify, 7)
    while (await today(notify)).weekday() != 0:
        await at_clock(notify, 7, days=1)
    monday = await today(notify)
    ends = monday + timedelta(days=4)
    await notify.hears(lease(end=ends), SiteFactsChanged(site_id=MILL, facts={"safety_insurance": insured_until(ends)}))
    await at_clock(notify, 9, 1)
    await notify.works(workers.write_weekly_digests)
    await notify.works(workers.write_weekly_digests)

    told_now = await notices(notify, kind="weekly_digest")
    assert {row["person_id"] for row in told_now} == PARTY
    assert len(told_now) == 2
    assert "租赁到期提醒" in told_now[0]["variables"]["list"]
    assert "安责险到期提醒" in told_now[0]["variables"]["list"]


def insured_until(day: date) -> FactValue:
    return FactValue(value=True, source="self", valid_from=date(2026, 1, 1), valid_to=day)


def test_every_rule_of_the_book_belongs_to_a_row_that_is_tested() -> None:
    elsewhere = {"broadcast", "briefs", "ladder", "subscription", "due_soon"}
    tested = {kind for _, kind, *_ in ROWS} | {"hazard_reopened", "hazard_handed_back", "extension_decided", "weekly_digest"}
    tested |= {"major_hazard_escalated"}
    untested = {rule.kind for rule in shipped_book().rules if rule.row not in elsewhere} - tested

    assert untested == set()
    assert {rule.row for rule in shipped_book().tellings()} == {row for row, *_ in ROWS} | elsewhere
