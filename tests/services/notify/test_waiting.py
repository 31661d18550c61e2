"""What waits for its moment: ladders, reminders, digests, caps."""

from datetime import UTC, date, datetime, timedelta

from services.notify import workers
from shared.contracts.inspection import ExtensionDecided, HazardAcknowledged, SelfCheckMissed
from shared.contracts.vocabulary import DateRange, OfficerRole
from tests.services.notify.builders import BOSS, LANDLORD_BOSS, MILL, OFFICER, TENANT, hazard, named, officer, people
from tests.services.notify.matters import dues
from tests.services.notify.phones import Phone, at_clock, install, notices, send_all
from tests.support.service import ServiceUnderTest

LEADER, ZONE_OFFICER, BUREAU = named("grid leader"), named("zone officer"), named("bureau")


async def climbs(notify: ServiceUnderTest, hours: float) -> None:
    notify.time_passes(hours=hours)
    await notify.works(workers.climb_ladders)


async def test_nobody_acknowledges_and_one_after_the_other_hears(notify: ServiceUnderTest) -> None:
    await notify.hears(*people(), officer(LEADER, role=OfficerRole.LEADER))
    desks = [{"recipient": "zone_officer", "officer_id": str(ZONE_OFFICER)}, {"recipient": "bureau", "officer_id": str(BUREAU)}]
    async with notify.client("bureau") as client:
        assert (await client.put("/api/notify/desks", json={"desks": desks})).status_code == 200
    await notify.hears(hazard())
    told = []
    for hours in (24.1, 24.1, 24.1, 48.1, 48.1):
        await climbs(notify, hours)
        told.append([(row["person_id"], row["rung"]) for row in await notices(notify, kind="hazard_unacknowledged")])

    assert [len(rows) for rows in told] == [2, 3, 4, 5, 5]
    assert set(told[-1]) == {(LANDLORD_BOSS, 1), (LEADER, 1), (OFFICER, 2), (ZONE_OFFICER, 3), (BUREAU, 4)}
    expects = [row["variables"]["expects"] for row in await notices(notify, kind="hazard_unacknowledged")]
    assert expects == ["督促承租企业签收并整改"] * 2 + ["上门核实并督促签收", "约谈责任单位", "决定是否列入执法检查"]


async def test_the_ladder_stops_when_the_responsible_party_acknowledges(notify: ServiceUnderTest) -> None:
    await notify.hears(*people())
    await notify.hears(hazard())
    boss = (await notices(notify, person_id=BOSS))[0]
    async with notify.client("tenant", parties=[TENANT]) as client:
        assert (await client.post(f"/api/notify/notices/{boss['id']}/acknowledge")).json()["state"] == "acknowledged"
    await climbs(notify, 25)

    assert await notices(notify, kind="hazard_unacknowledged") == []


async def test_a_copy_for_information_stops_no_ladder(notify: ServiceUnderTest) -> None:
    await notify.hears(*people())
    await notify.hears(hazard())
    landlords = (await notices(notify, person_id=LANDLORD_BOSS))[0]
    async with notify.client("landlord", parties=[named("landlord")]) as client:
        assert (await client.post(f"/api/notify/notices/{landlords['id']}/acknowledge")).status_code == 200
    await climbs(notify, 25)

    assert len(await notices(notify, kind="hazard_unacknowledged")) == 1


async def test_the_ladder_stops_when_inspection_says_so(notify: ServiceUnderTest) -> None:
    await notify.hears(*people())
    await notify.hears(hazard())
    said = hazard(HazardAcknowledged, by_party_id=TENANT, acknowledged_at=datetime.now(UTC))
    await notify.hears(said, sequence=2)
    await climbs(notify, 25)

    assert await notices(notify, kind="hazard_unacknowledged") == []


async def test_what_a_party_acknowledges_in_inspection_is_acknowledged_here(notify: ServiceUnderTest) -> None:
    await notify.hears(*people())
    await notify.hears(hazard())
    said = hazard(HazardAcknowledged, by_party_id=named("landlord"), acknowledged_at=datetime.now(UTC))
    await notify.hears(said, sequence=2)

    states = {row["recipient"]: row["state"] for row in await notices(notify)}
    assert (states["landlord"], states["tenant"]) == ("acknowledged", "planned")
    await climbs(notify, 25)
    assert len(await notices(notify, kind="hazard_unacknowledged")) == 1


async def test_a_rung_is_climbed_once_by_however_many_workers(notify: ServiceUnderTest) -> None:
    await notify.hears(*people())
    await notify.hears(hazard())
    await climbs(notify, 25)
    await notify.works(workers.climb_ladders)

    assert len(await notices(notify, kind="hazard_unacknowledged")) == 1


async def reminds_on(notify: ServiceUnderTest, day: date, hour: int = 9) -> None:
    """Let the Shanghai clock come to a little after an hour of a day, and the reminders be planned."""
    goal = datetime(day.year, day.month, day.day, hour - 8, 1, tzinfo=UTC)
    notify.database.shift += goal - (datetime.now(UTC) + notify.database.shift)
    await notify.works(workers.remind_of_dates)


async def test_a_hazard_is_called_to_mind_three_days_and_one_day_before(notify: ServiceUnderTest) -> None:
    await notify.hears(*people())
    due = (datetime.now(UTC) + timedelta(days=10)).date()
    await notify.hears(hazard(due=due))
    counts = []
    for days in (-4, -3, -2, -1):
        await reminds_on(notify, due + timedelta(days=days))
        counts.append(len(await notices(notify, kind="hazard_due", person_id=BOSS)))
    await reminds_on(notify, due, hour=18)

    assert counts == [0, 1, 1, 2]
    told = await notices(notify, kind="hazard_due", person_id=BOSS)
    assert [(row["template"], row["variables"].get("d")) for row in told] == [
        ("HZ_DUE", "3"),
        ("HZ_DUE", "1"),
        ("HZ_DUE_TODAY", None),
    ]


async def test_an_extension_moves_the_reminders(notify: ServiceUnderTest) -> None:
    await notify.hears(*people())
    due = (datetime.now(UTC) + timedelta(days=10)).date()
    later = due + timedelta(days=20)
    await notify.hears(hazard(due=due))
    await notify.hears(hazard(ExtensionDecided, due=later, granted=True, previous_due=due), sequence=4)
    await reminds_on(notify, due - timedelta(days=1))
    assert await notices(notify, kind="hazard_due") == []

    await reminds_on(notify, later - timedelta(days=3))
    assert await notices(notify, kind="hazard_due", person_id=BOSS)


async def test_sms_reminds_only_on_the_last_day(notify: ServiceUnderTest) -> None:
    sms = Phone("sms")
    install(notify, sms)
    await notify.hears(*people())
    due = (datetime.now(UTC) + timedelta(days=10)).date()
    await notify.hears(hazard(due=due))
    await send_all(notify)
    texts = []
    for days in (-3, -1):
        await reminds_on(notify, due + timedelta(days=days))
        notify.time_passes(minutes=1)
        await send_all(notify)
        texts.append([call.template for call in sms.calls].count("HZ_DUE"))

    assert texts == [0, 3]


async def test_what_a_party_owes_is_called_to_mind_seven_days_one_day_before_and_the_day_after(notify: ServiceUnderTest) -> None:
    await notify.hears(*people())
    today = (datetime.now(UTC) + timedelta(hours=8)).date()
    await notify.hears(*dues(today, today + timedelta(days=10)))
    kinds = ("certificate_due", "training_due", "drill_due", "lease_due", "insurance_due")
    counts = []
    for days in (3, 9, 11):
        await reminds_on(notify, today + timedelta(days=days))
        counts.append([len(await notices(notify, kind=kind, person_id=BOSS)) for kind in kinds])

    assert counts == [[1] * 5, [2] * 5, [3] * 5]


async def test_a_self_check_is_expected_by_the_end_of_the_month_and_missed_the_day_after(notify: ServiceUnderTest) -> None:
    await notify.hears(*people())
    expected = [row for row in await notify.table("dates") if row["kind"] == "self_check_due"]
    assert [row["thing_id"] for row in expected] == [MILL]
    period = DateRange(first=date(2026, 11, 1), last=date(2026, 11, 30))
    missed = SelfCheckMissed(self_check_id=named("self-check"), site_id=MILL, party_id=TENANT, period=period, due=period.last)
    await notify.hears(missed)

    assert {row["person_id"] for row in await notices(notify, kind="self_check_missed")} == {BOSS, named("safety officer")}
    moved = [row["on"].date() for row in await notify.table("dates") if row["kind"] == "self_check_due"]
    assert moved == [date(2026, 12, 31)]


async def test_three_reminders_to_one_person_become_one(notify: ServiceUnderTest) -> None:
    sms = Phone("sms")
    install(notify, sms)
    await notify.hears(*people())
    due = (datetime.now(UTC) + timedelta(days=10)).date()
    for number in range(3):
        await notify.hears(hazard(hazard_id=named(f"hazard {number}"), number=f"014{number}", due=due, item=f"LF-2{number}"))
    await send_all(notify)
    sms.calls.clear()
    await reminds_on(notify, due - timedelta(days=1))
    notify.time_passes(minutes=1)
    await send_all(notify)

    boss = (await notices(notify, kind="digest", person_id=BOSS))[0]
    assert [call.template for call in sms.calls if call.notice_id == boss["id"]] == ["DIGEST"]
    assert boss["variables"]["n"] == "3"
    merged = await notices(notify, kind="hazard_due", person_id=BOSS)
    assert {row["state"] for row in merged} == {"merged"}
    assert {row["merged_into"] for row in merged} == {boss["id"]}


async def test_two_reminders_go_one_by_one(notify: ServiceUnderTest) -> None:
    sms = Phone("sms")
    install(notify, sms)
    await notify.hears(*people())
    due = (datetime.now(UTC) + timedelta(days=10)).date()
    for number in range(2):
        await notify.hears(hazard(hazard_id=named(f"hazard {number}"), number=f"014{number}", due=due))
    await send_all(notify)
    sms.calls.clear()
    await reminds_on(notify, due - timedelta(days=1))
    notify.time_passes(minutes=1)
    await send_all(notify)

    assert [call.template for call in sms.calls] == ["HZ_DUE"] * 6


async def test_nobody_gets_more_than_five_ordinary_sms_a_day(notify: ServiceUnderTest) -> None:
    sms = Phone("sms")
    install(notify, sms)
    await notify.hears(*people())
    await at_clock(notify, 9)
    for number in range(8):
        await notify.hears(hazard(hazard_id=named(f"hazard {number}"), number=f"014{number}"))
    await send_all(notify)
    per_person = 4
    assert len(sms.calls) == 5 * per_person

    await at_clock(notify, 8, 5)
    await send_all(notify)
    assert len(sms.calls) == 8 * per_person


async def test_an_alarm_goes_over_the_cap(notify: ServiceUnderTest) -> None:
    sms = Phone("sms")
    install(notify, sms)
    await notify.hears(*people())
    for number in range(7):
        await notify.hears(hazard(hazard_id=named(f"hazard {number}"), number=f"014{number}", immediate=True))
    await send_all(notify)

    assert len(sms.calls) == 7 * 4
