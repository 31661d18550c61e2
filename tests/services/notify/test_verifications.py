"""A mobile is verified by a code that was sent to it: once, to nobody else, and not by guessing."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from services.notify import workers
from services.notify.channels.channel import Accepted, Concern, Dispatch, Impossible, KeyKind, TryLater, Unknown
from services.notify.domain.providers import Weight
from services.notify.domain.verification import DIGITS
from services.notify.office import office_of
from services.notify.verifying import Sending, new_code
from shared.clock import utc_now
from shared.contracts.notify import ContactReached, MobileVerified
from shared.identifiers import new_id
from tests.services.notify.builders import BOSS, GRID, LANDLORD, TENANT
from tests.services.notify.codes import ASK, came, desk, publish, sent, typed, wrong
from tests.services.notify.phones import Phone, install
from tests.services.notify.registry_stand_in import RegistryStandIn, mobile_of
from tests.support.running import until
from tests.support.service import ServiceUnderTest


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
    assert none.json()["detail"] == "该联系人已停用，或未登记手机号"
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


@pytest.mark.parametrize(
    ("chosen", "is_told"),
    [
        ({"key_kind": KeyKind.TRIAL}, False),
        ({"key_kind": KeyKind.TRIAL, "files_only": False, "channels": "live"}, False),
        ({"key_kind": KeyKind.TRIAL, "files_only": False, "channels": "simulator"}, True),
        ({"key_kind": KeyKind.TEAM, "guests": (mobile_of(BOSS),)}, True),
        ({"key_kind": KeyKind.LIVE}, True),
    ],
)
async def test_the_ledger_hears_of_a_rehearsal_in_the_demo_alone(
    office: ServiceUnderTest, chosen: dict[str, Any], *, is_told: bool
) -> None:
    under = office_of(office.station)
    under.settings = under.settings.model_copy(update=chosen)
    install(office, phone := Phone())
    await office.database.run(lambda tx: tx.execute(NO_SMS, {"id": BOSS}))
    async with desk(office) as client:
        asked = await sent(client, office)
        verified = (await typed(client, asked, came(phone))).json()
    assert (verified["state"], verified["key_kind"]) == ("verified", chosen["key_kind"])
    assert len(await office.said(MobileVerified)) == is_told
    assert len(await office.table("reach")) == (not is_told)


NO_SMS = text("INSERT INTO notify.reach VALUES (:id, 'sms', now())")


async def test_asking_again_with_the_same_key_asks_nobody_else(office: ServiceUnderTest, registry: RegistryStandIn) -> None:
    install(office, phone := Phone())
    body, key = {"contact_id": str(BOSS)}, {"Idempotency-Key": "k"}
    async with desk(office) as client:
        first = await client.post(ASK, json=body, headers=key)
        await office_of(office.station).verifying.ended()
        registry.away = True
        again = await client.post(ASK, json=body, headers=key)
        another = await client.post(ASK, json={"contact_id": str(TENANT)}, headers=key)
    async with desk(office, subject="another") as other:
        his = await other.post(ASK, json=body, headers=key)
    assert (again.status_code, again.json()) == (202, first.json())
    assert (another.status_code, another.json()["code"]) == (409, "idempotency_mismatch")
    assert his.status_code == 503
    assert len(phone.calls) == 1


async def test_an_auditor_reads_it_masked_and_changes_nothing(office: ServiceUnderTest) -> None:
    install(office, phone := Phone())
    async with desk(office) as client, desk(office, "auditor") as auditor:
        asked = await sent(client, office)
        seen = await auditor.get(f"{ASK}/{asked['id']}")
        assert (await typed(auditor, asked, came(phone))).status_code == 403
    assert (seen.status_code, seen.json()) == (200, asked)
    assert seen.json()["mobile"] == phone.calls[0].address.masked


async def test_the_text_names_the_minutes_of_the_rule_book(office: ServiceUnderTest) -> None:
    install(office, phone := Phone())
    async with desk(office) as client:
        await sent(client, office)
        await publish(office, "  minutes: 5\n", "  minutes: 8\n")
        office.time_passes(seconds=61)
        await sent(client, office)
    one, other = (
        f"验证码{call.variables['code']},用于核验贵单位登记的联系手机号,{minutes}分钟内有效。"
        "仅可告知现场登记的工作人员,如与您无关请忽略。"
        for call, minutes in zip(phone.calls, (5, 8), strict=True)
    )
    assert phone.texts == [one, other]


async def test_a_registry_from_before_contacts_had_a_version_is_waited_for(
    office: ServiceUnderTest, registry: RegistryStandIn
) -> None:
    install(office, phone := Phone())
    registry.knows(BOSS, party_id=str(TENANT), mobile=mobile_of(BOSS))
    async with desk(office) as client:
        assert (await client.post(ASK, json={"contact_id": str(BOSS)})).status_code == 503
        registry.knows(BOSS, party_id=str(TENANT), mobile=mobile_of(BOSS), version=1)
        assert (await sent(client, office))["state"] == "sent"
    assert len(phone.calls) == 1


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
