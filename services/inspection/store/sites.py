"""Our read copy of sites, facts and leases, told by the registry in any order: of two cards the later one holds."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from pydantic_core import to_json
from sqlalchemy import text

from shared.contracts.vocabulary import SiteId
from shared.database import Transaction as Tx

Rows = Iterable[Mapping[str, Any]]

_FOLLOW = text(
    "INSERT INTO inspection.sites AS s"
    " (site_id, sequence, code, name, kind, party_id, landlord_site_id, building_id, grid_id, lon, lat)"
    " SELECT r.* FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(site_id uuid, sequence bigint, code text, name text,"
    " kind text, party_id uuid, landlord_site_id uuid, building_id uuid, grid_id uuid, lon float8, lat float8) ORDER BY r.site_id"
    " ON CONFLICT (site_id) DO UPDATE SET sequence = excluded.sequence, code = excluded.code, name = excluded.name,"
    " kind = excluded.kind, party_id = excluded.party_id, landlord_site_id = excluded.landlord_site_id,"
    " building_id = excluded.building_id, grid_id = excluded.grid_id, lon = excluded.lon, lat = excluded.lat"
    " WHERE s.sequence < excluded.sequence"
)
_CLOSE = text("UPDATE inspection.sites SET closed_on = :closed_on WHERE site_id = :site_id")
_LEARN = text(
    "INSERT INTO inspection.site_facts AS f (site_id, key, sequence, value)"
    " SELECT r.* FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(site_id uuid, key text, sequence bigint, value jsonb)"
    " ORDER BY r.site_id, r.key"
    " ON CONFLICT (site_id, key) DO UPDATE SET sequence = excluded.sequence, value = excluded.value"
    " WHERE f.sequence < excluded.sequence"
)
_LET = text(
    "INSERT INTO inspection.leases AS l"
    " (lease_id, sequence, site_id, landlord_party_id, tenant_party_id, building_id, is_active)"
    " SELECT r.* FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(lease_id uuid, sequence bigint, site_id uuid,"
    " landlord_party_id uuid, tenant_party_id uuid, building_id uuid, is_active boolean) ORDER BY r.lease_id"
    " ON CONFLICT (lease_id) DO UPDATE SET sequence = excluded.sequence, site_id = excluded.site_id,"
    " landlord_party_id = excluded.landlord_party_id, tenant_party_id = excluded.tenant_party_id,"
    " building_id = excluded.building_id, is_active = excluded.is_active"
    " WHERE l.sequence < excluded.sequence"
)


async def follow_sites(tx: Tx, rows: Rows) -> None:
    await tx.execute(_FOLLOW, {"rows": to_json(list(rows)).decode()})


async def learn_facts(tx: Tx, rows: Rows) -> None:
    await tx.execute(_LEARN, {"rows": to_json(list(rows)).decode()})


async def follow_leases(tx: Tx, rows: Rows) -> None:
    await tx.execute(_LET, {"rows": to_json(list(rows)).decode()})


async def close_site(tx: Tx, site_id: SiteId, closed_on: date) -> bool:
    """Whether the site was known."""
    return bool(await tx.execute(_CLOSE, {"site_id": site_id, "closed_on": closed_on}))
