"""失联: two days on which no channel reached a contact are said once, and so is that something reached it again."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import permutations
from typing import Any
from uuid import UUID

import pytest

from services.notify import marking, unreached, workers
from services.notify.call_list import CallList
from services.notify.channels.channel import Accepted, Concern, Impossible, Outcome, Reached, Receipt
from services.notify.domain.book import Book, Unreachable
from services.notify.library import shipped_text
from shared.clock import SHANGHAI, shanghai_date
from shared.contracts.notify import ContactReached, ContactUnreachable, NoticeFailed
from shared.contracts.vocabulary import ContactRole, NoticeFailure
from tests.services.notify import matters
from tests.services.notify.builders import BOSS, GRID, OFFICER, SAFETY, TENANT, contact, hazard, named, people
from tests.services.notify.phones import Phone, at_clock, install, notices, send_all
from tests.services.notify.registry_stand_in import RegistryStandIn
from tests.support.service import ServiceUnderTest


def dead(_: Any) -> Outcome:
    """The carrier says that nobody has this number."""
    return Impossible("number_illegal", Concern.ADDRESS)


def alive(dispatch: Any) -> Outcome:
    return Accepted(f"no-{dispatch.key}")


async def told_of(notify: ServiceUnderTest, number: int) -> None:
    """Another hazard, and everything that follows at once."""
    await notify.hears(hazard(hazard_id=named(f"hazard {number}"), number=f"01{number}", immediate=True))
    await send_all(notify)


async def silent_boss(notify: ServiceUnderTest, registry: RegistryStandIn, says: Any = dead) -> Phone:
    """Everybody around the mill; of its principal there is a number only, and its phone answers so."""
    sms = Phone("sms", says=lambda dispatch: says(dispatch) if dispatch.address.value == "19900000001" else alive(dispatch))
    registry.knows(BOSS, mobile="19900000001")
    await notify.hears(*people())
    install(notify, sms)
    await at_clock(notify, 9)
    return sms


async def lost(notify: ServiceUnderTest) -> list[Any]:
    return [said for said in await notify.said(ContactUnreachable) if said.contact_id == BOSS]


async def found(notify: ServiceUnderTest) -> list[Any]:
    return [said for said in await notify.said(ContactReached) if said.contact_id == BOSS]


async def two_days(notify: ServiceUnderTest) -> None:
    """A try on one day, and another on the next."""
    await told_of(notify, 1)
    await at_clock(notify, 9, days=1)
    await notify.works(workers.follow_the_unreached)
    await told_of(notify, 2)


async def test_two_days_in_vain_are_said_once(notify: ServiceUnderTest, registry: RegistryStandIn) -> None:
    await silent_boss(notify, registry)
    await told_of(notify, 1)
    await told_of(notify, 2)
    assert [said.final for said in await notify.said(NoticeFailed)].count(True) == 2
    assert await lost(notify) == []

    await at_clock(notify, 9, days=1)
    await notify.works(workers.follow_the_unreached)
    await told_of(notify, 3)
    await told_of(notify, 4)
    [said] = await lost(notify)
    assert (said.party_id, said.role, len(said.tried_on), said.envelope.sequence) == (TENANT, ContactRole.PRINCIPAL, 2, 1)
    assert await found(notify) == []


async def test_what_reaches_him_ends_it(notify: ServiceUnderTest, registry: RegistryStandIn) -> None:
    sms = await silent_boss(notify, registry)
    await two_days(notify)
    assert len(await lost(notify)) == 1
    notify.time_passes(minutes=5)
    [first, *_] = await notices(notify, person_id=BOSS)
    async with notify.client("tenant", parties=[TENANT]) as client:
        assert (await client.post(f"/api/notify/notices/{first['id']}/read")).status_code == 200
    await notify.works(workers.follow_the_unreached)
    await notify.works(workers.follow_the_unreached)

    [said] = await found(notify)
    assert (said.contact_changed, said.envelope.sequence) == (False, 2)
    assert sms.calls


async def test_one_day_is_forgotten_when_something_reaches_him_in_between(
    notify: ServiceUnderTest, registry: RegistryStandIn
) -> None:
    await silent_boss(notify, registry)
    await told_of(notify, 1)
    notify.time_passes(minutes=5)
    [first] = await notices(notify, person_id=BOSS)
    async with notify.client("tenant", parties=[TENANT]) as client:
        await client.post(f"/api/notify/notices/{first['id']}/read")
    await at_clock(notify, 9, days=1)
    await told_of(notify, 2)

    assert (await lost(notify), await found(notify)) == ([], [])


async def test_a_stricter_book_takes_back_nothing_that_was_said(notify: ServiceUnderTest, registry: RegistryStandIn) -> None:
    await silent_boss(notify, registry)
    await two_days(notify)
    body = shipped_text().replace("unreachable: {days: 2", "unreachable: {days: 3")
    async with notify.client("bureau") as client:
        draft = (await client.post("/api/notify/rule-books", json={"body": body})).json()
        assert (await client.post(f"/api/notify/rule-books/{draft['id']}/publish")).status_code == 200
    await notify.works(workers.follow_the_unreached)

    assert (len(await lost(notify)), await found(notify)) == (1, [])


async def test_another_number_ends_it_at_once(notify: ServiceUnderTest, registry: RegistryStandIn) -> None:
    await silent_boss(notify, registry)
    await two_days(notify)
    await notify.hears(contact(BOSS, TENANT), sequence=2)
    await notify.hears(contact(BOSS, TENANT), sequence=3)

    [said] = await found(notify)
    assert (said.contact_changed, said.role) == (True, ContactRole.PRINCIPAL)


async def test_who_has_left_is_no_longer_missed(notify: ServiceUnderTest, registry: RegistryStandIn) -> None:
    await silent_boss(notify, registry)
    await told_of(notify, 1)
    await notify.hears(contact(BOSS, TENANT, active=False), sequence=2)
    await at_clock(notify, 9, days=1)
    await told_of(notify, 2)

    assert await lost(notify) == []


async def test_whom_something_reaches_is_not_lost(notify: ServiceUnderTest, registry: RegistryStandIn) -> None:
    await silent_boss(notify, registry, says=alive)
    await two_days(notify)

    assert await notify.said(ContactUnreachable) == []
    assert await notify.table("unreached") == []


async def sent_to(notify: ServiceUnderTest, person: Any) -> list[Any]:
    """Dispatches that a carrier has taken over, and of which it has said nothing yet."""
    mine = {row["id"] for row in await notices(notify, person_id=person)}
    return [row for row in await notify.table("dispatches") if row["notice_id"] in mine and row["state"] == "accepted"]


async def said_of(notify: ServiceUnderTest, rows: Iterable[Any], reached: Reached = Reached.FAILED, **more: Any) -> None:
    """A carrier's receipts of these dispatches, as of the moment at which each left."""
    told = [Receipt(row["provider"], None, row["id"].hex, reached, more.get("at") or row["started_at"]) for row in rows]
    await notify.database.run(lambda tx: marking.take_receipts(tx, told))


async def tried(notify: ServiceUnderTest, number: int) -> Any:
    """One more SMS to the principal, and another to his colleague, which arrives; the dispatch to him."""
    await told_of(notify, number)
    await said_of(notify, await sent_to(notify, SAFETY), Reached.DELIVERED)
    return (await sent_to(notify, BOSS))[-1]


async def test_a_carrier_that_could_not_deliver_says_so_too(notify: ServiceUnderTest, registry: RegistryStandIn) -> None:
    await silent_boss(notify, registry, says=alive)
    await said_of(notify, [await tried(notify, 1)])
    await at_clock(notify, 9, days=1)
    await said_of(notify, [await tried(notify, 2)])

    assert len(await lost(notify)) == 1


async def test_a_carrier_that_reaches_nobody_else_is_not_believed(notify: ServiceUnderTest, registry: RegistryStandIn) -> None:
    await silent_boss(notify, registry, says=alive)
    first = await tried(notify, 1)
    notify.time_passes(hours=4)
    await said_of(notify, [first])
    await at_clock(notify, 9, days=1)
    await told_of(notify, 2)
    await said_of(notify, await sent_to(notify, BOSS))

    assert [said.final for said in await notify.said(NoticeFailed)].count(True) == 2
    assert await notify.table("unreached") == []


async def test_what_is_heard_late_counts_for_the_day_on_which_it_was_tried(
    notify: ServiceUnderTest, registry: RegistryStandIn
) -> None:
    await silent_boss(notify, registry, says=alive)
    first, second = await tried(notify, 1), await tried(notify, 2)
    await said_of(notify, [first])
    await at_clock(notify, 9, days=1)
    await tried(notify, 3)
    await said_of(notify, [second])
    await said_of(notify, [second, first])

    assert await lost(notify) == []
    [row] = await notify.table("unreached")
    assert [shanghai_date(at) for at in row["tries"]] == [shanghai_date(first["started_at"])]


@pytest.mark.parametrize("order", list(permutations(range(3))), ids=str)
async def test_in_whatever_order_receipts_come_the_same_is_known(
    notify: ServiceUnderTest, registry: RegistryStandIn, order: tuple[int, ...]
) -> None:
    await silent_boss(notify, registry, says=alive)
    dispatches = []
    for number in range(3):
        dispatches.append(await tried(notify, number))
        await at_clock(notify, 9, days=1)
    await tried(notify, 9)
    for place in order:
        reached = Reached.DELIVERED if place == 1 else Reached.FAILED
        await said_of(notify, [dispatches[place]], reached, at=dispatches[place]["started_at"] + timedelta(minutes=1))
    await notify.works(workers.follow_the_unreached)

    [row] = await notify.table("unreached")
    assert (row["said"], row["tries"]) == (False, [dispatches[2]["started_at"]])
    assert len(await lost(notify)) == len(await found(notify)) == (order[2] == 1)


@pytest.mark.parametrize(
    ("first", "pause", "days"), [((23, 30), 60, 2), ((6, 30), 120, 1)], ids=["over midnight in Shanghai", "over midnight in UTC"]
)
async def test_a_day_is_a_day_in_shanghai(
    notify: ServiceUnderTest, registry: RegistryStandIn, first: tuple[int, int], pause: int, days: int
) -> None:
    await silent_boss(notify, registry)
    await at_clock(notify, *first)
    await told_of(notify, 1)
    notify.time_passes(minutes=pause)
    await notify.works(workers.follow_the_unreached)
    await told_of(notify, 2)

    said = await lost(notify)
    assert [len(one.tried_on) for one in said] == ([2] if days == 2 else [])


async def test_what_the_old_number_did_says_nothing_of_the_new_one(notify: ServiceUnderTest, registry: RegistryStandIn) -> None:
    await silent_boss(notify, registry, says=alive)
    first = await tried(notify, 1)
    notify.time_passes(minutes=5)
    await notify.hears(contact(BOSS, TENANT), sequence=2)
    await said_of(notify, [first])
    assert await notify.table("unreached") == []

    await at_clock(notify, 9, days=1)
    await said_of(notify, [await tried(notify, 2)])
    assert len(await notify.table("unreached")) == 1
    assert await lost(notify) == []


async def test_whom_an_officer_phones_in_vain_on_another_day_is_lost(notify: ServiceUnderTest, registry: RegistryStandIn) -> None:
    sms = await silent_boss(notify, registry)
    install(notify, sms, CallList(notify.database))
    await notify.hears(matters.major())
    await send_all(notify)
    await at_clock(notify, 9, days=1)
    mine = {row["id"] for row in await notices(notify, person_id=BOSS)}
    async with notify.client("grid_officer", grids=[GRID]) as officer:
        [call] = [row for row in (await officer.get("/api/notify/calls")).json()["items"] if UUID(row["notice_id"]) in mine]
        for _ in range(2):
            await officer.post(f"/api/notify/calls/{call['id']}/done", json={"reached": False})

    [said] = await lost(notify)
    assert len(said.tried_on) == 2


SMS = {"state": "failed", "concerns": None, "reason": "undelivered:UNDELIV", "provider": "aliyun", "is_working": True}


@pytest.mark.parametrize(
    ("row", "his"),
    [
        (SMS, True),
        (SMS | {"reason": None}, True),
        (SMS | {"is_working": False}, False),
        (SMS | {"is_working": False, "provider": "call_list"}, True),
        (SMS | {"state": "impossible", "concerns": "address", "reason": "number_illegal", "is_working": False}, True),
        (SMS | {"state": "impossible", "concerns": "address"}, True),
        (SMS | {"state": "impossible", "concerns": "address", "reason": "number_opted_out"}, False),
        (SMS | {"state": "impossible", "concerns": "template", "reason": "template_unknown"}, False),
        (SMS | {"state": "impossible", "concerns": "provider", "reason": "never_answered"}, False),
        (SMS | {"concerns": "address", "reason": "number_day_limit"}, False),
        (SMS | {"concerns": "provider", "reason": "no_balance"}, False),
    ],
)
def test_only_what_is_his_counts(row: dict[str, Any], *, his: bool) -> None:
    assert unreached.is_his(row) is his


def test_a_phone_that_failed_through_no_fault_of_his_might_have_reached_him() -> None:
    at, person = datetime(2026, 3, 2, 9, tzinfo=SHANGHAI), {"contact_id": BOSS, "party_id": TENANT, "role": "principal"}
    dead = SMS | person | {"notice_id": named("notice"), "at": at}
    call = dead | {"provider": "voice", "at": at + timedelta(hours=1)}

    assert unreached.in_vain([dead, call]) == [person | {"tries": [call["at"]]}]
    assert unreached.in_vain([dead, call | {"state": "impossible", "reason": "no_channel", "concerns": "dispatch"}]) == [
        person | {"tries": [at]}
    ]
    assert unreached.in_vain([dead, call | {"concerns": "provider", "reason": "gave_up"}]) == []


async def test_who_gave_no_number_or_left_the_mini_program_is_another_matter(
    notify: ServiceUnderTest, registry: RegistryStandIn
) -> None:
    await silent_boss(notify, registry)
    registry.knows(BOSS)
    await two_days(notify)

    assert [said.final for said in await notify.said(NoticeFailed)].count(True) == 2
    assert await notify.table("unreached") == []


async def test_a_fault_of_ours_says_nothing_of_him(notify: ServiceUnderTest, registry: RegistryStandIn) -> None:
    broken = Impossible("template", Concern.TEMPLATE)
    await silent_boss(notify, registry, says=lambda _: broken)
    await two_days(notify)

    failed = await notify.said(NoticeFailed)
    assert [said.final for said in failed].count(True) == 2
    assert NoticeFailure.CONTENT in {said.reason for said in failed}
    assert await notify.table("unreached") == []


async def test_an_officer_is_no_contact_of_a_party(notify: ServiceUnderTest, registry: RegistryStandIn) -> None:
    await silent_boss(notify, registry)
    registry.knows(BOSS, mobile="19900000002")
    registry.knows(OFFICER, mobile="19900000001")
    await two_days(notify)

    assert OFFICER in {said.officer_id for said in await notify.said(NoticeFailed) if said.final}
    assert await notify.said(ContactUnreachable) == []


def test_how_many_days_stands_in_the_book_and_an_older_book_has_two() -> None:
    text = shipped_text()
    line = "unreachable: {days: 2, provider_proven_hours: 3, mark: D}\n"
    assert Book.read(text).unreachable == Unreachable(days=2, provider_proven_hours=3)
    assert Book.read(text.replace(line, line.replace("days: 2", "days: 3"))).unreachable.days == 3
    assert Book.read(text.replace(line, "")).unreachable == Unreachable()
    with pytest.raises(ValueError, match="days"):
        Book.read(text.replace(line, line.replace("days: 2", "days: 31")))
