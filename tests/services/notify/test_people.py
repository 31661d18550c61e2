"""Who is told is decided when it is sent: successors hear, the registry may be away, guests alone hear a team's trial."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest

from services.notify import workers
from services.notify.address_book import RegistryAddressBook
from services.notify.call_list import CallList
from services.notify.channels.channel import KeyKind
from services.notify.claiming import Claim, claim
from services.notify.office import office_of
from services.notify.openings import open_senders
from services.notify.results import Postponed
from services.notify.settings import NotifySettings
from services.notify.settling import settle
from services.notify.store import places
from shared.contracts.notify import NoticeFailed
from shared.contracts.vocabulary import ContactRole, NoticeFailure
from tests.services.notify import matters
from tests.services.notify.builders import (
    BOSS,
    GRID,
    LANDLORD,
    LANDLORD_BOSS,
    OFFICER,
    SAFETY,
    TENANT,
    contact,
    hazard,
    named,
    officer,
    people,
)
from tests.services.notify.phones import Phone, at_clock, install, notices, screens, send_all
from tests.services.notify.registry_stand_in import RegistryStandIn
from tests.support.service import ServiceUnderTest

HEIR, SUCCESSOR = named("new boss"), named("new officer")


async def test_who_came_after_the_plan_hears_and_who_left_does_not(notify: ServiceUnderTest) -> None:
    sms = Phone("sms")
    install(notify, sms)
    await notify.hears(*people())
    await at_clock(notify, 22)
    await notify.hears(hazard())
    await notify.hears(contact(HEIR, TENANT))
    await notify.hears(contact(BOSS, TENANT, active=False), sequence=2)
    await at_clock(notify, 8, 5)
    await send_all(notify)

    told = {row["person_id"] for row in await notices(notify)}
    assert told == {HEIR, SAFETY, LANDLORD_BOSS, OFFICER}
    assert len(sms.calls) == 4


async def test_the_officer_who_took_over_the_grid_hears(notify: ServiceUnderTest) -> None:
    await notify.hears(*people())
    await at_clock(notify, 22)
    await notify.hears(hazard())
    await notify.hears(officer(SUCCESSOR))
    await notify.hears(officer(OFFICER, GRID, to=matters.TODAY.replace(year=2026, month=1, day=2)), sequence=2)

    assert [row["officer_id"] for row in await notices(notify, recipient="grid_officer")] == [SUCCESSOR]


async def test_a_party_whose_first_contact_comes_late_is_reached(notify: ServiceUnderTest) -> None:
    await notify.hears(*people()[:2])
    await at_clock(notify, 22)
    await notify.hears(hazard())
    await notify.hears(contact(BOSS, TENANT, ContactRole.PRINCIPAL))

    assert BOSS in {row["person_id"] for row in await notices(notify)}


async def told_to_nobody_yet(notify: ServiceUnderTest, registry: RegistryStandIn) -> None:
    """An alarm is planned for two parties of which no contact is known."""
    registry.knows(TENANT)
    registry.knows(LANDLORD)
    install(notify, Phone("sms"))
    await notify.hears(*people()[:2])
    await notify.hears(hazard(immediate=True))


async def sent_to(notify: ServiceUnderTest) -> set[Any]:
    """Whom a provider has taken something for."""
    return {row["person_id"] for row in await notify.table("dispatches") if row["state"] == "accepted"}


async def test_a_contact_who_becomes_known_while_the_notice_is_in_hand_is_reached_at_once(
    notify: ServiceUnderTest, registry: RegistryStandIn
) -> None:
    await told_to_nobody_yet(notify, registry)
    office = office_of(notify.station)
    wanted = Claim("alarm", KeyKind.TRIAL, 500, timedelta(seconds=60), calls=50)
    claimed = await notify.database.run(lambda tx: claim(tx, wanted, office.senders))
    await notify.hears(contact(BOSS, TENANT), contact(LANDLORD_BOSS, LANDLORD))
    put_off = [Postponed(errand, timedelta(seconds=15), "no_contact_yet") for errand in claimed.errands]
    await notify.database.run(lambda tx: settle(tx, claimed.holder, put_off))

    await send_all(notify)
    assert {BOSS, LANDLORD_BOSS} <= await sent_to(notify)


async def test_a_contact_who_becomes_known_while_the_notice_is_planned_is_reached_at_once(
    notify: ServiceUnderTest, registry: RegistryStandIn
) -> None:
    """The plan did not see him, and he did not see the plan: neither had committed."""
    await told_to_nobody_yet(notify, registry)
    unseen = [
        {"contact_id": who, "version": 1, "party_id": party, "role": "principal", "active": True, "changed_at": None}
        for who, party in ((BOSS, TENANT), (LANDLORD_BOSS, LANDLORD))
    ]
    await notify.database.run(lambda tx: places.save_contacts(tx, unseen))

    await send_all(notify)
    assert {BOSS, LANDLORD_BOSS} <= await sent_to(notify)


async def test_an_alarm_waits_a_while_for_the_contact_of_a_party_of_which_nobody_is_known_yet(
    notify: ServiceUnderTest, registry: RegistryStandIn
) -> None:
    """After a kill a site may be heard of before the people behind it, whose events come once more half a minute later."""
    registry.knows(TENANT)
    await notify.hears(*people()[:2])
    await notify.hears(hazard(immediate=True))
    await send_all(notify)
    assert {row["state"] for row in await notices(notify, party_id=TENANT)} == {"planned"}

    await notify.hears(contact(BOSS, TENANT, ContactRole.PRINCIPAL))
    notify.time_passes(seconds=16)
    await send_all(notify)
    assert [row["person_id"] for row in await notices(notify, party_id=TENANT, state="accepted")] == [BOSS]


async def test_a_party_that_nobody_stands_for_is_given_up_after_a_while_and_that_is_said(
    notify: ServiceUnderTest, registry: RegistryStandIn
) -> None:
    registry.knows(TENANT)
    await notify.hears(*people()[:2])
    await notify.hears(hazard(immediate=True))
    for _ in range(7):
        await send_all(notify)
        notify.time_passes(seconds=16)

    assert {(row["state"], row["reason"]) for row in await notices(notify, party_id=TENANT)} == {("failed", "no_address")}
    told = [(said.reason, said.final) for said in await notify.said(NoticeFailed)]
    assert told == [(NoticeFailure.NO_CONTACT, False), (NoticeFailure.NO_CONTACT, True)]  # by SMS as well as by WeChat


async def test_while_the_registry_is_away_nothing_is_lost_and_no_attempt_is_spent(
    notify: ServiceUnderTest, registry: RegistryStandIn
) -> None:
    await notify.hears(*people())
    await notify.hears(hazard(immediate=True))
    registry.away = True
    await send_all(notify)
    assert screens(notify) == []
    assert {(row["state"], row["attempt"]) for row in await notify.table("dispatches")} == {("due", 1)}

    registry.away = False
    notify.time_passes(seconds=6)
    await send_all(notify)
    assert len(screens(notify)) == 4


async def test_addresses_are_asked_for_at_once_and_remembered_for_seconds(
    notify: ServiceUnderTest, registry: RegistryStandIn
) -> None:
    await notify.hears(*people())
    await notify.hears(hazard(immediate=True))
    await send_all(notify)
    await notify.hears(hazard(hazard_id=named("second"), immediate=True))
    await send_all(notify)

    assert [len(asked) for asked in registry.asked] == [4]


async def test_somebody_who_has_another_number_is_told_at_that_one_from_then_on(
    notify: ServiceUnderTest, registry: RegistryStandIn
) -> None:
    install(notify, phone := Phone())
    rung = set[str]()
    notify.database.rung = lambda bells, _letters: rung.update(bells)
    await notify.hears(*people())
    await notify.hears(hazard(immediate=True))
    await send_all(notify)
    registry.knows(BOSS, mobile="13911112222")
    rung.clear()
    await notify.hears(contact(BOSS, TENANT), sequence=2)
    assert workers.forget_addresses.bell in rung
    await notify.works(workers.forget_addresses)
    await notify.hears(hazard(hazard_id=named("second"), immediate=True))
    await send_all(notify)

    assert [call.address.value for call in phone.calls].count("13911112222") == 1
    assert [len(asked) for asked in registry.asked] == [4, 4]


async def test_what_was_being_asked_for_when_somebody_changed_is_not_remembered() -> None:
    numbers, reached, answers = ["13911112222", "13933334444"], asyncio.Event(), asyncio.Event()

    async def registry(_request: httpx.Request) -> httpx.Response:
        number = numbers.pop(0)
        reached.set()
        await answers.wait()
        return httpx.Response(200, json={"items": [{"contact_id": str(BOSS), "mobile": number}]})

    async with httpx.AsyncClient(transport=httpx.MockTransport(registry)) as http:
        book = RegistryAddressBook(http, "http://registry", "token", seconds=60)
        asking = asyncio.create_task(book.find([BOSS]))
        await reached.wait()
        book.forget()
        answers.set()
        assert (await asking)[BOSS].addresses["mobile"].value == "13911112222"
        assert (await book.find([BOSS]))[BOSS].addresses["mobile"].value == "13933334444"


def under_key(notify: ServiceUnderTest, key: KeyKind, *guests: str) -> Phone:
    office, real = office_of(notify.station), Phone("sms", "real")
    install(notify, real)
    office.senders.sinks = open_senders(NotifySettings(), notify.http, notify.data).sinks
    office.settings = office.settings.model_copy(update={"key_kind": key, "guests": guests})
    return real


async def test_a_trial_reaches_nobody(notify: ServiceUnderTest) -> None:
    await notify.hears(*people())
    real = under_key(notify, KeyKind.TRIAL)
    await notify.hears(hazard(immediate=True))
    await send_all(notify)

    assert real.calls == []
    assert len(screens(notify)) == 4
    assert {row["key_kind"] for row in await notify.table("dispatches")} == {"trial"}


async def test_a_team_key_reaches_its_guests_alone(notify: ServiceUnderTest, registry: RegistryStandIn) -> None:
    await notify.hears(*people())
    registry.knows(BOSS, mobile="19900000001")
    real = under_key(notify, KeyKind.TEAM, "19900000001")
    await notify.hears(hazard(immediate=True))
    await send_all(notify)

    assert [call.address.value for call in real.calls] == ["19900000001"]
    refused = {
        row["reason"] for row in await notify.table("dispatches") if row["channel"] == "sms" and row["state"] == "impossible"
    }
    assert refused == {"not_a_guest"}


async def test_a_live_key_reaches_everybody(notify: ServiceUnderTest) -> None:
    await notify.hears(*people())
    real = under_key(notify, KeyKind.LIVE)
    await notify.hears(hazard(immediate=True))
    await send_all(notify)

    assert len(real.calls) == 4


async def test_whoever_does_not_confirm_a_major_hazard_is_phoned(notify: ServiceUnderTest) -> None:
    await notify.hears(*people())
    install(notify, Phone("sms"), CallList(notify.database))
    await notify.hears(matters.major())
    await send_all(notify)
    notify.time_passes(minutes=31)
    await notify.works(workers.take_next_steps)
    await send_all(notify)
    async with notify.client("grid_officer", grids=[GRID]) as officer_:
        calls = (await officer_.get("/api/notify/calls")).json()["items"]
        reached: dict[str, Any] = (await officer_.post(f"/api/notify/calls/{calls[0]['id']}/done", json={"reached": True})).json()
        left = (await officer_.get("/api/notify/calls")).json()["items"]

    assert len(calls) == 3
    assert reached["state"] == "delivered"
    assert len(left) == 2


async def test_who_confirmed_is_not_phoned(notify: ServiceUnderTest) -> None:
    await notify.hears(*people())
    install(notify, Phone("sms"), CallList(notify.database))
    await notify.hears(matters.major())
    await send_all(notify)
    async with notify.client() as anybody:
        for row in await notices(notify):
            await anybody.post(f"/n/{row['token']}")
    notify.time_passes(minutes=31)
    await notify.works(workers.take_next_steps)
    await send_all(notify)

    assert await notify.table("calls") == []


@pytest.mark.parametrize("channels", ["simulator", "live"])
async def test_a_trial_puts_nobody_on_the_list_of_calls(notify: ServiceUnderTest, channels: str) -> None:
    settings = NotifySettings.model_validate({"files_only": False, "channels": channels})
    senders = open_senders(settings, notify.http, notify.data, notify.database)

    assert "call_list" in senders.real["voice"]
    assert "call_list" not in senders.sinks["voice"]
