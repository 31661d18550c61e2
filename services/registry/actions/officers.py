"""Who answers for a grid, since when and until when; whoever is moved loses the grid at once."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from services.registry.actions.changes import given
from services.registry.domain.personal import masked_mobile, read_mobile
from services.registry.store.audit import Deed, record
from services.registry.store.grids import assignment_of, duties_of, end_assignment, page_of_officers
from services.registry.store.rows import Row, Target, add, change, get
from services.registry.tables_facts import grid_officers, officers
from services.registry.vault import Vault
from services.registry.views.grids import AssignmentView, GridAssignment, NewOfficer, OfficerChanges, OfficerEnding, OfficerView
from shared.contracts.registry import OfficerAssigned
from shared.database import Transaction as Tx
from shared.errors import Missing, Refused
from shared.identifiers import new_id
from shared.web import Caller, Page
from shared.web.paging import PageRequest

MOBILE = "officer.mobile"


class DutyBackwards(Refused):
    """Nobody answers for a grid until a day before he began."""

    code = "duty_backwards"
    zh = "结束日期不能早于开始日期"
    en = "The last day cannot be before the first"


async def register_officer(body: NewOfficer, vault: Vault, caller: Caller, tx: Tx) -> OfficerView:
    """A grid officer or deputy; with an account the ledger decides which grids he sees."""
    values = {"id": body.id or new_id(), "name": body.name, "account_id": body.account_id, **_sealed(body.mobile, vault)}
    row = await add(tx, officers, values)
    await record(tx, caller, Deed("register_officer", "officer", row["id"]))
    return _shown(row, vault)


async def change_officer(target: Target, body: OfficerChanges, vault: Vault, caller: Caller, tx: Tx) -> OfficerView:
    """Change an officer's name, account or number; an account that was his opens no grid any more, and all hear of the next."""
    changed = given(body, officers, without={"mobile"})
    if "mobile" in body.model_fields_set:
        changed |= _sealed(body.mobile, vault)
    held = await get(tx, officers, target.id, lock=True)
    if held["account_id"] not in {None, changed.get("account_id", held["account_id"])}:
        changed["former_accounts"] = sorted({*held["former_accounts"], held["account_id"]})
    row = await change(tx, officers, target, changed)
    await record(tx, caller, Deed("change_officer", "officer", target.id))
    if row["account_id"] != held["account_id"]:
        for duty in await duties_of(tx, target.id):
            _say(tx, {**duty, "account_id": row["account_id"]})
    return _shown(row, vault)


async def list_officers(paging: PageRequest, vault: Vault, tx: Tx) -> Page[OfficerView]:
    """All officers, numbers masked."""
    rows = await page_of_officers(tx, paging)
    return Page.of([_shown(row, vault) for row in rows], paging, key=lambda view: view.id)


async def assign_officer(grid_id: UUID, body: GridAssignment, caller: Caller, tx: Tx) -> None:
    """Let an officer answer for a grid from a day on."""
    assert body.officer_id is not None  # noqa: S101 - the caller looked
    try:
        officer = await get(tx, officers, body.officer_id)
    except Missing:
        raise Missing(pointer="/officer_id") from None
    start = body.from_ or tx.today
    if body.to is not None and body.to < start:
        raise DutyBackwards(pointer="/to")
    own = {"id": new_id(), "grid_id": grid_id, "officer_id": officer["id"], "role": body.role}
    term = {"from_day": start, "to_day": body.to, "assigned_by": caller.subject, "assigned_at": tx.now}
    row = await add(tx, grid_officers, {**own, **term})
    await record(tx, caller, Deed("assign_officer", "grid", grid_id, str(officer["id"])))
    _say(tx, {**row, "account_id": officer["account_id"]})


async def relieve_officer(identity: UUID, body: OfficerEnding, caller: Caller, tx: Tx) -> AssignmentView:
    """The officer no longer answers for the grid; by default from today, so yesterday was his last day."""
    held = await assignment_of(tx, identity)
    if held is None:
        raise Missing
    last = body.to or tx.today - timedelta(days=1)
    await end_assignment(tx, identity, max(last, held["from_day"] - timedelta(days=1)))
    await record(tx, caller, Deed("relieve_officer", "grid", held["grid_id"], str(held["officer_id"])))
    after: dict[str, Any] = {**held, "to_day": last}
    _say(tx, after)
    return shown_assignment(after)


def shown_assignment(row: Row) -> AssignmentView:
    """Who answers for a grid, as shown."""
    return AssignmentView(**row)


def _say(tx: Tx, row: Row) -> None:
    term = {"from": row["from_day"], "to": row["to_day"]}
    who = {"grid_id": row["grid_id"], "officer_id": row["officer_id"], "account_id": row["account_id"], "role": row["role"]}
    tx.say(OfficerAssigned(**who, **term), sequence=int(tx.now.timestamp() * 1000))


def _sealed(mobile: str | None, vault: Vault) -> dict[str, Any]:
    number = read_mobile(mobile) if mobile else None
    return {"mobile_sealed": vault.sealed(number, MOBILE), "mobile_index": vault.index(number, MOBILE) if number else None}


def _shown(row: Row, vault: Vault) -> OfficerView:
    return OfficerView(**{**row, "mobile": masked_mobile(vault.opened(row["mobile_sealed"], MOBILE))})
