"""What providers say later: verified, counted once, in any order; a forged callback changes nothing."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
import pytest

from services.notify import marking, workers
from services.notify.channels.channel import (
    Accepted,
    Answer,
    Callback,
    Concern,
    ForgedCallbackError,
    Outcome,
    Reached,
    Receipt,
    TryLater,
    Unknown,
)
from services.notify.marking import take_receipts
from shared.contracts.notify import NoticeDelivered, NoticeFailed
from shared.contracts.vocabulary import NoticeState
from shared.database import Transaction
from shared.errors import Unavailable
from tests.services.notify.builders import BOSS, hazard, named, people
from tests.services.notify.phones import Phone, install, notices, send_all
from tests.services.notify.registry_stand_in import RegistryStandIn
from tests.support.service import ServiceUnderTest


@dataclass(slots=True)
class CallingPhone(Phone):
    """A provider that calls back with a password, and can be polled."""

    kind: str = "sms"
    name: str = "carrier"

    def read_callback(self, callback: Callback) -> Answer:
        if callback.query.get("token") != "s3cret":
            raise ForgedCallbackError
        if callback.method == "GET":
            return Answer((), b"echo", "text/plain")
        key, _, reached = callback.body.decode().partition(" ")
        return Answer([Receipt(self.name, None, key, Reached(reached), callback.received_at)], b'{"code":0}')

    async def collect(self) -> list[Receipt]:
        return [Receipt(self.name, f"no-{call.key}", None, Reached.DELIVERED, call.stored_at) for call in self.calls]


async def told(notify: ServiceUnderTest, phone: Phone) -> Any:
    install(notify, phone)
    await notify.hears(*people())
    await notify.hears(hazard(immediate=True))
    await send_all(notify)
    return (await notices(notify, person_id=BOSS))[0]


def key_of(phone: Phone, notice: Any) -> str:
    return next(call.key for call in phone.calls if call.notice_id == notice["id"])


async def calls_back(notify: ServiceUnderTest, phone: Phone, body: str, word: str = "s3cret") -> httpx.Response:
    async with notify.client() as provider:
        transport: Any = provider._transport
        application = transport.app
        for route in _applications(application):
            route.state.channels = {phone.name: phone}
        return await provider.post(f"/api/notify/receipts/{phone.name}?token={word}", content=body)


def _applications(edge: Any) -> list[Any]:
    """The service's own application inside the mounted one."""
    return [route.app for route in edge.app.routes if getattr(route, "path", "") == "/api/notify"]


async def test_a_callback_moves_the_notice_on(notify: ServiceUnderTest) -> None:
    phone = CallingPhone()
    notice = await told(notify, phone)
    answer = await calls_back(notify, phone, f"{key_of(phone, notice)} delivered")

    assert (answer.status_code, answer.content) == (200, b'{"code":0}')
    assert (await notices(notify, person_id=BOSS))[0]["state"] == "delivered"
    assert [event.notice_id for event in await notify.said(NoticeDelivered)] == [notice["id"]]


async def test_a_forged_callback_changes_nothing(notify: ServiceUnderTest) -> None:
    phone = CallingPhone()
    notice = await told(notify, phone)
    answer = await calls_back(notify, phone, f"{key_of(phone, notice)} delivered", word="guessed")

    assert answer.status_code == 403
    assert (await notices(notify, person_id=BOSS))[0]["state"] == "accepted"
    assert await notify.table("receipts") == []


async def test_a_callback_that_nobody_can_read_is_refused(notify: ServiceUnderTest) -> None:
    phone = CallingPhone()
    await told(notify, phone)

    assert (await calls_back(notify, phone, "key nonsense")).status_code == 400
    async with notify.client() as anybody:
        assert (await anybody.post("/api/notify/receipts/nobody", content="x")).status_code == 404


async def test_a_repeated_receipt_is_counted_and_changes_nothing(notify: ServiceUnderTest) -> None:
    phone = CallingPhone()
    notice = await told(notify, phone)
    for _ in range(3):
        await calls_back(notify, phone, f"{key_of(phone, notice)} delivered")

    assert [(row["reached"], row["times"]) for row in await notify.table("receipts")] == [("delivered", 3)]
    assert len(await notify.said(NoticeDelivered)) == 1


async def test_another_providers_receipt_is_not_believed(notify: ServiceUnderTest) -> None:
    phone = CallingPhone()
    notice = await told(notify, phone)
    stranger = Receipt("stranger", None, key_of(phone, notice), Reached.DELIVERED, notice["planned_at"])
    await notify.database.run(lambda tx: take_receipts(tx, [stranger]))

    assert (await notices(notify, person_id=BOSS))[0]["state"] == "accepted"


async def test_late_and_out_of_order_receipts_never_go_backwards(notify: ServiceUnderTest) -> None:
    phone = CallingPhone()
    notice = await told(notify, phone)
    for reached in ("read", "delivered", "failed"):
        await calls_back(notify, phone, f"{key_of(phone, notice)} {reached}")

    found = (await notices(notify, person_id=BOSS))[0]
    assert found["state"] == "read"
    assert found["delivered_at"] is not None


async def test_a_receipt_settles_what_nobody_knew(notify: ServiceUnderTest) -> None:
    phone = CallingPhone(says=lambda _: Unknown(timedelta(seconds=20)))
    notice = await told(notify, phone)
    assert notice["state"] == "unknown"
    await calls_back(notify, phone, f"{key_of(phone, notice)} delivered")
    notify.time_passes(minutes=10)
    await notify.works(workers.ask_providers)
    await send_all(notify)

    assert (await notices(notify, person_id=BOSS))[0]["state"] == "delivered"
    assert len(phone.calls) == 4


async def test_not_delivered_is_the_end_where_no_channel_is_left(notify: ServiceUnderTest) -> None:
    phone = CallingPhone()
    notice = await told(notify, phone)
    await calls_back(notify, phone, f"{key_of(phone, notice)} failed")

    assert (await notices(notify, person_id=BOSS))[0]["state"] == "failed"
    final = [event for event in await notify.said(NoticeFailed) if event.final]
    assert [(event.notice_id, event.state) for event in final] == [(notice["id"], NoticeState.FAILED)]


async def test_receipts_are_fetched_from_who_does_not_call_back(notify: ServiceUnderTest) -> None:
    phone = CallingPhone()
    await told(notify, phone)
    await notify.works(workers.collect_receipts)

    assert {row["state"] for row in await notices(notify)} == {"delivered"}


async def fails_over(notify: ServiceUnderTest, outcome: Outcome) -> tuple[Phone, Phone]:
    """One of two carriers answers so; both phones afterwards."""
    broken, sound = Phone(name="broken", says=lambda _: outcome), Phone(name="sound")
    await told_by(notify, broken, sound)
    return broken, sound


async def told_by(notify: ServiceUnderTest, *phones: Phone) -> None:
    install(notify, *phones)
    await notify.hears(*people())
    for number in range(5):
        await notify.hears(hazard(hazard_id=named(f"hazard {number}"), immediate=True))
    await send_all(notify)


async def test_what_was_fetched_is_kept_while_the_database_is_away(
    notify: ServiceUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A provider that is polled tells each receipt once."""
    phone = ForgetfulPhone()
    await told(notify, phone)
    away = [Unavailable] * 7
    take = marking.take_receipts

    async def taken(tx: Transaction, receipts: Any) -> int:
        if away:
            raise away.pop()
        return await take(tx, receipts)

    monkeypatch.setattr(marking, "take_receipts", taken)
    await notify.works(workers.collect_receipts)

    assert {row["state"] for row in await notices(notify)} == {"delivered"}


@dataclass(slots=True)
class ForgetfulPhone(CallingPhone):
    """What was fetched once is not told again."""

    told: bool = False

    async def collect(self) -> list[Receipt]:
        receipts = [] if self.told else await CallingPhone.collect(self)
        self.told = True
        return receipts


@pytest.mark.parametrize(
    "outcome",
    [
        TryLater(timedelta(seconds=30), "http_503"),
        TryLater(timedelta(hours=10), "no_balance"),
        TryLater(timedelta(minutes=5), "busy"),
    ],
)
async def test_a_failing_provider_is_left_at_once(notify: ServiceUnderTest, outcome: Outcome) -> None:
    broken, sound = await fails_over(notify, outcome)

    assert len(set(sound.notices())) == len(sound.calls) == 20
    assert 0 < len(broken.calls) <= 20


async def test_a_number_that_one_provider_limits_goes_to_the_other(notify: ServiceUnderTest) -> None:
    _, sound = await fails_over(notify, TryLater(timedelta(hours=24), "number_day_limit", Concern.ADDRESS))

    assert len(set(sound.notices())) == 20


async def test_an_outage_of_every_provider_spends_no_attempt(notify: ServiceUnderTest) -> None:
    """Both are away for four hours; afterwards everything goes out, once."""
    first, second = Phone(name="first"), Phone(name="second")
    for phone in (first, second):
        phone.says = lambda _: TryLater(timedelta(minutes=5), "not_connected")
    await told_by(notify, first, second)
    for _ in range(48):
        notify.time_passes(minutes=5, seconds=1)
        await send_all(notify)
    spent = [row["attempt"] for row in await notify.table("dispatches") if row["state"] == "due"]
    for phone in (first, second):
        phone.says = lambda dispatch: Accepted(dispatch.key)
        phone.calls.clear()
    for _ in range(3):
        notify.time_passes(minutes=6)
        await send_all(notify)

    assert len(spent) == 20
    assert sum(spent) < 20 * 8
    assert len({*first.notices(), *second.notices()}) == len(first.calls) + len(second.calls) == 20


async def test_a_broken_provider_is_spared_by_its_breaker(notify: ServiceUnderTest) -> None:
    phone = Phone(says=lambda _: TryLater(timedelta(), "not_connected"))
    await told_by(notify, phone)

    assert len(phone.calls) < 60
    assert {row["state"] for row in await notify.table("dispatches") if row["channel"] == "sms"} >= {"due"}


async def test_of_two_channels_that_fail_at_once_one_is_the_last(notify: ServiceUnderTest, registry: RegistryStandIn) -> None:
    registry.knows(BOSS, mobile="19900000001", wechat_openid="o-boss-0001")
    install(notify, Phone("sms"), Phone("mini_program", "wechat"))
    await notify.hears(*people())
    await notify.hears(hazard(immediate=True))
    await send_all(notify)
    [mine] = await notices(notify, person_id=BOSS)
    sent = [row for row in await notify.table("dispatches") if row["notice_id"] == mine["id"]]
    one, other = [[Receipt(row["provider"], None, row["id"].hex, Reached.FAILED, row["due_at"])] for row in sent]
    under_way = asyncio.Event()

    async def first(tx: Transaction) -> None:
        await take_receipts(tx, one)
        under_way.set()
        await asyncio.wait({second}, timeout=1)

    async def then(tx: Transaction) -> None:
        await under_way.wait()
        await take_receipts(tx, other)

    second = asyncio.create_task(notify.database.run(then))
    await notify.database.run(first)
    await second

    assert sorted(said.final for said in await notify.said(NoticeFailed) if said.notice_id == mine["id"]) == [False, True]
