"""What other services have told us, as the latest of each: it may come late, twice, or out of order."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from services.registry.tables import contacts, sites
from services.registry.tables_codes import levels
from services.registry.tables_facts import devices, external_names
from services.registry.tables_leases import major_hazards
from shared.database import Transaction as Tx


async def building_of_site(tx: Tx, site_id: UUID) -> UUID | None:
    found: UUID | None = await tx.value(select(sites.c.building_id).where(sites.c.id == site_id))
    return found


async def save_major_hazard(tx: Tx, values: dict[str, Any]) -> None:
    """The state with the greatest sequence stands."""
    statement = insert(major_hazards).values(values)
    newer = statement.excluded.sequence > major_hazards.c.sequence
    changed = {name: statement.excluded[name] for name in ("building_id", "is_open", "sequence")}
    await tx.execute(statement.on_conflict_do_update(index_elements=[major_hazards.c.hazard_id], set_=changed, where=newer))


async def save_external_name(tx: Tx, values: dict[str, Any]) -> None:
    statement = insert(external_names).values({**values, "heard_at": tx.now})
    keys = [external_names.c.source, external_names.c.external_id, external_names.c.kind]
    changed = {"object_id": statement.excluded.object_id, "heard_at": statement.excluded.heard_at}
    await tx.execute(statement.on_conflict_do_update(index_elements=keys, set_=changed))


async def save_verified_mobile(tx: Tx, contact_id: UUID, version: int, day: date) -> bool:
    """The day stands, unless the number is another one since that version or was verified later; whether it is new."""
    mine = (contacts.c.id == contact_id, contacts.c.mobile_version <= version, contacts.c.mobile_sealed.is_not(None))
    older = or_(contacts.c.mobile_verified_on.is_(None), contacts.c.mobile_verified_on < day)
    stamped = {"mobile_verified_on": day, "version": contacts.c.version + 1}
    return await tx.execute(update(contacts).where(*mine, older).values(stamped)) > 0


async def save_reachable(tx: Tx, contact_id: UUID, sequence: int, *, reachable: bool | None) -> None:
    """What the event with the greatest sequence says stands."""
    newer = or_(contacts.c.reach_sequence.is_(None), contacts.c.reach_sequence < sequence)
    stamped = {"reachable": reachable, "reach_sequence": sequence, "version": contacts.c.version + 1}
    await tx.execute(update(contacts).where(contacts.c.id == contact_id, newer).values(stamped))


async def device_of(tx: Tx, identity: UUID) -> RowMapping | None:
    return await tx.row(select(devices).where(devices.c.id == identity).with_for_update())


async def alarm_of_building(tx: Tx, building_id: UUID) -> RowMapping | None:
    query = select(devices).where(
        devices.c.building_id == building_id, devices.c.kind == "one_key_alarm", devices.c.removed_on.is_(None)
    )
    return await tx.row(query.order_by(devices.c.id).limit(1).with_for_update())


async def alarms_of_building(tx: Tx, building_id: UUID) -> list[str | None]:
    """The last result of each one-key alarm that is there; None for one that nobody has tested."""
    query = select(devices.c.last_result).where(
        devices.c.building_id == building_id, devices.c.kind == "one_key_alarm", devices.c.removed_on.is_(None)
    )
    return [row["last_result"] for row in await tx.rows(query)]


async def devices_of(tx: Tx, building_id: UUID) -> list[RowMapping]:
    query = select(devices).where(devices.c.building_id == building_id, devices.c.removed_on.is_(None))
    return list(await tx.rows(query.order_by(devices.c.kind, devices.c.id)))


async def note_test(tx: Tx, identity: UUID, values: dict[str, Any]) -> None:
    """A later test replaces an earlier one, never the other way round."""
    later = devices.c.last_tested_at.is_(None) | (devices.c.last_tested_at < values["last_tested_at"])
    stamped = {**values, "version": devices.c.version + 1, "changed_at": tx.now}
    await tx.execute(update(devices).where(devices.c.id == identity, later).values(**stamped))


async def save_levels(tx: Tx, rows: Sequence[dict[str, Any]]) -> None:
    """The greatest revision of each site stands, whatever order they arrive in."""
    newest = {row["site_id"]: row for row in sorted(rows, key=lambda row: row["revision"])}
    statement = insert(levels).values([newest[site_id] for site_id in sorted(newest)])
    newer = statement.excluded.revision > levels.c.revision
    changed = {name: statement.excluded[name] for name in ("level", "since", "revision")}
    await tx.execute(statement.on_conflict_do_update(index_elements=[levels.c.site_id], set_=changed, where=newer))
