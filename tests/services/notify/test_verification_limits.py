"""Nobody finds a code by guessing, and nobody floods a number or many: the limits hold for those who come at once."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from services.notify.channels.channel import Concern, Impossible, TryLater
from services.notify.office import office_of
from services.notify.store import verifications as store
from shared.contracts.notify import MobileVerified
from shared.database import Transaction
from tests.services.notify.builders import BOSS, LANDLORD, SAFETY, TENANT
from tests.services.notify.codes import ASK, asks, came, desk, publish, sent, typed, wrong
from tests.services.notify.phones import FrozenPhone, Phone, install
from tests.services.notify.registry_stand_in import RegistryStandIn, mobile_of
from tests.support.running import until
from tests.support.service import ServiceUnderTest


async def test_who_guesses_with_many_requests_at_once_has_no_more_tries(office: ServiceUnderTest) -> None:
    install(office, phone := Phone())
    async with desk(office) as client:
        asked = await sent(client, office)
        answers = await asyncio.gather(*(typed(client, asked, wrong(phone)) for _ in range(25)))
        late = await typed(client, asked, came(phone))
    assert sum(answer.json()["code"] == "code_wrong" for answer in answers) == 4
    assert late.json()["code"] == "code_spent"
    [row] = await office.table("verifications")
    assert (row["tries_left"], row["mistyped"]) == (0, 5)


async def two_at_once(office: ServiceUnderTest, registry: RegistryStandIn) -> int:
    """Of one number two codes are out, and one wrong one may be typed: two are typed at once. How many of them counted."""
    registry.knows(SAFETY, party_id=str(TENANT), mobile=mobile_of(BOSS), version=3)
    install(office, phone := Phone())
    await publish(office, "wrong_per_day: 20", "wrong_per_day: 1")
    async with desk(office) as client:
        first = await sent(client, office)
        office.time_passes(seconds=61)
        second = await sent(client, office, contact_id=str(SAFETY))
        other = next(
            code for code in ("000000", "000001", "000002") if code not in {call.variables["code"] for call in phone.calls}
        )
        await asyncio.gather(*(typed(client, asked, other) for asked in (first, second)))
    return sum(row["mistyped"] for row in await office.table("verifications"))


async def test_who_guesses_at_two_codes_of_one_number_at_once_has_no_more_tries(
    office: ServiceUnderTest, registry: RegistryStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_step(monkeypatch, office, "change", 2)
    assert await two_at_once(office, registry) == 1


async def test_negative_control_without_taking_turns_he_has(
    office: ServiceUnderTest, registry: RegistryStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_step(monkeypatch, office, "change", 2)
    monkeypatch.setattr("services.notify.store.verifications.take_turns", _at_once)
    assert await two_at_once(office, registry) == 2


def in_step(monkeypatch: pytest.MonkeyPatch, office: ServiceUnderTest, last: str, many: int) -> None:
    """The first writes nothing before all of them have looked, or wait for one another."""
    ready: list[None] = []
    write = getattr(store, last)

    async def wait_and_write(*arguments: Any) -> None:
        ready.append(None)
        await until(all_here)
        await write(*arguments)

    async def all_here() -> bool:
        return len(ready) >= many or bool(await office.database.run(lambda tx: tx.value(WAITING)))

    monkeypatch.setattr(f"services.notify.store.verifications.{last}", wait_and_write)


WAITING = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()")


async def _at_once(_tx: Transaction, _number: bytes, _account: str | None = None) -> None:
    return


async def test_negative_control_without_the_lock_many_guesses_at_once_share_their_tries(
    office: ServiceUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_step(monkeypatch, office, "change", 6)
    monkeypatch.setattr("services.notify.store.verifications.take_turns", _at_once)
    monkeypatch.setattr("services.notify.store.verifications.one", _unlocked(store.one))
    install(office, phone := Phone())
    async with desk(office) as client:
        asked = await sent(client, office)
        answers = await asyncio.gather(*(typed(client, asked, wrong(phone)) for _ in range(6)))
    assert [answer.json()["tries_left"] for answer in answers] == ["4"] * 6


def _unlocked(one: Any) -> Any:
    async def found(tx: Transaction, identity: UUID, *, lock: bool = False) -> Any:
        return await one(tx, identity)

    return found


async def test_wrong_codes_for_a_number_are_counted_for_a_day_and_then_not_even_the_right_one_is_taken(
    office: ServiceUnderTest, registry: RegistryStandIn
) -> None:
    registry.knows(SAFETY, party_id=str(TENANT), mobile=mobile_of(BOSS), version=3)
    install(office, phone := Phone())
    async with desk(office) as client:
        right = await sent(client, office, contact_id=str(SAFETY))
        code = came(phone)
        for _ in range(4):
            office.time_passes(seconds=61)
            asked = await sent(client, office)
            assert [(await typed(client, asked, wrong(phone))).status_code for _ in range(5)] == [422] * 5
        barred = await typed(client, right, code)
        office.time_passes(hours=2)
        early = await asks(client, office)
        office.time_passes(hours=22)
        later = await sent(client, office)
        assert (await typed(client, later, came(phone))).status_code == 200
    assert (barred.status_code, barred.json()["code"]) == (429, "guessed_too_often")
    assert 80_000 < int(barred.headers["retry-after"]) <= 86_400
    assert (early.status_code, early.json()["code"]) == (429, "too_soon")
    assert len(await office.said(MobileVerified)) == 1


async def test_a_code_that_never_left_counts_for_its_number_once_somebody_has_guessed_at_it(office: ServiceUnderTest) -> None:
    install(office, phone := FrozenPhone(says=lambda _: TryLater(timedelta(seconds=1), "http_503")))
    async with desk(office) as client:
        asked = (await client.post(ASK, json={"contact_id": str(BOSS)})).json()
        await phone.reached.wait()
        assert (await typed(client, asked, wrong(phone))).json()["code"] == "code_wrong"
        phone.thawed.set()
        await office_of(office.station).verifying.ended()
        after = (await client.get(f"{ASK}/{asked['id']}")).json()
        again = await asks(client, office)
    assert (after["state"], again.status_code) == ("failed", 429)


async def test_another_one_is_refused_until_a_minute_has_passed_and_says_when(office: ServiceUnderTest) -> None:
    install(office, phone := Phone())
    async with desk(office) as client:
        await sent(client, office)
        early = await asks(client, office)
        office.time_passes(seconds=61)
        later = await asks(client, office)
    assert (early.status_code, early.json()["code"]) == (429, "too_soon")
    assert 50 <= int(early.headers["retry-after"]) <= 60
    assert later.status_code == 202
    assert len(phone.calls) == 2


async def test_of_many_who_ask_at_once_for_one_number_one_is_served(office: ServiceUnderTest) -> None:
    install(office, phone := Phone())
    body = {"contact_id": str(BOSS)}
    async with desk(office) as one, desk(office, subject="another") as other:
        answers = await asyncio.gather(*(client.post(ASK, json=body) for client in [one, other] * 6))
        await office_of(office.station).verifying.ended()
    assert sorted(answer.status_code for answer in answers) == [202] + [429] * 11
    assert len(phone.calls) == 1


async def test_negative_control_without_taking_turns_many_are_served_at_once(
    office: ServiceUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_step(monkeypatch, office, "replace", 2)
    monkeypatch.setattr("services.notify.store.verifications.take_turns", _at_once)
    install(office, phone := Phone())
    async with desk(office) as client:
        await asyncio.gather(*(client.post(ASK, json={"contact_id": str(BOSS)}) for _ in range(2)))
        await office_of(office.station).verifying.ended()
    assert len(phone.calls) == 2


@pytest.mark.parametrize(
    ("roles", "claims", "most"),
    [(("bureau",), {}, 60), (("tenant",), {"parties": [TENANT]}, 20), (("landlord",), {"parties": [TENANT, LANDLORD]}, 20)],
)
async def test_an_account_asks_for_few_whatever_the_numbers(
    office: ServiceUnderTest, registry: RegistryStandIn, roles: tuple[str, ...], claims: dict[str, Any], most: int
) -> None:
    install(office, phone := Phone())
    async with desk(office, *roles, **claims) as client:
        for number in range(most + 1):
            registry.knows(BOSS, party_id=str(TENANT), mobile=f"19900000{number:03d}", version=number + 1)
            answer = await asks(client, office)
            assert answer.status_code == (202 if number < most else 429)
        async with desk(office, subject="another") as other:
            assert (await asks(other, office)).status_code == 202
    assert len(phone.calls) == most + 1


async def test_an_account_of_a_party_waits_until_the_next_day_and_an_official_does_not(office: ServiceUnderTest) -> None:
    install(office, Phone())
    await publish(office, "per_party_account_day: 20", "per_party_account_day: 2")
    tenant = {"parties": [TENANT], "subject": "somebody of the mill"}
    async with desk(office, "tenant", **tenant) as mill, desk(office, subject="an official") as official:
        for _ in range(2):
            office.time_passes(hours=2)
            assert (await asks(mill, office)).status_code == 202
        office.time_passes(hours=2)
        refused = await asks(mill, office)
        assert (await asks(official, office)).status_code == 202
        assert (refused.status_code, int(refused.headers["retry-after"]) > 60_000) == (429, True)
        office.time_passes(hours=22)
        assert (await asks(mill, office)).status_code == 202


async def test_what_surely_did_not_leave_may_be_asked_for_again_at_once(office: ServiceUnderTest) -> None:
    install(office, Phone(name="first", says=lambda _: Impossible("no_balance", Concern.PROVIDER)))
    async with desk(office) as client:
        asked = await sent(client, office)
        install(office, phone := Phone())
        again = await sent(client, office)
    assert (asked["state"], again["state"], len(phone.calls)) == ("failed", "sent", 1)
