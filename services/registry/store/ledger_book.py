"""Everything that a chunk of a ledger may touch, loaded with a fixed number of statements."""

from collections.abc import Iterable, Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import RowMapping, any_, func, select, union
from sqlalchemy.sql import Select

from services.registry.store.rows import any_of, any_word
from services.registry.tables import buildings, compounds, contacts, grids, parties, sites
from services.registry.tables_leases import lease_spaces, leases
from shared.database import Transaction as Tx

_ONE_AT_A_TIME: Final = 7_411_901_004


async def one_ledger_at_a_time(tx: Tx) -> bool:
    """Two ledgers that name the same firm would otherwise both register it; whether this one may go on.

    Nobody waits in the database: a ledger that is tried holds this for as long as it takes, and waiting is cut off after seconds.
    """
    return bool(await tx.value(select(func.pg_try_advisory_xact_lock(_ONE_AT_A_TIME))))


async def parties_of(tx: Tx, codes: Iterable[str], name_keys: Iterable[str]) -> Sequence[RowMapping]:
    """Live parties with one of these codes or names.

    Their ids first, each by its own index: asked for both at once, PostgreSQL reads the whole table.
    """
    alive = select(parties.c.id).where(parties.c.merged_into.is_(None))
    coded, named = alive.where(parties.c.uscc == any_word(codes)), alive.where(parties.c.name_key == any_word(name_keys))
    wanted = func.array(union(coded, named).scalar_subquery())
    return await tx.rows(_held(select(parties).where(parties.c.id == any_(wanted)).order_by(parties.c.id)))


async def names_of(tx: Tx, party_ids: Iterable[UUID]) -> Sequence[RowMapping]:
    """What some parties are called; they are not locked, for nobody changes them."""
    return await tx.rows(select(parties.c.id, parties.c.party_type, parties.c.name).where(parties.c.id == any_of(party_ids)))


async def contacts_of(tx: Tx, party_ids: Iterable[UUID]) -> Sequence[RowMapping]:
    query = select(contacts).where(contacts.c.party_id == any_of(party_ids), contacts.c.active).order_by(contacts.c.id)
    return await tx.rows(_held(query))


async def compounds_of(tx: Tx, landlord_ids: Iterable[UUID]) -> Sequence[RowMapping]:
    query = select(compounds).where(compounds.c.landlord_party_id == any_of(landlord_ids)).order_by(compounds.c.id)
    return await tx.rows(_held(query))


async def buildings_of(tx: Tx, compound_ids: Iterable[UUID]) -> Sequence[RowMapping]:
    return await tx.rows(_held(select(buildings).where(buildings.c.compound_id == any_of(compound_ids)).order_by(buildings.c.id)))


async def sites_of(tx: Tx, building_ids: Iterable[UUID]) -> Sequence[RowMapping]:
    query = select(sites).where(sites.c.building_id == any_of(building_ids), sites.c.is_open).order_by(sites.c.id)
    return await tx.rows(_held(query))


async def leases_of(tx: Tx, building_ids: Iterable[UUID]) -> Sequence[RowMapping]:
    ended = ("rejected", "withdrawn", "terminated", "vacated")
    query = select(leases).where(leases.c.building_id == any_of(building_ids), leases.c.state.not_in(ended)).order_by(leases.c.id)
    return await tx.rows(_held(query))


async def spaces_of(tx: Tx, lease_ids: Iterable[UUID]) -> Sequence[RowMapping]:
    return await tx.rows(select(lease_spaces).where(lease_spaces.c.lease_id == any_of(lease_ids)))


async def grids_of(tx: Tx, names: Iterable[str]) -> Sequence[RowMapping]:
    return await tx.rows(select(grids).where(grids.c.name == any_word(names)).order_by(grids.c.id))


def _held(query: "Select[tuple[object, ...]]") -> "Select[tuple[object, ...]]":
    return query.with_for_update(key_share=True)
