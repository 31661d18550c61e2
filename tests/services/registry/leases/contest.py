"""Many who want the same room at once, and the question that tells whether two of them have it."""

import asyncio
from collections.abc import Iterable, Sequence
from typing import Any

import httpx
from sqlalchemy import text

from tests.support.service import ServiceUnderTest

LEASES = "/api/registry/leases"
AT_ONCE = 50

# Every one of these holds room 301 in the summer of 2027, so any two of them overlap.
ROOMS = (["301"], ["3F"], ["*"], ["3F-301", "3F-302"], ["301-305"], ["三楼"])
TERMS = (("2026-01-01", "2028-12-31"), ("2027-06-01", "2027-08-31"), ("2027-07-15", "2031-12-31"), ("2020-01-01", "2027-07-20"))

_LET_TWICE = text(
    "SELECT count(*) FROM registry.lease_spaces AS one JOIN registry.lease_spaces AS other ON one.lease_id < other.lease_id"
    " WHERE one.scope && other.scope AND one.space && other.space AND one.term && other.term"
)


def applications(place: dict[str, Any], owner: dict[str, Any], tenants: Sequence[dict[str, Any]], number: int) -> list[Any]:
    """Bodies of which any two overlap, though few are alike."""
    found = []
    for turn in range(number):
        start, end = TERMS[turn % len(TERMS)]
        whose = {"landlord_party_id": owner["id"], "tenant_party_id": tenants[turn % len(tenants)]["id"]}
        term = {"start": start, "end": end, "area": 100}
        found.append(whose | term | {"building_id": place["id"], "rooms": ROOMS[turn % len(ROOMS)]})
    return found


async def all_at_once(http: httpx.AsyncClient, bodies: Iterable[Any]) -> list[httpx.Response]:
    """Everybody asks; no more than fifty requests are open at a time."""
    places = asyncio.Semaphore(AT_ONCE)

    async def ask(body: Any) -> httpx.Response:
        async with places:
            return await http.post(LEASES, json=body)

    return await asyncio.gather(*map(ask, bodies))


async def let_twice(registry: ServiceUnderTest) -> int:
    """How many pairs of leases keep the same room on the same day."""
    return int(await registry.database.run(lambda tx: tx.value(_LET_TWICE)))
