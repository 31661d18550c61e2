"""Two records of one party become one, and two again where that was a mistake; both ways everything that moves is told."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from services.registry.actions.cards import lease_card, party_card, site_card
from services.registry.actions.contacts import contact_changed
from services.registry.actions.doubles import carried, lead_back, lead_on, take_back
from services.registry.actions.parties import party_names, require_party, require_unknown
from services.registry.actions.settling import settle
from services.registry.actions.sites import close
from services.registry.store.audit import Deed, record
from services.registry.store.history import remember
from services.registry.store.merging import (
    REFERENCES,
    keep_merge,
    last_merge_of,
    leases_between,
    merge_of,
    name_compounds,
    named_by,
    point_to,
    tell_compounds_apart,
    undo,
)
from services.registry.store.rows import Row, change, get, get_many
from services.registry.store.sites import open_site_of
from services.registry.tables import parties, sites
from services.registry.views.proposals import MergeView, Merging, Unmerging
from services.registry.views.sites import SiteClosing
from shared.contracts.registry import LeaseChanged, PartyChanged, SiteChanged, SiteRegistered
from shared.contracts.vocabulary import PartyId, SiteClosingReason
from shared.database import Transaction as Tx
from shared.errors import Missing, Refused
from shared.identifiers import new_id
from shared.web import Caller

_REOPENED, _LED, _CARRIED = "closed_sites", "led", "carried"


class MergeWithItself(Refused):
    """Two records are merged, not one."""

    code = "merge_with_itself"
    zh = "不能与自身合并"
    en = "A party cannot be merged with itself"


class NotMerged(Refused):
    """Only a merged record can be taken apart again."""

    code = "not_merged"
    status = 409
    zh = "该主体没有可撤销的合并"
    en = "There is no merge of this party to undo"


class LetsToItself(Refused):
    """Who rents from somebody else is not the same party; a lease with oneself would be left."""

    code = "merge_lets_to_itself"
    status = 409
    zh = "一方正在承租另一方的房屋，不能合并；请先结束租赁（{number} 份）"
    en = "One of them rents from the other ({number} leases): they cannot be merged before these end"


async def merge_party(identity: UUID, body: Merging, caller: Caller, tx: Tx) -> MergeView:
    """Everything of the merged record goes on under the kept one; which things moved is remembered for the way back."""
    if identity == body.into:
        raise MergeWithItself(pointer="/into")
    first, second = sorted((identity, body.into))
    for one in (first, second):
        await get(tx, parties, one, lock=True)
    merged = await require_party(identity, "/party_id", tx)
    kept = await require_party(body.into, "/into", tx)
    if between := await leases_between(tx, identity, body.into):
        raise LetsToItself(pointer="/into", number=len(between))
    numbers = carried(merged, kept)
    closed, led = await _close_doubles(merged, kept, caller, tx)
    await tell_compounds_apart(tx, identity, body.into)
    moved = {kind: await named_by(tx, kind, identity) for kind in REFERENCES}
    moved["sites"] = [site for site in moved["sites"] if site not in closed]
    rows = {kind: await point_to(tx, kind, ids, body.into) for kind, ids in moved.items()}
    kinds = sorted({*kept["kinds"], *merged["kinds"]})
    gone = await change(tx, parties, identity, {"merged_into": body.into})
    after = await change(tx, parties, body.into, {"kinds": kinds, **numbers, **party_names(kept["name"], {**kept, **numbers})})
    await _tell(rows, (after, gone), caller, tx)
    changed = ("kinds", "uscc") if "uscc" in numbers else ("kinds",)
    tx.say(PartyChanged(**party_card(after), changed=changed), sequence=after["version"])
    said = PartyChanged(**party_card(gone), changed=("merged_into",), merged_into=PartyId(body.into))
    tx.say(said, sequence=gone["version"])
    merge_id = new_id()
    own = {"id": merge_id, "kept_party_id": body.into, "merged_party_id": identity, "reason": body.reason, "by": caller.subject}
    told = {kind: list(map(str, ids)) for kind, ids in {**moved, _REOPENED: closed}.items()}
    await keep_merge(tx, {**own, "moved": {**told, _LED: led, _CARRIED: sorted(numbers)}})
    await record(tx, caller, Deed("merge_party", "party", identity, str(body.into)))
    return _shown(await merge_of(tx, merge_id))


async def unmerge_party(identity: UUID, body: Unmerging, caller: Caller, tx: Tx) -> MergeView:
    """The record stands by itself again, with everything that had moved and still names the kept one."""
    held = await last_merge_of(tx, identity)
    if held is None:
        raise NotMerged
    moved = {kind: [UUID(text) for text in held["moved"][kind]] for kind in REFERENCES}
    rows = {}
    for kind, ids in moved.items():
        still = set(await named_by(tx, kind, held["kept_party_id"])) & set(ids)
        rows[kind] = await point_to(tx, kind, sorted(still), identity)
    await name_compounds(tx, rows["compounds"])
    apart = await get(tx, parties, identity)
    await take_back(tx, held, apart, caller.subject)
    await require_unknown(apart["uscc"], identity, tx)
    back = await change(tx, parties, identity, {"merged_into": None})
    await _tell(rows, (back,), caller, tx)
    tx.say(PartyChanged(**party_card(back), changed=("merged_into",)), sequence=back["version"])
    await _reopen([UUID(text) for text in held["moved"][_REOPENED]], caller, tx)
    await lead_back(tx, held["moved"].get(_LED, ()), caller.subject)
    await record(tx, caller, Deed("unmerge_party", "party", identity, body.reason or ""))
    return _shown(await undo(tx, held["id"], caller.subject))


async def _close_doubles(merged: Row, kept: Row, caller: Caller, tx: Tx) -> tuple[list[UUID], list[dict[str, Any]]]:
    """Where both have an open site of one kind in one building, the merged one's ends, and the other goes on in its stead."""
    closed, led = [], []
    own = await get_many(tx, sites, await named_by(tx, "sites", merged["id"]))
    for site in own.values():
        other = await open_site_of(tx, kept["id"], site["building_id"], site["kind"]) if site["is_open"] else None
        if other is not None:
            ending = SiteClosing(reason=SiteClosingReason.MERGED, successor_site_id=other["id"])
            await close(tx, site["id"], ending, caller.subject)
            led += await lead_on(tx, site["id"], other["id"], caller.subject)
            closed.append(site["id"])
    return closed, led


async def _reopen(identities: Iterable[UUID], caller: Caller, tx: Tx) -> None:
    for identity in identities:
        values = {"is_open": True, "closed_on": None, "closing_reason": None}
        row = await change(tx, sites, identity, values)
        await remember(tx, "site", caller.subject, row)
        tx.say(SiteRegistered(**site_card(row)), sequence=row["version"])
        await settle(tx, [row["building_id"]], by=caller.subject)


async def _tell(rows: dict[str, list[Any]], changed: Sequence[Row], caller: Caller, tx: Tx) -> None:
    by = caller.subject
    await remember(tx, "party", by, *changed)
    await remember(tx, "compound", by, *rows["compounds"])
    await remember(tx, "building", by, *rows["managed_buildings"])
    leases = {row["id"]: row for row in (*rows["let_leases"], *rows["rented_leases"])}
    await remember(tx, "lease", by, *leases.values())
    await remember(tx, "site", by, *rows["sites"])
    for row in rows["contacts"]:
        tx.say(contact_changed(row), sequence=row["version"])
    for row in rows["sites"]:
        tx.say(SiteChanged(**site_card(row), changed=("party_id",), reason="merge"), sequence=row["version"])
    for row in leases.values():
        tx.say(LeaseChanged(**lease_card(row), changed=("landlord_party_id", "tenant_party_id")), sequence=row["version"])
    buildings = {row["building_id"] for row in (*rows["sites"], *leases.values())}
    await settle(tx, buildings | {row["id"] for row in rows["managed_buildings"]}, by=by)


def _shown(row: Row | None) -> MergeView:
    if row is None:
        raise Missing
    moved = {kind: ids for kind, ids in row["moved"].items() if kind not in {_LED, _CARRIED}}
    return MergeView(**{**row, "moved": moved})
