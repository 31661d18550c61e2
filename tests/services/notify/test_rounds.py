"""Batches on their way: nobody waits for a call that hangs, and no call is begun when its time is over."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from services.notify import workers
from services.notify.address_book import AddressBook, Mobile, Person
from services.notify.channels.channel import Accepted, Dispatch, Outcome, Unknown
from services.notify.domain.breaker import Tolerance
from services.notify.domain.providers import Weight
from services.notify.domain.telling import Lane
from services.notify.office import Office, office_of
from services.notify.rounds import Rounds
from services.notify.senders import Senders
from services.notify.sending import wanted
from shared.clock import utc_now
from tests.services.notify.builders import OFFICER, hazard, named, people
from tests.services.notify.phones import AnsweringPhone, FrozenPhone, Phone, install, send_all
from tests.services.notify.registry_stand_in import RegistryStandIn
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


async def test_no_more_alarms_are_claimed_than_are_called_at_once(notify: ServiceUnderTest) -> None:
    phone = StickyPhone()
    office = await planned(notify, phone, at_once=2, round_seconds=0.01)
    await notify.works(workers.send_alarms)
    assert (await waiting(notify)).count("due") == 2
    phone.freed.set()
    await office.rounds["alarm"].ended()
    assert await waiting(notify) == ["accepted", "accepted", "due", "due"]


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


@dataclass(slots=True)
class SlowBook:
    """A directory that takes its time, or as long as somebody else is about something."""

    book: AddressBook
    meanwhile: Callable[[], Awaitable[None]]

    async def find(self, people: Iterable[UUID]) -> Mapping[UUID, Person]:
        await self.meanwhile()
        return await self.book.find(people)

    async def mobile(self, contact: UUID) -> Mobile | None:
        return await self.book.mobile(contact)

    def forget(self) -> None:
        self.book.forget()


async def test_a_call_whose_turn_comes_too_late_for_its_lease_is_handed_back_and_made_later(notify: ServiceUnderTest) -> None:
    phone = AnsweringPhone()
    office = await planned(notify, phone, lease_seconds=0.02)
    office.addresses = SlowBook(book := office.addresses, lambda: asyncio.sleep(0.05))
    await notify.works(workers.send_alarms)
    assert phone.calls == []
    assert await waiting(notify) == ["due"] * 4

    office.settings, office.addresses = office.settings.model_copy(update={"lease_seconds": 60}), book
    await send_all(notify)
    assert len({call.notice_id for call in phone.calls}) == len(phone.calls) == 4
    assert {call.attempt for call in phone.calls} == {1}


async def test_what_was_claimed_for_a_provider_that_has_failed_meanwhile_is_handed_back(notify: ServiceUnderTest) -> None:
    phone = AnsweringPhone()
    office = await planned(notify, phone)
    office.senders.tolerance = Tolerance(faults=2)

    async def the_provider_fails() -> None:
        for _ in range(2):
            office.senders.learn(phone.kind, phone.name, Unknown(timedelta(seconds=20)), utc_now())

    office.addresses = SlowBook(office.addresses, the_provider_fails)
    await notify.works(workers.send_alarms)
    assert phone.calls == []
    assert await waiting(notify) == ["due"] * 4


async def test_a_call_that_is_over_makes_room_for_the_next(notify: ServiceUnderTest) -> None:
    phone = AnsweringPhone()
    office = await planned(notify, phone, at_once=1)
    for made in range(1, 5):
        await notify.works(workers.send_alarms)
        assert len(phone.calls) == made
        assert office.rounds["alarm"].busy == {}


HANGS, ANSWERS = ("sms", "carrier"), ("wecom", "wecom")


async def told_beside_a_provider_that_hangs(notify: ServiceUnderTest, registry: RegistryStandIn) -> tuple[int, int]:
    """Eight dangers while no SMS comes back: how often its provider was called, and how often the officer's chat."""
    hangs, answers = FrozenPhone(*HANGS), Phone(*ANSWERS)
    registry.knows(OFFICER, wecom_userid="officer", mobile="19900000009")
    office = await planned(notify, hangs, at_once=2, round_seconds=0.01, batch=4)
    install(notify, hangs, answers)
    for number in range(7):
        await notify.hears(hazard(immediate=True, hazard_id=named(f"danger {number}")))
    for _ in range(40):
        await notify.works(workers.send_alarms)
    called = len(hangs.calls), len(answers.calls)
    hangs.thawed.set()
    await office.rounds["alarm"].ended()
    await send_all(notify)
    assert len({call.key for call in hangs.calls}) == len(hangs.calls) == 8 * 4
    return called


async def test_a_provider_that_hangs_holds_up_no_other_ones_alarms(notify: ServiceUnderTest, registry: RegistryStandIn) -> None:
    assert await told_beside_a_provider_that_hangs(notify, registry) == (2, 8)


async def test_with_one_budget_for_all_providers_it_does(
    notify: ServiceUnderTest, registry: RegistryStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: a provider that hangs uses up what it is given."""
    monkeypatch.setattr(Rounds, "busy", property(lambda rounds: dict.fromkeys((HANGS, ANSWERS), rounds.calls.total())))
    _, chats = await told_beside_a_provider_that_hangs(notify, registry)
    assert chats < 8


async def told_by_two_providers_of_which_one_hangs(notify: ServiceUnderTest, registry: RegistryStandIn) -> tuple[set[str], int]:
    """Eight dangers: how the texts stand, and how often the officer's chat was called."""
    hangs, answers, chat = FrozenPhone(name="hangs"), Phone(name="answers"), Phone(*ANSWERS)
    registry.knows(OFFICER, wecom_userid="officer", mobile="19900000009")
    office = await planned(notify, hangs, at_once=2, round_seconds=0.01, batch=4)
    install(notify, hangs, answers, chat)
    office.senders.weights = {"sms": [Weight("hangs", 90, 90, utc_now()), Weight("answers", 10, 10, utc_now())]}
    for number in range(7):
        await notify.hears(hazard(immediate=True, hazard_id=named(f"danger {number}")))
    for _ in range(60):
        await notify.works(workers.send_alarms)
    assert len(hangs.calls) == 2
    states = set(await waiting(notify))
    chats = len(chat.calls)
    hangs.thawed.set()
    await office.rounds["alarm"].ended()
    await send_all(notify)
    assert len(hangs.calls) + len(answers.calls) == 8 * 4
    return states, chats


async def test_what_one_provider_cannot_take_goes_by_another_of_the_channel(
    notify: ServiceUnderTest, registry: RegistryStandIn
) -> None:
    assert await told_by_two_providers_of_which_one_hangs(notify, registry) == ({"accepted", "sending"}, 8)


async def test_without_passing_over_who_has_no_call_left_what_waits_for_it_stands_before_the_others(
    notify: ServiceUnderTest, registry: RegistryStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: each turn looks at the first four."""
    provider_for = Senders.provider_for
    monkeypatch.setattr(Senders, "provider_for", lambda *given: provider_for(*given[:6]))
    states, chats = await told_by_two_providers_of_which_one_hangs(notify, registry)
    assert "due" in states
    assert chats < 8


async def test_of_those_who_take_many_in_a_call_too_few_batches_hang_to_hold_up_others(
    notify: ServiceUnderTest, registry: RegistryStandIn
) -> None:
    hangs, answers = StuckPost(*HANGS), Phone(*ANSWERS)
    registry.knows(OFFICER, wecom_userid="officer", mobile="19900000009")
    office = await planned(notify, hangs, round_seconds=0.01)
    install(notify, hangs, answers)
    for number in range(9):
        await notify.works(workers.send_alarms)
        await notify.hears(hazard(immediate=True, hazard_id=named(f"danger {number}")))
    for _ in range(3):
        await notify.works(workers.send_alarms)
    assert (len(hangs.batches), len(answers.calls)) == (6, 10)
    hangs.freed.set()
    await office.rounds["alarm"].ended()
    await send_all(notify)
    assert sum(hangs.batches) == 40


@dataclass(slots=True)
class StuckPost(Phone):
    """Takes many in a call, and answers none of them before it is freed."""

    most: int = 100
    shares_key: bool = False
    batches: list[int] = field(default_factory=list)
    freed: asyncio.Event = field(default_factory=asyncio.Event)

    async def send_many(self, dispatches: Sequence[Dispatch]) -> Sequence[Outcome]:
        self.batches.append(len(dispatches))
        await self.freed.wait()
        return [Accepted(dispatch.key) for dispatch in dispatches]


@dataclass(slots=True)
class SilentPhone(AnsweringPhone):
    """Does not say what became of a message before it is freed."""

    freed: asyncio.Event = field(default_factory=asyncio.Event)

    async def ask(self, dispatch: Dispatch) -> Outcome:
        await self.freed.wait()
        return Accepted(dispatch.key)


async def test_a_provider_that_does_not_answer_questions_keeps_no_other_ones_answers_from_being_recorded(
    notify: ServiceUnderTest, registry: RegistryStandIn
) -> None:
    def unknown(_: Dispatch) -> Outcome:
        return Unknown(timedelta(seconds=20))

    silent, answers = SilentPhone(*HANGS, says=unknown), AnsweringPhone(*ANSWERS, says=unknown, knows=lambda d: Accepted(d.key))
    registry.knows(OFFICER, wecom_userid="officer", mobile="19900000009")
    await planned(notify, silent, at_once=2)
    install(notify, silent, answers)
    await send_all(notify)
    notify.time_passes(minutes=1)
    asking = asyncio.create_task(notify.works(workers.ask_providers))

    async def the_chat_has_arrived() -> bool:
        return "accepted" in {row["state"] for row in await notify.table("dispatches") if row["channel"] == "wecom"}

    await until(the_chat_has_arrived)
    assert await waiting(notify) == ["unknown"] * 4
    silent.freed.set()
    await asking
    assert await waiting(notify) == ["accepted"] * 4


async def test_who_leaves_does_not_wait_for_ever_for_what_cannot_end() -> None:
    rounds, held = Rounds(0.1, 1), asyncio.Event()

    async def hangs() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            held.set()

    rounds.depart(hangs())
    await asyncio.sleep(0)
    await rounds.ended(within=0)
    await held.wait()


@pytest.mark.parametrize(("lane", "most"), [(Lane.ALARM, 500), (Lane.ORDINARY, 500), (Lane.BROADCAST, 100), (Lane.OUTSIDE, 500)])
async def test_a_broadcast_is_claimed_in_smaller_parts_so_that_alarms_have_their_turn(
    notify: ServiceUnderTest, lane: Lane, most: int
) -> None:
    office = office_of(notify.station)
    assert wanted(office, lane).most == most
    office.settings = office.settings.model_copy(update={"batch": 7})
    assert wanted(office, lane).most == 7
