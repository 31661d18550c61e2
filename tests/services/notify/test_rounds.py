"""Batches on their way: nobody waits for a call that hangs, and no call is begun when its time is over."""

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from services.notify import workers
from services.notify.channels.channel import Accepted, Dispatch, Outcome, Unknown
from services.notify.domain.breaker import Tolerance
from services.notify.office import Office, office_of
from tests.services.notify.builders import hazard, named, people
from tests.services.notify.phones import AnsweringPhone, install, send_all
from tests.support.running import until
from tests.support.service import ServiceUnderTest


@dataclass(slots=True)
class StickyPhone(AnsweringPhone):
    """The first call hangs until it is freed; every other one is answered."""

    freed: asyncio.Event = field(default_factory=asyncio.Event)

    async def send(self, dispatch: Dispatch) -> Outcome:
        self.calls.append(dispatch)
        if len(self.calls) == 1:
            await self.freed.wait()
        return Accepted(dispatch.key)


@dataclass(slots=True)
class SlowPhone(AnsweringPhone):
    """Takes its time for each call."""

    async def send(self, dispatch: Dispatch) -> Outcome:
        await asyncio.sleep(0.05)
        return await AnsweringPhone.send(self, dispatch)


async def planned(notify: ServiceUnderTest, phone: Any, **settings: Any) -> Office:
    """Four people are to be told of a danger; the office works by these settings."""
    office = office_of(notify.station)
    office.settings = office.settings.model_copy(update=settings)
    office.__post_init__()
    install(notify, phone)
    await notify.hears(*people())
    await notify.hears(hazard(immediate=True))
    return office


async def waiting(notify: ServiceUnderTest) -> list[str]:
    return sorted(row["state"] for row in await notify.table("dispatches") if row["channel"] == "sms")


async def side_by_side(notify: ServiceUnderTest, office: Office, rounds: int) -> None:
    """So many batches of one alarm each, none of which waits for the one before it."""
    for _ in range(rounds):
        await notify.works(workers.send_alarms)
    await office.rounds["alarm"].ended()


async def test_no_more_alarms_are_claimed_than_are_called_at_once(notify: ServiceUnderTest) -> None:
    phone = StickyPhone()
    office = await planned(notify, phone, at_once=2, round_seconds=0.01)
    await notify.works(workers.send_alarms)
    assert (await waiting(notify)).count("due") == 2
    phone.freed.set()
    await office.rounds["alarm"].ended()


async def test_an_alarm_does_not_wait_for_a_call_of_the_one_before_it_that_hangs(notify: ServiceUnderTest) -> None:
    phone = StickyPhone()
    office = await planned(notify, phone, round_seconds=0.01)
    await notify.works(workers.send_alarms)
    await notify.hears(hazard(immediate=True, hazard_id=named("another")))
    await notify.works(workers.send_alarms)

    async def others_are_accepted() -> bool:
        return await waiting(notify) == ["accepted"] * 7 + ["sending"]

    await until(others_are_accepted)
    phone.freed.set()
    await office.rounds["alarm"].ended()
    assert await waiting(notify) == ["accepted"] * 8
    assert len({call.key for call in phone.calls}) == len(phone.calls) == 8


async def test_a_call_whose_turn_comes_too_late_for_its_lease_is_handed_back_and_made_later(notify: ServiceUnderTest) -> None:
    phone = SlowPhone()
    office = await planned(notify, phone, at_once=1, round_seconds=0.001, lease_seconds=0.02)
    await side_by_side(notify, office, 4)
    assert len(phone.calls) <= 1
    assert "due" in await waiting(notify)

    office.settings = office.settings.model_copy(update={"lease_seconds": 60})
    office.rounds["alarm"].seconds = 60.0
    for _ in range(4):
        notify.time_passes(minutes=6)
        await notify.works(workers.take_left_behind)
        await notify.works(workers.ask_providers)
        await send_all(notify)
    assert len({call.notice_id for call in phone.calls}) == len(phone.calls) == 4
    assert {call.attempt for call in phone.calls} == {1}


async def test_what_was_claimed_for_a_provider_that_has_failed_meanwhile_is_handed_back(notify: ServiceUnderTest) -> None:
    phone = SlowPhone(says=lambda _: Unknown(timedelta(seconds=20)))
    office = await planned(notify, phone, at_once=1, round_seconds=0.001)
    office.senders.tolerance = Tolerance(faults=2)
    await side_by_side(notify, office, 4)

    assert len(phone.calls) == 2
    assert await waiting(notify) == ["due", "due", "unknown", "unknown"]
