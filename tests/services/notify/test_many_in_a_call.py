"""Broadcasts go many in a call, and each of them is still told exactly once; an alarm always goes alone."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from services.notify import workers
from services.notify.channels.channel import Accepted, Dispatch, Outcome, TryLater, Unknown
from services.notify.office import office_of
from tests.services.notify.builders import contact, hazard, named, people, site
from tests.services.notify.phones import AnsweringPhone, at_clock, install, send_all
from tests.services.notify.registry_stand_in import RegistryStandIn
from tests.support.service import ServiceUnderTest

ORDER = {"template": "WEATHER", "variables": {"topic": "台风", "date": "12月1日"}, "audience": {"kinds": ["tenant"]}}
SIZE = 6


@dataclass(slots=True)
class CrowdedPhone(AnsweringPhone):
    """A provider that takes many in one call, under one key."""

    most: int = 1000
    shares_key: bool = True
    loads: list[list[Dispatch]] = field(default_factory=list)

    async def send_many(self, dispatches: Sequence[Dispatch]) -> Sequence[Outcome]:
        self.loads.append(list(dispatches))
        self.calls.extend(dispatches)
        return [self.says(dispatch) for dispatch in dispatches]


async def ordered(notify: ServiceUnderTest, phone: Any, size: int = SIZE) -> None:
    """So many tenants are to hear of a typhoon, in the morning: at night it would wait."""
    await at_clock(notify, 10)
    install(notify, phone)
    for number in range(size):
        party = named(f"tenant {number}")
        await notify.hears(site(named(f"site {number}"), party_id=party), contact(named(f"boss {number}"), party))
    async with notify.client("bureau") as client:
        assert (await client.post("/api/notify/broadcasts", json=ORDER)).is_success
    await notify.works(workers.expand_broadcasts)


async def texts(notify: ServiceUnderTest) -> list[Any]:
    return [row for row in await notify.table("dispatches") if row["channel"] == "sms"]


async def test_a_broadcast_goes_in_one_call_under_a_key_that_was_stored_before_it(notify: ServiceUnderTest) -> None:
    phone = CrowdedPhone()
    await ordered(notify, phone)
    await send_all(notify)

    assert [len(load) for load in phone.loads] == [SIZE]
    assert {dispatch.call for dispatch in phone.calls} == {row["call"] for row in await texts(notify)}
    assert {row["state"] for row in await texts(notify)} == {"accepted"}


async def test_an_alarm_goes_alone_under_its_own_key(notify: ServiceUnderTest) -> None:
    phone = CrowdedPhone()
    install(notify, phone)
    await notify.hears(*people())
    await notify.hears(hazard(immediate=True))
    await send_all(notify)

    assert phone.loads == []
    assert {dispatch.call for dispatch in phone.calls} == {None}


async def test_killed_after_a_call_with_many_each_of_them_is_asked_for_by_its_key(notify: ServiceUnderTest) -> None:
    phone = CrowdedPhone(says=lambda _: Unknown(timedelta(seconds=1)), knows=lambda dispatch: Accepted(f"{dispatch.call}.x"))
    await ordered(notify, phone)
    await send_all(notify)
    notify.time_passes(minutes=2)
    await notify.works(workers.ask_providers)

    assert {row["state"] for row in await texts(notify)} == {"accepted"}
    assert {dispatch.call for dispatch in phone.asked} == {dispatch.call for dispatch in phone.loads[0]}
    assert len(phone.calls) == len(phone.asked) == SIZE


async def test_what_was_refused_for_the_sake_of_another_goes_alone_next_time(notify: ServiceUnderTest) -> None:
    phone = CrowdedPhone(says=lambda dispatch: TryLater(timedelta(), "one_of_many") if dispatch.call else Accepted(dispatch.key))
    await ordered(notify, phone)
    await send_all(notify)
    notify.time_passes(seconds=20)
    await send_all(notify)

    assert len(phone.loads) == 1
    assert {row["state"] for row in await texts(notify)} == {"not_sent", "accepted"}
    assert len([call for call in phone.calls if call.call is None]) == SIZE


async def test_two_people_with_one_number_are_never_in_the_same_call(notify: ServiceUnderTest, registry: RegistryStandIn) -> None:
    for number in range(3):
        registry.knows(named(f"boss {number}"), mobile="13900000001")
    phone = CrowdedPhone()
    await ordered(notify, phone)
    for _ in range(4):
        await send_all(notify)

    assert all(len({dispatch.address.value for dispatch in load}) == len(load) for load in phone.loads)
    assert len({dispatch.notice_id for dispatch in phone.calls}) == len(phone.calls) == SIZE
    assert {row["state"] for row in await texts(notify)} == {"accepted"}


async def test_one_call_that_went_wrong_is_one_fault_however_many_it_carried(notify: ServiceUnderTest) -> None:
    phone = CrowdedPhone(says=lambda _: Unknown(timedelta(seconds=30)))
    await ordered(notify, phone, size=10)
    await notify.works(workers.send_broadcasts)

    (breaker,) = office_of(notify.station).senders.breakers.values()
    assert (breaker.faults, breaker.shut_until) == (1, None)
