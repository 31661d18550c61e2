"""Ledgers of any length for tests, and how they are sent."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import httpx

from deploy.demo.make_ledger import credit_code, ledger_rows, mobile
from services.registry.ledger.columns import shipped_columns
from services.registry.ledger.workbook import LedgerWriter
from services.registry.rulebook import shipped_facts

Row = dict[str, Any]


def many_rows(number: int) -> Iterator[Row]:
    """The demo ledger over and over, each time with landlords, compounds and tenants of other names and codes."""
    demo = list(ledger_rows())
    landlords = list(dict.fromkeys(row["landlord.name"] for row in demo))
    for place in range(number):
        row, time = dict(demo[place % len(demo)]), place // len(demo)
        landlord = 100_000 + time * 10 + landlords.index(row["landlord.name"])
        yield row | {
            "landlord.name": f"{row['landlord.name']}{time}号",
            "landlord.uscc": row["landlord.uscc"] and credit_code("91", landlord),
            "compound.name": f"{row['compound.name']}{time}",
            "tenant.name": f"{row['tenant.name']}{time}号",
            "tenant.uscc": credit_code("91", 1_000 + place),
            "tenant.principal.mobile": mobile(place + 1),
        }


def ledger_of(rows: Iterator[Row] | list[Row]) -> bytes:
    """A workbook in our own template."""
    return LedgerWriter(shipped_columns(), shipped_facts(), created=datetime(2026, 11, 23, tzinfo=UTC)).write(rows)


async def send(client: httpx.AsyncClient, data: bytes, name: str = "台账.xlsx", **more: Any) -> httpx.Response:
    """POST a ledger; ``dry_run`` goes into the query, ``key`` into the header, everything else into the form."""
    query = {"dry_run": "true"} if more.pop("dry_run", False) else {}
    headers = {"Idempotency-Key": key} if (key := more.pop("key", None)) else {}
    return await client.post("/api/registry/imports", files={"file": (name, data)}, data=more, params=query, headers=headers)


async def sent(client: httpx.AsyncClient, data: bytes, name: str = "台账.xlsx", **more: Any) -> dict[str, Any]:
    """What the registry answers to a ledger that it must accept."""
    answer = await send(client, data, name, **more)
    assert answer.status_code in {201, 202}, answer.text
    return dict(answer.json())


def counts(view: dict[str, Any]) -> tuple[int, int, int, int]:
    """Created, updated, unchanged, refused."""
    return view["created"], view["updated"], view["unchanged"], view["refused"]
