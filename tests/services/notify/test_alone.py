"""What cannot be sent, asked or recorded fails alone: the others of its batch are told, and nothing that was called is lost."""

import asyncio
import json
import time
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from services.notify import recording, sending, workers
from services.notify.channels.channel import Accepted, Dispatch, KeyKind, Outcome, Unknown
from services.notify.claiming import Claim, claim
from services.notify.domain.template import Template
from services.notify.office import office_of
from services.notify.recording import record
from services.notify.results import Result
from services.notify.settling import settle
from shared.contracts.notify import NoticeFailed
from tests.services.notify.builders import BOSS, MILL, OFFICER, hazard, named, people, site
from tests.services.notify.matters import dues
from tests.services.notify.phones import AnsweringPhone, FrozenPhone, Phone, install, notices, send_all, today
from tests.services.notify.registry_stand_in import RegistryStandIn
from tests.services.notify.test_departures import become, open_gate
from tests.services.notify.test_following import follow
from tests.services.notify.travels import at
from tests.support.running import until
from tests.support.service import ServiceUnderTest


class Broken(Exception):
    """The database or a rule says no."""


async def planned(notify: ServiceUnderTest, *channels: Any) -> None:
    """Four people are to be told of a danger, over these channels."""
    install(notify, *channels)
    await notify.hears(*people())
    await notify.hears(hazard(immediate=True))


async def spoil(notify: ServiceUnderTest, statement: str, **given: Any) -> None:
    await notify.database.run(lambda tx: tx.execute(text(statement), given))


async def of_boss(notify: ServiceUnderTest, channel: str = "sms") -> Any:
    """The dispatch of the one whose row is spoilt, and the states of the others."""
    rows = [row for row in await notify.table("dispatches") if row["channel"] == channel]
    (mine,) = [row for row in rows if row["person_id"] == BOSS]
    return mine, {row["state"] for row in rows if row["person_id"] != BOSS}


async def test_a_notice_of_which_no_text_can_be_made_fails_alone_and_says_why(notify: ServiceUnderTest) -> None:
    phone = Phone()
    await planned(notify, phone)
    await spoil(notify, "UPDATE notify.notices SET template_version = 99 WHERE person_id = :boss", boss=BOSS)
    await send_all(notify)

    mine, others = await of_boss(notify)
    assert (mine["state"], mine["reason"], others) == ("impossible", "no_text", {"accepted"})
    assert len(phone.calls) == 3
    (failed,) = [event for event in await notify.said(NoticeFailed) if event.final]
    assert failed.notice_id == mine["notice_id"]


async def test_an_alarm_of_which_no_text_can_be_made_stops_neither_its_plan_nor_the_others(
    notify: ServiceUnderTest, registry: RegistryStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    render = Template.render

    def rendered(template: Template, channel: str, *given: Any) -> str:
        if channel == "wecom":
            raise Broken
        return render(template, channel, *given)

    monkeypatch.setattr(Template, "render", rendered)
    registry.knows(OFFICER, wecom_userid="officer", mobile="19900000009")
    async with open_gate(notify, Phone(), wecom := Phone("wecom", "wecom")):
        assert await notify.hears(hazard(immediate=True)) == "acked"
        await become(notify, *["accepted"] * 4)
        await send_all(notify)
    assert wecom.calls == []
    assert {row["reason"] for row in await notify.table("dispatches") if row["channel"] == "wecom"} == {"no_text"}


async def test_a_question_without_its_template_is_asked_all_the_same_and_the_others_too(notify: ServiceUnderTest) -> None:
    phone = AnsweringPhone(says=lambda _: Unknown(timedelta(seconds=20)), knows=lambda d: Accepted(f"no-{d.key}"))
    await planned(notify, phone)
    await send_all(notify)
    await spoil(notify, "UPDATE notify.notices SET template_version = 99 WHERE person_id = :boss", boss=BOSS)
    notify.time_passes(minutes=1)
    await notify.works(workers.ask_providers)

    mine, others = await of_boss(notify)
    assert {mine["state"]} | others == {"accepted"}


async def test_who_died_with_a_notice_that_nobody_was_called_for_leaves_no_question(notify: ServiceUnderTest) -> None:
    await planned(notify, Phone())
    await spoil(notify, "UPDATE notify.notices SET template_version = 99 WHERE person_id = :boss", boss=BOSS)
    wanted = Claim("alarm", KeyKind.TRIAL, 500, timedelta(seconds=60), calls=50)
    await notify.database.run(lambda tx: claim(tx, wanted, office_of(notify.station).senders))
    notify.time_passes(minutes=2)
    await notify.works(workers.take_left_behind)
    await notify.works(workers.ask_providers)

    mine, _ = await of_boss(notify)
    assert (mine["state"], mine["reason"]) == ("impossible", "no_text")
    rows = [row for row in await notify.table("dispatches") if row["channel"] == "mini_program" and row["person_id"] != BOSS]
    assert {(row["state"], row["reason"]) for row in rows} == {("impossible", "no_channel")}


async def test_a_subscriber_whose_address_cannot_be_opened_fails_alone_and_says_why(notify: ServiceUnderTest) -> None:
    phone = Phone("webhook", "webhook")
    await notify.hears(*people())
    broken, sound = await follow(notify), await follow(notify, "another", address="https://another.example/hook")
    install(notify, phone)
    await spoil(notify, "UPDATE notify.subscriptions SET address = 'v1.AAAA' WHERE id = :id", id=broken["id"])
    await notify.hears(hazard())
    await send_all(notify)

    states = {str(row["person_id"]): (row["state"], row["reason"]) for row in await notify.table("dispatches")}
    assert states[broken["id"]] == ("impossible", "address_unreadable")
    assert states[sound["id"]] == ("accepted", None)
    (paused,) = [row for row in await notify.table("subscriptions") if str(row["id"]) == broken["id"]]
    assert paused["failures"] == 1


def failing_once(monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """The first time that an acceptance is recorded the database says no; set once it has."""
    failed = asyncio.Event()

    async def settled(tx: Any, holder: Any, results: Any) -> None:
        if not failed.is_set() and any(isinstance(getattr(result, "outcome", None), Accepted) for result in results):
            failed.set()
            raise Broken
        await settle(tx, holder, results)

    monkeypatch.setattr(recording, "settle", settled)
    return failed


async def states_after_a_failure(
    notify: ServiceUnderTest, registry: RegistryStandIn, failed: asyncio.Event
) -> tuple[set[str], set[str]]:
    """A record fails while another provider is still under way: what is known of both."""
    registry.knows(OFFICER, wecom_userid="officer", mobile="19900000009")
    sms, wecom = Phone(), FrozenPhone("wecom", "wecom")
    await planned(notify, sms, wecom)
    turn = asyncio.create_task(notify.works(workers.send_alarms))
    await wecom.reached.wait()
    await failed.wait()
    wecom.thawed.set()
    await asyncio.wait({turn})
    turn.exception()
    assert (len(sms.calls), len(wecom.calls)) == (4, 1)
    states = [(row["channel"], row["state"]) for row in await notify.table("dispatches")]
    return {state for channel, state in states if channel == "sms"}, {state for channel, state in states if channel == "wecom"}


async def test_an_outcome_that_could_not_be_recorded_is_kept_and_its_neighbours_are_awaited(
    notify: ServiceUnderTest, registry: RegistryStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    failed = failing_once(monkeypatch)
    assert await states_after_a_failure(notify, registry, failed) == ({"accepted"}, {"accepted"})
    assert {row["state"] for row in await notices(notify)} == {"accepted"}


async def test_recorded_once_only_an_outcome_is_lost_with_the_first_fault(
    notify: ServiceUnderTest, registry: RegistryStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: the database does say no."""

    async def once(database: Any, holder: Any, results: Any, _until: float) -> None:
        await database.run(lambda tx: settled(tx, holder, results), repeatable=True)

    failed = failing_once(monkeypatch)
    settled = vars(recording)["settle"]
    monkeypatch.setattr(sending, "record", once)
    sms, _ = await states_after_a_failure(notify, registry, failed)
    assert "sending" in sms


async def test_an_outcome_that_can_never_be_recorded_is_found_among_the_others(notify: ServiceUnderTest) -> None:
    """A provider's number with a NUL in it, which PostgreSQL takes in no text."""

    def answer(dispatch: Dispatch, person: Any) -> Outcome:
        return Accepted(f"no\0{dispatch.key}" if person == BOSS else dispatch.key)

    await planned(notify, Phone())
    office = office_of(notify.station)
    wanted = Claim("alarm", KeyKind.TRIAL, 500, timedelta(seconds=60), calls=50)
    claimed = await notify.database.run(lambda tx: claim(tx, wanted, office.senders))
    texts = [errand for errand in claimed.errands if errand.row["on_channel"] == "sms"]
    found = await office.find([errand.row for errand in texts])
    results = []
    for errand in texts:
        person = errand.row["person_id"]
        address = found[person].at("sms")
        assert address is not None
        results.append(Result(errand, answer(office.dispatch(errand, found[person], address), person), address))
    recorder = asyncio.create_task(record(notify.database, claimed.holder, results, time.monotonic() + 3600))

    async def others_are_known() -> bool:
        _, others = await of_boss(notify)
        return bool(others == {"accepted"})

    await until(others_are_known)
    assert (await of_boss(notify))[0]["state"] == "sending"
    recorder.cancel()


async def climbed(notify: ServiceUnderTest, **time: float) -> set[Any]:
    notify.time_passes(**time)
    await notify.works(workers.climb_ladders)
    return {row["hazard_id"] for row in await notices(notify, kind="hazard_unacknowledged")}


async def test_a_ladder_that_cannot_be_climbed_waits_alone_until_it_can(notify: ServiceUnderTest) -> None:
    broken, sound = named("broken"), named("sound")
    await notify.hears(*people())
    await notify.hears(hazard(hazard_id=broken), hazard(hazard_id=sound))
    whole = next(row["facts"] for row in await notify.table("climbs") if row["thing_id"] == broken)
    spoilt = """UPDATE notify.climbs SET facts = '{"cause_name": "inspection.hazard_found"}' WHERE thing_id = :id"""
    await spoil(notify, spoilt, id=broken)
    assert await climbed(notify, hours=25) == {sound}
    assert await climbed(notify, minutes=1) == {sound}

    repaired = "UPDATE notify.climbs SET facts = CAST(:facts AS jsonb) WHERE thing_id = :id"
    await spoil(notify, repaired, id=broken, facts=json.dumps(whole))
    assert await climbed(notify, minutes=61) == {broken, sound}


async def test_a_reminder_about_a_place_that_nobody_knows_holds_up_no_other_and_is_made_once_it_is_known(
    notify: ServiceUnderTest,
) -> None:
    """Its site is heard of by another reader, which may be behind, or have put it into quarantine."""
    known, elsewhere = people(), named("elsewhere")
    ends = await today(notify) + timedelta(days=10)
    (certificate, *_) = dues(await today(notify), ends)
    await notify.hears(*known)
    await notify.hears(certificate)
    await notify.hears(certificate.model_copy(update={"certificate_id": named("another"), "site_id": elsewhere}))
    await at(notify, ends - timedelta(days=7), 9)
    assert {row["site_id"] for row in await notices(notify, kind="certificate_due")} == {MILL}

    await notify.hears(site(elsewhere, code="YX-0002"))
    notify.time_passes(minutes=61)
    await notify.works(workers.remind_of_dates)
    assert {row["site_id"] for row in await notices(notify, kind="certificate_due")} == {MILL, elsewhere}


async def test_a_contact_that_the_registry_garbles_keeps_no_other_from_being_told(
    notify: ServiceUnderTest, registry: RegistryStandIn
) -> None:
    registry.knows(BOSS, contact_id="nobody's", mobile="19900000001")
    phone = Phone()
    await planned(notify, phone)
    await send_all(notify)

    mine, others = await of_boss(notify)
    assert (mine["reason"], others, len(phone.calls)) == ("no_address", {"accepted"}, 3)


async def test_a_reminder_whose_text_is_gone_is_merged_with_the_others_all_the_same(notify: ServiceUnderTest) -> None:
    await notify.hears(*people())
    due = await today(notify) + timedelta(days=10)
    for number in range(3):
        await notify.hears(hazard(hazard_id=named(f"hazard {number}"), number=f"014{number}", due=due))
    await at(notify, due - timedelta(days=1), 9)
    gone = "UPDATE notify.notices SET template_version = 99 WHERE person_id = :boss AND kind = 'hazard_due' AND hazard_id = :id"
    await spoil(notify, gone, boss=BOSS, id=named("hazard 0"))
    await notify.works(workers.release_held)

    assert BOSS in {row["person_id"] for row in await notices(notify, kind="digest")}
    assert "held" not in {row["state"] for row in await notify.table("dispatches")}
