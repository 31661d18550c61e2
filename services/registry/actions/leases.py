"""Drafting leases, with their place in the chain and the rooms that they keep from the first draft on."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from services.registry.actions.changes import given
from services.registry.actions.ending import withdraw
from services.registry.actions.facts import read_facts, schema_of
from services.registry.actions.lease_rooms import keep_rooms, require_free, require_placed, rooms_told, rooms_wanted
from services.registry.actions.lease_views import lease_line, shown_lease
from services.registry.actions.parties import require_party
from services.registry.actions.site_parts import BuildingUnknown
from services.registry.domain.admission import SUBMITTABLE, AdmissionState, require_state
from services.registry.domain.areas import read_area
from services.registry.domain.lease import (
    HOLDING,
    Above,
    DocumentKind,
    LetToOneself,
    NotTheOwner,
    ParentOver,
    Term,
    require_fit_above,
    require_room_for,
    require_step,
)
from services.registry.domain.space import read_all
from services.registry.rulebook import duty_split, limits
from services.registry.store.admission import file_document, take_step
from services.registry.store.history import remember
from services.registry.store.leases import chain_down, lease_above, lease_seen, page_of_leases, running_lease_of
from services.registry.store.places import building_seen
from services.registry.store.rows import Row, Target, add, change, get
from services.registry.store.scope import reach_of, seen_buildings, seen_leases
from services.registry.tables import buildings
from services.registry.tables_leases import leases
from services.registry.views.leases import LeaseChanges, LeaseFilter, LeaseLine, LeaseView, NewLease, Withdrawal
from services.registry.views.shape import OFFICIALS
from services.registry.views.sites import GivenFact
from shared.contracts.vocabulary import AgreementState, LeaseState
from shared.database import Transaction as Tx
from shared.errors import Forbidden, Missing
from shared.identifiers import new_id
from shared.web import Caller, Page
from shared.web.paging import PageRequest


class ExistingByOfficials(Forbidden):
    """Who wants to let something does not say himself that it was let before there was a gate."""

    code = "existing_by_officials"
    zh = "只有主管部门人员可以登记既有租赁；新租赁请走准入流程"
    en = "Only officials register a lease that was found in place; a new one goes through the gate"


async def draft_lease(body: NewLease, caller: Caller, tx: Tx) -> LeaseView:
    """A draft that keeps its rooms at once, so that of many requests for one room one wins and the others hear who."""
    _require_may_let(caller, body.landlord_party_id)
    if body.existing and not caller.has(*OFFICIALS):
        raise ExistingByOfficials(pointer="/existing")
    building = await building_seen(tx, body.building_id, seen_buildings(await reach_of(caller, tx)))
    if building is None:
        raise BuildingUnknown(pointer="/building_id")
    await require_party(body.landlord_party_id, "/landlord_party_id", tx)
    await require_party(body.tenant_party_id, "/tenant_party_id", tx)
    if body.landlord_party_id == body.tenant_party_id:
        raise LetToOneself(pointer="/tenant_party_id")
    parent = await _parent(body, building, tx)
    spaces, term = rooms_told(body.rooms, building), Term(body.start, body.end)
    if parent is not None:
        require_fit_above(term, spaces, above(parent, body.landlord_party_id))
    values = _outlined(body.outline) | await _drafted(body, parent, caller, tx) | {"rooms": [space.label for space in spaces]}
    rows = await rooms_wanted(values, spaces, parent, tx)
    await require_free(rows, tx)
    row = await add(tx, leases, values)
    await keep_rooms(row, rows, tx)
    await require_placed(rows, tx)
    await _file_agreement(row, body, caller, tx)
    await take_step(tx, row, caller.subject)
    await remember(tx, "lease", caller.subject, row)
    return await shown_lease(row, caller, tx)


async def change_draft(target: Target, body: LeaseChanges, caller: Caller, tx: Tx) -> LeaseView:
    """A draft, or an application that was stopped, may be put right and submitted again."""
    lease = await own_lease(target.id, caller, tx)
    require_state(AdmissionState(lease["step"]), SUBMITTABLE)
    changed = given(body, leases, without={"facts_declared", "rooms", "outline"}) | _outlined(body.outline)
    if body.rooms is not None:
        building = await get(tx, buildings, lease["building_id"])
        changed["rooms"] = [space.label for space in rooms_told(body.rooms, building)]
    if body.facts_declared is not None:
        changed["declared"] = await _declared(body.facts_declared, caller, tx)
    if body.duties is not None:
        changed["duties"] = duty_split().agreed(body.duties)
    row = await change(tx, leases, target, changed)
    await require_placed(await rekeep(row, tx), tx)
    await remember(tx, "lease", caller.subject, row)
    return await shown_lease(row, caller, tx)


async def rekeep(lease: Row, tx: Tx) -> Sequence[dict[str, Any]]:
    """Check a changed lease against the one above it and those below, and keep its rooms anew; the rows that keep them."""
    parent = await require_within_chain(lease, tx)
    rows = await rooms_wanted(lease, read_all(lease["rooms"]), parent, tx)
    await keep_rooms(lease, rows, tx)
    return rows


async def require_within_chain(lease: Row, tx: Tx) -> Row | None:
    """Refuse a lease, as it would be, that reaches beyond the one above it or falls short of those below; the one above."""
    parent = await lease_above(tx, lease)
    spaces, term = read_all(lease["rooms"]), Term(lease["start"], lease["end"])
    if parent is not None:
        require_fit_above(term, spaces, above(parent, lease["landlord_party_id"]))
    sublet = [row for row in await chain_down(tx, lease["id"]) if row["parent_lease_id"] == lease["id"]]
    holding = [row for row in sublet if row["state"] in HOLDING]
    require_room_for([(Term(row["start"], row["end"]), read_all(row["rooms"])) for row in holding], term, spaces)
    return parent


async def withdraw_lease(identity: UUID, body: Withdrawal, caller: Caller, tx: Tx) -> LeaseView:
    """The landlord no longer wants it; the rooms are free again."""
    lease = await own_lease(identity, caller, tx)
    require_step(LeaseState(lease["state"]), LeaseState.WITHDRAWN)
    row = await withdraw(tx, identity, caller.subject, body.reason)
    return await shown_lease(row, caller, tx)


async def lease(identity: UUID, caller: Caller, tx: Tx) -> LeaseView:
    """One lease with its checks, opinions, documents and chain."""
    return await shown_lease(await known_lease(identity, caller, tx), caller, tx)


async def list_leases(asked: LeaseFilter, paging: PageRequest, caller: Caller, tx: Tx) -> Page[LeaseLine]:
    """Leases that the caller may see."""
    wanted: dict[str, Any] = asked.model_dump(exclude_none=True, exclude={"overdue"})
    if asked.overdue:
        wanted["overdue_on"] = tx.today
    rows = await page_of_leases(tx, seen_leases(await reach_of(caller, tx)), wanted, paging)
    return Page.of([lease_line(row) for row in rows], paging, key=lambda line: line.id)


async def known_lease(identity: UUID, caller: Caller, tx: Tx, *, lock: bool = False) -> Row:
    """The lease, if the caller may see it. Raises Missing."""
    row = await lease_seen(tx, identity, seen_leases(await reach_of(caller, tx)), lock=lock)
    if row is None:
        raise Missing
    return row


async def own_lease(identity: UUID, caller: Caller, tx: Tx) -> Row:
    """The lease, locked, if the caller may act for its landlord. Raises Missing or Forbidden."""
    row = await known_lease(identity, caller, tx, lock=True)
    _require_may_let(caller, row["landlord_party_id"])
    return row


def _require_may_let(caller: Caller, landlord_party_id: UUID) -> None:
    if not caller.has(*OFFICIALS) and landlord_party_id not in caller.parties:
        raise Forbidden


async def _parent(body: NewLease, building: Row, tx: Tx) -> Row | None:
    """The lease above: the one named, or the one under which the landlord himself rents here; none for the owner."""
    if body.parent_lease_id is not None:
        try:
            parent = await get(tx, leases, body.parent_lease_id)
        except Missing:
            raise Missing(pointer="/parent_lease_id") from None
        if parent["building_id"] != body.building_id:
            raise Missing(pointer="/parent_lease_id")
        if parent["state"] not in HOLDING:
            raise ParentOver(pointer="/parent_lease_id")
        return parent
    if body.landlord_party_id == building["landlord_party_id"]:
        return None
    found = await running_lease_of(tx, body.building_id, body.landlord_party_id)
    if found is None:
        raise NotTheOwner(pointer="/landlord_party_id")
    return found


def above(parent: Row, landlord_party_id: UUID) -> Above:
    """The lease above, as far as a sublease must fit it."""
    return Above(
        term=Term(parent["start"], parent["end"]),
        spaces=read_all(parent["rooms"]),
        tenant_is_subletter=parent["tenant_party_id"] == landlord_party_id,
        depth=parent["depth"],
        longest_chain=limits().lease_chain_longest,
    )


async def _drafted(body: NewLease, parent: Row | None, caller: Caller, tx: Tx) -> dict[str, Any]:
    told = body.model_dump(
        exclude={"id", "rooms", "facts_declared", "duties", "agreement", "existing", "parent_lease_id", "outline"}
    )
    signed = body.agreement
    agreement = {
        "agreement": AgreementState.SIGNED if signed else AgreementState.MISSING,
        "agreement_signed_on": signed.signed_on if signed else None,
        "agreement_until": (signed.until or body.end) if signed else None,
    }
    start: dict[str, Any] = {"state": LeaseState.DRAFT, "step": AdmissionState.DRAFT, "round": 0, "is_existing": body.existing}
    chain = {"parent_lease_id": parent["id"] if parent else None, "depth": parent["depth"] + 1 if parent else 1}
    declared = {"declared": await _declared(body.facts_declared, caller, tx), "duties": duty_split().agreed(body.duties)}
    return {"id": body.id or new_id(), **told, **agreement, **start, **chain, **declared}


def _outlined(area: Mapping[str, Any] | None) -> dict[str, Any]:
    """The drawn outline of what is let, where one is given. Raises AreaWrong."""
    return {} if area is None else {"outline": read_area(area, pointer="/outline")}


async def _file_agreement(lease: Row, body: NewLease, caller: Caller, tx: Tx) -> None:
    """The agreement that came with the draft is its first version on file."""
    if body.agreement is None:
        return
    signed = body.agreement
    told = {"file_id": signed.file_id, "dated": signed.signed_on, "model": signed.model, "result": None, "note": None}
    own = {"id": new_id(), "kind": DocumentKind.AGREEMENT, "filed_by": caller.subject}
    await file_document(tx, lease["id"], {**own, **told})


async def _declared(facts: Mapping[str, GivenFact], caller: Caller, tx: Tx) -> dict[str, Any]:
    """The declared answers in their stored form; refused where the schema does not take one."""
    rows = read_facts(await schema_of(tx), facts, caller.subject)
    return {key: {"value": row["value"], "qty": row["qty"], "unit": row["unit"]} for key, row in rows.items()}
