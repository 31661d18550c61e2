"""The copy of who relates to which place: the newest card of each thing wins, whatever order they arrive in."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import text

from services.notify.store.records import Row, as_json, ids, keeping_newest, latest
from shared.database import Transaction as Tx

_SITES = keeping_newest(
    "sites", ["site_id"], ["version", "kind", "party_id", "landlord_site_id", "building_id", "grid_id", "code", "name", "closed"]
)
_CLOSE = text(
    "INSERT INTO notify.sites AS t SELECT * FROM json_populate_recordset(NULL::notify.sites, CAST(:rows AS json))"
    " ON CONFLICT (site_id) DO UPDATE SET version = excluded.version, closed = true WHERE t.version < excluded.version"
)
_PARTIES = keeping_newest("parties", ["party_id"], ["version", "name", "kinds", "merged_into"])
_NEWER_CONTACTS = keeping_newest("contacts", ["contact_id"], ["version", "party_id", "role", "active", "changed_at"])
_CONTACTS = text(f"{_NEWER_CONTACTS.text} RETURNING contact_id")
_LEASES = keeping_newest(
    "leases", ["lease_id"], ["version", "site_id", "landlord_party_id", "tenant_party_id", "parent_lease_id", "active"]
)
_OFFICERS = keeping_newest("officers", ["grid_id", "officer_id", "role"], ["version", "account_id", "since", "until"])
_LEVELS = keeping_newest("levels", ["site_id"], ["version", "level"])
_FACTS = keeping_newest("facts", ["site_id", "key"], ["version", "value"])
_CLAUSES = keeping_newest("clauses", ["item"], ["version", "handbook", "clause", "clause_version", "title"])
_REACHABLE_AGAIN = text("DELETE FROM notify.reach WHERE person_id = ANY(:ids)").bindparams(ids())


async def save_sites(tx: Tx, rows: Sequence[Row]) -> None:
    await tx.execute(_SITES, {"rows": as_json(latest(rows, "site_id"))})


async def close_sites(tx: Tx, rows: Sequence[Row]) -> None:
    await tx.execute(_CLOSE, {"rows": as_json(latest(rows, "site_id"))})


async def save_parties(tx: Tx, rows: Sequence[Row]) -> None:
    await tx.execute(_PARTIES, {"rows": as_json(latest(rows, "party_id"))})


async def save_contacts(tx: Tx, rows: Sequence[Row]) -> list[UUID]:
    """Those of them that are new, or newer than what was known."""
    found = await tx.rows(_CONTACTS, {"rows": as_json(latest(rows, "contact_id"))})
    return [row["contact_id"] for row in found]


async def forget_unreachable(tx: Tx, people: Sequence[UUID]) -> None:
    """What was learned of a contact no longer holds once it has changed."""
    await tx.execute(_REACHABLE_AGAIN, {"ids": people})


async def save_leases(tx: Tx, rows: Sequence[Row]) -> None:
    await tx.execute(_LEASES, {"rows": as_json(latest(rows, "lease_id"))})


async def save_officers(tx: Tx, rows: Sequence[Row]) -> None:
    await tx.execute(_OFFICERS, {"rows": as_json(latest(rows, "grid_id", "officer_id", "role"))})


async def save_levels(tx: Tx, rows: Sequence[Row]) -> None:
    await tx.execute(_LEVELS, {"rows": as_json(latest(rows, "site_id"))})


async def save_facts(tx: Tx, rows: Sequence[Row]) -> None:
    await tx.execute(_FACTS, {"rows": as_json(latest(rows, "site_id", "key"))})


async def save_clauses(tx: Tx, rows: Sequence[Row]) -> None:
    await tx.execute(_CLAUSES, {"rows": as_json(latest(rows, "item"))})
