"""Traffic leaves a provider that is slow or failing, by its own figures, and drifts back; a stopped one is not called."""

from datetime import datetime, timedelta
from typing import Any

from services.notify import workers
from services.notify.channels.channel import Accepted, Dispatch, Outcome, Reached, Receipt, TryLater
from services.notify.domain.breaker import Tolerance
from services.notify.marking import take_receipts
from services.notify.office import office_of
from tests.services.notify.builders import hazard, named, people
from tests.services.notify.phones import Phone, install, send_all
from tests.support.service import ServiceUnderTest

HAZARDS = 15


async def _now(tx: Any) -> datetime:
    now: datetime = tx.now
    return now


async def told(notify: ServiceUnderTest, *phones: Phone, round_: str = "first") -> None:
    """Sixty alarms by SMS."""
    await notify.hears(*(hazard(hazard_id=named(f"{round_} {number}"), immediate=True) for number in range(HAZARDS)))
    await send_all(notify)


async def receipts(notify: ServiceUnderTest, phone: Phone) -> None:
    """Everything that a phone was given has arrived."""
    now = await notify.database.run(_now)
    said = [Receipt(phone.name, None, call.key, Reached.DELIVERED, now) for call in phone.calls]
    await notify.database.run(lambda tx: take_receipts(tx, said))
    phone.calls.clear()


async def shares(notify: ServiceUnderTest) -> dict[str, int]:
    await notify.works(workers.weigh_providers)
    async with notify.client("bureau") as client:
        rows = (await client.get("/api/notify/providers")).json()["items"]
    return {row["provider"]: row["points"] for row in rows if row["channel"] == "sms"}


async def test_traffic_leaves_a_slow_provider_and_drifts_back(notify: ServiceUnderTest) -> None:
    slow, fast = Phone(name="slow"), Phone(name="fast")
    install(notify, slow, fast)
    await notify.hears(*people())
    assert await shares(notify) == {"slow": 50, "fast": 50}
    await told(notify, slow, fast)
    await receipts(notify, fast)

    notify.time_passes(minutes=6)
    assert await shares(notify) == {"slow": 40, "fast": 60}
    assert await shares(notify) == {"slow": 40, "fast": 60}

    await receipts(notify, slow)
    notify.time_passes(minutes=16)
    assert await shares(notify) == {"slow": 50, "fast": 50}


async def test_traffic_leaves_a_provider_with_errors_within_the_minute(notify: ServiceUnderTest) -> None:
    def refuses(_: Dispatch) -> Outcome:
        return TryLater(timedelta(seconds=1), "busy")

    broken, sound = Phone(name="broken", says=refuses), Phone(name="sound")
    install(notify, broken, sound)
    office_of(notify.station).senders.tolerance = Tolerance(faults=10_000)
    await notify.hears(*people())
    await shares(notify)
    notify.time_passes(minutes=2)
    for round_ in range(3):  # of 180 messages more than fifty fail, however chance divides them
        await told(notify, broken, sound, round_=f"round {round_}")
        assert len(broken.calls) > 20
    assert await shares(notify) == {"broken": 40, "sound": 60}
    assert len({call.notice_id for call in sound.calls}) == len(sound.calls) == 3 * 4 * HAZARDS


async def test_a_provider_that_somebody_stopped_is_not_called(notify: ServiceUnderTest) -> None:
    stopped, other = Phone(name="stopped", says=lambda d: Accepted(d.key)), Phone(name="other")
    install(notify, stopped, other)
    await notify.hears(*people())
    await shares(notify)
    async with notify.client("bureau") as client:
        answer = await client.put("/api/notify/providers/sms/stopped", json={"stopped": True, "reason": "账号维护"})
        assert answer.is_success, answer.text
    await notify.works(workers.weigh_providers)
    await told(notify)

    assert stopped.calls == []
    assert len(other.calls) == 4 * HAZARDS
