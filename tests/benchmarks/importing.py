"""A ledger of 10,000 rows, some of them wrong, sent over HTTP and taken by the registry alone: how long, and how much memory."""

import asyncio
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import cycle, islice
from typing import Any

import httpx

from services.registry.ledger.columns import shipped_columns
from services.registry.ledger.workbook import LedgerWriter
from services.registry.rulebook import shipped_facts
from tests.benchmarks import zone
from tests.benchmarks.alone import Alone, alone
from tests.benchmarks.figures import Figure
from tests.benchmarks.place import Place
from tests.support.running import until

ROWS, SPOILED_EVERY = 10_000, 50
_COPIES = 200
_SPOILED: tuple[dict[str, Any], ...] = (
    {"tenant.uscc": "9132"},
    {"lease.end": "2026-02-30"},
    {"tenant.principal.mobile": "1.54E+10"},
    {"lease.area": "-20㎡"},
    {"building.fire_class_design": "庚"},
    {"compound.crs": "北京54"},
    {"facts.dust": "粉末"},
)
"""What clerks get wrong: each costs its row, and nothing but its row."""


async def measure(place: Place) -> list[Figure]:
    """The ledger tried (dry run), taken, and sent once more; each with the most memory that the process had held by then."""
    data = await asyncio.to_thread(_workbook)
    async with alone(place, "registry", "importing") as registry:
        before = registry.most_memory_mb()
        note = f"{ROWS} rows in {len(data) / 1e6:.1f} MB of .xlsx, {ROWS // SPOILED_EVERY} of them wrong; POST → done"
        tried = await _sent(registry, data, dry_run=True)
        busy = registry.busy_seconds()
        taken = await _sent(registry, data)
        busy = registry.busy_seconds() - busy
        again = await _sent(registry, data)
        assert taken[1]["created"] == tried[1]["created"] == again[1]["unchanged"] == ROWS - ROWS // SPOILED_EVERY
        assert taken[1]["refused"] == again[1]["refused"] == ROWS // SPOILED_EVERY
        most = registry.most_memory_mb()
    return [
        Figure("ledger import, dry run", "s", tried[0], goal="≤ 15", note=note),
        Figure("ledger import, 10,000 rows", "s", taken[0], goal="≤ 15", note=f"{busy:.1f} s of processor time in it"),
        Figure("ledger import, the same ledger again", "s", again[0], goal="≤ 15", note="every row is found again and unchanged"),
        Figure("ledger import, the process's most memory", "MB", most, goal="≤ 300", note=f"{before:.0f} at rest"),
    ]


async def _sent(registry: Alone, data: bytes, *, dry_run: bool = False) -> tuple[float, dict[str, Any]]:
    """Seconds from the request until the ledger is done, and what became of it."""
    async with registry.http() as http:
        began = time.perf_counter()
        asked = {"dry_run": str(dry_run).lower()}
        answer = await http.post("/api/registry/imports", files={"file": ("ledger.xlsx", data)}, params=asked)
        view = await until(lambda: _ended(http, answer.raise_for_status().json()["id"]), patience=300)
        return time.perf_counter() - began, view


async def _ended(http: httpx.AsyncClient, identity: str) -> dict[str, Any] | None:
    await asyncio.sleep(0.25)
    view: dict[str, Any] = (await http.get(f"/api/registry/imports/{identity}")).raise_for_status().json()
    return view if view["state"] in {"done", "failed"} else None


def _workbook() -> bytes:
    writer = LedgerWriter(shipped_columns(), shipped_facts(), created=datetime(2026, 1, 1, tzinfo=UTC))
    return writer.write(_rows())


def _rows() -> Iterator[dict[str, Any]]:
    wrong = cycle(_SPOILED)
    for number, row in enumerate(islice(zone.rows(_COPIES), ROWS), start=1):
        yield row if number % SPOILED_EVERY else row | next(wrong)
