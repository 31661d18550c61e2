"""Once a matter has ended nothing about it leaves any more, whatever is on its way just then."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from services.notify import climbing, reminding, stepping, workers
from services.notify.channels.channel import Accepted, Dispatch, Outcome, Reached, Receipt, TryLater
from services.notify.marking import take_receipts
from shared.contracts.inspection import HazardClosed, HazardRejected, HazardReopened, HazardTransferred
from shared.contracts.registry import SiteClosed
from shared.contracts.vocabulary import (
    Department,
    HazardRejectionReason,
    HazardState,
    SiteClosingReason,
    SiteKind,
    TransferState,
)
from shared.database import Transaction as Tx
from tests.services.notify import matters
from tests.services.notify.builders import BOSS, BUILDING, LANDLORD_BOSS, MILL, TENANT, hazard, named, people
from tests.services.notify.matters import NOW
from tests.services.notify.phones import FrozenPhone, Phone, at_clock, install, notices, send_all, today
from tests.services.notify.registry_stand_in import RegistryStandIn
from tests.services.notify.travels import at
from tests.support.running import until
from tests.support.service import ServiceUnderTest

ENDS: list[tuple[str, Callable[[], Any]]] = [
    ("closed", lambda: hazard(HazardClosed, state=HazardState.CLOSED, closed_at=NOW)),
    (
        "transferred",
        lambda: hazard(
            HazardTransferred, state=HazardState.TRANSFERRED, department=Department.FIRE, transfer=TransferState.OFFERED
        ),
    ),
    (
        "merged",
        lambda: hazard(
            HazardRejected,
            state=HazardState.REJECTED,
            reason=HazardRejectionReason.DUPLICATE,
            duplicate_of=named("the other hazard"),
        ),
    ),
]
ended = pytest.mark.parametrize("end", [end for _, end in ENDS], ids=[name for name, _ in ENDS])


async def texts_of(notify: ServiceUnderTest, phone: Phone) -> list[str]:
    await send_all(notify)
    return sorted({call.template for call in phone.calls} - {"HZ_CLOSED"})


@ended
async def test_reminders_and_ladders_stop_at_the_moment_of_the_end(notify: ServiceUnderTest, end: Callable[[], Any]) -> None:
    await notify.hears(*people())
    due = await today(notify) + timedelta(days=5)
    await notify.hears(hazard(due=due))
    await notify.hears(end(), sequence=2)
    for days in (3, 1, 0):
        await at(notify, due - timedelta(days=days), 18, 1)
        await notify.works(workers.climb_ladders)

    kinds = {row["kind"] for row in await notices(notify)} - {"hazard_closed"}
    assert kinds == {"hazard_found"}
    assert [row for row in await notify.table("reminders") if row["kind"] == "hazard_due"] == []


async def test_the_same_reminders_come_where_nothing_has_ended(notify: ServiceUnderTest) -> None:
    """The control: without an end both the reminder and the rung are told."""
    await notify.hears(*people())
    due = await today(notify) + timedelta(days=5)
    await notify.hears(hazard(due=due))
    await at(notify, due - timedelta(days=3), 18, 1)
    await notify.works(workers.climb_ladders)

    assert {row["kind"] for row in await notices(notify)} == {"hazard_found", "hazard_due", "hazard_unacknowledged"}


Work = Callable[[Tx, int], Awaitable[int]]


async def _blocked(notify: ServiceUnderTest) -> bool:
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    return bool(await notify.database.run(lambda tx: tx.value(text(waiting))))


RACES: list[tuple[str, Work, dict[str, Any]]] = [
    ("reminder", reminding.remind, {"days": 3, "hours": 1}),
    ("rung", climbing.climb, {"hours": 25}),
    ("next step", stepping.take_next_steps, {"hours": 2, "minutes": 1}),
]


async def told_after_a_race(notify: ServiceUnderTest, end: Any, work: Work, later: dict[str, Any]) -> list[str]:
    """A worker has taken it and not committed; the end arrives meanwhile. What is sent after that."""
    phones = [Phone("sms"), Phone("mini_program", "wechat"), Phone("wecom", "wecom")]
    install(notify, *phones)
    await notify.hears(*people())
    await at_clock(notify, 9)
    await notify.hears(hazard(due=await today(notify) + timedelta(days=6)))
    await send_all(notify)
    notify.time_passes(**later)
    await at_clock(notify, 12)
    for phone in phones:
        phone.calls.clear()

    async with notify.database.transaction() as tx:
        assert await work(tx, 100) >= 1
        hearing = asyncio.create_task(notify.hears(end, sequence=2))
        await until(lambda: _blocked(notify))
    assert await hearing == "acked"
    notify.time_passes(minutes=1)
    return [text for phone in phones for text in await texts_of(notify, phone)]


@ended
@pytest.mark.parametrize(("work", "later"), [(w, t) for _, w, t in RACES], ids=[name for name, *_ in RACES])
async def test_what_is_already_claimed_when_the_end_is_heard_is_not_sent(
    notify: ServiceUnderTest, registry: RegistryStandIn, end: Callable[[], Any], work: Work, later: dict[str, Any]
) -> None:
    registry.knows(BOSS, wechat_openid="o-boss-0001", mobile="19900000001")

    assert await told_after_a_race(notify, end(), work, later) == []
    assert "dropped" in {row["state"] for row in await notify.table("dispatches")}


async def test_without_holding_the_matter_the_same_race_tells_of_what_has_ended(
    notify: ServiceUnderTest, registry: RegistryStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: the race above is a real one."""

    async def hold_nothing(_tx: Tx, _things: Any) -> set[Any]:
        return set()

    monkeypatch.setattr("services.notify.store.matters.hold", hold_nothing)
    registry.knows(BOSS, wechat_openid="o-boss-0001", mobile="19900000001")
    _, work, later = RACES[0]

    assert "HZ_DUE" in await told_after_a_race(notify, ENDS[0][1](), work, later)


@ended
async def test_an_attempt_that_was_on_its_way_when_it_ended_is_not_made_again(
    notify: ServiceUnderTest, end: Callable[[], Any]
) -> None:
    def busy(_: Dispatch) -> Outcome:
        return TryLater(timedelta(), "busy")

    phone = FrozenPhone(says=busy, wanted=4)
    install(notify, phone)
    await notify.hears(*people())
    await notify.hears(hazard(immediate=True))
    sending = asyncio.create_task(notify.works(workers.send_alarms))
    await phone.reached.wait()
    await notify.hears(end(), sequence=2)
    phone.thawed.set()
    await sending
    await until(lambda: _settled(notify))
    phone.says = lambda dispatch: Accepted(dispatch.key)
    notify.time_passes(minutes=6)

    assert await texts_of(notify, phone) == ["HZ_NEW", "HZ_NEW_GO", "HZ_NEW_LL"]
    assert len([call for call in phone.calls if call.template != "HZ_CLOSED"]) == 4
    assert {row["state"] for row in await notices(notify, kind="hazard_found")} == {"expired"}


async def _settled(notify: ServiceUnderTest) -> bool:
    return not any(row["state"] == "sending" for row in await notify.table("dispatches"))


async def test_what_did_not_arrive_is_not_followed_by_the_next_channel_after_the_end(
    notify: ServiceUnderTest, registry: RegistryStandIn
) -> None:
    registry.knows(BOSS, wechat_openid="o-boss-0001", mobile="19900000001")
    mini, sms = Phone("mini_program", "wechat"), Phone("sms")
    install(notify, mini, sms)
    await notify.hears(*people())
    await at_clock(notify, 9)
    await notify.hears(hazard())
    await send_all(notify)
    sms.calls.clear()
    (dispatch,) = [d for d in await notify.table("dispatches") if d["person_id"] == BOSS and d["channel"] == "mini_program"]
    await notify.hears(hazard(HazardRejected, state=HazardState.REJECTED, reason=HazardRejectionReason.DUPLICATE), sequence=2)
    failed = Receipt("wechat", None, dispatch["id"].hex, Reached.FAILED, dispatch["started_at"], "user_block")
    await notify.database.run(lambda tx: take_receipts(tx, [failed]))

    assert await texts_of(notify, sms) == []
    assert [row["state"] for row in await notices(notify, person_id=BOSS)] == ["failed"]


async def test_a_rung_that_waits_for_the_morning_is_dropped_when_somebody_acknowledges_in_the_night(
    notify: ServiceUnderTest,
) -> None:
    sms = Phone("sms")
    install(notify, sms)
    await notify.hears(*people())
    await at_clock(notify, 22)
    await notify.hears(hazard())
    notify.time_passes(hours=24, minutes=1)
    await notify.works(workers.climb_ladders)
    (rung,) = await notices(notify, kind="hazard_unacknowledged")
    assert (rung["person_id"], rung["state"]) == (LANDLORD_BOSS, "planned")
    async with notify.client("tenant", parties=[TENANT]) as client:
        await client.post(f"/api/notify/notices/{(await notices(notify, person_id=BOSS))[0]['id']}/acknowledge")
    await at_clock(notify, 8, 5)

    assert "UNACKNOWLEDGED" not in await texts_of(notify, sms)
    (rung,) = await notices(notify, kind="hazard_unacknowledged")
    assert (rung["state"], rung["reason"]) == ("cancelled", "acknowledged")


async def test_a_rung_that_is_being_climbed_while_somebody_acknowledges_is_dropped(notify: ServiceUnderTest) -> None:
    sms = Phone("sms")
    await notify.hears(*people())
    await notify.hears(hazard())
    notify.time_passes(hours=25)
    boss = (await notices(notify, person_id=BOSS))[0]

    async with notify.database.transaction() as tx, notify.client() as anybody:
        assert await climbing.climb(tx, 100) == 1
        confirming = asyncio.create_task(anybody.post(f"/n/{boss['token']}"))
        await until(lambda: _blocked(notify))
        await tx.connection.commit()
        assert (await confirming).status_code == 200
    install(notify, sms)

    assert "UNACKNOWLEDGED" not in await texts_of(notify, sms)


async def test_a_hazard_that_comes_back_is_told_and_called_to_mind_again(notify: ServiceUnderTest) -> None:
    await notify.hears(*people())
    due = await today(notify) + timedelta(days=10)
    await notify.hears(hazard(due=due))
    away = {"department": Department.FIRE, "due": due}
    await notify.hears(
        hazard(HazardTransferred, state=HazardState.TRANSFERRED, transfer=TransferState.OFFERED, **away), sequence=2
    )
    await notify.hears(
        hazard(HazardTransferred, state=HazardState.RECTIFYING, transfer=TransferState.RETURNED, **away), sequence=3
    )
    await at(notify, due - timedelta(days=3), 9)

    assert len(await notices(notify, kind="hazard_handed_back", person_id=BOSS)) == 1
    assert len(await notices(notify, kind="hazard_due", person_id=BOSS)) == 1
    await notify.hears(hazard(HazardClosed, state=HazardState.CLOSED, closed_at=NOW), sequence=4)
    await notify.hears(hazard(HazardReopened, state=HazardState.RECTIFYING, reopened_at=NOW, due=due), sequence=5)
    assert len(await notices(notify, kind="hazard_reopened", person_id=BOSS)) == 1


async def test_nobody_is_reminded_for_a_place_that_is_closed(notify: ServiceUnderTest) -> None:
    await notify.hears(*people())
    ends = await today(notify) + timedelta(days=10)
    await notify.hears(*matters.dues(await today(notify), ends))
    card = {"site_id": MILL, "kind": SiteKind.TENANT, "party_id": TENANT, "building_id": BUILDING}
    await notify.hears(SiteClosed(**card, reason=SiteClosingReason.MOVED_OUT, closed_on=await today(notify)), sequence=9)
    await at(notify, ends - timedelta(days=1), 9)

    left = {row["kind"] for row in await notify.table("reminders")}
    assert left == {"lease_due"}
    assert {row["kind"] for row in await notices(notify)} <= {"lease_due"}


@ended
async def test_a_digest_that_waits_is_taken_apart_when_one_of_its_matters_ends(
    notify: ServiceUnderTest, end: Callable[[], Any]
) -> None:
    sms = Phone("sms", says=lambda _: TryLater(timedelta(minutes=10), "busy"))
    await notify.hears(*people())
    await at_clock(notify, 8)
    due = await today(notify) + timedelta(days=10)
    await notify.hears(hazard(due=due))
    for number in range(1, 3):
        await notify.hears(hazard(hazard_id=named(f"hazard {number}"), number=f"015{number}", due=due))
    await send_all(notify)
    install(notify, sms)
    await at(notify, due - timedelta(days=1), 9)
    await notify.works(workers.release_held)
    (digest,) = await notices(notify, kind="digest", person_id=BOSS)
    assert digest["variables"]["n"] == "3"

    await notify.hears(end(), sequence=2)
    sms.says = lambda dispatch: Accepted(dispatch.key)
    told = await texts_of(notify, sms)

    assert told == ["HZ_DUE"]
    mine = [call.text for call in sms.calls if call.template == "HZ_DUE" and "距整改期限" in call.text]
    assert {text.partition("隐患")[2][:4] for text in mine} == {"0151", "0152"}
    assert {row["state"] for row in await notices(notify, kind="digest")} == {"cancelled"}
    reminders = await notices(notify, kind="hazard_due", person_id=BOSS)
    assert sorted(row["state"] for row in reminders) == ["accepted", "accepted", "merged"]
