"""Proposals: a tenant or landlord says what changed, an officer compares it with the ledger and accepts it or not."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from services.registry.actions.changes import given
from services.registry.actions.facts import put_site_facts, read_facts, schema_of
from services.registry.actions.industries import lines_of_work
from services.registry.actions.parties import change_party
from services.registry.actions.sites import change_site
from services.registry.domain.proposal import (
    Difference,
    NothingProposed,
    ProposalDecided,
    ProposalKind,
    ProposalState,
    differences,
)
from services.registry.store.audit import Deed, record
from services.registry.store.facts import facts_of
from services.registry.store.parties import party_seen
from services.registry.store.proposals import add_proposal, decide_proposal, page_of_proposals, proposal_seen, seen_proposals
from services.registry.store.rows import Row, Target, get
from services.registry.store.scope import reach_of, seen_parties, seen_sites
from services.registry.store.sites import site_seen
from services.registry.tables import parties, sites
from services.registry.vault import Vault
from services.registry.views.parties import PartyChanges
from services.registry.views.proposals import (
    Comparison,
    PartyProposal,
    ProposalDecision,
    ProposalFilter,
    ProposalView,
    SiteProposal,
)
from services.registry.views.sites import FactAnswers, GivenFact, SiteChanges
from shared.database import Transaction as Tx
from shared.errors import Missing
from shared.identifiers import new_id
from shared.web import Caller, Page
from shared.web.paging import PageRequest

_FACT = "facts."


async def propose_for_site(identity: UUID, body: SiteProposal, caller: Caller, tx: Tx) -> ProposalView:
    """What a tenant or landlord says has changed about a site; nothing changes before an officer accepts it."""
    site = await site_seen(tx, identity, seen_sites(await reach_of(caller, tx)))
    if site is None:
        raise Missing
    rows = read_facts(await schema_of(tx), body.facts, caller.subject)
    answers = {f"{_FACT}{key}": {"value": row["value"], "qty": row["qty"], "unit": row["unit"]} for key, row in rows.items()}
    card = given(body, sites, without={"id", "facts", "note"})
    found = differences(await _held_site(site, tx), {**card, **answers})
    said = {"id": body.id, "note": body.note, "by": caller.subject}
    return await _propose(ProposalKind.SITE, site, found, said, tx)


async def propose_for_party(identity: UUID, body: PartyProposal, caller: Caller, tx: Tx) -> ProposalView:
    """What a party says has changed about itself."""
    row = await party_seen(tx, identity, seen_parties(await reach_of(caller, tx)))
    if row is None:
        raise Missing
    told = body.model_dump(mode="json", exclude_unset=True, exclude={"id", "note"})
    told |= lines_of_work(told)
    said = {"id": body.id, "note": body.note, "by": caller.subject}
    return await _propose(ProposalKind.PARTY, row, differences(dict(row), told), said, tx)


async def _propose(kind: ProposalKind, held: Row, found: tuple[Difference, ...], said: Mapping[str, Any], tx: Tx) -> ProposalView:
    if not found:
        raise NothingProposed
    changes = {one.field: {"old": one.old, "new": one.new} for one in found}
    own = {"id": said["id"] or new_id(), "kind": kind, "object_id": held["id"], "base_version": held["version"]}
    about = {
        "site_id": held["id"] if kind is ProposalKind.SITE else None,
        "changes": {"fields": _plain(changes), "note": said["note"]},
    }
    row = await add_proposal(tx, {**own, **about, "proposed_by": said["by"]})
    assert row is not None  # noqa: S101 - an insert answers its row
    return await _shown(row, tx)


async def proposal(identity: UUID, caller: Caller, tx: Tx) -> ProposalView:
    """One proposal, compared with the ledger as it is now."""
    return await _shown(await _known(identity, caller, tx), tx)


async def list_proposals(asked: ProposalFilter, paging: PageRequest, caller: Caller, tx: Tx) -> Page[ProposalView]:
    """Proposals that the caller may see, the open ones unless another state is asked for."""
    seen = seen_proposals(await reach_of(caller, tx))
    rows = await page_of_proposals(tx, seen, asked.model_dump(exclude_none=True), paging)
    return Page.of([await _shown(row, tx) for row in rows], paging, key=lambda view: view.id)


async def accept_proposal(identity: UUID, body: ProposalDecision, vault: Vault, caller: Caller, tx: Tx) -> ProposalView:
    """The officer writes it into the ledger; what he verified carries his name."""
    held = await _open(identity, caller, tx)
    new = {name: change["new"] for name, change in held["changes"]["fields"].items()}
    target = Target(held["object_id"])
    if held["kind"] == ProposalKind.PARTY:
        await change_party(target, PartyChanges(**new), vault, caller, tx)
    else:
        await _accept_for_site(target, new, caller, tx)
    return await _decide(identity, ProposalState.ACCEPTED, body, caller, tx)


async def _accept_for_site(target: Target, new: Mapping[str, Any], caller: Caller, tx: Tx) -> None:
    card = {name: value for name, value in new.items() if not name.startswith(_FACT)}
    told = {name.removeprefix(_FACT): value for name, value in new.items() if name.startswith(_FACT)}
    if card:
        await change_site(target, SiteChanges(**card, reason="proposal"), caller, tx)
    if told:
        answers = {key: GivenFact(**value, source="proposal", verified_by=caller.subject) for key, value in told.items()}
        await put_site_facts(target, FactAnswers(answers), caller, tx)


async def reject_proposal(identity: UUID, body: ProposalDecision, caller: Caller, tx: Tx) -> ProposalView:
    """The ledger stays as it is."""
    await _open(identity, caller, tx)
    return await _decide(identity, ProposalState.REJECTED, body, caller, tx)


async def _decide(identity: UUID, state: ProposalState, body: ProposalDecision, caller: Caller, tx: Tx) -> ProposalView:
    row = await decide_proposal(tx, identity, {"state": state, "decided_by": caller.subject, "reason": body.reason})
    if row is None:
        raise ProposalDecided
    await record(tx, caller, Deed(f"{state}_proposal", "proposal", identity))
    return await _shown(row, tx)


async def _known(identity: UUID, caller: Caller, tx: Tx, *, lock: bool = False) -> Row:
    row = await proposal_seen(tx, identity, seen_proposals(await reach_of(caller, tx)), lock=lock)
    if row is None:
        raise Missing
    return row


async def _open(identity: UUID, caller: Caller, tx: Tx) -> Row:
    row = await _known(identity, caller, tx, lock=True)
    if row["state"] != ProposalState.OPEN:
        raise ProposalDecided
    return row


async def _held_site(site: Row, tx: Tx) -> dict[str, Any]:
    known = (await facts_of(tx, [site["id"]])).get(site["id"], {})
    answers = {
        f"{_FACT}{key}": {"value": row["value"], "qty": None if row["qty"] is None else float(row["qty"]), "unit": row["unit"]}
        for key, row in known.items()
    }
    return {"floor": site["floor"], "room": site["room"], "area": float(site["area"]) if site["area"] else None} | answers


async def _shown(row: Row, tx: Tx) -> ProposalView:
    """The proposal beside the ledger as it is now while it is open, as it was then once it is decided."""
    is_open = row["state"] == ProposalState.OPEN
    table = sites if row["kind"] == ProposalKind.SITE else parties
    held = await get(tx, table, row["object_id"])
    now: Mapping[str, Any] = await _held_site(held, tx) if row["kind"] == ProposalKind.SITE else dict(held)
    keys = (await schema_of(tx)).keys
    comparison = [
        Comparison(
            field=name,
            label=keys[name.removeprefix(_FACT)].zh if name.startswith(_FACT) and name.removeprefix(_FACT) in keys else name,
            old=now.get(name) if is_open else change["old"],
            new=change["new"],
        )
        for name, change in row["changes"]["fields"].items()
    ]
    moved = is_open and held["version"] != row["base_version"]
    return ProposalView(**{**row, "comparison": comparison, "has_moved": moved, "note": row["changes"].get("note")})


def _plain(node: Any) -> Any:
    if isinstance(node, dict):
        return {key: _plain(value) for key, value in node.items()}
    return float(node) if hasattr(node, "as_tuple") else node
