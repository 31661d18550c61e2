"""A province's ledger in the registry's tables: the rows that registering would write, written many at a time."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import text

from services.registry.actions.site_parts import named, opening
from services.registry.codes.token import new_token
from services.registry.domain.pinyin import normalise
from services.registry.domain.search import findable
from services.registry.store.rows import add_many
from services.registry.tables import buildings, compounds, parties, sites
from services.registry.tables_codes import codes
from shared.clock import shanghai_date
from shared.database import Database
from shared.database import Transaction as Tx
from shared.identifiers import new_id
from tests.services.registry.builders import credit_code

TENANTS_PER_BUILDING = 8
_BUILDINGS_AT_ONCE = 500
_TABLES: Final = {"parties": parties, "compounds": compounds, "buildings": buildings, "sites": sites, "codes": codes}
_UNKNOWN: Final = ("structure", "fire_resistance", "fire_class_design", "fire_acceptance", "sandwich_panel",
                   "illegal_construction", "shared_escape", "one_key_alarm")  # fmt: skip

Rows = dict[str, list[dict[str, Any]]]


async def fill(database: Database, tenants: int) -> list[str]:
    """Write it; the ids of the sites."""
    moment: datetime = await database.run(_now)
    ids: list[str] = []
    for part in _parts(tenants, moment):
        await database.run(lambda tx, part=part: _write(tx, part))  # type: ignore[misc]
        ids += [str(site["id"]) for site in part["sites"]]
    await database.run(_analyse)
    return ids


def tenant_code(number: int) -> str:
    """The credit code of a tenant."""
    return credit_code(300_000 + number)


async def _now(tx: Tx) -> datetime:
    return tx.now


async def _write(tx: Tx, part: Rows) -> None:
    for name, table in _TABLES.items():
        await add_many(tx, table, part[name])


async def _analyse(tx: Tx) -> None:
    await tx.execute(text("ANALYZE"))


def _parts(tenants: int, moment: datetime) -> Iterator[Rows]:
    part: Rows = {name: [] for name in _TABLES}
    for number in range(tenants // TENANTS_PER_BUILDING):
        _add_building(part, number, moment)
        if len(part["buildings"]) == _BUILDINGS_AT_ONCE:
            yield part
            part = {name: [] for name in _TABLES}
    yield part


def _add_building(part: Rows, number: int, moment: datetime) -> None:
    today = shanghai_date(moment)
    owner = _party(f"宜兴市第{number}实业有限公司", credit_code(100_000 + number), "landlord")
    place = {"lon": 119.5 + number % 120 / 100, "lat": 31.1 + number // 120 / 100, "crs": "cgcs2000"}
    name = f"第{number}工业园"
    found = findable(name)
    compound = {"id": new_id(), "name": name, "name_key": normalise(name), "search": found.search, "grams": found.grams}
    compound |= {"address": "文庄路", "region_code": "320282", "landlord_party_id": owner["id"], **place}
    building = {"id": new_id(), "compound_id": compound["id"], "building_no": "1号楼", "no_key": "1号楼", "details": {}}
    building |= dict.fromkeys(_UNKNOWN, "unknown")
    first = number * TENANTS_PER_BUILDING
    tenants = [
        _party(f"江苏新源第{tenant}金属制品有限公司", tenant_code(tenant), "tenant")
        for tenant in range(first, first + TENANTS_PER_BUILDING)
    ]
    part["parties"] += [owner, *tenants]
    part["compounds"].append(compound)
    part["buildings"].append(building)
    where = {"building_id": building["id"], "compound_id": compound["id"], **place}
    own = _site(owner, "landlord", 0, where, today)
    open_sites = [own, *(_site(tenant, "tenant", floor, where, today) for floor, tenant in enumerate(tenants, start=1))]
    part["sites"] += open_sites
    part["codes"] += [_code("building", building["id"], moment), *(_code("site", site["id"], moment) for site in open_sites)]


def _party(name: str, uscc: str, kind: str) -> dict[str, Any]:
    found = findable(name, codes=[uscc])
    own = {"id": new_id(), "party_type": "enterprise", "kinds": [kind], "name": name, "name_key": normalise(name), "uscc": uscc}
    return own | {"search": found.search, "grams": found.grams, "uscc_doubts": [], "status": "operating", "details": {}}


def _site(party: dict[str, Any], kind: str, floor: int, where: dict[str, Any], today: date) -> dict[str, Any]:
    code = f"320282-{party['uscc'][-9:]}"
    own = {"id": new_id(), "code": code, "kind": kind, "party_id": party["id"], "floor": f"{floor}F", "grid_by_hand": False}
    return own | where | named(party["name"], code, party) | opening(today)


def _code(holder: str, holder_id: Any, moment: datetime) -> dict[str, Any]:
    own = {"code": new_token(), "holder": holder, "holder_id": holder_id, "state": "issued"}
    return own | {"issued_by": "bench", "issued_at": moment}
