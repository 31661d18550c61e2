"""Hazards and their history: written many at a time in one statement, read one by one or in pages."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic_core import to_json
from sqlalchemy import RowMapping, TextClause, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.dialects.postgresql import UUID as PG_UUID

from services.inspection.domain.hazard import Hazard, Progress
from services.inspection.domain.lifecycle import HazardStep
from services.inspection.store.scope import Scope, on_hazards, scoped
from services.inspection.store.tenancies import TENANCY
from shared.contracts.inspection import HazardCard
from shared.contracts.vocabulary import HazardId, SiteId
from shared.database import Transaction as Tx

_FIXED = {
    "id": "uuid",
    "number": "text",
    "site_id": "uuid",
    "landlord_site_id": "uuid",
    "building_id": "uuid",
    "grid_id": "uuid",
    "visit_id": "uuid",
    "item": "text",
    "checklist_version": "text",
    "clause": "text",
    "category": "text",
    "source": "text",
    "shared_part": "boolean",
    "immediate": "boolean",
    "ordered": "boolean",
    "note": "text",
    "photos": "text[]",
    "reported_by": "text",
    "found_at": "timestamptz",
    "told_at": "timestamptz",
    "repeat_of": "uuid",
}
_MOVING = {
    "version": "integer",
    "responsible": "jsonb",
    "level": "text",
    "state": "text",
    "deadline_class": "text",
    "due": "date",
    "due_at": "timestamptz",
    "due_certain": "boolean",
    "next_step_at": "timestamptz",
    "overdue_at": "timestamptz",
    "closed_at": "timestamptz",
    "progress": "jsonb",
}
_NOTED = {
    "step": "text",
    "at": "timestamptz",
    "actor": "text",
    "role": "text",
    "party_id": "uuid",
    "comment": "text",
    "details": "jsonb",
}


def _columns(*kinds: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {kind}" for group in kinds for name, kind in group.items())


def _names(*kinds: Mapping[str, str], prefix: str = "") -> str:
    return ", ".join(f"{prefix}{name}" for group in kinds for name in group)


_HISTORY = text(
    "INSERT INTO inspection.hazard_history (hazard_id, version, step, state, at, actor, role, party_id, note, details)"  # noqa: S608
    " SELECT id, version, step, state, at, actor, role, party_id, comment, details"
    f" FROM json_to_recordset(CAST(:rows AS json)) AS r(id uuid, version integer, state text, {_columns(_NOTED)})"
)
_INSERT = text(
    f"INSERT INTO inspection.hazards ({_names(_FIXED, _MOVING)}) SELECT {_names(_FIXED, _MOVING)}"  # noqa: S608
    f" FROM json_to_recordset(CAST(:rows AS json)) AS r({_columns(_FIXED, _MOVING)})"
)
_UPDATE = text(
    f"UPDATE inspection.hazards h SET ({_names(_MOVING)}) = ROW({_names(_MOVING, prefix='r.')})"  # noqa: S608
    f" FROM json_to_recordset(CAST(:rows AS json)) AS r(id uuid, {_columns(_MOVING)}) WHERE h.id = r.id"
)
_JSON = {"responsible": JSONB, "progress": JSONB}
_FIELDS = f"h.*, s.name AS site_name, s.code AS site_code, s.closed_on AS site_closed_on, {TENANCY}"
_FROM = "FROM inspection.hazards h JOIN inspection.sites s ON s.site_id = h.site_id"
_DUE = text(
    f"SELECT {_FIELDS} {_FROM} WHERE h.next_step_at <= :now ORDER BY h.next_step_at LIMIT :limit FOR UPDATE OF h SKIP LOCKED"
)
_POSTPONE = text("UPDATE inspection.hazards SET next_step_at = :until WHERE id = ANY(:hazard_ids)").bindparams(
    bindparam("hazard_ids", type_=ARRAY(PG_UUID))
)
_STOP = text("UPDATE inspection.hazards SET next_step_at = NULL WHERE site_id = :site_id AND next_step_at IS NOT NULL")
_MOVE = text(
    "UPDATE inspection.hazards h SET grid_id = s.grid_id FROM inspection.sites s"
    " WHERE s.site_id = ANY(:site_ids) AND h.site_id = s.site_id AND h.grid_id IS DISTINCT FROM s.grid_id"
).bindparams(bindparam("site_ids", type_=ARRAY(PG_UUID)))
_PAST = text("SELECT * FROM inspection.hazard_history WHERE hazard_id = :hazard_id ORDER BY version").columns(details=JSONB)


def _one(ending: str) -> Any:
    def write(condition: str) -> str:
        return f"SELECT {_FIELDS} {_FROM} WHERE h.id = :hazard_id AND {condition}{ending}"

    return scoped(write, on_hazards, lambda clause: clause.columns(**_JSON))


_READ, _LOCK = _one(""), _one(" FOR UPDATE OF h")


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a hazard's history: who took which step, for whom, and what he said about it."""

    step: HazardStep
    at: datetime
    actor: str | None = None
    role: str | None = None
    party_id: UUID | None = None
    comment: str | None = None
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Stored:
    """A hazard with what only its row knows."""

    hazard: Hazard
    row: RowMapping


@dataclass(frozen=True, slots=True)
class Written:
    """A hazard to be written, the moment at which time will next change it, and the line of its history."""

    hazard: Hazard
    next_step_at: datetime | None
    entry: Entry
    more: Mapping[str, Any] = field(default_factory=dict)


async def insert(tx: Tx, written: Iterable[Written]) -> None:
    """New hazards, each with the first line of its history; they are there when the transaction ends."""
    await _put(tx, _INSERT, [_fixed(item) | _moving(item) for item in written])


async def update(tx: Tx, written: Iterable[Written]) -> None:
    """Where hazards stand now, each with one more line of its history; so it is when the transaction ends."""
    await _put(tx, _UPDATE, [{"id": item.hazard.card.hazard_id} | _moving(item) for item in written])


async def _put(tx: Tx, statement: TextClause, rows: Sequence[Mapping[str, Any]]) -> None:
    given = {"rows": to_json(rows).decode()}
    await tx.put_off(statement, given)
    await tx.put_off(_HISTORY, given)


def _fixed(written: Written) -> dict[str, Any]:
    hazard, card = written.hazard, dict(written.hazard.card)
    known = {name: card[name] for name in _FIXED if name in card}
    return {"id": hazard.card.hazard_id, "ordered": hazard.ordered, "told_at": hazard.told_at, **known, **written.more}


def _moving(written: Written) -> dict[str, Any]:
    hazard, card, entry = written.hazard, written.hazard.card, written.entry
    return {
        "version": hazard.version,
        "responsible": card.responsible,
        "level": card.level,
        "state": card.state,
        "deadline_class": hazard.deadline_class,
        "due": card.due,
        "due_at": hazard.due_at,
        "due_certain": hazard.due_certain,
        "next_step_at": written.next_step_at,
        "overdue_at": hazard.overdue_at,
        "closed_at": hazard.closed_at,
        "progress": hazard.progress.model_dump(mode="json", exclude_defaults=True),
        **{name: getattr(entry, name) for name in _NOTED},
    }


async def read(tx: Tx, scope: Scope, hazard_id: HazardId) -> Stored | None:
    return _stored(await tx.row(_READ(scope), {"hazard_id": hazard_id} | scope.parameters))


async def lock(tx: Tx, scope: Scope, hazard_id: HazardId) -> Stored | None:
    """The hazard, kept from others until the transaction ends; None where it is not there for the caller."""
    return _stored(await tx.row(_LOCK(scope), {"hazard_id": hazard_id} | scope.parameters))


async def claim_due(tx: Tx, limit: int) -> Sequence[RowMapping]:
    """Rows of hazards to which time has something to do, each claimed by one worker only."""
    return await tx.rows(_DUE, {"now": tx.now, "limit": limit})


async def postpone(tx: Tx, hazard_ids: Sequence[UUID], until: datetime) -> None:
    await tx.execute(_POSTPONE, {"hazard_ids": list(hazard_ids), "until": until})


async def stop_clock(tx: Tx, site_id: SiteId) -> None:
    await tx.execute(_STOP, {"site_id": site_id})


async def follow_grids(tx: Tx, site_ids: Iterable[SiteId]) -> None:
    """Hazards go with their site to another grid, so that its new officer sees them and the old one no longer."""
    await tx.execute(_MOVE, {"site_ids": list(site_ids)})


async def past(tx: Tx, hazard_id: HazardId) -> Sequence[RowMapping]:
    """The lines of its history, with what this transaction adds."""
    await tx.catch_up()
    return await tx.rows(_PAST, {"hazard_id": hazard_id})


def _stored(row: RowMapping | None) -> Stored | None:
    return None if row is None else Stored(hazard_of(row), row)


def hazard_of(row: RowMapping) -> Hazard:
    """The hazard that a row describes."""
    return Hazard(
        card=HazardCard.model_validate({**row, "hazard_id": row["id"]}),
        due_at=row["due_at"],
        told_at=row["told_at"],
        deadline_class=row["deadline_class"],
        version=row["version"],
        due_certain=row["due_certain"],
        ordered=row["ordered"],
        overdue_at=row["overdue_at"],
        closed_at=row["closed_at"],
        progress=Progress.model_validate(row["progress"]),
    )
