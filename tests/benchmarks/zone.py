"""A zone as large as the load needs: the demo ledger over and over, each time with other landlords and other tenants."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import httpx

from deploy.demo.make_ledger import credit_code, ledger_rows, mobile
from services.registry.ledger.columns import shipped_columns
from services.registry.ledger.workbook import LedgerWriter
from services.registry.rulebook import shipped_facts
from tests.support.running import until

_MOBILES = tuple(f"{who}.mobile" for who in ("landlord.principal", "tenant.principal", "tenant.safety_officer"))
_MOST = 500


def rows(copies: int) -> Iterator[dict[str, Any]]:
    """The rows of ``copies`` zones; a landlord without a credit code would be the same person every time and is left out."""
    for copy in range(copies):
        for row in ledger_rows():
            if row["landlord.uscc"]:
                yield _copied(row, copy)


def _copied(row: dict[str, Any], copy: int) -> dict[str, Any]:
    names = {key: f"{row[key]}{copy}" for key in ("landlord.name", "compound.name", "tenant.name")}
    codes = {key: _another(row[key], copy) for key in ("landlord.uscc", "tenant.uscc")}
    mobiles = {key: mobile(int(row[key][3:]) + 100_000 * copy) for key in _MOBILES}
    return row | names | codes | mobiles


def _another(code: str, copy: int) -> str:
    """The same kind of code with another number."""
    return credit_code(code[:2], int(code[10:16]) + 1_000 * copy)


async def register(http: httpx.AsyncClient, copies: int) -> list[str]:
    """Take the ledger over HTTP and wait until every tenant's site is graded; their ids."""
    writer = LedgerWriter(shipped_columns(), shipped_facts(), created=datetime(2026, 1, 1, tzinfo=UTC))
    ledger = await asyncio.to_thread(writer.write, rows(copies))
    answer = (await http.post("/api/registry/imports", files={"file": ("zone.xlsx", ledger)})).raise_for_status().json()

    async def taken() -> Any:
        state = (await http.get(f"/api/registry/imports/{answer['id']}")).raise_for_status().json()
        return state if state["state"] in {"done", "failed"} else None

    state = await until(taken, patience=300)
    assert not state["errors"], state["errors"][:3]
    return [site async for site in _tenants(http)]


async def _tenants(http: httpx.AsyncClient) -> Any:
    asked: dict[str, Any] = {"kind": "tenant", "limit": _MOST}
    while True:
        page = (await http.get("/api/registry/sites", params=asked)).raise_for_status().json()
        for site in page["items"]:
            yield site["id"]
        if not page["next"]:
            return
        asked["cursor"] = page["next"]
