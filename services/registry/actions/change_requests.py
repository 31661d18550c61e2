"""A change while the lease runs: checked, looked at by the departments concerned, and only then written into the lease."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from services.registry.actions.cards import lease_card
from services.registry.actions.checking import check_lease
from services.registry.actions.deciding import keep_conditions
from services.registry.actions.facts import read_facts, schema_of
from services.registry.actions.lease_views import shown_lease
from services.registry.actions.leases import own_lease, rekeep
from services.registry.actions.reviewing import ask, enter, held_checks
from services.registry.actions.rulebooks import rulebook_today
from services.registry.actions.settling import settle
from services.registry.domain.admission import AdmissionState, AdmissionStopped, reasons, require_state
from services.registry.domain.gate import Moment, stops
from services.registry.store.admission import ask_change, decide_change, open_change
from services.registry.store.rows import Row, change
from services.registry.tables_leases import leases
from services.registry.views.leases import ChangeRequest, LeaseView
from shared.contracts.registry import AdmissionDecided, LeaseChanged
from shared.contracts.vocabulary import AdmissionDecision
from shared.database import Transaction as Tx
from shared.identifiers import new_id
from shared.web import Caller


async def request_change(identity: UUID, body: ChangeRequest, caller: Caller, tx: Tx) -> LeaseView:
    """Ask for a change. A hard stop refuses it at once; otherwise the lease runs on as it is until the departments agree."""
    lease = await own_lease(identity, caller, tx)
    require_state(AdmissionState(lease["step"]), {AdmissionState.ACTIVE})
    changes = await _changes(body, lease, caller, tx)
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


async def conclude_change(lease: Row, reached: AdmissionState, opinions: Sequence[Row], by: str, tx: Tx) -> Row:
    """Write the change into the lease, or leave the lease as it was."""
    asked = await open_change(tx, lease["id"])
    agreed = asked is not None and reached is not AdmissionState.REJECTED
    changes = dict(asked["changes"]) if asked is not None and agreed else {}
    row = await change(tx, leases, lease["id"], {**_typed(changes), "step": AdmissionState.ACTIVE})
    if asked is not None:
        await decide_change(tx, asked["id"], "agreed" if agreed else "refused")
    if agreed:
        await rekeep(row, tx)
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
        await settle(tx, [row["building_id"]], by=by)
    return row


async def _changes(body: ChangeRequest, lease: Row, caller: Caller, tx: Tx) -> dict[str, Any]:
    asked = body.model_dump(exclude_unset=True, exclude={"kind", "note", "facts_declared"})
    if body.facts_declared is not None:
        rows = read_facts(await schema_of(tx), body.facts_declared, caller.subject)
        declared = {key: {"value": row["value"], "qty": row["qty"], "unit": row["unit"]} for key, row in rows.items()}
        asked["declared"] = {**lease["declared"], **declared}
    return asked


def _plain(changes: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in changes.items()}


def _typed(changes: Mapping[str, Any]) -> dict[str, Any]:
    """The changes as the table takes them again."""
    return {name: date.fromisoformat(value) if name == "end" else value for name, value in changes.items()}
