"""What anybody sees who scans a code (公示页): who is responsible, how to get out, where to report. No number of a person."""

from collections.abc import Iterable
from typing import Any, Final
from uuid import UUID

from services.registry.actions.contacts import MOBILE
from services.registry.codes import face_store as store
from services.registry.codes.actions import CodeUnknown
from services.registry.codes.face_views import Exit, Face, Graded, Inside, Officer, Part, Person, Responsible
from services.registry.codes.life import LIVE
from services.registry.codes.public import Names, PublicPage
from services.registry.codes.token import read_token
from services.registry.domain.building import Answer
from services.registry.domain.party import shown_name
from services.registry.domain.personal import masked_person
from services.registry.domain.space import SpaceUnreadable, covers, read_spaces
from services.registry.store.parties import contacts_of
from services.registry.store.rows import Row, get, get_many
from services.registry.tables import buildings, compounds, grids, parties, sites
from services.registry.vault import Vault
from shared.contracts.vocabulary import CodeHolder, CodeVoidReason, PartyType, SiteKind
from shared.database import Transaction as Tx
from shared.errors import Refused


class CodeVoid(Refused):
    """The code holds no longer; ``reason`` says why."""

    code = "code_void"
    status = 410
    zh = "此码已作废"
    en = "This code is void"

    def __init__(self, reason: CodeVoidReason) -> None:
        super().__init__()
        self.reason = reason


_NOBODY: Final[dict[str, Any]] = {"grid": None, "officers": []}


async def face_of(code: str, page: PublicPage, vault: Vault, tx: Tx) -> Face:
    """The page of a code. Raises TokenMistyped, CodeUnknown (nobody issued it) or CodeVoid."""
    row = await store.last_code(tx, read_token(code))
    if row is None:
        raise CodeUnknown
    if row["state"] not in LIVE:
        raise CodeVoid(CodeVoidReason(row["reason"]))
    told = {"code": row["code"], "holder": row["holder"], "was_replaced": row["replaced"] > 0}
    match CodeHolder(row["holder"]):
        case CodeHolder.SITE:
            return Face(**told, **await _site(row["holder_id"], page, vault, tx))
        case CodeHolder.BUILDING:
            return Face(**told, **await _building(row["holder_id"], page, vault, tx))
        case CodeHolder.LANDLORD:
            return Face(**told, **await _landlord(row["holder_id"], page, vault, tx))


async def _site(identity: UUID, page: PublicPage, vault: Vault, tx: Tx) -> dict[str, Any]:
    site = await get(tx, sites, identity)
    if not site["is_open"]:  # its code is voided within half a minute
        raise CodeVoid(CodeVoidReason.HOLDER_CLOSED)
    building = await get(tx, buildings, site["building_id"])
    compound = await get(tx, compounds, site["compound_id"])
    lessor = await get(tx, sites, site["landlord_site_id"]) if site["landlord_site_id"] else None
    first = Part.PARTY if site["kind"] == SiteKind.TENANT else Part.OCCUPIER
    whose = [
        (first, site["party_id"]),
        (Part.LESSOR, lessor["party_id"] if lessor else None),
        (Part.OWNER, compound["landlord_party_id"]),
        (Part.MANAGER, building["unified_manager_party_id"]),
    ]
    graded = await _levels([identity], page, tx)
    return {
        "name": site["name"],
        "place": _joined(compound["name"], building["building_no"], site["floor"], site["room"]),
        "address": compound["address"],
        "graded": graded.get(identity),
        "responsible": await _responsible(whose, page, vault, tx),
        "exits": _exits(building, site["floor"]),
        **await _grid(site["grid_id"], page, tx),
    }


async def _building(identity: UUID, page: PublicPage, vault: Vault, tx: Tx) -> dict[str, Any]:
    building = await get(tx, buildings, identity)
    compound = await get(tx, compounds, building["compound_id"])
    whose = [(Part.LESSOR, compound["landlord_party_id"]), (Part.MANAGER, building["unified_manager_party_id"])]
    tenants = await store.tenants_of(tx, identity)
    graded = await _levels([row["id"] for row in tenants], page, tx)
    inside = [
        Inside(
            name=row["name"], place=" ".join(part for part in (row["floor"], row["room"]) if part), graded=graded.get(row["id"])
        )
        for row in tenants
    ]
    return {
        "name": _joined(compound["name"], building["building_no"]),
        "place": "",
        "address": compound["address"],
        "responsible": await _responsible(whose, page, vault, tx),
        "exits": _exits(building, None),
        "inside": inside,
        **await _grid(compound["grid_id"], page, tx),
    }


async def _landlord(identity: UUID, page: PublicPage, vault: Vault, tx: Tx) -> dict[str, Any]:
    party = await get(tx, parties, identity)
    owned = await store.buildings_of(tx, identity)
    return {
        "name": _named(party),
        "place": "",
        "address": "",
        "responsible": await _responsible([(Part.LESSOR, identity)], page, vault, tx),
        "inside": [Inside(name=_joined(row["compound"], row["building_no"]), place=row["address"]) for row in owned],
        **_NOBODY,
    }


async def _responsible(whose: Iterable[tuple[Part, UUID | None]], page: PublicPage, vault: Vault, tx: Tx) -> list[Responsible]:
    """Each party once, as the first that it is here."""
    parts: dict[UUID, Part] = {}
    for part, party_id in whose:
        if party_id is not None:
            parts.setdefault(party_id, part)
    known = await get_many(tx, parties, parts)
    people: dict[UUID, list[Person]] = {party_id: [] for party_id in parts}
    named = [row for row in await contacts_of(tx, parts) if row["active"] and row["role"] in page.responsible]
    for row in sorted(named, key=lambda row: page.responsible.index(row["role"])):
        of_firm = known[row["party_id"]]["party_type"] != PartyType.NATURAL_PERSON
        if name := _public_name(row["name"], page, of_firm=of_firm):
            mobile = vault.opened(row["mobile_sealed"], MOBILE) if page.mobiles else None
            people[row["party_id"]].append(Person(role=row["role"], name=name, mobile=mobile))
    return [Responsible(part=part, name=_named(known[one]), people=people[one]) for one, part in parts.items()]


def _public_name(name: str, page: PublicPage, *, of_firm: bool = True) -> str | None:
    if page.names is Names.NONE:
        return None
    return name if page.names is Names.FULL and of_firm else masked_person(name)


def _named(party: Row) -> str:
    return shown_name(PartyType(party["party_type"]), party["name"])


async def _grid(grid_id: UUID | None, page: PublicPage, tx: Tx) -> dict[str, Any]:
    if grid_id is None:
        return _NOBODY
    grid = await get(tx, grids, grid_id)
    named = [(row["role"], _public_name(row["name"], page)) for row in await store.on_duty(tx, grid_id)]
    return {"grid": grid["name"], "officers": [Officer(role=role, name=name) for role, name in named if name]}


async def _levels(site_ids: list[UUID], page: PublicPage, tx: Tx) -> dict[UUID, Graded]:
    rows = await store.levels_of(tx, site_ids) if page.level else {}
    return {site_id: Graded(level=row["level"], since=row["since"]) for site_id, row in rows.items()}


def _joined(*parts: str | None) -> str:
    return " ".join(part for part in parts if part)


def _exits(building: Row, floor: str | None) -> list[Exit]:
    """Those of one's own floor first."""
    found = [
        Exit(
            floor=way["floor"],
            leads_to=way.get("leads_to"),
            width=way.get("width"),
            locked=way.get("locked") == Answer.YES,
            here=_is_on(floor, way["floor"]),
        )
        for way in building["details"].get("exits", ())
    ]
    return sorted(found, key=lambda way: not way.here)


def _is_on(floor: str | None, exit_floor: str) -> bool:
    try:
        return bool(floor) and covers(read_spaces(floor or ""), read_spaces(exit_floor))
    except SpaceUnreadable:
        return floor == exit_floor
