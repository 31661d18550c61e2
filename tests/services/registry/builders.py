"""Parties, buildings and sites as a client would register them; a test names only what matters to it."""

import itertools
from typing import Any
from uuid import UUID

import httpx

from services.registry.domain.uscc import check_character, subject_check_character

REGION = "320282"
POINT = {"lon": 119.82, "lat": 31.34, "crs": "cgcs2000"}
_numbers = itertools.count(1)


def credit_code(number: int | None = None, *, first: str = "91") -> str:
    """A synthetic, valid credit code; a new one each time unless a number is given."""
    body = f"MA{next(_numbers) if number is None else number:06d}"
    start = f"{first}{REGION}{body}"
    whole = start + subject_check_character(body)
    return whole + check_character(whole)


async def created(client: httpx.AsyncClient, path: str, **body: Any) -> dict[str, Any]:
    """What the registry answers to a POST that must succeed."""
    answer = await client.post(f"/api/registry{path}", json=body)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def party(client: httpx.AsyncClient, name: str = "", **body: Any) -> dict[str, Any]:
    """A firm, unless another type is given."""
    number = next(_numbers)
    wanted = {"party_type": "enterprise", "name": name or f"宜兴市第{number}五金厂"} | body
    if wanted["party_type"] not in {"natural_person", "unlicensed"}:
        wanted.setdefault("uscc", credit_code())
    return await created(client, "/parties", **wanted)


async def compound(client: httpx.AsyncClient, landlord: dict[str, Any], **body: Any) -> dict[str, Any]:
    wanted = {"name": f"第{next(_numbers)}厂区", "address": "文庄路1号", "region_code": REGION, "point": POINT}
    return await created(client, "/compounds", **(wanted | {"landlord_party_id": landlord["id"]} | body))


async def building(client: httpx.AsyncClient, landlord: dict[str, Any] | None = None, **body: Any) -> dict[str, Any]:
    """A building in a compound of its own, unless ``compound_id`` is given."""
    if "compound_id" not in body:
        body["compound_id"] = (await compound(client, landlord or await party(client)))["id"]
    sound = {"fire_acceptance": "accepted", "fire_class_design": "c", "fire_resistance": "class_2", "floor_area": 3000}
    return await created(client, "/buildings", **({"building_no": f"{next(_numbers)}号楼"} | sound | body))


async def site(client: httpx.AsyncClient, place: dict[str, Any], who: dict[str, Any], **body: Any) -> dict[str, Any]:
    return await created(client, "/sites", **({"kind": "tenant", "party_id": who["id"], "building_id": place["id"]} | body))


def ids(items: list[dict[str, Any]]) -> set[UUID]:
    return {UUID(item["id"]) for item in items}


async def lease(
    client: httpx.AsyncClient, place: dict[str, Any], owner: dict[str, Any], tenant: dict[str, Any], **body: Any
) -> dict[str, Any]:
    """A draft with a signed agreement and a declared class that fits, unless said otherwise."""
    whose = {"landlord_party_id": owner["id"], "tenant_party_id": tenant["id"], "building_id": place["id"]}
    term = {"rooms": ["2F"], "area": 100, "start": "2026-01-01", "end": "2028-12-31", "fire_class_declared": "d"}
    signed = {"agreement": {"signed_on": "2025-12-20"}, "dormitory_declared": False}
    return await created(client, "/leases", **(whose | term | signed | body))


async def reviewed(client: httpx.AsyncClient, draft: dict[str, Any], **opinions: dict[str, Any]) -> dict[str, Any]:
    """The lease after every department has answered: approval, unless an opinion is given."""
    path = f"/api/registry/leases/{draft['id']}"
    shown = (await client.post(f"{path}/submit")).json()
    steps = ["village_review", "dept_review", "site_check"]
    for asked in sorted(shown["opinions"], key=lambda asked: steps.index(asked["step"])):
        opinion = {"department": asked["department"], "verdict": "approve"} | opinions.get(asked["department"], {})
        answer = await client.post(f"{path}/opinions", json=opinion)
        assert answer.status_code == 200, answer.text
        shown = answer.json()
    return dict(shown)
