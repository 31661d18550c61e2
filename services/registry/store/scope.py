"""Whose records a caller may see, as conditions that every query carries."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, FromClause, any_, bindparam, exists, false, literal, or_, select, true
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import Uuid

from services.registry.domain.lease import HOLDING
from services.registry.store.grids import not_over
from services.registry.store.rows import any_of, any_word
from services.registry.tables import buildings, compounds, grids, parties, sites
from services.registry.tables_facts import grid_officers, officers
from services.registry.tables_leases import leases, opinions
from shared.database import Transaction as Tx
from shared.web import Caller

_inner, _owned, _stands, _let = (
    sites.alias("inner_site"),
    compounds.alias("owned"),
    buildings.alias("stands"),
    leases.alias("let"),
)

_SEE_ALL: Final = ("admin", "bureau", "enforcer", "engineer", "department", "auditor", "integrator")
_KEEP_ALL: Final = ("admin", "bureau", "integrator")


@dataclass(frozen=True, slots=True)
class Reach:
    """What a caller may see: everything, or what lies in some grids or belongs to some parties.

    ``department`` bounds the leases of someone who is only asked for opinions.
    """

    everything: bool
    grids: tuple[UUID, ...] = ()
    parties: tuple[UUID, ...] = ()
    department: str | None = None

    def holds(self, party_id: UUID | None) -> bool:
        """Whether the party is the caller's own."""
        return self.everything or party_id in self.parties


async def reach_of(caller: Caller, tx: Tx) -> Reach:
    """The caller's reach today: an officer on record has the grids of the ledger, whatever an older token says."""
    if caller.has(*_SEE_ALL):
        alone = caller.roles <= {"department"}
        return Reach(everything=True, department=caller.department or "-" if alone else None)
    return await _bounded(caller, tx)


async def hand_of(caller: Caller, tx: Tx) -> Reach:
    """Where the caller may write about people, papers and devices: who only reads a record does not write in it."""
    if caller.has(*_KEEP_ALL):
        return Reach(everything=True)
    return await _bounded(caller, tx)


async def _bounded(caller: Caller, tx: Tx) -> Reach:
    claimed = caller.grids if caller.has("grid_officer") else frozenset()
    own = caller.parties if caller.has("landlord", "tenant") else frozenset()
    recorded = await _recorded_grids(caller, tx) if caller.has("grid_officer") else None
    return Reach(everything=False, grids=_sorted(claimed if recorded is None else recorded), parties=_sorted(own))


async def _recorded_grids(caller: Caller, tx: Tx) -> list[UUID] | None:
    """The grids of an officer whose account is on record, none once it was taken from him; None for one nobody knows."""
    officer = await tx.value(select(officers.c.id).where(officers.c.account_id == caller.subject))
    if officer is None:
        former = select(officers.c.id).where(literal(caller.subject) == any_(officers.c.former_accounts)).limit(1)
        return None if await tx.value(former) is None else []
    current = select(grid_officers.c.grid_id).where(
        grid_officers.c.officer_id == officer,
        grid_officers.c.from_day <= tx.today,
        not_over(tx.today),
    )
    return [row["grid_id"] for row in await tx.rows(current)]


def _sorted(identities: Iterable[UUID]) -> tuple[UUID, ...]:
    return tuple(sorted(identities))


def _overlaps(column: ColumnElement[list[UUID]], identities: tuple[UUID, ...]) -> ColumnElement[bool]:
    return column.bool_op("&&")(bindparam(None, list(identities), type_=ARRAY(Uuid)))


def seen_sites(reach: Reach, table: FromClause = sites) -> ColumnElement[bool]:
    """Own sites, the sites of those below one in the chain, and the sites of one's grids."""
    if reach.everything:
        return true()
    found: list[ColumnElement[bool]] = []
    if reach.grids:
        found.append(table.c.grid_id == any_of(reach.grids))
    if reach.parties:
        found += [table.c.party_id == any_of(reach.parties), _overlaps(table.c.overseers, reach.parties)]
    return or_(*found) if found else false()


def seen_buildings(reach: Reach) -> ColumnElement[bool]:
    """Buildings that one owns, manages or has a site in, and those of one's grids."""
    if reach.everything:
        return true()
    inside = exists().where(_inner.c.building_id == buildings.c.id, _inner.c.is_open, seen_sites(reach, _inner))
    near = exists().where(_owned.c.id == buildings.c.compound_id, _is_near(reach, _owned))
    return or_(inside, buildings.c.unified_manager_party_id == any_of(reach.parties), near)


def _is_near(reach: Reach, table: FromClause) -> ColumnElement[bool]:
    return or_(table.c.landlord_party_id == any_of(reach.parties), table.c.grid_id == any_of(reach.grids))


def seen_compounds(reach: Reach) -> ColumnElement[bool]:
    if reach.everything:
        return true()
    inside = exists().where(_inner.c.compound_id == compounds.c.id, _inner.c.is_open, seen_sites(reach, _inner))
    return or_(_is_near(reach, compounds), inside)


def seen_parties(reach: Reach) -> ColumnElement[bool]:
    """One's own party, the parties of the sites that one sees, and those that want to rent from one."""
    if reach.everything:
        return true()
    visible = exists().where(_inner.c.party_id == parties.c.id, seen_sites(reach, _inner))
    applying = exists().where(
        _let.c.tenant_party_id == parties.c.id,
        _let.c.landlord_party_id == any_of(reach.parties),
        _let.c.state == any_word(HOLDING),
    )
    return or_(parties.c.id == any_of(reach.parties), visible, applying)


def kept_parties(hand: Reach) -> ColumnElement[bool]:
    """Parties about which the hand may write: one's own, and those with a site in one's grids."""
    if hand.everything:
        return true()
    inside = exists().where(_inner.c.party_id == parties.c.id, _inner.c.grid_id == any_of(hand.grids))
    return or_(parties.c.id == any_of(hand.parties), inside)


def kept_buildings(hand: Reach) -> ColumnElement[bool]:
    """Buildings about which the hand may write: those that one owns, manages or sublets, and those of one's grids."""
    if hand.everything:
        return true()
    near = exists().where(_owned.c.id == buildings.c.compound_id, _is_near(hand, _owned))
    inside = exists().where(_inner.c.building_id == buildings.c.id, _inner.c.is_open, _lets(hand))
    return or_(near, buildings.c.unified_manager_party_id == any_of(hand.parties), inside)


def kept_compounds(hand: Reach) -> ColumnElement[bool]:
    """The same for compounds."""
    if hand.everything:
        return true()
    inside = exists().where(_inner.c.compound_id == compounds.c.id, _inner.c.is_open, _lets(hand))
    return or_(_is_near(hand, compounds), inside)


def _lets(hand: Reach) -> ColumnElement[bool]:
    """A site of one's grids, or one whose tenant rents from one or from somebody who does."""
    return or_(_inner.c.grid_id == any_of(hand.grids), _overlaps(_inner.c.overseers, hand.parties))


def seen_leases(reach: Reach) -> ColumnElement[bool]:
    """Leases that one lets or rents, those in buildings that one owns, those of one's grids, those one was asked about."""
    if reach.department is not None:
        return exists().where(opinions.c.lease_id == leases.c.id, opinions.c.department == reach.department)
    if reach.everything:
        return true()
    owned = exists().where(
        _stands.c.id == leases.c.building_id,
        _owned.c.id == _stands.c.compound_id,
        or_(_is_near(reach, _owned), _stands.c.unified_manager_party_id == any_of(reach.parties)),
    )
    visible = exists().where(_inner.c.id == leases.c.site_id, seen_sites(reach, _inner))
    parts = (leases.c.landlord_party_id == any_of(reach.parties), leases.c.tenant_party_id == any_of(reach.parties))
    return or_(*parts, owned, visible)


def seen_grids(reach: Reach) -> ColumnElement[bool]:
    return true() if reach.everything else grids.c.id == any_of(reach.grids)
