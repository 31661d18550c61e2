"""The ledger as a workbook: what the registry knows, in the columns in which it reads it, so that it can be sent back."""

import asyncio
import importlib
from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from services.registry.ledger import export_store as store
from services.registry.ledger.columns import shipped_columns
from services.registry.ledger.limits import ledger_limits
from services.registry.ledger.views import ExportAsked
from services.registry.ledger.wording import CRS_NAMES, floor_and_room
from services.registry.rulebook import shipped_facts
from services.registry.store.audit import Deed, record
from services.registry.store.facts import facts_of
from services.registry.store.scope import reach_of, seen_buildings, seen_sites
from services.registry.vault import Vault
from shared.contracts.vocabulary import ContactRole, Crs
from shared.database import Transaction as Tx
from shared.errors import Forbidden, Refused
from shared.geo import Point, from_cgcs2000
from shared.web import Caller

_PAGE: Final = 1000
_MOBILE: Final = "contact.mobile"
_DECIMALS: Final = 10
"""More than are stored, so that a converted point comes back as it was."""

SheetRow = dict[str, Any]
People = Mapping[tuple[UUID, str], Any]


class ExportTooLarge(Refused):
    """A workbook of that size helps nobody."""

    code = "export_too_large"
    zh = "超过{most}行,请按网格(grid_id)或楼栋(building_id)导出"
    en = "More than {most} rows; export by grid (grid_id) or building (building_id)"


async def export_ledger(asked: ExportAsked, vault: Vault, caller: Caller, tx: Tx) -> bytes:
    """What the caller may see, as a workbook; names and numbers of people only for the bureau, and on record."""
    if asked.personal:
        if not caller.has("admin", "bureau"):
            raise Forbidden
        await record(tx, caller, Deed("ledger_exported_with_people", "grid", asked.grid_id or asked.building_id))
    reach, most = await reach_of(caller, tx), ledger_limits().rows_in_an_export
    wanted = store.Wanted(seen_sites(reach), seen_buildings(reach), asked.grid_id, asked.building_id)
    keys = await store.keys_of(tx, wanted, most + 1)
    if len(keys) > most:
        raise ExportTooLarge(most=most)
    writer = _writer(tx)
    for start in range(0, len(keys), _PAGE):
        rows = await _rows(tx, keys[start : start + _PAGE], vault if asked.personal else None)
        await asyncio.to_thread(writer.add, rows)
    return bytes(await asyncio.to_thread(writer.finish))


async def template(tx: Tx) -> bytes:
    """The same workbook without a row."""
    return bytes(await asyncio.to_thread(_writer(tx).finish))


def _writer(tx: Tx) -> Any:
    """Loaded when it is asked for: most processes never write a workbook."""
    workbook = importlib.import_module("services.registry.ledger.workbook")
    return workbook.LedgerWriter(shipped_columns(), shipped_facts(), created=tx.now.replace(microsecond=0))


async def _rows(tx: Tx, keys: Sequence[Any], vault: Vault | None) -> list[SheetRow]:
    cards = await store.cards_of(tx, keys)
    answers = await facts_of(tx, {key["site_id"] for key in keys if key["site_id"]})
    people: People = {}
    if vault is not None:
        named = ("landlord_id", "tenant_id")
        people = await store.people_of(tx, {card[name] for card in cards for name in named if card.get(name)})
    return [_row(card, answers.get(key["site_id"], {}), people, vault) for key, card in zip(keys, cards, strict=True)]


def _row(card: Mapping[Any, Any], answers: Mapping[str, Any], people: People, vault: Vault | None) -> SheetRow:
    row = {
        **_part(card, "landlord", "landlord"),
        **_person(people, card["landlord_id"], ContactRole.PRINCIPAL, "landlord.principal", vault),
        **_part(card, "compound", "compound"),
        **_point(card),
        **_part(card, "building", "building"),
        **_part(card, "manager", "building.unified_manager"),
        "grid_name": card["grid_name"],
    }
    return {**row, **_tenant(card, answers, people, vault)} if card.get("tenant_id") else row


def _tenant(card: Mapping[Any, Any], answers: Mapping[str, Any], people: People, vault: Vault | None) -> SheetRow:
    floor, room = floor_and_room(card["lease_rooms"]) if card["lease_rooms"] else (card["site_floor"], card["site_room"])
    return {
        **_part(card, "tenant", "tenant"),
        **_person(people, card["tenant_id"], ContactRole.PRINCIPAL, "tenant.principal", vault),
        **_person(people, card["tenant_id"], ContactRole.SAFETY_OFFICER, "tenant.safety_officer", vault),
        **_part(card, "lease", "lease"),
        "lease.floor": floor,
        "lease.room": room,
        "lease.area": card["lease_area"] or None,
        **{path: value for key, answer in answers.items() for path, value in _fact(key, answer)},
    }


def _part(card: Mapping[Any, Any], kind: str, path: str) -> SheetRow:
    """The cells of one kind that have a column of the same name."""
    return {f"{path}.{name[len(kind) + 1 :]}": value for name, value in card.items() if name.startswith(f"{kind}_")}


def _point(card: Mapping[Any, Any]) -> SheetRow:
    """In the system in which it came."""
    if card["compound_lon"] is None:
        return {"compound.lon": None, "compound.lat": None, "compound.crs": None}
    crs = Crs(card["compound_crs"])
    shown = from_cgcs2000(Point(card["compound_lon"], card["compound_lat"]), crs)
    return {
        "compound.lon": round(shown.lon, _DECIMALS),
        "compound.lat": round(shown.lat, _DECIMALS),
        "compound.crs": CRS_NAMES[crs],
    }


def _person(people: People, party_id: UUID, role: ContactRole, path: str, vault: Vault | None) -> SheetRow:
    person = people.get((party_id, role.value))
    if person is None or vault is None:
        return {}
    return {f"{path}.name": person["name"], f"{path}.mobile": vault.opened(person["mobile_sealed"], _MOBILE)}


def _fact(key: str, answer: Mapping[Any, Any]) -> list[tuple[str, Any]]:
    """A list of goods or machines has no place in a cell: it stays empty, which says nothing when it is sent back."""
    value = answer["value"]
    if isinstance(value, list) and any(isinstance(part, dict) for part in value):
        return []
    return [(f"facts.{key}", value), (f"facts.{key}.qty", answer["qty"])]
