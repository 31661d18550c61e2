"""Each intention reaches its person once: whatever is killed, times out, is repeated or forged."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from services.notify import recording, workers
from services.notify.channels.channel import Accepted, Concern, Dispatch, Impossible, KeyKind, Outcome, TryLater, Unknown
from services.notify.claiming import Claim, claim
from services.notify.office import office_of
from services.notify.settling import settle
from shared.contracts.notify import NoticeAccepted, NoticeFailed
from shared.contracts.registry import ContactChanged
from tests.services.notify.builders import BOSS, LANDLORD_BOSS, SAFETY, TENANT, contact, hazard, people
from tests.services.notify.phones import AnsweringPhone, FrozenPhone, Phone, install, notices, send_all
from tests.support.service import ServiceUnderTest

LEASE = timedelta(seconds=60)


class Killed(BaseException):
    """The process ends here, whatever it was doing."""


async def planned(notify: ServiceUnderTest, *channels: Any) -> None:
    """Four people are to be told of a danger, over these channels."""
    install(notify, *channels)
    await notify.hears(*people())
    await notify.hears(hazard(immediate=True))


async def recovers(notify: ServiceUnderTest) -> None:
    """A new process finds what the killed one left, asks, and goes on."""
    for _ in range(4):
        notify.time_passes(minutes=6)
        await notify.works(workers.take_left_behind)
        await notify.works(workers.ask_providers)
        await send_all(notify)


def arrived(phone: Phone) -> list[Any]:
    """What has reached somebody's phone: one entry for each dispatch that the provider took over."""
    return sorted(call.notice_id for call in phone.calls)


async def _dying(*arguments: Any) -> None:
    await claim(*arguments)
    raise Killed


async def test_killed_before_the_call_it_is_sent_once(notify: ServiceUnderTest) -> None:
    phone = AnsweringPhone()
    await planned(notify, phone)
    office = office_of(notify.station)
    wanted = Claim("alarm", KeyKind.TRIAL, 500, LEASE, calls=50)
    with pytest.raises(Killed):
        await notify.database.run(lambda tx: _dying(tx, wanted, office.senders))

    await send_all(notify)
    assert len(set(arrived(phone))) == len(phone.calls) == 4


async def test_killed_between_the_stored_attempt_and_the_call(notify: ServiceUnderTest) -> None:
    phone = AnsweringPhone()
    await planned(notify, phone)
    office = office_of(notify.station)
    await notify.database.run(lambda tx: claim(tx, Claim("alarm", KeyKind.TRIAL, 500, LEASE, calls=50), office.senders))
    assert phone.calls == []

    await recovers(notify)
    assert len(phone.asked) == 4
    assert len(set(arrived(phone))) == len(phone.calls) == 4


async def test_killed_with_a_notice_for_a_party_of_which_nobody_was_known_it_is_sent_to_whom_became_known(
    notify: ServiceUnderTest,
) -> None:
    """Nobody can have been called, so nobody need be asked; else it would stay uncertain for a day."""
    phone = AnsweringPhone()
    install(notify, phone)
    known = [event for event in people() if isinstance(event, ContactChanged)]
    await notify.hears(*(event for event in people() if event not in known))
    await notify.hears(hazard(immediate=True))
    office = office_of(notify.station)
    await notify.database.run(lambda tx: claim(tx, Claim("alarm", KeyKind.TRIAL, 500, LEASE, calls=50), office.senders))
    await notify.hears(*known)

    await recovers(notify)
    called = {row["person_id"] for row in await notify.table("dispatches") if row["state"] == "accepted"}
    assert {BOSS, LANDLORD_BOSS} <= called
    assert not [row for row in await notify.table("dispatches") if row["state"] == "unknown"]


async def test_killed_after_the_call_and_before_the_record(notify: ServiceUnderTest, monkeypatch: pytest.MonkeyPatch) -> None:
    phone = AnsweringPhone(knows=lambda dispatch: Accepted(f"no-{dispatch.key}"))
    await planned(notify, phone)

    async def killed(*arguments: Any) -> None:
        if any(isinstance(result.outcome, Accepted) for result in arguments[-1]):
            raise Killed
        await settle(*arguments)

    with monkeypatch.context() as patched:
        patched.setattr(recording, "settle", killed)
        with pytest.raises((Killed, BaseExceptionGroup)):
            await notify.works(workers.send_alarms)
    assert len(phone.calls) == 4

    await recovers(notify)
    assert len(phone.calls) == 4
    assert {row["state"] for row in await notices(notify)} == {"accepted"}
    assert len(await notify.said(NoticeAccepted)) == 4


async def test_a_timeout_after_acceptance_is_asked_and_not_sent_again(notify: ServiceUnderTest) -> None:
    phone = AnsweringPhone(says=lambda _: Unknown(timedelta(seconds=20)), knows=lambda d: Accepted(f"no-{d.key}"))
    await planned(notify, phone)
    await send_all(notify)
    assert {row["state"] for row in await notices(notify)} == {"unknown"}

    await recovers(notify)
    assert len(phone.calls) == 4
    assert {row["state"] for row in await notices(notify)} == {"accepted"}
    assert min(dispatch.age(dispatch.stored_at) for dispatch in phone.asked) > timedelta(seconds=20), "by the database's clock"


async def test_a_timeout_before_arrival_is_asked_and_then_sent_again(notify: ServiceUnderTest) -> None:
    answers = {1: Unknown(timedelta(seconds=20))}
    phone = AnsweringPhone(says=lambda d: answers.get(d.attempt, Accepted(d.key)))
    await planned(notify, phone)
    await send_all(notify)
    await recovers(notify)

    assert sorted(call.attempt for call in phone.calls) == [1, 1, 1, 1, 2, 2, 2, 2]
    assert {row["state"] for row in await notices(notify)} == {"accepted"}


async def test_a_channel_that_raises_has_perhaps_sent(notify: ServiceUnderTest) -> None:
    def breaks(_: Dispatch) -> Outcome:
        message = "connection reset"
        raise ConnectionResetError(message)

    phone = AnsweringPhone(says=breaks, knows=lambda d: Accepted(d.key))
    await planned(notify, phone)
    await send_all(notify)
    await recovers(notify)

    assert len(phone.calls) == 4
    assert {row["state"] for row in await notices(notify)} == {"accepted"}


async def test_who_cannot_be_asked_is_never_sent_to_again(notify: ServiceUnderTest) -> None:
    phone = Phone(says=lambda _: Unknown(timedelta(seconds=20)))
    await planned(notify, phone)
    await send_all(notify)
    await recovers(notify)
    notify.time_passes(hours=25)
    await recovers(notify)

    assert len(phone.calls) == 4
    assert {row["state"] for row in await notices(notify)} == {"failed"}


async def test_a_stale_worker_changes_nothing(notify: ServiceUnderTest) -> None:
    """A worker that was frozen past its lease comes back after another one has settled the matter."""
    phone = FrozenPhone(says=lambda _: TryLater(timedelta(), "late"), knows=lambda d: Accepted(f"asked-{d.key}"), wanted=4)
    await planned(notify, phone)
    turn = asyncio.create_task(notify.works(workers.send_alarms))
    await phone.reached.wait()
    notify.time_passes(minutes=6)
    await notify.works(workers.take_left_behind)
    await notify.works(workers.ask_providers)
    phone.thawed.set()
    await turn
    await send_all(notify)

    accepted = {row["provider_id"] for row in await notify.table("dispatches") if row["state"] == "accepted"}
    assert accepted == {f"asked-{call.key}" for call in phone.calls}
    assert len(phone.calls) == 4


async def test_two_workers_share_the_queue_without_sending_twice(notify: ServiceUnderTest) -> None:
    phone = Phone()
    await planned(notify, phone)
    await asyncio.gather(*(notify.works(workers.send_alarms) for _ in range(4)))

    assert len(set(arrived(phone))) == len(phone.calls) == 4


async def test_it_is_tried_first_at_once_and_then_every_five_minutes_for_four_hours(notify: ServiceUnderTest) -> None:
    phone = Phone(says=lambda _: TryLater(timedelta(), "busy", Concern.DISPATCH))
    await planned(notify, phone)
    await send_all(notify)
    assert {call.attempt for call in phone.calls} == {1, 2}

    for _ in range(60):
        notify.time_passes(minutes=5, seconds=1)
        await send_all(notify)
    assert max(call.attempt for call in phone.calls) == 50
    assert {row["state"] for row in await notices(notify)} == {"failed"}
    assert all(event.final for event in await notify.said(NoticeFailed) if event.channel == "sms")


async def test_a_number_that_is_none_is_learned(notify: ServiceUnderTest) -> None:
    phone = Phone(says=lambda _: Impossible("number_illegal", Concern.ADDRESS))
    await planned(notify, phone)
    await send_all(notify)
    assert ("sms") in {row["channel"] for row in await notify.table("reach")}

    await notify.hears(hazard(hazard_id=people()[0].site_id, immediate=True))
    await send_all(notify)
    assert len(phone.calls) == 4


async def test_a_number_that_is_none_says_nothing_of_the_one_that_replaced_it_meanwhile(notify: ServiceUnderTest) -> None:
    phone = FrozenPhone(says=lambda _: Impossible("number_illegal", Concern.ADDRESS), wanted=4)
    await planned(notify, phone)
    sending_now = asyncio.create_task(notify.works(workers.send_alarms))
    await phone.reached.wait()
    notify.time_passes(seconds=5)
    await notify.hears(contact(BOSS, TENANT), sequence=2)
    phone.thawed.set()
    await sending_now
    await send_all(notify)
    lost = {row["person_id"] for row in await notify.table("reach") if row["channel"] == "sms"}
    assert BOSS not in lost
    assert {SAFETY, LANDLORD_BOSS} <= lost


@pytest.mark.parametrize("works", [workers.send_alarms, workers.ask_providers, workers.take_left_behind])
async def test_an_empty_queue_is_no_work(notify: ServiceUnderTest, works: Callable[..., Any]) -> None:
    assert await notify.works(works) is False  # type: ignore[arg-type]
