"""One intention however many plan it at once: the same event in several hands, replayed, in another order."""

import asyncio
import random
from datetime import timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import text

from services.notify import planner, workers
from services.notify.library import shipped_text
from shared.contracts.inspection import HazardConfirmed
from tests.services.notify import matters
from tests.services.notify.builders import grade_changed, hazard, heard, named, people
from tests.services.notify.phones import Phone, at_clock, install, notices, send_all, today
from tests.services.notify.travels import at
from tests.support.service import ServiceUnderTest


async def intended(notify: ServiceUnderTest) -> tuple[int, int]:
    """How many notices there are, and how many different intentions."""
    rows = await notices(notify)
    return len(rows), len({(row["occasion"], row["person_id"], row["kind"]) for row in rows})


async def test_the_same_events_in_eight_hands_at_once_are_planned_once(notify: ServiceUnderTest) -> None:
    """Behind the inbox's back: even two consumers with the same message in hand plan it once."""
    await notify.hears(*people())
    events = [heard(hazard(hazard_id=named(f"hazard {n}"), immediate=True)) for n in range(10)]
    events += [heard(hazard(HazardConfirmed, hazard_id=named(f"hazard {n}"), immediate=True), 2) for n in range(10)]
    events += [heard(grade_changed(revision=n)) for n in range(2, 7)]

    async def hand(seed: int) -> None:
        mine = random.Random(seed).sample(events, len(events))
        await notify.database.run(lambda tx: planner.plan_batch(tx, mine))

    await asyncio.gather(*(hand(seed) for seed in range(8)))

    assert await intended(notify) == (60, 60)
    assert len(await notify.table("dispatches")) == 4 * 10 * 2 + 4 * 5 * 2


async def test_replayed_in_another_order_a_day_later_nothing_is_told_again(notify: ServiceUnderTest) -> None:
    sms = Phone("sms")
    install(notify, sms)
    await notify.hears(*people())
    told = [(hazard(immediate=True), uuid4()), (matters.major(), uuid4()), (matters.admission(), uuid4())]
    for number, (event, identity) in enumerate(told, start=1):
        await notify.hears(event, message=identity, sequence=number)
    await send_all(notify)
    before, calls = await intended(notify), len(sms.calls)
    await notify.database.run(_forget_inbox)
    notify.time_passes(days=1)
    for event, identity in reversed(told):
        await notify.hears(event, message=identity)
    await send_all(notify)

    assert await intended(notify) == before
    assert len(sms.calls) == calls


async def test_reminders_and_digests_that_two_workers_write_at_once_are_written_once(notify: ServiceUnderTest) -> None:
    await notify.hears(*people())
    await at_clock(notify, 8)
    due = await today(notify) + timedelta(days=10)
    for number in range(4):
        await notify.hears(hazard(hazard_id=named(f"hazard {number}"), number=f"014{number}", due=due))
    notify.database.shift += timedelta(days=7, hours=1, minutes=1)
    await asyncio.gather(*(notify.works(workers.remind_of_dates) for _ in range(6)))
    await asyncio.gather(*(notify.works(workers.release_held) for _ in range(6)))

    assert len(await notices(notify, kind="hazard_due")) == 4 * 4
    assert len(await notices(notify, kind="digest")) == 4
    assert await intended(notify) == (4 * 4 + 4 * 4 + 4,) * 2


async def test_rungs_and_briefs_that_two_workers_write_at_once_are_written_once(notify: ServiceUnderTest) -> None:
    await notify.hears(*people())
    await notify.hears(hazard())
    await at(notify, await today(notify) + timedelta(days=2), 8, 31)
    await asyncio.gather(*(notify.works(worker) for worker in (workers.climb_ladders, workers.write_briefs) * 4))

    assert len(await notices(notify, kind="hazard_unacknowledged")) == 1
    assert len(await notices(notify, kind="daily_brief")) == 1


async def test_two_editions_that_are_published_at_once_leave_one_in_force(notify: ServiceUnderTest) -> None:
    async with notify.client("bureau") as client:
        drafts = []
        for edition in ("2026.2", "2026.3", "2026.4"):
            body = shipped_text().replace('edition: "2026.1"', f'edition: "{edition}"')
            drafts.append((await client.post("/api/notify/rule-books", json={"body": body})).json()["id"])
        answers = await asyncio.gather(*(client.post(f"/api/notify/rule-books/{draft}/publish") for draft in drafts * 2))
    await notify.hears(*people())
    await notify.hears(hazard(immediate=True))

    assert {answer.status_code for answer in answers} == {200}
    (in_force,) = [row["edition"] for row in await notify.table("books") if row["state"] == "published"]
    assert {row["edition"] for row in await notices(notify)} == {in_force}


async def test_an_older_draft_does_not_pretend_to_be_in_force(notify: ServiceUnderTest) -> None:
    text_ = {"zh-CN": "隐患${no}还剩${d}天,请尽快整改。", "en": "${no} ${d}"}
    draft = {"code": "HZ_DUE", "title": {"zh-CN": "到期", "en": "due"}, "variables": {"no": "0142", "d": "3"}}
    async with notify.client("bureau") as client:
        older, newer = [
            (await client.post("/api/notify/templates", json=draft | {"texts": {"otherwise": text_}})).json() for _ in range(2)
        ]
        assert (await client.post(f"/api/notify/templates/{newer['id']}/publish")).status_code == 200
        late = await client.post(f"/api/notify/templates/{older['id']}/publish")

    assert (late.status_code, late.json()["code"]) == (409, "template_outdated")


async def _forget_inbox(tx: Any) -> None:
    await tx.execute(text("DELETE FROM notify.inbox"))
