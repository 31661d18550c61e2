"""A change while the lease runs: checked, looked at by the departments concerned, and only then written into the lease."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from services.registry.actions.cards import lease_card
from services.registry.actions.checking import check_lease
from services.registry.actions.deciding import keep_conditions
from services.registry.actions.facts import read_facts, schema_of
from services.registry.actions.lease_rooms import keep_rooms, require_placed, rooms_told, rooms_wanted
from services.registry.actions.lease_views import shown_lease
from services.registry.actions.leases import own_lease, rekeep, require_within_chain
from services.registry.actions.reviewing import ask, enter, held_checks
from services.registry.actions.rulebooks import rulebook_today
from services.registry.actions.settling import settle
from services.registry.actions.tenancy import follow_change
from services.registry.domain.admission import AdmissionState, AdmissionStopped, reasons, require_state
from services.registry.domain.gate import Moment, stops
from services.registry.domain.lease import require_change_said
from services.registry.domain.space import read_all
from services.registry.store.admission import ask_change, decide_change, open_change
from services.registry.store.rows import Row, change, get
from services.registry.tables import buildings
from services.registry.tables_leases import leases
from services.registry.views.leases import ChangeRequest, LeaseView
from shared.contracts.registry import AdmissionDecided, LeaseChanged
from shared.contracts.vocabulary import AdmissionDecision, LeaseState
from shared.database import Transaction as Tx
from shared.identifiers import new_id
from shared.web import Caller


async def request_change(identity: UUID, body: ChangeRequest, caller: Caller, tx: Tx) -> LeaseView:
    """Ask for a change. A hard stop or a room that is taken refuses it at once; otherwise the lease runs on as it is.

    What it asks for is kept for it until the departments have agreed or not, so that their last word never comes too late.
    """
    require_change_said(body.kind, body.model_fields_set)
    lease = await own_lease(identity, caller, tx)
    require_state(AdmissionState(lease["step"]), {AdmissionState.ACTIVE})
    changes = await _changes(body, lease, caller, tx)
    await _keep_both(lease, changes, tx)
    book = await rulebook_today(tx)
    lease = await change(tx, leases, identity, {"rulebook": book.version, "round": lease["round"] + 1})
    checks, _ = await check_lease({**lease, **changes}, Moment.CHANGE, book, tx)
    if stopping := stops(checks):
        raise AdmissionStopped(reasons=reasons(stopping, caller.language))
    await ask(lease, book.asked_about_change(), tx)
    row = await change(tx, leases, identity, {"step": AdmissionState.CHANGE_REQUEST})
    asked = {"id": new_id(), "lease_id": identity, "round": row["round"], "kind": body.kind, "asked_by": caller.subject}
    await ask_change(tx, {**asked, "changes": _plain(changes)})
    await enter(row, caller.subject, tx, body.note)
    return await shown_lease(row, caller, tx)


async def _keep_both(lease: Row, changes: Mapping[str, Any], tx: Tx) -> None:
    """Keep the rooms as they are and as they would be, over the longer of both terms."""
    if changes.keys().isdisjoint({"rooms", "end"}):
        return
    wanted = {**lease, **changes}
    parent = await require_within_chain(wanted, tx)
    spaces = read_all([*lease["rooms"], *wanted["rooms"]])
    longer = {**wanted, "end": max(lease["end"], wanted["end"])}
    await keep_rooms(lease, await rooms_wanted(longer, spaces, parent, tx), tx)
    if "rooms" in changes:
        await require_placed(await rooms_wanted(wanted, read_all(wanted["rooms"]), parent, tx), tx)


async def conclude_change(lease: Row, reached: AdmissionState, opinions: Sequence[Row], by: str, tx: Tx) -> Row:
    """Write the change into the lease and its site, or leave both as they were."""
    asked = await open_change(tx, lease["id"])
    agreed = asked is not None and reached is not AdmissionState.REJECTED
    changes = _typed(asked["changes"]) if asked is not None and agreed else {}
    row = await change(tx, leases, lease["id"], {**changes, **_following(lease, changes), "step": AdmissionState.ACTIVE})
    if asked is not None:
        await decide_change(tx, asked["id"], "agreed" if agreed else "refused")
        await rekeep(row, tx)
    if agreed:
        await keep_conditions(row, opinions, tx)
    await enter(row, by, tx)
    said: dict[str, Any] = {
        "decision": AdmissionDecision(reached.value),
        "checks": await held_checks(row, tx),
        "decided_on": tx.today,
    }
    tx.say(AdmissionDecided(**lease_card(row), **said), sequence=row["version"])
    if changes:
        tx.say(LeaseChanged(**lease_card(row), changed=tuple(sorted(changes))), sequence=row["version"])
        await follow_change(lease, row, by, tx)
        await settle(tx, [row["building_id"]], by=by)
    return row


def _following(lease: Row, changes: Mapping[str, Any]) -> dict[str, Any]:
    """What follows from another end: the lease is judged by its new date, an agreement for the whole term goes with it."""
    if "end" not in changes:
        return {}
    whole_term = lease["agreement_until"] is not None and lease["agreement_until"] == lease["end"]
    return {"state": LeaseState.ACTIVE} | ({"agreement_until": changes["end"]} if whole_term else {})


async def _changes(body: ChangeRequest, lease: Row, caller: Caller, tx: Tx) -> dict[str, Any]:
    asked = body.model_dump(exclude_unset=True, exclude={"kind", "note", "facts_declared", "rooms"})
    if body.rooms is not None:
        building = await get(tx, buildings, lease["building_id"])
        asked["rooms"] = [space.label for space in rooms_told(body.rooms, building)]
    if body.facts_declared is not None:
        rows = read_facts(await schema_of(tx), body.facts_declared, caller.subject)
        declared = {key: {"value": row["value"], "qty": row["qty"], "unit": row["unit"]} for key, row in rows.items()}
        asked["declared"] = {**lease["declared"], **declared}
    return {name: value for name, value in asked.items() if value is not None}


def _plain(changes: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in changes.items()}


def _typed(changes: Mapping[str, Any]) -> dict[str, Any]:
    """The changes as the table takes them again."""
    return {name: date.fromisoformat(value) if name == "end" else value for name, value in changes.items()}
