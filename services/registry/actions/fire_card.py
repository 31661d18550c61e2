"""A building's fire card: who is inside, how many, what burns, whom to call, how to get out."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from services.registry.actions.contacts import MOBILE
from services.registry.actions.facts import schema_of
from services.registry.domain.facts import UNKNOWN, FactSchema
from services.registry.domain.personal import masked_mobile, masked_person
from services.registry.domain.told_by_party import people_of
from services.registry.rulebook import words
from services.registry.store.admission import open_major_hazards
from services.registry.store.audit import Deed, record
from services.registry.store.facts import facts_of
from services.registry.store.hearing import alarm_of_building
from services.registry.store.parties import contacts_of
from services.registry.store.places import building_seen, compound_by_id
from services.registry.store.rows import Row, get_many
from services.registry.store.scope import reach_of, seen_buildings
from services.registry.store.sites import open_sites_of_building
from services.registry.tables import parties
from services.registry.vault import Vault
from services.registry.views.fire_card import CardExit, CardGoods, CardPerson, CardSystem, CardTenant, FireCard
from shared.contracts.vocabulary import ContactRole, FireClass, FireResistance, SiteKind
from shared.database import Transaction as Tx
from shared.errors import Missing
from shared.web import Caller

_IN_FULL: Final = ("bureau", "enforcer", "grid_officer", "department")
_TO_CALL: Final = (ContactRole.PRINCIPAL, ContactRole.SAFETY_OFFICER, ContactRole.DUTY, ContactRole.MANAGER)
"""Whom to call, in this order."""
_NOTHING: Final = (None, False, UNKNOWN, "none", ["none"])


async def fire_card(identity: UUID, vault: Vault, caller: Caller, tx: Tx) -> FireCard:
    """Everything a crew wants to know before it goes in. Who reads the numbers in full is on record."""
    building = await building_seen(tx, identity, seen_buildings(await reach_of(caller, tx)))
    if building is None:
        raise Missing
    compound = await compound_by_id(tx, building["compound_id"])
    tenants = [row for row in await open_sites_of_building(tx, identity) if row["kind"] == SiteKind.TENANT]
    owners = {building["landlord_party_id"], building["unified_manager_party_id"]} - {None}
    known = await get_many(tx, parties, {row["party_id"] for row in tenants} | owners)
    people = await _people(known, vault, caller, tx)
    inside = await _tenants(tenants, known, people, tx)
    if caller.has(*_IN_FULL):
        await record(tx, caller, Deed("read_fire_card", "building", identity))
    manager = known.get(building["unified_manager_party_id"])
    alarm = await alarm_of_building(tx, identity)
    counts = [tenant.people for tenant in inside]
    return FireCard(
        **_building(building, compound),
        alarm_last_tested_at=alarm["last_tested_at"] if alarm else None,
        landlord=known[building["landlord_party_id"]]["name"],
        landlord_people=people[building["landlord_party_id"]],
        unified_manager=manager["name"] if manager else None,
        tenants=inside,
        headcount=sum(count or 0 for count in counts),
        headcount_is_complete=None not in counts,
        major_hazards=await open_major_hazards(tx, identity),
        printed_at=tx.now,
    )


async def _people(known: Mapping[UUID, Row], vault: Vault, caller: Caller, tx: Tx) -> dict[UUID, list[CardPerson]]:
    found: dict[UUID, list[CardPerson]] = {identity: [] for identity in known}
    in_full = caller.has(*_IN_FULL)
    called = [row for row in await contacts_of(tx, known) if row["active"] and row["role"] in _TO_CALL]
    for row in sorted(called, key=lambda row: _TO_CALL.index(row["role"])):
        mobile = vault.opened(row["mobile_sealed"], MOBILE)
        name = row["name"] if in_full else masked_person(row["name"])
        shown = CardPerson(role=ContactRole(row["role"]).zh, name=name or "", mobile=mobile if in_full else masked_mobile(mobile))
        found[row["party_id"]].append(shown)
    return found


async def _tenants(
    rows: Sequence[Row], known: Mapping[UUID, Row], people: Mapping[UUID, list[CardPerson]], tx: Tx
) -> list[CardTenant]:
    answers = await facts_of(tx, [row["id"] for row in rows])
    schema = await schema_of(tx)
    return [
        _tenant(row, known[row["party_id"]], answers.get(row["id"], {}), schema, people[row["party_id"]])
        for row in sorted(rows, key=lambda row: (row["floor"] or "", row["room"] or "", row["name"]))
    ]


def _tenant(site: Row, party: Row, answers: Mapping[str, Row], schema: FactSchema, people: list[CardPerson]) -> CardTenant:
    values = {key: row["value"] for key, row in answers.items()}
    fire_class = values.get("fire_class_actual", UNKNOWN)
    people_on_site = values.get("people_on_site", people_of(party))
    return CardTenant(
        site_id=site["id"],
        name=site["name"],
        place=" ".join(part for part in (site["floor"], site["room"]) if part) or "不明",
        fire_class=FireClass(fire_class).zh,
        people=people_on_site if isinstance(people_on_site, int) else None,
        sleeping=_truth(values.get("occupancy_sleeping")),
        night_production=_truth(values.get("occupancy_night_production")),
        goods=[_goods(schema, key, answers[key]) for key in words()["goods"] if key in answers and values[key] not in _NOTHING],
        people_to_call=people,
    )


def _goods(schema: FactSchema, key: str, row: Row) -> CardGoods:
    declared, value = schema.keys[key], row["value"]
    if isinstance(value, list) and value and isinstance(value[0], dict):
        detail = "、".join(str(item.get("name") or item.get("code") or item.get("furnace") or "…") for item in value)
    else:
        detail = "有" if value is True else declared.label(value)
    unit = words()["unit"].get(row["unit"], row["unit"] or "")
    gap = " " if unit.isascii() and unit else ""
    amount = "" if row["qty"] is None else f"（{float(row['qty']):g}{gap}{unit}）"
    return CardGoods(label=declared.zh, detail=detail + amount)


def _truth(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


def _building(row: Row, compound: Row) -> dict[str, Any]:
    told, details = words(), row["details"]
    below = f" / 地下 {row['floors_below']}" if row["floors_below"] else ""
    return {
        "building_id": row["id"],
        "compound": compound["name"],
        "building_no": row["building_no"],
        "address": compound["address"],
        "structure": told["structure"][row["structure"]],
        "floors": f"地上 {row['floors_above'] if row['floors_above'] is not None else '不明'}{below}",
        "floor_area": row["floor_area"],
        "fire_resistance": FireResistance(row["fire_resistance"]).zh,
        "fire_class_design": FireClass(row["fire_class_design"]).zh,
        "sandwich_panel": told["sandwich_panel"][row["sandwich_panel"]],
        "one_key_alarm": told["answer"][row["one_key_alarm"]],
        "exits": [_exit(entry) for entry in details.get("exits", ())],
        "systems": [_system(name, details.get("fire_systems", {}).get(name, {})) for name in told["fire_system"]],
    }


def _exit(entry: Mapping[str, Any]) -> CardExit:
    locked = words()["locked"][entry.get("locked", UNKNOWN)]
    return CardExit(floor=entry["floor"], width=entry.get("width"), leads_to=entry.get("leads_to"), locked=locked)


def _system(name: str, entry: Mapping[str, Any]) -> CardSystem:
    told = words()
    state = told["system_state"][entry.get("state", UNKNOWN)]
    return CardSystem(label=told["fire_system"][name], state=state, last_tested_on=entry.get("last_tested_on"))
