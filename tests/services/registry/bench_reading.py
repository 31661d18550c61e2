"""How fast the ledger is read at the size of a province: ``python -m tests.services.registry.bench_reading [sites] [readers]``.

112,000 tenants in 14,000 buildings; lists, search, boxes and clusters over the real application with 50 readers at once.
Prints one line per question; figures depend on the machine and on what else runs on it.
"""

import asyncio
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import text

from services.registry.actions.site_parts import named, opening
from services.registry.domain.pinyin import normalise
from services.registry.domain.search import findable
from services.registry.service import service
from services.registry.store.rows import add_many
from services.registry.tables import buildings, compounds, parties, sites
from services.registry.workers import refresh_map
from shared.database import Transaction as Tx
from shared.identifiers import new_id
from tests.services.registry.builders import credit_code
from tests.support.service import ServiceUnderTest

_GEO = {"Accept": "application/geo+json"}
_TENANTS_PER_BUILDING = 8
_AT_ONCE = 4_000
_TURNS = 6

QUESTIONS: dict[str, tuple[str, dict[str, str], dict[str, str]]] = {
    "list of 50": ("/sites", {}, {}),
    "list of 500": ("/sites", {"limit": "500"}, {}),
    "search by name": ("/sites", {"q": "新源第5012"}, {}),
    "search by initials": ("/sites", {"q": "jsxyd77"}, {}),
    "search by one character": ("/sites", {"q": "江"}, {}),
    "parties by name": ("/parties", {"q": "金属制品"}, {}),
    "parties by code": ("/parties", {"uscc": credit_code(300_500)}, {}),
    "box, list": ("/sites", {"bbox": "119.60,31.20,119.62,31.22"}, {}),
    "box, map at zoom 16": ("/sites", {"bbox": "119.60,31.20,119.62,31.22", "zoom": "16"}, _GEO),
    "clusters at zoom 6": ("/sites", {"bbox": "110,20,130,60", "zoom": "6"}, _GEO),
    "clusters at zoom 9": ("/sites", {"bbox": "119,31,121,33", "zoom": "9"}, _GEO),
    "clusters at zoom 12": ("/sites", {"bbox": "119.5,31.1,119.9,31.4", "zoom": "12"}, _GEO),
    "clusters of tenants": ("/sites", {"bbox": "110,20,130,60", "zoom": "6", "kind": "tenant"}, _GEO),
}


def ledger(tenants: int, today: Any) -> Iterator[dict[str, list[dict[str, Any]]]]:
    """Rows by table, some buildings at a time."""
    part: dict[str, list[dict[str, Any]]] = {"parties": [], "compounds": [], "buildings": [], "sites": []}
    for number in range(tenants // _TENANTS_PER_BUILDING):
        _add_building(part, number, today)
        if len(part["sites"]) >= _AT_ONCE:
            yield part
            part = {name: [] for name in part}
    yield part


def _add_building(part: dict[str, list[dict[str, Any]]], number: int, today: Any) -> None:
    owner = _party(f"宜兴市第{number}实业有限公司", 100_000 + number, "landlord")
    place = {"lon": 119.5 + number % 120 / 100, "lat": 31.1 + number // 120 / 100, "crs": "cgcs2000"}
    found = findable(f"第{number}工业园")
    compound = {
        "id": new_id(),
        "name": f"第{number}工业园",
        "name_key": f"第{number}工业园",
        "search": found.search,
        "grams": found.grams,
    }
    compound |= {"address": "文庄路", "region_code": "320282", "landlord_party_id": owner["id"], **place}
    building = {"id": new_id(), "compound_id": compound["id"], "building_no": "1号楼", "no_key": "1号楼", "details": {}}
    unknown = ("structure", "fire_resistance", "fire_class_design", "fire_acceptance", "sandwich_panel", "illegal_construction")
    building |= dict.fromkeys((*unknown, "shared_escape", "one_key_alarm"), "unknown")
    tenants = [
        _party(
            f"江苏新源第{number * _TENANTS_PER_BUILDING + place_in}金属制品有限公司",
            300_000 + number * _TENANTS_PER_BUILDING + place_in,
            "tenant",
        )
        for place_in in range(_TENANTS_PER_BUILDING)
    ]
    part["parties"] += [owner, *tenants]
    part["compounds"].append(compound)
    part["buildings"].append(building)
    where = {"building_id": building["id"], "compound_id": compound["id"], **place}
    part["sites"] += [_site(owner, "landlord", 0, where, today)]
    part["sites"] += [_site(tenant, "tenant", floor, where, today) for floor, tenant in enumerate(tenants, start=1)]


def _party(name: str, code: int, kind: str) -> dict[str, Any]:
    uscc = credit_code(code)
    found = findable(name, codes=[uscc])
    own = {"id": new_id(), "party_type": "enterprise", "kinds": [kind], "name": name, "name_key": normalise(name), "uscc": uscc}
    return own | {"search": found.search, "grams": found.grams, "uscc_doubts": [], "status": "operating", "details": {}}


def _site(party: dict[str, Any], kind: str, floor: int, where: dict[str, Any], today: Any) -> dict[str, Any]:
    code = f"320282-{party['uscc'][-9:]}"
    own = {"id": new_id(), "code": code, "kind": kind, "party_id": party["id"], "floor": f"{floor}F", "grid_by_hand": False}
    return own | where | named(party["name"], code, party) | opening(today)


async def fill(under_test: ServiceUnderTest, tenants: int) -> None:
    async def today_of(tx: Tx) -> Any:
        return tx.today

    for part in ledger(tenants, await under_test.database.run(today_of)):

        async def write(tx: Tx, part: dict[str, list[dict[str, Any]]] = part) -> None:
            for name, table in {"parties": parties, "compounds": compounds, "buildings": buildings, "sites": sites}.items():
                await add_many(tx, table, part[name])

        await under_test.database.run(write)

    async def analyse(tx: Tx) -> None:
        await tx.execute(text("SET LOCAL statement_timeout = 0"))
        await tx.execute(text("ANALYZE"))

    await under_test.database.run(analyse)


async def ask(client: httpx.AsyncClient, name: str, readers: int) -> str:
    """One line of figures for one question."""
    path, params, headers = QUESTIONS[name]
    taken: list[float] = []
    size = 0

    async def once() -> None:
        nonlocal size
        begun = time.perf_counter()
        answer = await client.get(f"/api/registry{path}", params=params, headers=headers)
        taken.append(time.perf_counter() - begun)
        assert answer.status_code == 200, answer.text
        size = len(answer.content)

    async def read() -> None:
        for _ in range(_TURNS):
            await once()

    await once()
    await once()
    alone = taken.pop()
    taken.clear()
    begun = time.perf_counter()
    await asyncio.gather(*(read() for _ in range(readers)))
    rate = len(taken) / (time.perf_counter() - begun)
    taken.sort()
    p50, p95 = taken[len(taken) // 2], taken[int(len(taken) * 0.95)]
    return (
        f"{name:24} alone {alone * 1000:6.1f} ms   p50 {p50 * 1000:7.1f}   p95 {p95 * 1000:7.1f} ms   {rate:6.0f}/s   {size:7} B"
    )


async def main(tenants: int, readers: int) -> None:
    async with ServiceUnderTest.of(service, Path(tempfile.mkdtemp())) as under_test:
        begun = time.perf_counter()
        await fill(under_test, tenants)
        print(f"{tenants} tenants written in {time.perf_counter() - begun:.0f} s")
        begun = time.perf_counter()
        await under_test.works(refresh_map)
        print(f"map summed up in {time.perf_counter() - begun:.2f} s; {readers} readers, {_TURNS} questions each")
        async with under_test.client("bureau") as client:
            for name in QUESTIONS:
                print(await ask(client, name, readers), flush=True)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 112_000, int(sys.argv[2]) if len(sys.argv) > 2 else 50))
