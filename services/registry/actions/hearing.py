"""What the registry keeps of what others say: major hazards, tested alarms, who can be reached, names in other systems."""

from collections.abc import Sequence
from uuid import UUID

from services.registry.domain.building import Answer
from services.registry.store.hearing import (
    alarm_of_building,
    building_of_site,
    device_of,
    note_test,
    save_external_name,
    save_levels,
    save_major_hazard,
    save_reachable,
    save_verified_mobile,
)
from services.registry.store.rows import add
from services.registry.tables_facts import devices
from shared.contracts.grading import GradeChanged
from shared.contracts.inspection import AlarmTested, HazardCard, HazardClosed, HazardRejected, MajorHazardDelisted
from shared.contracts.intake import ExternalEventMatched
from shared.contracts.notify import ContactReached, ContactUnreachable, MobileVerified
from shared.contracts.vocabulary import AlarmResult, HazardLevel
from shared.database import Transaction as Tx
from shared.errors import Missing
from shared.identifiers import new_id

_OVER = (HazardClosed, HazardRejected, MajorHazardDelisted)


async def note_major_hazard(event: HazardCard, tx: Tx) -> None:
    """Keep whether a major hazard is open, by the event with the greatest sequence; lesser hazards are not our business."""
    if event.level is not HazardLevel.MAJOR:
        return
    building = event.building_id or await building_of_site(tx, event.site_id)
    if building is None:
        raise Missing
    row = {"hazard_id": event.hazard_id, "building_id": building, "is_open": not isinstance(event, _OVER)}
    await save_major_hazard(tx, {**row, "sequence": event.envelope.sequence})  # type: ignore[attr-defined]


async def note_alarm_test(event: AlarmTested, tx: Tx) -> None:
    """Keep the last test of a building's one-key alarm; one that nobody had registered is registered by its test."""
    held = await device_of(tx, event.device_id) if event.device_id else await alarm_of_building(tx, event.building_id)
    identity: UUID = held["id"] if held else (await _register(event, tx))
    power = {AlarmResult.NO_POWER: Answer.NO}.get(event.result, Answer.YES)
    linked = Answer.UNKNOWN if event.interlocked is None else Answer.YES if event.interlocked else Answer.NO
    tested = {"last_result": event.result, "last_tested_at": event.tested_at, "last_video": event.video}
    await note_test(tx, identity, {**tested, "has_power": power, "is_interlocked": linked})


async def note_verified_mobile(event: MobileVerified, tx: Tx) -> None:
    """核验手机号: keep the day, where the number is still the one to which the code went."""
    await save_verified_mobile(tx, event.contact_id, event.contact_version, event.verified_on)


async def note_reachable(event: ContactUnreachable | ContactReached, tx: Tx) -> None:
    """失联: keep whether a contact can be reached, unknown for one who has changed.

    Nothing is said of it: notify would take it for a change of the contact, and forget what it knows of him.
    """
    reached = isinstance(event, ContactReached)
    changed = isinstance(event, ContactReached) and event.contact_changed
    await save_reachable(tx, event.contact_id, event.envelope.sequence, reachable=None if changed else reached)


async def note_levels(events: Sequence[GradeChanged], tx: Tx) -> None:
    """安全等级: the level of each site as its newest revision says."""
    rows = [
        {"site_id": event.site_id, "level": event.to, "since": event.effective_from, "revision": event.revision}
        for event in events
    ]
    await save_levels(tx, rows)


async def _register(event: AlarmTested, tx: Tx) -> UUID:
    row = await add(
        tx,
        devices,
        {
            "id": event.device_id or new_id(),
            "building_id": event.building_id,
            "kind": "one_key_alarm",
            "label": "一键响铃",
            "is_interlocked": Answer.UNKNOWN,
            "has_power": Answer.UNKNOWN,
        },
    )
    return UUID(str(row["id"]))


async def note_external_name(event: ExternalEventMatched, tx: Tx) -> None:
    """Remember the other system's name for our party or site, so that the next report finds it at once."""
    for kind, identity in (("site", event.site_id), ("party", event.party_id)):
        if identity is not None:
            values = {"source": event.source, "external_id": event.external_id, "kind": kind, "object_id": identity}
            await save_external_name(tx, values)
