"""A mobile is verified by a code that was sent to it: once, to nobody else, and not by guessing."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text

from services.notify import lifespan, workers
from services.notify.channels.channel import Accepted, Concern, Dispatch, Impossible, KeyKind, TryLater, Unknown
from services.notify.domain.providers import Weight
from services.notify.domain.verification import DIGITS
from services.notify.office import office_of
from services.notify.store import verifications as store
from services.notify.verifying import Sending, new_code
from shared.clock import utc_now
from shared.contracts.notify import ContactReached, MobileVerified
from shared.database import Transaction
from shared.identifiers import new_id
from tests.services.notify.builders import BOSS, GRID, LANDLORD, LANDLORD_BOSS, SAFETY, TENANT, people
from tests.services.notify.phones import Phone, install
from tests.services.notify.registry_stand_in import RegistryStandIn, mobile_of
from tests.support.running import until
from tests.support.service import ServiceUnderTest

ASK = "/api/notify/verifications"


@pytest.fixture
async def office(notify: ServiceUnderTest, registry: RegistryStandIn) -> AsyncIterator[ServiceUnderTest]:
    """The service lives, and people are known."""
    await notify.hears(*people())
    for contact, party in ((BOSS, TENANT), (SAFETY, TENANT), (LANDLORD_BOSS, LANDLORD)):
        registry.knows(contact, party_id=str(party), mobile=mobile_of(contact), version=3)
    async with lifespan.alive(notify.station):
        yield notify


@asynccontextmanager
async def desk(office: ServiceUnderTest, *roles: str, **claims: Any) -> AsyncIterator[httpx.AsyncClient]:
    async with office.client(*(roles or ("bureau",)), **claims) as client:
        yield client


async def sent(client: httpx.AsyncClient, office: ServiceUnderTest, **body: Any) -> dict[str, Any]:
    """Ask for a code, and wait until its call is over."""
    answer = await client.post(ASK, json={"contact_id": str(BOSS), **body})
    assert answer.status_code == 202, answer.text
    await office_of(office.station).verifying.ended()
    found: dict[str, Any] = (await client.get(f"{ASK}/{answer.json()['id']}")).json()
    return found


async def typed(client: httpx.AsyncClient, asked: dict[str, Any], code: str) -> httpx.Response:
    return await client.post(f"{ASK}/{asked['id']}/confirm", json={"code": code})


def wrong(phone: Phone) -> str:
    return f"{(int(phone.calls[-1].variables['code']) + 1) % 1_000_000:06d}"


def test_a_code_is_six_digits_and_no_two_are_alike_for_long() -> None:
    codes = [new_code() for _ in range(200)]
    assert all(len(code) == DIGITS and code.isdigit() for code in codes)
    assert len(set(codes)) > 150


async def test_the_code_that_came_verifies_the_mobile_and_everybody_hears(office: ServiceUnderTest) -> None:
    install(office, phone := Phone())
    async with desk(office) as client:
        asked = await sent(client, office)
        code = phone.calls[0].variables["code"]
        answer = await typed(client, asked, f" {code} ")
        again = await typed(client, asked, code)
    assert asked["state"] == "sent"
    assert asked["mobile"] == phone.calls[0].address.masked != phone.calls[0].address.value
    assert phone.calls[0].address.value == mobile_of(BOSS)
    assert code in phone.texts[0]
    assert answer.json()["state"] == again.json()["state"] == "verified"
    [event] = await office.said(MobileVerified)
    assert (event.contact_id, event.party_id, event.contact_version) == (BOSS, TENANT, 3)


async def test_neither_the_code_nor_the_number_stands_in_the_database_or_in_an_event(office: ServiceUnderTest) -> None:
    install(office, phone := Phone())
    async with desk(office) as client:
        asked = await sent(client, office, id=str(new_id()))
        await typed(client, asked, phone.calls[0].variables["code"])
    rows = await office.database.run(
        lambda tx: tx.rows(
            text(
                "SELECT v::text AS whole FROM notify.verifications v"
                " UNION ALL SELECT convert_from(body, 'utf8') FROM notify.outbox"
                " UNION ALL SELECT convert_from(answer, 'utf8') FROM notify.idempotency"
            )
        )
    )
    stored = "\n".join(row["whole"] for row in rows)
    assert asked["id"] in stored
    assert phone.calls[0].address.value not in stored
    assert f'"{phone.calls[0].variables["code"]}"' not in stored
    assert f",{phone.calls[0].variables['code']}," not in stored


async def test_a_wrong_code_costs_a_try_though_the_request_fails_and_the_last_one_ends_it(office: ServiceUnderTest) -> None:
    install(office, phone := Phone())
    async with desk(office) as client:
        asked = await sent(client, office)
        answers = [await typed(client, asked, wrong(phone)) for _ in range(5)]
        late = await typed(client, asked, phone.calls[0].variables["code"])
    assert [answer.json().get("tries_left") for answer in answers[:4]] == ["4", "3", "2", "1"]
    assert answers[0].json()["detail"] == "验证码不正确，还可以输入 4 次"
    assert answers[0].json()["errors"][0]["pointer"] == "/code"
    assert [answer.json()["code"] for answer in (*answers, late)] == ["code_wrong"] * 4 + ["code_spent"] * 2
    assert await office.said(MobileVerified) == []


async def test_who_guesses_with_many_requests_at_once_has_no_more_tries(office: ServiceUnderTest) -> None:
    install(office, phone := Phone())
    async with desk(office) as client:
        asked = await sent(client, office)
        answers = await asyncio.gather(*(typed(client, asked, wrong(phone)) for _ in range(25)))
        late = await typed(client, asked, phone.calls[0].variables["code"])
    assert sum(answer.json()["code"] == "code_wrong" for answer in answers) == 4
    assert late.json()["code"] == "code_spent"
    [row] = await office.table("verifications")
    assert row["tries_left"] == 0


async def test_negative_control_without_the_lock_many_guesses_at_once_share_their_tries(
    office: ServiceUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.notify.store.verifications.one", _unlocked(store.one))
    install(office, phone := Phone())
    async with desk(office) as client:
        asked = await sent(client, office)
        answers = await asyncio.gather(*(typed(client, asked, wrong(phone)) for _ in range(25)))
    assert sum(answer.json()["code"] == "code_wrong" for answer in answers) > 4


def _unlocked(one: Any) -> Any:
    async def found(tx: Transaction, identity: UUID, *, lock: bool = False) -> Any:
        return await one(tx, identity)

    return found


@pytest.mark.parametrize("code", ["12345", "1234567", "12345a", "１２３４５６", ""])
async def test_what_is_no_code_is_refused_by_its_field_and_costs_nothing(office: ServiceUnderTest, code: str) -> None:
    install(office, Phone())
    async with desk(office) as client:
        asked = await sent(client, office)
        answer = await typed(client, asked, code)
        after = (await client.get(f"{ASK}/{asked['id']}")).json()
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/code"
    assert after["tries_left"] == 5


async def test_a_code_is_over_after_five_minutes_and_once_another_was_sent(office: ServiceUnderTest) -> None:
    install(office, phone := Phone())
    async with desk(office) as client:
        first = await sent(client, office)
        office.time_passes(seconds=61)
        second = await sent(client, office)
        replaced = await typed(client, first, phone.calls[0].variables["code"])
        office.time_passes(minutes=5)
        expired = await typed(client, second, phone.calls[1].variables["code"])
    assert [replaced.json()["code"], expired.json()["code"]] == ["code_over"] * 2
    assert expired.json()["detail"] == "验证码已失效，请重新获取"


async def test_another_one_is_refused_until_a_minute_has_passed_and_says_when(office: ServiceUnderTest) -> None:
    install(office, phone := Phone())
    body = {"contact_id": str(BOSS)}
    async with desk(office) as client:
        await sent(client, office)
        early = await client.post(ASK, json=body)
        office.time_passes(seconds=61)
        later = await client.post(ASK, json=body)
        await office_of(office.station).verifying.ended()
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
    monkeypatch.setattr("services.notify.store.verifications.begin", _at_once)
    install(office, phone := Phone())
    async with desk(office) as client:
        await asyncio.gather(*(client.post(ASK, json={"contact_id": str(BOSS)}) for _ in range(12)))
        await office_of(office.station).verifying.ended()
    assert len(phone.calls) > 1


async def _at_once(_tx: Transaction, _number: bytes, _account: str) -> None:
    return


async def test_an_account_asks_for_sixty_in_an_hour_whatever_the_numbers(
    office: ServiceUnderTest, registry: RegistryStandIn
) -> None:
    install(office, Phone())
    async with desk(office) as client:
        for number in range(61):
            registry.knows(BOSS, party_id=str(TENANT), mobile=f"19900000{number:03d}", version=number + 1)
            answer = await client.post(ASK, json={"contact_id": str(BOSS)})
            await office_of(office.station).verifying.ended()
            assert answer.status_code == (202 if number < 60 else 429)
        async with desk(office, subject="another") as other:
            assert (await other.post(ASK, json={"contact_id": str(BOSS)})).status_code == 202


async def test_asking_again_with_the_same_key_sends_nothing_more(office: ServiceUnderTest) -> None:
    install(office, phone := Phone())
    body = {"contact_id": str(BOSS)}
    async with desk(office) as client:
        answers = [await client.post(ASK, json=body, headers={"Idempotency-Key": "k"}) for _ in range(3)]
        await office_of(office.station).verifying.ended()
    assert {answer.json()["id"] for answer in answers} == {answers[0].json()["id"]}
    assert len(phone.calls) == 1


def refuses(outcome: Any) -> Phone:
    return Phone(name="first", says=lambda _dispatch: outcome)


@pytest.mark.parametrize(
    ("outcome", "state", "reason", "calls"),
    [
        (TryLater(timedelta(seconds=5), "http_503"), "sent", None, 1),
        (Impossible("no_balance", Concern.PROVIDER), "sent", None, 1),
        (Unknown(timedelta(seconds=30)), "uncertain", "timeout", 0),
        (Impossible("bad_number", Concern.ADDRESS), "failed", "bad_number", 0),
    ],
)
async def test_the_other_provider_is_called_where_the_first_one_surely_has_not_sent_it(
    office: ServiceUnderTest, outcome: Any, state: str, reason: str | None, calls: int
) -> None:
    first, second = refuses(outcome), Phone(name="second")
    install(office, first, second)
    senders = office_of(office.station).senders
    senders.weights = {"sms": [Weight(name, points, points, utc_now()) for name, points in (("first", 100), ("second", 0))]}
    async with desk(office) as client:
        asked = await sent(client, office)
    assert (asked["state"], asked["reason"]) == (state, reason)
    assert (len(first.calls), len(second.calls)) == (1, calls)


async def test_what_surely_did_not_leave_may_be_asked_for_again_at_once(office: ServiceUnderTest) -> None:
    install(office, refuses(TryLater(timedelta(seconds=1), "http_503")))
    async with desk(office) as client:
        asked = await sent(client, office)
        install(office, phone := Phone())
        again = await sent(client, office)
    assert (asked["state"], again["state"], len(phone.calls)) == ("failed", "sent", 1)


async def test_without_a_channel_or_a_place_on_the_guest_list_nothing_is_sent(office: ServiceUnderTest) -> None:
    install(office, Phone(kind="email"))
    async with desk(office) as client:
        without = await sent(client, office)
        install(office, phone := Phone())
        under = office_of(office.station)
        under.settings = under.settings.model_copy(update={"key_kind": KeyKind.TEAM, "guests": ("19912345678",)})
        stranger = await sent(client, office)
        under.settings = under.settings.model_copy(update={"guests": (mobile_of(BOSS),)})
        guest = await sent(client, office)
    assert [asked["reason"] for asked in (without, stranger, guest)] == ["no_channel", "not_a_guest", None]
    assert len(phone.calls) == 1


async def test_a_process_that_dies_before_the_call_leaves_it_uncertain_and_another_may_be_asked_for(
    office: ServiceUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(office, phone := Phone())
    monkeypatch.setattr("services.notify.actions.verifications.carry", _dies)
    async with desk(office) as client:
        asked = await sent(client, office)
        monkeypatch.undo()
        office.time_passes(seconds=61)
        seen = (await client.get(f"{ASK}/{asked['id']}")).json()
        again = await sent(client, office)
    assert (asked["state"], seen["state"], again["state"]) == ("sending", "uncertain", "sent")
    assert len(phone.calls) == 1


async def _dies(_office: Any, _sending: Sending) -> None:
    return


async def test_a_code_that_is_typed_before_its_provider_answers_stays_verified(office: ServiceUnderTest) -> None:
    answered = asyncio.Event()

    class Slow(Phone):
        async def send(self, dispatch: Dispatch) -> Any:
            self.calls.append(dispatch)
            await answered.wait()
            return Accepted("late")

    install(office, phone := Slow())
    async with desk(office) as client:
        asked = (await client.post(ASK, json={"contact_id": str(BOSS)})).json()
        await until(lambda: _called(phone))
        await typed(client, asked, phone.calls[0].variables["code"])
        answered.set()
        await office_of(office.station).verifying.ended()
        after = (await client.get(f"{ASK}/{asked['id']}")).json()
    assert after["state"] == "verified"


async def _called(phone: Phone) -> bool:
    return bool(phone.calls)


async def test_without_a_mobile_or_a_registry_it_says_so(office: ServiceUnderTest, registry: RegistryStandIn) -> None:
    registry.knows(BOSS, party_id=str(TENANT), email="a@example.com", version=1)
    async with desk(office) as client:
        none = await client.post(ASK, json={"contact_id": str(BOSS)})
        registry.away = True
        away = await client.post(ASK, json={"contact_id": str(BOSS)})
    assert (none.status_code, none.json()["code"]) == (422, "no_mobile")
    assert away.status_code == 503


@pytest.mark.parametrize(
    ("roles", "claims", "status"),
    [
        (("tenant",), {"parties": [TENANT]}, 202),
        (("tenant",), {"parties": [LANDLORD]}, 404),
        (("landlord",), {"parties": [LANDLORD]}, 404),
        (("grid_officer",), {"grids": [GRID]}, 202),
        (("grid_officer",), {"grids": [new_id()]}, 404),
        (("tenant",), {"parties": [LANDLORD], "grids": [GRID]}, 404),
        (("admin",), {}, 202),
        (("auditor",), {}, 403),
        (("department",), {"department": "fire"}, 403),
    ],
)
async def test_who_may_verify_whom(office: ServiceUnderTest, roles: tuple[str, ...], claims: dict[str, Any], status: int) -> None:
    install(office, phone := Phone())
    async with desk(office, *roles, **claims) as client:
        answer = await client.post(ASK, json={"contact_id": str(BOSS)})
        await office_of(office.station).verifying.ended()
    assert answer.status_code == status
    assert len(phone.calls) == (status == 202)
    if status == 202:
        async with desk(office, "tenant", parties=[LANDLORD]) as stranger:
            assert (await stranger.get(f"{ASK}/{answer.json()['id']}")).status_code == 404
            assert (await typed(stranger, answer.json(), phone.calls[0].variables["code"])).status_code == 404


async def test_a_contact_who_was_said_to_be_unreachable_is_so_no_longer(office: ServiceUnderTest) -> None:
    install(office, phone := Phone())
    lost = text(
        "INSERT INTO notify.unreached VALUES (:id, :party, 'principal', 1, ARRAY[now() - interval '2 days', now()], true, now())"
    )
    await office.database.run(lambda tx: tx.execute(lost, {"id": BOSS, "party": TENANT}))
    async with desk(office) as client:
        asked = await sent(client, office)
        assert await office.said(ContactReached) == []
        await typed(client, asked, phone.calls[0].variables["code"])
    [event] = await office.said(ContactReached)
    assert (event.contact_id, event.contact_changed) == (BOSS, False)


async def test_old_ones_are_forgotten(office: ServiceUnderTest) -> None:
    install(office, Phone())
    async with desk(office) as client:
        await sent(client, office)
        office.time_passes(days=20)
        asked = await sent(client, office)
        office.time_passes(days=11)
        await office.works(workers.forget_what_is_over)
    assert [str(row["id"]) for row in await office.table("verifications")] == [asked["id"]]
