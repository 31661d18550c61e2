"""What time alone does: hazards become overdue and climb the ladder, each once, however many workers look."""

import asyncio

from sqlalchemy import text

from services.inspection import workers
from shared.contracts.inspection import HazardEscalated, HazardOverdue
from tests.services.inspection.stories import found, posted, read, settled, stepped
from tests.support.service import ServiceUnderTest


async def test_a_hazard_in_time_is_left_alone(inspection: ServiceUnderTest) -> None:
    people = await settled(inspection)
    (hazard,) = await found(people, "LF-21")
    await stepped(people.tenant(), hazard["id"], "acknowledge")
    assert not await inspection.works(workers.escalate_due_hazards)
    assert await inspection.said(HazardOverdue, HazardEscalated) == []


async def test_after_its_day_a_hazard_is_overdue_and_climbs_with_rising_sequence(inspection: ServiceUnderTest) -> None:
    people = await settled(inspection)
    (hazard,) = await found(people, "LF-21")
    await stepped(people.tenant(), hazard["id"], "acknowledge")
    inspection.time_passes(days=40)
    await inspection.works(workers.escalate_due_hazards)
    said = await inspection.said(HazardOverdue, HazardEscalated)
    assert [getattr(event, "rung", 0) for event in said] == [0, 1, 2, 3, 4]
    assert [event.envelope.sequence for event in said] == [3, 4, 5, 6, 7]
    async with people.bureau() as bureau:
        shown = await read(bureau, f"hazards/{hazard['id']}")
        assert (shown["overdue"], shown["version"]) == (True, 7)
        assert [row["id"] for row in (await read(bureau, "hazards", overdue=True))["items"]] == [hazard["id"]]


async def test_nothing_is_said_twice(inspection: ServiceUnderTest) -> None:
    people = await settled(inspection)
    await found(people, "LF-21", "LF-22", "LF-24")
    inspection.time_passes(days=60)
    await asyncio.gather(*(inspection.works(workers.escalate_due_hazards) for _ in range(4)))
    await inspection.works(workers.escalate_due_hazards)
    assert len(await inspection.said(HazardOverdue)) == 3
    assert len(await inspection.said(HazardEscalated)) == 12


async def test_nobody_answered_for_24_hours(inspection: ServiceUnderTest) -> None:
    people = await settled(inspection)
    await found(people, "LF-21")
    inspection.time_passes(hours=25)
    await inspection.works(workers.escalate_due_hazards)
    (said,) = await inspection.said(HazardEscalated)
    assert (said.rung, said.rule.rule) == (1, "escalation.unacknowledged")


async def test_what_waits_for_review_is_not_escalated(inspection: ServiceUnderTest) -> None:
    people = await settled(inspection)
    (hazard,) = await found(people, "LF-21")
    await stepped(people.tenant(), hazard["id"], "submit")
    inspection.time_passes(days=60)
    await inspection.works(workers.escalate_due_hazards)
    assert await inspection.said(HazardOverdue, HazardEscalated) == []


async def test_a_closed_hazard_is_not_escalated(inspection: ServiceUnderTest) -> None:
    people = await settled(inspection)
    (hazard,) = await found(people, "LF-21")
    await stepped(people.tenant(), hazard["id"], "submit")
    async with people.grid_officer() as officer:
        await posted(officer, f"hazards/{hazard['id']}/verify")
    inspection.time_passes(days=60)
    assert not await inspection.works(workers.escalate_due_hazards)
    assert await inspection.said(HazardOverdue, HazardEscalated) == []


async def test_a_hazard_is_shown_as_overdue_before_the_sweep_says_it(inspection: ServiceUnderTest) -> None:
    people = await settled(inspection)
    (hazard,) = await found(people, "LF-21")
    inspection.time_passes(days=30)
    async with people.bureau() as bureau:
        assert (await read(bureau, f"hazards/{hazard['id']}"))["overdue"]


async def test_one_row_that_nobody_can_read_holds_up_no_other(inspection: ServiceUnderTest) -> None:
    people = await settled(inspection)
    broken, sound = await found(people, "LF-21", "LF-22")
    spoil = text("UPDATE inspection.hazards SET category = 'of a later release' WHERE id = :id")
    await inspection.database.run(lambda tx: tx.execute(spoil, {"id": broken["id"]}))
    inspection.time_passes(days=40)
    await inspection.works(workers.escalate_due_hazards)
    assert [str(event.hazard_id) for event in await inspection.said(HazardOverdue)] == [sound["id"]]
    mend = text("UPDATE inspection.hazards SET category = 'electrical' WHERE id = :id")
    await inspection.database.run(lambda tx: tx.execute(mend, {"id": broken["id"]}))
    inspection.time_passes(hours=2)
    await inspection.works(workers.escalate_due_hazards)
    assert {str(event.hazard_id) for event in await inspection.said(HazardOverdue)} == {broken["id"], sound["id"]}
