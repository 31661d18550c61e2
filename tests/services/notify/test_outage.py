"""Everything is away for hours: what still matters goes out afterwards, and what does not is dropped with a reason."""

from datetime import datetime, timedelta
from typing import Any

from services.notify import workers
from services.notify.channels.channel import Accepted, Concern, Impossible, TryLater
from services.notify.office import office_of
from shared.contracts.notify import NoticeFailed
from shared.contracts.vocabulary import NoticeFailure
from tests.services.notify import matters
from tests.services.notify.builders import BOSS, hazard, named, people
from tests.services.notify.phones import Phone, at_clock, install, notices, send_all
from tests.support.service import ServiceUnderTest

AWAY = TryLater(timedelta(minutes=5), "not_connected")


async def _now(tx: Any) -> datetime:
    now: datetime = tx.now
    return now


async def states(notify: ServiceUnderTest, **wanted: Any) -> set[str]:
    return {row["state"] for row in await notices(notify, **wanted)}


async def test_after_four_hours_without_any_provider_alarms_leave_and_the_night_is_kept(notify: ServiceUnderTest) -> None:
    phones = [Phone(name=name, says=lambda _: AWAY) for name in ("first", "second")]
    install(notify, *phones)
    await at_clock(notify, 18, 10)
    due = await notify.database.run(_now) + timedelta(hours=4, minutes=30)
    await notify.hears(*people(), matters.complaint(due), hazard(immediate=True), hazard(hazard_id=named("another")))
    for _ in range(14):
        await notify.works(workers.remind_of_dates)
        await send_all(notify)
        notify.time_passes(minutes=20)
    assert await states(notify, kind="complaint_due") <= {"planned", "sending"}
    assert {row["state"] for row in await notify.table("dispatches") if row["channel"] == "sms"} == {"not_sent", "due"}

    for phone in phones:
        phone.calls.clear()
        phone.says = lambda dispatch: Accepted(dispatch.key)
    for _ in range(3):
        notify.time_passes(minutes=6)
        await send_all(notify)
    night = [call for phone in phones for call in phone.calls]
    alarms = await notices(notify, urgency="immediate")
    assert sorted(call.notice_id for call in night) == sorted(row["id"] for row in alarms)

    await at_clock(notify, 8, 1)
    await send_all(notify)
    told = [call.notice_id for phone in phones for call in phone.calls]
    assert len(told) == len(set(told))
    assert await states(notify, kind="hazard_found") == {"accepted"}
    assert await states(notify, kind="complaint_due") == {"expired"}
    outdated = {row["id"] for row in await notices(notify, kind="complaint_due")}
    assert {event.reason for event in await notify.said(NoticeFailed) if event.notice_id in outdated and event.final} == {
        NoticeFailure.OUTDATED
    }


async def test_who_has_another_channel_does_not_wait_until_tomorrow(notify: ServiceUnderTest) -> None:
    """45009: the day's quota of the mini-program is used up for everybody, not only for whoever met it."""
    chat = Phone("mini_program", "wechat_mini", says=lambda _: TryLater(timedelta(hours=9), "day_quota"))
    sms = Phone("sms")
    install(notify, chat, sms)
    await at_clock(notify, 10)
    await notify.hears(*people(), hazard())
    await send_all(notify)
    await notify.hears(hazard(hazard_id=named("another")))
    await send_all(notify)

    mine = {row["id"] for row in await notices(notify, person_id=BOSS)}
    assert len(mine) == 2
    assert mine <= {call.notice_id for call in sms.calls}
    assert len(sms.calls) == len({call.notice_id for call in sms.calls})
    assert len(chat.calls) < 6


async def test_who_has_no_other_channel_waits_until_the_account_is_in_order(notify: ServiceUnderTest) -> None:
    sms = Phone("sms", says=lambda _: TryLater(timedelta(hours=9), "account_day_limit"))
    install(notify, sms)
    await notify.hears(*people(), hazard(immediate=True))
    await send_all(notify)
    sms.says, called = (lambda dispatch: Accepted(dispatch.key)), len(sms.calls)
    await send_all(notify)
    assert len(sms.calls) == called

    notify.time_passes(hours=9, minutes=1)
    await send_all(notify)
    notify.time_passes(minutes=6)
    await send_all(notify)
    assert await states(notify, kind="hazard_found") == {"accepted"}


async def test_a_code_that_nobody_listed_shuts_no_provider_for_everybody(notify: ServiceUnderTest) -> None:
    """It may concern one number; five in a row are a fault of the provider as any other."""
    first: list[Any] = []

    def says(dispatch: Any) -> Any:
        first.append(dispatch.notice_id)
        return TryLater(timedelta(minutes=10), "unlisted:isv.NEW") if first[0] == dispatch.notice_id else Accepted(dispatch.key)

    sms = Phone("sms", says=says)
    install(notify, sms)
    await notify.hears(*people(), hazard(immediate=True))
    await send_all(notify)

    assert not office_of(notify.station).senders.is_shut("sms", "carrier", await notify.database.run(_now))
    assert sorted(row["state"] for row in await notices(notify)) == ["accepted"] * 3 + ["sending"]


async def test_what_concerns_one_address_never_shuts_a_provider(notify: ServiceUnderTest) -> None:
    sms = Phone("sms", says=lambda _: Impossible("number_illegal", Concern.ADDRESS))
    install(notify, sms)
    for number in range(3):
        await notify.hears(*people(), hazard(hazard_id=named(f"hazard {number}"), immediate=True))
    await send_all(notify)

    office = office_of(notify.station)
    assert office.senders.barred(office.settings.key_kind, await notify.database.run(_now)) == []
