"""Alarms leave with their plan: at once when it is stored, not before, once, and only those that may."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.notify import lifespan, planner
from services.notify.channels.channel import Accepted, TryLater
from services.notify.domain.breaker import Tolerance
from services.notify.office import office_of
from shared.clock import utc_now
from shared.contracts.event import Envelope, Event, decode, encode
from shared.database import Transaction
from shared.database.transaction import Ancestry
from shared.identifiers import new_id
from tests.services.notify.builders import hazard, named, people
from tests.services.notify.phones import AnsweringPhone, FrozenPhone, Phone, install, notices, send_all
from tests.services.notify.test_once import arrived, recovers
from tests.support.running import until
from tests.support.service import ServiceUnderTest


class Broken(Exception):
    """The transaction does not end well."""


@asynccontextmanager
async def open_gate(notify: ServiceUnderTest, *channels: Any) -> AsyncIterator[None]:
    """The service lives, four people are known, and no worker is at work."""
    install(notify, *channels)
    await notify.hears(*people())
    async with lifespan.alive(notify.station):
        yield


async def states(notify: ServiceUnderTest) -> list[str]:
    return sorted(row["state"] for row in await notify.table("dispatches") if row["channel"] == "sms")


async def become(notify: ServiceUnderTest, *wanted: str) -> None:
    """Wait until the texts have these states."""

    async def are() -> bool:
        return await states(notify) == sorted(wanted)

    await until(are)


async def called(phone: Phone, times: int) -> None:
    """Wait until the provider was called so often."""

    async def enough() -> bool:
        return len(phone.calls) >= times

    await until(enough)


def as_heard(event: Event) -> Event:
    """An event with its envelope, as a delivery hands it over."""
    identity = new_id()
    return decode(encode(event, Envelope(identity, "/inspection", event.wire_type(), event.site, utc_now(), identity, None, 1)))


async def plan_and_break(notify: ServiceUnderTest) -> None:
    """Plan an alarm in a transaction that fails after it."""
    event = as_heard(hazard(immediate=True))

    async def work(tx: Transaction) -> None:
        await planner.plan_batch(tx, [event])
        raise Broken

    with pytest.raises(Broken):
        await notify.database.run(work, ancestry=Ancestry.of(event))


async def test_an_alarm_leaves_with_its_plan_and_no_worker_is_needed(notify: ServiceUnderTest) -> None:
    phone, rung = Phone(), set[str]()
    notify.database.rung = lambda bells, _letters: rung.update(bells)
    async with open_gate(notify, phone):
        await notify.hears(hazard(immediate=True))
        await become(notify, *["accepted"] * 4)
        assert "dispatches_alarm" not in rung
        assert {notice["state"] for notice in await notices(notify)} == {"accepted"}
        await send_all(notify)
    assert len(set(arrived(phone))) == len(phone.calls) == 4


async def test_killed_between_the_commit_and_the_call_it_is_sent_once(
    notify: ServiceUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate_of = lifespan.gate_of
    monkeypatch.setattr(lifespan, "gate_of", lambda station: replace(gate_of(station), carry=lambda *_: None))
    phone = AnsweringPhone()
    async with open_gate(notify, phone):
        await notify.hears(hazard(immediate=True))
        assert phone.calls == []
        assert await states(notify) == ["sending"] * 4
        await recovers(notify)
    assert len(phone.asked) == 4
    assert len(set(arrived(phone))) == len(phone.calls) == 4


async def test_nobody_is_called_for_a_plan_that_was_not_stored(notify: ServiceUnderTest) -> None:
    phone = Phone()
    async with open_gate(notify, phone):
        await plan_and_break(notify)
    assert phone.calls == []
    assert await notify.table("notices") == []


async def test_negative_control_who_does_not_wait_for_the_commit_calls_for_nothing(
    notify: ServiceUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Transaction, "then", lambda _tx, call: call())
    phone = Phone()
    async with open_gate(notify, phone):
        await plan_and_break(notify)
        await called(phone, 4)
    assert await notify.table("notices") == []


async def test_what_was_planned_before_does_not_leave_again(notify: ServiceUnderTest) -> None:
    phone = Phone()
    event = as_heard(hazard(immediate=True))
    async with open_gate(notify, phone):
        for _ in range(2):
            await notify.database.run(lambda tx: planner.plan_batch(tx, [event]))
            await become(notify, *["accepted"] * 4)
        await send_all(notify)
    assert len(phone.calls) == 4


async def test_what_its_provider_cannot_take_now_stays_for_the_worker(notify: ServiceUnderTest) -> None:
    phone = Phone()
    async with open_gate(notify, phone):
        senders = office_of(notify.station).senders
        senders.stopped = {("sms", "carrier")}
        await notify.hears(hazard(immediate=True))
        assert await states(notify) == ["due"] * 4
        senders.stopped = set()
        await send_all(notify)
    assert len(set(arrived(phone))) == len(phone.calls) == 4


async def test_no_more_leave_than_are_called_at_once(notify: ServiceUnderTest) -> None:
    phone = FrozenPhone(wanted=3)
    async with open_gate(notify, phone):
        office_of(notify.station).rounds["alarm"].at_once = 3
        await notify.hears(hazard(immediate=True))
        await phone.reached.wait()
        assert await states(notify) == ["due", "sending", "sending", "sending"]
        phone.thawed.set()
        await become(notify, *["accepted"] * 3, "due")
        await send_all(notify)
    assert len(set(arrived(phone))) == len(phone.calls) == 4


async def test_while_its_provider_has_no_call_left_everything_stays_for_the_worker(notify: ServiceUnderTest) -> None:
    phone = FrozenPhone()
    async with open_gate(notify, phone):
        office_of(notify.station).rounds["alarm"].at_once = 24
        for number in range(8):
            await notify.hears(hazard(hazard_id=named(f"hazard {number}"), immediate=True))
        waiting = (await states(notify)).count("due")
        phone.thawed.set()
        await send_all(notify)
        await become(notify, *["accepted"] * 32)
    assert waiting == 8
    assert len(set(arrived(phone))) == len(phone.calls) == 32


async def test_with_an_office_that_cannot_be_opened_the_plan_is_stored_all_the_same(
    notify: ServiceUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    def closed(_: Any) -> None:
        raise Broken

    phone = Phone()
    async with open_gate(notify, phone):
        with monkeypatch.context() as patched:
            patched.setattr(lifespan, "office_of", closed)
            assert await notify.hears(hazard(immediate=True)) == "acked"
        assert await states(notify) == ["due"] * 4
        await send_all(notify)
    assert len(set(arrived(phone))) == len(phone.calls) == 4


async def test_what_can_wait_is_left_to_the_worker(notify: ServiceUnderTest) -> None:
    """Its text may be one too many for the day, and its hour may be quiet."""
    phone = Phone()
    async with open_gate(notify, phone):
        await notify.hears(hazard())
        assert not phone.calls
        assert "sending" not in await states(notify)


async def test_what_did_not_arrive_is_tried_again_as_any_other(notify: ServiceUnderTest) -> None:
    phone = Phone(says=lambda call: TryLater(timedelta(seconds=5), "busy") if call.attempt == 1 else Accepted(call.key))
    async with open_gate(notify, phone):
        office_of(notify.station).senders.tolerance = Tolerance(faults=10_000)
        await notify.hears(hazard(immediate=True))
        await called(phone, 4)
        await become(notify, *["due", "not_sent"] * 4)
        notify.time_passes(minutes=10)
        await send_all(notify)
    assert len(phone.calls) == 8
