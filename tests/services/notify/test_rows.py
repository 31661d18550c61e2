"""Every row of the table cell by cell: to whom, when, on which channels in which order."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from services.notify import workers
from shared.contracts.inspection import ExtensionDecided, HazardEscalated
from shared.contracts.registry import SiteFactsChanged
from shared.contracts.vocabulary import FactValue, Level, OfficerRole, Recipient, RuleRef
from tests.services.notify import matters
from tests.services.notify.builders import (
    BOSS,
    LANDLORD_BOSS,
    MILL,
    OFFICER,
    SAFETY,
    grade_changed,
    hazard,
    named,
    officer,
    people,
)
from tests.services.notify.phones import Phone, at_clock, install, notices, send_all, today
from tests.services.notify.travels import LATER_SMS_2H, NOW, OTHERWISE_SMS, PHONE_CALL, at, clock, of, travels
from tests.support.service import ServiceUnderTest

LEADER, ZONE_LEADER, ZONE_OFFICER = named("grid leader"), named("zone leader"), named("zone officer")
BUREAU, FIRE, SAFETY_OFFICE, GROUP = named("bureau"), named("fire brigade"), named("safety office"), "group"
DESKS = {"zone_leader": ZONE_LEADER, "zone_officer": ZONE_OFFICER, "bureau": BUREAU, "safety_office": SAFETY_OFFICE}


@pytest.fixture
async def town(notify: ServiceUnderTest) -> ServiceUnderTest:
    """Everybody whom the table names, and a chat group; it is ten in the morning."""
    await notify.hears(*people(), officer(LEADER, role=OfficerRole.LEADER))
    desks = [{"recipient": word, "officer_id": str(person)} for word, person in DESKS.items()]
    desks.append({"recipient": "department", "officer_id": str(FIRE), "department": "fire"})
    robot = {"channel": "wecom", "address": "robot-key-0001", "purpose": "group", "filter": {"events": ["HazardFound"]}}
    async with notify.client("bureau") as client:
        assert (await client.put("/api/notify/desks", json={"desks": desks})).status_code == 200
        assert (await client.post("/api/notify/subscriptions", json=robot)).status_code == 201
    await at_clock(notify, 10)
    return notify


def same(travel: Any, *who: Any) -> dict[Any, Any]:
    return dict.fromkeys(who, travel)


async def test_hazard_confirmed(town: ServiceUnderTest) -> None:
    await town.hears(hazard())

    assert await travels(town, "hazard_found") == {
        **same(of("HZ_NEW", LATER_SMS_2H, mini_program=NOW), BOSS, SAFETY),
        LANDLORD_BOSS: of("HZ_NEW_LL", LATER_SMS_2H, mini_program=NOW),
        OFFICER: of("HZ_NEW_GO", LATER_SMS_2H, wecom=NOW),
    }


@pytest.mark.parametrize(("hour", "minute", "leaves"), [(20, 50, NOW), (21, 0, "08:00+1"), (7, 50, "08:00"), (8, 0, NOW)])
async def test_hazard_confirmed_between_eight_and_nine_in_the_evening(
    town: ServiceUnderTest, hour: int, minute: int, leaves: str
) -> None:
    await at_clock(town, hour, minute)
    await town.hears(hazard())

    assert {travel.starts["mini_program"] for who, travel in (await travels(town, "hazard_found")).items() if who == BOSS} == {
        leaves
    }


async def test_the_sms_of_an_evening_waits_for_the_morning(town: ServiceUnderTest) -> None:
    sms = Phone("sms")
    install(town, Phone("mini_program", "wechat"), Phone("wecom", "wecom"), sms)
    await at_clock(town, 19, 30)
    await town.hears(hazard())
    town.time_passes(hours=2, minutes=1)
    await town.works(workers.take_next_steps)
    await send_all(town)
    assert sms.calls == []

    await at_clock(town, 8)
    await send_all(town)
    assert len(sms.calls) == 4


async def test_immediate_hazard_confirmed(town: ServiceUnderTest) -> None:
    await at_clock(town, 23)
    await town.hears(hazard(immediate=True))

    assert await travels(town, "hazard_found") == {
        **same(of("HZ_NEW", lane="alarm", mini_program=NOW, sms=NOW), BOSS, SAFETY),
        LANDLORD_BOSS: of("HZ_NEW_LL", lane="alarm", mini_program=NOW, sms=NOW),
        OFFICER: of("HZ_NEW_GO", lane="alarm", wecom=NOW, sms=NOW),
    }


async def test_due_soon(town: ServiceUnderTest) -> None:
    due = await today(town) + timedelta(days=10)
    await town.hears(hazard(due=due))
    rows = [row for row in await town.table("reminders") if row["kind"] == "hazard_due"]
    moments = sorted(row["at"].astimezone(UTC).strftime("%j %H:%M") for row in rows)
    assert moments == [
        (due - timedelta(days=days)).strftime("%j ") + hour for days, hour in ((3, "01:00"), (1, "01:00"), (0, "10:00"))
    ]

    party = (BOSS, SAFETY, LANDLORD_BOSS)
    await at(town, due - timedelta(days=3), 9)
    assert await travels(town, "hazard_due") == {
        **same(of("HZ_DUE", mini_program=NOW), *party),
        OFFICER: of("HZ_DUE", wecom=NOW),
    }
    await at(town, due - timedelta(days=1), 9)
    assert await travels(town, "hazard_due") == {
        **same(of("HZ_DUE", OTHERWISE_SMS, mini_program=NOW), *party),
        OFFICER: of("HZ_DUE", wecom=NOW),
    }
    await at(town, due, 18)
    assert {travel.template for travel in (await travels(town, "hazard_due")).values()} == {"HZ_DUE_TODAY"}


async def test_overdue(town: ServiceUnderTest) -> None:
    await at_clock(town, 0, 5)
    await town.hears(matters.overdue())

    assert await travels(town, "hazard_overdue") == {
        **same(of("HZ_OVER", sms="09:30"), BOSS, SAFETY, LANDLORD_BOSS),
        GROUP: of("HZ_OVER", in_app=False, wecom_group="09:30"),
    }


RUNGS = [
    (1, 1, (Recipient.LANDLORD, Recipient.GRID_LEADER), {LANDLORD_BOSS, LEADER}, "督促责任单位立即整改"),
    (2, 3, (Recipient.ZONE_OFFICER,), {ZONE_OFFICER}, "约谈责任单位负责人"),
    (3, 7, (Recipient.BUREAU,), {BUREAU}, "决定是否列入执法检查"),
    (4, 15, (Recipient.BUREAU, Recipient.SAFETY_OFFICE), {BUREAU, SAFETY_OFFICE}, "组织移送会诊或公开曝光"),
]


@pytest.mark.parametrize("level", RUNGS, ids=["L1", "L2", "L3", "L4"])
async def test_overdue_level(town: ServiceUnderTest, level: Any) -> None:
    rung, days, recipients, told, expects = level
    await at_clock(town, 0, 5)
    rule = RuleRef(rule="escalation.overdue")
    await town.hears(hazard(HazardEscalated, rung=rung, days=days, rule=rule, recipients=recipients))

    assert await travels(town, "hazard_escalated") == {
        **same(of("HZ_ESCALATED", sms="09:30"), *told),
        GROUP: of("HZ_ESCALATED", in_app=False, wecom_group="09:30"),
    }
    said = {(row["variables"]["expects"], row["variables"]["d"]) for row in await notices(town, kind="hazard_escalated")}
    assert said == {(expects, str(days))}


async def test_what_inspection_escalates_for_want_of_an_answer_is_told_by_the_ladder_alone(town: ServiceUnderTest) -> None:
    rule, told = RuleRef(rule="escalation.unacknowledged"), (Recipient.LANDLORD, Recipient.GRID_LEADER)
    await town.hears(hazard(HazardEscalated, rung=1, days=0, rule=rule, recipients=told))

    assert await notices(town, kind="hazard_escalated") == []


MAJOR_OFFICIALS = (ZONE_LEADER, BUREAU, FIRE, SAFETY_OFFICE)


async def test_major_confirmed(town: ServiceUnderTest) -> None:
    await at_clock(town, 23)
    await town.hears(matters.major())

    assert await travels(town, "major_hazard_confirmed") == {
        BOSS: of("HZ_MAJOR", PHONE_CALL, lane="alarm", mini_program=NOW, sms=NOW),
        LANDLORD_BOSS: of("HZ_MAJOR_LL", PHONE_CALL, lane="alarm", mini_program=NOW, sms=NOW),
        **same(of("HZ_MAJOR_GO", PHONE_CALL, lane="alarm", wecom=NOW, sms=NOW), OFFICER, *MAJOR_OFFICIALS),
        GROUP: of("HZ_MAJOR_GO", lane="alarm", in_app=False, wecom_group=NOW),
    }


async def test_major_listed(town: ServiceUnderTest) -> None:
    await at_clock(town, 23)
    await town.hears(matters.listed())

    assert await travels(town, "major_hazard_listed") == {
        **same(of("HZ_LISTED", PHONE_CALL, lane="alarm", mini_program=NOW, sms=NOW), BOSS, LANDLORD_BOSS),
        **same(of("HZ_LISTED", PHONE_CALL, lane="alarm", wecom=NOW, sms=NOW), *MAJOR_OFFICIALS),
    }


async def test_major_stands_on_the_second_rung_at_once_and_is_called_to_mind_daily(town: ServiceUnderTest) -> None:
    await at_clock(town, 23)
    day = await today(town)
    rule = RuleRef(rule="escalation.major")
    await town.hears(hazard(HazardEscalated, rung=2, days=0, rule=rule, recipients=(Recipient.ZONE_OFFICER,)))
    await town.hears(matters.major(confirmed_at=clock(town)))
    told = await travels(town, "major_hazard_escalated")
    assert told == {ZONE_OFFICER: of("HZ_MAJOR_UP", lane="alarm", wecom=NOW, sms=NOW)}

    for days in (1, 2):
        await at(town, day + timedelta(days=days), 9)
    told = await travels(town, "major_hazard_open")
    assert told == {
        **same(of("HZ_MAJOR_OPEN", mini_program=NOW, sms=NOW), BOSS, LANDLORD_BOSS),
        **same(of("HZ_MAJOR_OPEN", OTHERWISE_SMS, wecom=NOW), OFFICER, ZONE_OFFICER),
    }
    assert [row["variables"]["d"] for row in await notices(town, kind="major_hazard_open", person_id=BOSS)] == ["1", "2"]

    await town.hears(matters.submitted(), sequence=2)
    await at(town, day + timedelta(days=3), 9)
    assert len(await notices(town, kind="major_hazard_open", person_id=BOSS)) == 2


@pytest.mark.parametrize(
    ("event", "kind", "text"),
    [
        (matters.returned, "rectification_returned", "HZ_RETURNED"),
        (matters.closed, "hazard_closed", "HZ_CLOSED"),
    ],
)
async def test_returned_and_closed(town: ServiceUnderTest, event: Any, kind: str, text: str) -> None:
    await town.hears(event())

    assert await travels(town, kind) == same(of(text, mini_program=NOW), BOSS, SAFETY, LANDLORD_BOSS)


async def test_an_extension_is_answered(town: ServiceUnderTest) -> None:
    due = await today(town) + timedelta(days=20)
    await town.hears(hazard(ExtensionDecided, due=due, granted=True, previous_due=due - timedelta(days=10)))

    assert await travels(town, "extension_decided") == same(of("HZ_EXTENDED", mini_program=NOW), BOSS, LANDLORD_BOSS)


async def test_grade_changed(town: ServiceUnderTest) -> None:
    await town.hears(grade_changed(to=Level.RED))

    assert await travels(town, "grade_changed") == {
        **same(of("GRADE", mini_program=NOW, sms=NOW), BOSS, SAFETY, LANDLORD_BOSS),
        OFFICER: of("GRADE_GO", wecom=NOW, sms=NOW),
    }
    assert await travels(town, "grade_turned_red") == same(of("GRADE_GO", wecom=NOW, sms=NOW), ZONE_LEADER, BUREAU)


async def test_a_drop_of_the_score_is_announced_with_its_notice_period(town: ServiceUnderTest) -> None:
    await town.hears(matters.warned())

    assert await travels(town, "grade_warned") == {
        **same(of("GRADE_WARN", mini_program=NOW, sms=NOW), BOSS, SAFETY, LANDLORD_BOSS),
        OFFICER: of("GRADE_WARN", wecom=NOW, sms=NOW),
    }
    assert {row["variables"]["until"] for row in await notices(town, kind="grade_warned")} == {"11月24日"}


DUES = ("certificate_due", "training_due", "drill_due", "lease_due", "insurance_due")


async def test_what_a_party_owes(town: ServiceUnderTest) -> None:
    ends = await today(town) + timedelta(days=10)
    await town.hears(*matters.dues(await today(town), ends))
    texts = {}
    for days in (-7, -1, 1):
        await at(town, ends + timedelta(days=days), 9)
        texts[days] = [(await travels(town, kind))[BOSS] for kind in DUES]

    before = [of(text, OTHERWISE_SMS, mini_program=NOW) for text in ("CERT", "TRAINING", "DRILL", "LEASE", "INSURANCE")]
    after = [of(f"{travel.template}_OVER", OTHERWISE_SMS, mini_program=NOW) for travel in before]
    assert texts == {-7: before, -1: before, 1: after}


async def test_checks_that_are_owed_and_missed(town: ServiceUnderTest) -> None:
    await town.hears(matters.first_lease())
    (own,) = [row["on"].date() for row in await town.table("dates") if row["kind"] == "self_check_due"]
    (landlords,) = [row["on"].date() for row in await town.table("dates") if row["kind"] == "landlord_check_due"]
    for days in (-7, -1):
        await at(town, own + timedelta(days=days), 9)
        told = await travels(town, "self_check_due")
        assert told == same(of("SELFCHK", OTHERWISE_SMS, mini_program=NOW), BOSS, SAFETY)
        await at(town, landlords + timedelta(days=days), 9, 1)
        assert await travels(town, "landlord_check_due") == {LANDLORD_BOSS: of("LL_CHECK", OTHERWISE_SMS, mini_program=NOW)}
    await at_clock(town, 0, 5, days=1)
    await town.hears(matters.self_check_missed(), matters.landlord_check_missed())
    assert (await travels(town, "self_check_missed"))[BOSS] == of("SELFCHK_MISSED", OTHERWISE_SMS, mini_program="09:00")
    told = await travels(town, "landlord_check_missed")
    assert told == {LANDLORD_BOSS: of("LL_CHECK_MISSED", OTHERWISE_SMS, mini_program="09:00")}


async def test_admission_decided(town: ServiceUnderTest) -> None:
    await town.hears(matters.admission())

    assert await travels(town, "admission_decided") == same(of("ADMIT", sms=NOW), LANDLORD_BOSS, BOSS)


async def test_campaign_and_meeting(town: ServiceUnderTest) -> None:
    day = await today(town) + timedelta(days=10)
    await town.hears(matters.campaign(day), matters.consultation(day))
    campaign, meeting = {OFFICER: of("CAMPAIGN", sms=NOW)}, same(of("MEETING", sms=NOW), BOSS, OFFICER, FIRE, BUREAU)
    assert await travels(town, "campaign_opened") == campaign
    assert await travels(town, "consultation_opened") == meeting

    await at(town, day - timedelta(days=1), 8, 50)
    assert await travels(town, "campaign_begins") == {}
    await at(town, day - timedelta(days=1), 9)
    assert await travels(town, "campaign_begins") == campaign
    assert await travels(town, "consultation_begins") == meeting


def fact(value: Any) -> FactValue:
    return FactValue(value=value, source="self", valid_from=date(2026, 1, 1))


@pytest.mark.parametrize("text", ["WEATHER", "HEAT", "HOLIDAY"])
async def test_weather_heat_and_holiday(town: ServiceUnderTest, text: str) -> None:
    await town.hears(SiteFactsChanged(site_id=MILL, facts={"dust": fact(value=True), "sprinkler": fact(value=False)}))
    order = {"template": text, "variables": {"topic": "台风", "date": "12月1日"}}
    async with town.client("bureau") as client:
        for facts in ({"dust": True, "sprinkler": False}, {"dust": True, "sprinkler": True}):
            answer = await client.post("/api/notify/broadcasts", json=order | {"audience": {"facts": facts}})
            assert answer.status_code == 201
    while await town.works(workers.expand_broadcasts):
        pass

    assert len(await notices(town, kind="broadcast")) == 1
    assert await travels(town, "broadcast") == {BOSS: of(text, lane="broadcast", sms=NOW)}


async def test_briefs(town: ServiceUnderTest) -> None:
    await at_clock(town, 8, 15, days=1)
    while (await today(town)).weekday() != 0:
        await at_clock(town, 8, 15, days=1)
    await town.works(workers.write_briefs)
    assert await travels(town, "daily_brief") == {}

    await at_clock(town, 8, 30)
    await town.works(workers.write_briefs)
    officers, leaders = (OFFICER, LEADER, ZONE_OFFICER, ZONE_LEADER, BUREAU), (ZONE_LEADER, BUREAU, SAFETY_OFFICE)
    assert await travels(town, "daily_brief") == same(of("BRIEF_DAY", wecom=NOW), *officers)
    assert await travels(town, "weekly_brief") == same(of("BRIEF_WEEK", wecom=NOW), *leaders)


async def test_case_received_and_due(town: ServiceUnderTest) -> None:
    due = clock(town) + timedelta(days=1)
    await town.hears(matters.complaint(due))
    assert await travels(town, "complaint_received") == {OFFICER: of("CASE_NEW", OTHERWISE_SMS, wecom=NOW)}

    town.time_passes(hours=19, minutes=45)
    await town.works(workers.remind_of_dates)
    assert await travels(town, "complaint_due") == {}
    town.time_passes(minutes=16)
    await town.works(workers.remind_of_dates)
    told = await notices(town, kind="complaint_due")
    assert [row["person_id"] for row in told] == [OFFICER]
    assert told[0]["send_after"] <= due - timedelta(hours=1, minutes=59)


async def test_a_case_that_is_due_in_the_early_morning_is_called_to_mind_the_evening_before(town: ServiceUnderTest) -> None:
    tomorrow = await today(town) + timedelta(days=1)
    await town.hears(matters.complaint(datetime(tomorrow.year, tomorrow.month, tomorrow.day, 0, 0, tzinfo=UTC)))
    await at(town, tomorrow - timedelta(days=1), 20, 20)
    assert await travels(town, "complaint_due") == {}

    await at(town, tomorrow - timedelta(days=1), 20, 31)
    assert await travels(town, "complaint_due") == {OFFICER: of("CASE_DUE", OTHERWISE_SMS, wecom=NOW)}
