"""The right person hears, once: from an event to the phone."""

from datetime import timedelta
from uuid import uuid4

from services.notify import workers
from services.notify.channels.channel import Accepted, Concern, Impossible, TryLater
from shared.contracts.inspection import HazardClosed, HazardConfirmed, HazardFound, HazardTransferred
from shared.contracts.notify import NoticeAccepted, NoticeFailed, NoticePlanned
from shared.contracts.vocabulary import (
    Department,
    HazardLevel,
    HazardSource,
    HazardState,
    NoticeFailure,
    NoticeState,
    Recipient,
    TransferState,
)
from tests.services.notify.builders import BOSS, LANDLORD, LANDLORD_BOSS, OFFICER, SAFETY, contact, hazard, lease, named, people
from tests.services.notify.phones import Phone, at_clock, install, notices, screens, send_all
from tests.services.notify.registry_stand_in import RegistryStandIn
from tests.support.service import ServiceUnderTest

NOW = {"closed_at": "2026-11-24T02:00:00+00:00"}


async def test_tenant_and_landlord_hear_of_a_hazard_at_the_same_moment(notify: ServiceUnderTest) -> None:
    await notify.hears(*people())
    await notify.hears(hazard(immediate=True))
    await send_all(notify)

    planned = await notify.said(NoticePlanned)
    assert {notice.recipient for notice in planned} == {Recipient.TENANT, Recipient.LANDLORD, Recipient.GRID_OFFICER}
    assert {n.notice_id for n in await notify.said(NoticeAccepted)} == {n.notice_id for n in planned}
    texts = {row["notice_id"]: row["text"] for row in screens(notify)}
    by_person = {row["person_id"]: texts[str(row["id"])] for row in await notices(notify)}
    assert set(by_person) == {BOSS, SAFETY, LANDLORD_BOSS, OFFICER}
    assert "宜兴华强机械厂" in by_person[BOSS]
    assert "配电箱前堆物" in by_person[BOSS]
    assert "环科园2号厂房" in by_person[LANDLORD_BOSS]


async def test_the_screen_shows_no_whole_number(notify: ServiceUnderTest) -> None:
    await notify.hears(*people())
    await notify.hears(hazard(immediate=True))
    await send_all(notify)

    assert screens(notify)
    assert all("****" in row["to"] for row in screens(notify))
    assert all(row["address"] is None or "****" in row["address"] for row in await notify.table("dispatches"))


async def test_an_event_that_is_heard_twice_is_told_once(notify: ServiceUnderTest) -> None:
    await notify.hears(*people())
    event, identity = hazard(immediate=True), uuid4()
    await notify.hears(event, message=identity)
    await notify.hears(event, message=identity)
    await notify.hears(event)
    await send_all(notify)

    assert len(screens(notify)) == len(await notices(notify)) == 4


async def test_found_and_then_confirmed_is_told_once(notify: ServiceUnderTest) -> None:
    await notify.hears(*people())
    await notify.hears(hazard(immediate=True))
    await notify.hears(hazard(HazardConfirmed, immediate=True), sequence=2)

    assert len(await notices(notify)) == 4


async def test_what_the_public_reports_is_told_when_it_is_confirmed(notify: ServiceUnderTest) -> None:
    await notify.hears(*people())
    await notify.hears(hazard(source=HazardSource.PUBLIC, state=HazardState.REPORTED))
    assert await notices(notify) == []

    await notify.hears(hazard(HazardConfirmed, source=HazardSource.PUBLIC), sequence=2)
    assert {row["person_id"] for row in await notices(notify)} == {BOSS, SAFETY, LANDLORD_BOSS, OFFICER}


async def test_an_unknown_site_waits_for_its_registration(notify: ServiceUnderTest) -> None:
    assert await notify.hears(hazard()) == "retried"

    await notify.hears(*people())
    assert await notify.hears(hazard()) == "acked"
    assert len(await notices(notify)) == 4


async def test_every_landlord_up_the_lease_chain_hears(notify: ServiceUnderTest) -> None:
    owner, owners_boss = named("owner"), named("owner's boss")
    await notify.hears(*people(), contact(owners_boss, owner))
    await notify.hears(lease(lease_id=named("head lease"), site_id=None, landlord_party_id=owner, tenant_party_id=LANDLORD))
    await notify.hears(lease(parent_lease_id=named("head lease"), depth=2))
    await notify.hears(hazard())

    assert {row["person_id"] for row in await notices(notify, recipient="landlord")} == {LANDLORD_BOSS, owners_boss}


async def test_a_party_without_contacts_is_the_addressee_itself(notify: ServiceUnderTest) -> None:
    await notify.hears(*people()[:2])
    await notify.hears(hazard())

    assert named("tenant") in {row["person_id"] for row in await notices(notify)}


async def test_ordinary_hazards_go_to_the_mini_program_and_to_sms_two_hours_later_if_unread(
    notify: ServiceUnderTest, registry: RegistryStandIn
) -> None:
    await notify.hears(*people())
    registry.knows(BOSS, wechat_openid="o-boss-0001", mobile="19900000001")
    mini, sms = Phone("mini_program", "wechat"), Phone("sms")
    install(notify, mini, sms)
    await at_clock(notify, 9)
    await notify.hears(hazard())
    await send_all(notify)
    boss = (await notices(notify, person_id=BOSS))[0]
    assert boss["id"] in mini.notices()
    assert boss["id"] not in sms.notices()

    notify.time_passes(hours=2, minutes=1)
    await notify.works(workers.take_next_steps)
    await send_all(notify)
    assert sms.notices().count(boss["id"]) == 1


async def test_who_has_read_gets_no_sms(notify: ServiceUnderTest, registry: RegistryStandIn) -> None:
    await notify.hears(*people())
    registry.knows(BOSS, wechat_openid="o-boss-0001", mobile="19900000001")
    sms = Phone("sms")
    install(notify, Phone("mini_program", "wechat"), sms)
    await at_clock(notify, 9)
    await notify.hears(hazard())
    await send_all(notify)
    boss = (await notices(notify, person_id=BOSS))[0]
    async with notify.client("tenant", parties=[named("tenant")]) as client:
        assert (await client.post(f"/api/notify/notices/{boss['id']}/read")).json()["state"] == "read"

    notify.time_passes(hours=3)
    await notify.works(workers.take_next_steps)
    await send_all(notify)
    assert boss["id"] not in sms.notices()


async def test_who_cannot_be_reached_by_wechat_gets_an_sms_at_once_exactly_once(
    notify: ServiceUnderTest, registry: RegistryStandIn
) -> None:
    await notify.hears(*people())
    registry.knows(BOSS, wechat_openid="o-boss-0001", mobile="19900000001")
    mini = Phone("mini_program", "wechat", says=lambda _: Impossible("no_quota", Concern.DISPATCH))
    sms = Phone("sms")
    install(notify, mini, sms)
    await at_clock(notify, 9)
    await notify.hears(hazard())
    await send_all(notify)
    boss = (await notices(notify, person_id=BOSS))[0]
    assert sms.notices().count(boss["id"]) == 1

    notify.time_passes(hours=3)
    await notify.works(workers.take_next_steps)
    await send_all(notify)
    assert sms.notices().count(boss["id"]) == 1
    failed = [event for event in await notify.said(NoticeFailed) if event.notice_id == boss["id"]]
    assert [(event.reason, event.final) for event in failed] == [(NoticeFailure.NOT_SUBSCRIBED, False)]


async def test_a_spent_quota_is_not_tried_again(notify: ServiceUnderTest, registry: RegistryStandIn) -> None:
    await notify.hears(*people())
    registry.knows(BOSS, wechat_openid="o-boss-0001", mobile="19900000001")
    mini = Phone("mini_program", "wechat", says=lambda _: Impossible("no_quota", Concern.DISPATCH))
    install(notify, mini, Phone("sms"))
    await at_clock(notify, 9)
    await notify.hears(hazard())
    await send_all(notify)
    await notify.hears(hazard(hazard_id=named("second hazard"), number="0143"))
    await send_all(notify)

    assert len(mini.calls) == 1


async def test_agreed_messages_are_counted_down(notify: ServiceUnderTest, registry: RegistryStandIn) -> None:
    await notify.hears(*people())
    registry.knows(BOSS, wechat_openid="o-boss-0001", mobile="19900000001")
    mini = Phone("mini_program", "wechat")
    install(notify, mini, Phone("sms"))
    await at_clock(notify, 9)
    async with notify.client("integrator") as client:
        answer = await client.post("/api/notify/consents", json={"person_id": str(BOSS), "accepted": ["HZ_NEW"]})
        assert answer.status_code == 204
    for number in range(2):
        await notify.hears(hazard(hazard_id=named(f"hazard {number}"), number=f"014{number}"))
        await send_all(notify)

    assert len(mini.calls) == 1


async def test_nothing_leaves_after_the_hazard_is_closed(notify: ServiceUnderTest, registry: RegistryStandIn) -> None:
    await notify.hears(*people())
    sms = Phone("sms")
    install(notify, Phone("mini_program", "wechat"), sms)
    await at_clock(notify, 22)
    await notify.hears(hazard())
    await send_all(notify)
    assert sms.calls == []

    await notify.hears(hazard(HazardClosed, state=HazardState.CLOSED, **NOW), sequence=5)
    await at_clock(notify, 9)
    await send_all(notify)
    assert {row["state"] for row in await notices(notify, kind="hazard_found")} == {"cancelled"}
    assert {call.template for call in sms.calls} <= {"HZ_CLOSED"}


async def test_reminders_stop_at_the_moment_of_transfer(notify: ServiceUnderTest) -> None:
    await notify.hears(*people())
    await notify.hears(hazard())
    assert {row["kind"] for row in await notify.table("reminders")} >= {"hazard_due"}

    transferred = hazard(
        HazardTransferred, state=HazardState.TRANSFERRED, department=Department.FIRE, transfer=TransferState.OFFERED
    )
    await notify.hears(transferred, sequence=3)
    assert "hazard_due" not in {row["kind"] for row in await notify.table("reminders")}
    assert all(row["next_at"] is None for row in await notify.table("climbs"))


async def test_a_hazard_that_was_closed_before_it_was_heard_of_is_not_told(notify: ServiceUnderTest) -> None:
    await notify.hears(*people())
    await notify.hears(hazard(HazardClosed, state=HazardState.CLOSED, **NOW), sequence=5)
    await notify.hears(hazard(), sequence=1)
    await send_all(notify)

    found = await notices(notify, kind="hazard_found")
    assert {row["state"] for row in found} == {"cancelled"}
    assert {event.state for event in await notify.said(NoticePlanned) if event.kind == "hazard_found"} == {NoticeState.CANCELLED}


async def test_quiet_hours_hold_for_what_is_not_urgent(notify: ServiceUnderTest) -> None:
    await notify.hears(*people())
    sms = Phone("sms")
    install(notify, sms)
    await at_clock(notify, 22)
    await notify.hears(hazard())
    await send_all(notify)
    assert sms.calls == []

    await at_clock(notify, 8)
    await send_all(notify)
    assert len(sms.calls) == 4


async def test_immediate_danger_wakes_people(notify: ServiceUnderTest) -> None:
    await notify.hears(*people())
    sms = Phone("sms")
    install(notify, sms)
    await at_clock(notify, 23)
    await notify.hears(hazard(immediate=True))
    await send_all(notify)

    assert len(sms.calls) == 4


async def test_a_retry_does_not_fall_into_the_night(notify: ServiceUnderTest) -> None:
    await notify.hears(*people())
    sms = Phone("sms", says=lambda _: TryLater(timedelta(minutes=10), "busy"))
    install(notify, sms)
    await at_clock(notify, 20, 55)
    await notify.hears(hazard())
    await send_all(notify)
    tried = len(sms.calls)
    assert tried

    sms.says = lambda dispatch: Accepted(dispatch.key)
    await at_clock(notify, 23)
    await send_all(notify)
    assert len(sms.calls) == tried

    await at_clock(notify, 8, 1)
    await send_all(notify)
    assert len({call.notice_id for call in sms.calls[tried:]}) == 4


async def test_what_is_outdated_is_dropped_with_a_reason(notify: ServiceUnderTest) -> None:
    await notify.hears(*people())
    sms = Phone("sms")
    install(notify, sms)
    await at_clock(notify, 22)
    await notify.hears(hazard())
    notify.time_passes(days=8)
    await at_clock(notify, 10)
    await send_all(notify)

    assert sms.calls == []
    assert {(row["state"], row["reason"]) for row in await notices(notify)} == {("expired", "outdated")}
    assert {event.reason for event in await notify.said(NoticeFailed)} == {NoticeFailure.OUTDATED}


async def test_no_phone_and_no_name_is_in_any_event(notify: ServiceUnderTest, registry: RegistryStandIn) -> None:
    await notify.hears(*people())
    registry.knows(BOSS, mobile="19912345678", name="张三丰", wechat_openid="o-secret-openid")
    await notify.hears(hazard(immediate=True))
    await send_all(notify)

    said = " ".join(event.model_dump_json() for event in await notify.said())
    assert "19912345678" not in said
    assert "张三丰" not in said
    assert "o-secret-openid" not in said


async def test_a_major_candidate_is_told_like_any_hazard(notify: ServiceUnderTest) -> None:
    await notify.hears(*people())
    await notify.hears(hazard(HazardFound, level=HazardLevel.MAJOR_CANDIDATE, state=HazardState.MAJOR_CANDIDATE))

    assert {row["kind"] for row in await notices(notify)} == {"hazard_found"}
