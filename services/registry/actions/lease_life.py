"""A lease after its approval: signed, moved into, in force, at its end; the tenant's site follows it."""

from typing import Any, Final
from uuid import UUID

from services.registry.actions.cards import lease_card
from services.registry.actions.checking import check_lease
from services.registry.actions.deciding import require_conditions_met
from services.registry.actions.ending import ENDS, Ending, end
from services.registry.actions.lease_views import shown_lease
from services.registry.actions.leases import own_lease, require_within_chain
from services.registry.actions.leaving import leave
from services.registry.actions.reviewing import enter
from services.registry.actions.roles import let_play
from services.registry.actions.rulebooks import rulebook_today
from services.registry.actions.settling import settle
from services.registry.actions.tenancy import tenant_site
from services.registry.domain.admission import APPROVALS, AdmissionState, AdmissionStopped, reasons
from services.registry.domain.gate import Moment, stops
from services.registry.domain.lease import (
    RUNNING,
    DocumentKind,
    LeaseStateConflict,
    ParentOver,
    ReviewResult,
    Term,
    require_step,
    state_by_date,
)
from services.registry.domain.lease_days import day_of_end, require_not_over
from services.registry.rulebook import limits
from services.registry.store.admission import documents_of, file_document
from services.registry.store.rows import Row, change
from services.registry.store.settling import lock_neighbourhood
from services.registry.tables_leases import leases
from services.registry.views.leases import Activation, LeaseEnding, LeaseView, NewDocument
from services.registry.views.shape import OFFICIALS
from shared.contracts.registry import LeaseActivated, LeaseChanged
from shared.contracts.vocabulary import AgreementState, LeaseEndReason, LeaseState, PartyKind
from shared.database import Transaction as Tx
from shared.identifiers import new_id
from shared.web import Caller

_AFTER_SIGNING: Final = APPROVALS | {AdmissionState.CONTRACT_SIGNED}


async def add_document(identity: UUID, body: NewDocument, caller: Caller, tx: Tx) -> LeaseView:
    """File a document; a signed agreement, a consent, a hand-over or a filing also changes where the lease stands."""
    lease = await own_lease(identity, caller, tx)
    await _file(lease, body, caller, tx)
    changed = _told(lease, body, tx)
    row = await change(tx, leases, identity, changed)
    await enter(row, caller.subject, tx, body.kind)
    if changed.keys() & {"agreement", "agreement_signed_on", "agreement_until"}:
        tx.say(LeaseChanged(**lease_card(row), changed=("agreement",)), sequence=row["version"])
        if row["state"] in RUNNING:
            await settle(tx, [row["building_id"]], by=caller.subject)
    return await shown_lease(row, caller, tx)


async def _file(lease: Row, body: NewDocument, caller: Caller, tx: Tx) -> None:
    told = body.model_dump(include={"kind", "file_id", "dated", "model", "result", "note"})
    await file_document(tx, lease["id"], {"id": new_id(), **told, "filed_by": caller.subject})


def _told(lease: Row, body: NewDocument, tx: Tx) -> dict[str, Any]:
    day = body.dated or tx.today
    match body.kind:
        case DocumentKind.AGREEMENT:
            signed = {
                "agreement": AgreementState.SIGNED,
                "agreement_signed_on": day,
                "agreement_until": body.until or lease["end"],
            }
            return signed | ({"step": AdmissionState.CONTRACT_SIGNED} if lease["step"] in APPROVALS else {})
        case DocumentKind.SUBLET_CONSENT:
            return {"sublet_consent_on": day}
        case DocumentKind.FILING:
            return {"filed_on": day, "filing_no": body.number}
        case DocumentKind.HANDOVER:
            passed = body.result is not ReviewResult.UNSUITABLE and lease["step"] in _AFTER_SIGNING
            return {"step": AdmissionState.MOVED_IN} if passed else {}
        case _:
            return {}


async def activate_lease(identity: UUID, body: Activation, caller: Caller, tx: Tx) -> LeaseView:
    """The tenant is in: the rules are asked once more, its site is found or registered, and the landlord answers from now on."""
    lease = await own_lease(identity, caller, tx)
    require_step(LeaseState(lease["state"]), LeaseState.ACTIVE)
    _require_reviewed(lease, caller)
    term = Term(lease["start"], lease["end"])
    require_not_over(term, tx.today)
    await _require_parent_running(lease, tx)
    await require_conditions_met(lease, tx)
    await _keep_moving_in(lease, body, caller, tx)
    await _require_no_stop(lease, caller, tx)
    site = await tenant_site(lease, body, caller, tx)
    state = state_by_date(LeaseState.ACTIVE, term, tx.today, limits().lease_expiring_within)
    own = {"site_id": site["id"], "landlord_site_id": site["landlord_site_id"]}
    row = await change(tx, leases, identity, {"state": state, "step": AdmissionState.ACTIVE, **own})
    await enter(row, caller.subject, tx)
    if row["depth"] > 1:
        await let_play(row["landlord_party_id"], PartyKind.SECOND_LANDLORD, caller.subject, tx)
    tx.say(LeaseActivated(**lease_card(row)), sequence=row["version"])
    await settle(tx, [row["building_id"]], by=caller.subject)
    return await shown_lease(row, caller, tx)


def _found_in_place(lease: Row, caller: Caller) -> bool:
    """Whether an official registers, straight from its draft, what he found let: what has entered the gate goes through it."""
    return bool(lease["is_existing"] and lease["step"] == AdmissionState.DRAFT and caller.has(*OFFICIALS))


def _require_reviewed(lease: Row, caller: Caller) -> None:
    """A new lease passes the gate; what an official finds already let is registered as it is."""
    if lease["state"] != LeaseState.APPROVED and not _found_in_place(lease, caller):
        raise LeaseStateConflict(state=LeaseState(lease["state"]).zh)


async def _require_parent_running(lease: Row, tx: Tx) -> None:
    """A sublet begins under a lease that runs and still holds it; the lock keeps it from ending at this very moment."""
    await lock_neighbourhood(tx, [lease["building_id"]])
    parent = await require_within_chain(lease, tx)
    if parent is not None and parent["state"] not in RUNNING:
        raise ParentOver


async def _keep_moving_in(lease: Row, body: Activation, caller: Caller, tx: Tx) -> None:
    """The day on which the tenant moved in, as the next version of the hand-over check, which keeps what it found."""
    if body.moved_in_on is None:
        return
    checks = [row for row in await documents_of(tx, lease["id"]) if row["kind"] == DocumentKind.HANDOVER]
    if checks and checks[-1]["dated"] == body.moved_in_on:
        return
    found = {name: checks[-1][name] if checks else None for name in ("file_id", "model", "result", "note")}
    own = {"id": new_id(), "kind": DocumentKind.HANDOVER, "dated": body.moved_in_on, "filed_by": caller.subject}
    await file_document(tx, lease["id"], {**found, **own})


async def _require_no_stop(lease: Row, caller: Caller, tx: Tx) -> None:
    if _found_in_place(lease, caller):
        return
    checks, _ = await check_lease(lease, Moment.ACTIVATE, await rulebook_today(tx), tx)
    if stopping := stops(checks):
        raise AdmissionStopped(reasons=reasons(stopping, caller.language))


async def end_lease(identity: UUID, body: LeaseEnding, caller: Caller, tx: Tx) -> LeaseView:
    """The rooms are no longer let under this lease; who has moved out leaves nothing dangerous behind."""
    lease = await own_lease(identity, caller, tx)
    require_step(LeaseState(lease["state"]), ENDS[body.reason])
    day = day_of_end(body.reason, body.ended_on, Term(lease["start"], lease["end"]), tx.today)
    row = await end(tx, lease, Ending(body.reason, day, caller.subject, body.note))
    await settle(tx, [row["building_id"]], by=caller.subject)
    if body.reason is LeaseEndReason.VACATED:
        await leave(row, body, caller, tx)
    return await shown_lease(row, caller, tx)
