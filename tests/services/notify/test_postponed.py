"""What is put off was not sent: it takes nothing of a day's SMS, and only for want of a contact is it given up."""

from datetime import timedelta
from typing import Any

import pytest

from services.notify import allowances, workers
from services.notify.channels.channel import Accepted, KeyKind, TryLater
from services.notify.claiming import Claim, claim
from services.notify.office import office_of
from services.notify.results import Postponed
from services.notify.settling import settle
from shared.contracts.registry import ContactChanged
from tests.services.notify.builders import BOSS, LANDLORD, TENANT, hazard, named, people
from tests.services.notify.phones import Phone, at_clock, install, notices, send_all
from tests.services.notify.registry_stand_in import RegistryStandIn
from tests.support.service import ServiceUnderTest

MORE_THAN_A_DAYS_SMS = 7


async def counted(notify: ServiceUnderTest) -> list[int]:
    """What each of four people has been sent today."""
    return sorted(row["sent"] for row in await notify.table("sms_days"))


async def put_off(notify: ServiceUnderTest, registry: RegistryStandIn, times: int) -> None:
    """Everything that is due is claimed so many times while the registry is away."""
    registry.away = True
    for _ in range(times):
        await send_all(notify)
        notify.time_passes(seconds=6)
    registry.away = False


async def ordinary_ones_after_an_outage(notify: ServiceUnderTest, registry: RegistryStandIn) -> list[Any]:
    """A danger is put off again and again, then sent; what is sent of a second hazard on the same day."""
    phone = Phone()
    install(notify, phone)
    await notify.hears(*people())
    await at_clock(notify, 9)
    await notify.hears(hazard(immediate=True))
    await put_off(notify, registry, MORE_THAN_A_DAYS_SMS)
    await send_all(notify)
    assert len(phone.calls) == 4
    phone.calls.clear()
    await notify.hears(hazard(hazard_id=named("another")))
    await send_all(notify)
    return phone.calls


async def test_what_was_put_off_takes_nothing_of_a_days_sms(notify: ServiceUnderTest, registry: RegistryStandIn) -> None:
    assert len(await ordinary_ones_after_an_outage(notify, registry)) == 4
    assert await counted(notify) == [2] * 4


async def test_without_giving_back_an_outage_silences_the_day(
    notify: ServiceUnderTest, registry: RegistryStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: a claim is counted."""

    async def keep(*_: Any) -> None: ...

    monkeypatch.setattr(allowances, "give_back", keep)
    assert await ordinary_ones_after_an_outage(notify, registry) == []


async def test_only_who_holds_it_gives_it_back_and_to_the_day_on_which_it_was_counted(notify: ServiceUnderTest) -> None:
    install(notify, Phone())
    await notify.hears(*people())
    await at_clock(notify, 23, 59)
    await notify.hears(hazard(immediate=True))
    wanted = Claim("alarm", KeyKind.TRIAL, 500, timedelta(hours=1), calls=50)
    claimed = await notify.database.run(lambda tx: claim(tx, wanted, office_of(notify.station).senders))
    assert await counted(notify) == [1] * 4
    notify.time_passes(minutes=5)
    results = [Postponed(errand, timedelta(), "registry_away") for errand in claimed.errands]
    for _ in range(2):
        await notify.database.run(lambda tx: settle(tx, claimed.holder, results))

    assert await counted(notify) == [0] * 4
    await send_all(notify)
    assert await counted(notify) == [0] * 4 + [1] * 4


async def test_a_text_that_is_sent_at_the_second_attempt_counts_once(notify: ServiceUnderTest) -> None:
    phone = Phone(says=lambda d: Accepted(d.key) if d.attempt > 1 else TryLater(timedelta(), "busy"))
    install(notify, phone)
    await notify.hears(*people())
    await notify.hears(hazard(immediate=True))
    await send_all(notify)
    notify.time_passes(minutes=6)
    await send_all(notify)

    assert {row["state"] for row in await notices(notify)} == {"accepted"}
    assert await counted(notify) == [1] * 4


async def test_a_registry_that_was_away_uses_up_no_hope_for_a_contact(
    notify: ServiceUnderTest, registry: RegistryStandIn
) -> None:
    phone = Phone()
    install(notify, phone)
    for nobody in (TENANT, LANDLORD):
        registry.knows(nobody)
    contacts = [event for event in people() if isinstance(event, ContactChanged)]
    await notify.hears(*(event for event in people() if event not in contacts))
    await notify.hears(hazard(immediate=True))
    await put_off(notify, registry, 10)
    await notify.works(workers.send_alarms)
    waiting = [row for row in await notify.table("dispatches") if row["person_id"] in {TENANT, LANDLORD}]
    assert {(row["state"], row["reason"], row["postponed"]) for row in waiting if row["channel"] == "sms"} == {
        ("due", "no_contact_yet", 1)
    }

    await notify.hears(*contacts)
    notify.time_passes(minutes=1)
    await send_all(notify)
    assert BOSS in {row["person_id"] for row in await notify.table("dispatches") if row["state"] == "accepted"}
