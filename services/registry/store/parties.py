"""Queries about parties and their contacts."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, RowMapping, any_, bindparam, func, select, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import LargeBinary, Text

from services.registry.store.lines import line_of
from services.registry.store.rows import any_of
from services.registry.store.search import in_order, typed
from services.registry.tables import contacts, parties
from shared.database import Transaction as Tx
from shared.web.paging import PageRequest

_SHOWN = ("id", "version", "party_type", "kinds", "name", "uscc", "industry_code", "scale", "employees", "status")
_LINE = line_of(", ".join(f"parties.{name}" for name in _SHOWN))
_LINES = select(parties.c.id, _LINE).where(parties.c.merged_into.is_(None))


async def page_of_parties(
    tx: Tx, seen: ColumnElement[bool], filters: dict[str, Any], paging: PageRequest
) -> Sequence[RowMapping]:
    """``id`` and ``line`` of live parties in order of id, one more than asked; a line is JSON in the shape of PartyLine."""
    query = _LINES.where(seen).limit(paging.limit + 1)
    if filters.get("q"):
        query = query.where(await typed(tx, parties, filters["q"]))
    if filters.get("uscc"):
        query = query.where(parties.c.uscc == filters["uscc"])
    if filters.get("kind"):
        query = query.where(parties.c.kinds.bool_op("@>")(bindparam(None, [filters["kind"]], type_=ARRAY(Text))))
    if filters.get("party_type"):
        query = query.where(parties.c.party_type == filters["party_type"])
    if paging.after:
        query = query.where(parties.c.id > UUID(paging.after))
    return await tx.rows(await in_order(tx, query, parties, filters.get("q")))


def _any_bytes(values: Sequence[bytes]) -> Any:
    return any_(bindparam(None, list(values), type_=ARRAY(LargeBinary)))


async def party_seen(tx: Tx, identity: UUID, seen: ColumnElement[bool]) -> RowMapping | None:
    return await tx.row(select(parties).where(parties.c.id == identity, seen))


async def party_by_code(tx: Tx, uscc: str) -> RowMapping | None:
    return await tx.row(select(parties).where(parties.c.uscc == uscc, parties.c.merged_into.is_(None)))


async def parties_of_mobile(tx: Tx, indexes: Sequence[bytes]) -> Sequence[RowMapping]:
    own = select(contacts.c.party_id).where(contacts.c.mobile_index.in_(list(indexes)), contacts.c.active)
    return await tx.rows(select(parties).where(parties.c.id.in_(own), parties.c.merged_into.is_(None)).order_by(parties.c.id))


async def parties_of_id_number(tx: Tx, indexes: Sequence[bytes]) -> Sequence[RowMapping]:
    query = select(parties).where(parties.c.id_number_index.in_(list(indexes)), parties.c.merged_into.is_(None))
    return await tx.rows(query.order_by(parties.c.id))


async def contacts_of(tx: Tx, party_ids: Iterable[UUID]) -> Sequence[RowMapping]:
    query = select(contacts).where(contacts.c.party_id == any_of(party_ids)).order_by(contacts.c.id)
    return await tx.rows(query)


async def contacts_named(tx: Tx, contact_ids: Iterable[UUID]) -> Sequence[RowMapping]:
    query = select(contacts).where(contacts.c.id == any_of(contact_ids), contacts.c.active).order_by(contacts.c.id)
    return await tx.rows(query)


async def play(tx: Tx, party_id: UUID, kind: str) -> RowMapping | None:
    """Let a party have a role from now on; the changed row, or None where it had it already."""
    changed = (
        update(parties)
        .where(parties.c.id == party_id, ~parties.c.kinds.bool_op("@>")(bindparam(None, [kind], type_=ARRAY(Text))))
        .values(kinds=func.array_append(parties.c.kinds, kind), version=parties.c.version + 1, changed_at=tx.now)
        .returning(parties)
    )
    return await tx.row(changed)
