"""Who is unreachable no longer, or never was: another's dead number, old news, and a mobile that was verified since."""

import asyncio
from datetime import timedelta

from services.notify import unreached, workers
from services.notify.channels.channel import TryLater
from services.notify.library import shipped_book
from tests.services.notify.builders import BOSS, LANDLORD_BOSS, SAFETY, TENANT, contact, hazard, named
from tests.services.notify.phones import FrozenPhone, Phone, at_clock, install, notices, send_all
from tests.services.notify.registry_stand_in import RegistryStandIn
from tests.services.notify.test_unreached import alive, dead, found, lost, said_of, silent_boss, tried, two_days
from tests.support.service import ServiceUnderTest

HEIR = named("heir")


async def test_news_of_a_contact_that_come_late_undo_nothing(notify: ServiceUnderTest, registry: RegistryStandIn) -> None:
    await silent_boss(notify, registry)
    await notify.hears(contact(BOSS, TENANT), sequence=3)
    await two_days(notify)
    before = await notify.table("reach"), await notify.table("unreached")
    await notify.hears(contact(BOSS, TENANT), sequence=2)
    await notify.hears(contact(BOSS, TENANT), sequence=3)

    assert (await notify.table("reach"), await notify.table("unreached")) == before
    assert (len(await lost(notify)), await found(notify)) == (1, [])
    assert before[0]


async def test_the_dead_number_of_a_predecessor_says_nothing_of_who_has_his_place(
    notify: ServiceUnderTest, registry: RegistryStandIn
) -> None:
    sms = await silent_boss(notify, registry)
    registry.knows(BOSS, mobile="19900000001", wechat_openid="o-boss")
    registry.knows(HEIR)
    install(notify, sms, Phone("mini_program", "wechat", says=lambda _: TryLater(timedelta(minutes=5), "http_503")))
    await notify.hears(hazard(immediate=True))
    await notify.hears(contact(HEIR, TENANT))
    await send_all(notify)
    await notify.hears(contact(BOSS, TENANT, active=False), sequence=2)
    notify.time_passes(minutes=10)
    await send_all(notify)

    assert {row["state"] for row in await notices(notify, person_id=HEIR)} == {"failed"}
    assert await notify.table("unreached") == []


async def verified(notify: ServiceUnderTest, version: int = 1) -> None:
    """The principal has typed the code that was sent to him as he was in this version."""
    await notify.database.run(lambda tx: unreached.verified(tx, BOSS, version, shipped_book()))


async def test_a_verified_mobile_ends_it_and_is_sent_sms_again(notify: ServiceUnderTest, registry: RegistryStandIn) -> None:
    await silent_boss(notify, registry)
    await two_days(notify)
    assert {row["channel"] for row in await notify.table("reach")} == {"sms"}
    await verified(notify)
    await verified(notify)

    [said] = await found(notify)
    assert (said.contact_changed, said.envelope.sequence) == (False, 2)
    assert await notify.table("reach") == []


async def test_a_code_that_went_to_what_he_was_before_says_nothing_of_him_now(
    notify: ServiceUnderTest, registry: RegistryStandIn
) -> None:
    await silent_boss(notify, registry)
    await notify.hears(contact(BOSS, TENANT), sequence=2)
    await two_days(notify)
    await verified(notify, version=1)

    assert (len(await lost(notify)), await found(notify), len(await notify.table("reach"))) == (1, [], 1)


async def test_what_comes_back_once_his_mobile_was_verified_does_not_say_that_sms_reach_him_no_more(
    notify: ServiceUnderTest, registry: RegistryStandIn
) -> None:
    await silent_boss(notify, registry)
    install(notify, phone := FrozenPhone(says=dead, wanted=4))
    await notify.hears(hazard(immediate=True))
    sending_now = asyncio.create_task(notify.works(workers.send_alarms))
    await phone.reached.wait()
    notify.time_passes(seconds=5)
    await verified(notify)
    phone.thawed.set()
    await sending_now
    await send_all(notify)

    people = {row["person_id"] for row in await notify.table("reach") if row["channel"] == "sms"}
    assert {SAFETY, LANDLORD_BOSS} <= people
    assert BOSS not in people


async def test_what_was_tried_before_his_mobile_was_verified_counts_no_more_however_late_it_is_heard(
    notify: ServiceUnderTest, registry: RegistryStandIn
) -> None:
    await silent_boss(notify, registry, says=alive)
    first = await tried(notify, 1)
    await at_clock(notify, 9, days=1)
    second = await tried(notify, 2)
    notify.time_passes(minutes=5)
    await verified(notify)
    await said_of(notify, [first, second])
    assert await notify.table("unreached") == []

    await at_clock(notify, 9, days=1)
    third = await tried(notify, 3)
    await said_of(notify, [third])
    [row] = await notify.table("unreached")
    assert (row["tries"], row["said"]) == ([third["started_at"]], False)
