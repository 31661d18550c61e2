"""What ready means: database, migrations, bus, every consumer as provisioned, no outbox left behind, no worker in trouble."""

import time
from typing import TYPE_CHECKING

from sqlalchemy import text

from shared.database.migrations import at_head
from shared.messaging.gauges import OUTBOX_AGE
from shared.messaging.streams import differences_from

if TYPE_CHECKING:
    from shared.process import Process
    from shared.web.health import Check

_FRESH_SECONDS = 5.0


def checks_for(process: "Process") -> dict[str, "Check"]:
    """The readiness checks of one process, by name."""
    return {
        "database": lambda: _database(process),
        "migrations": _remembered(lambda: _migrations(process)),
        "bus": lambda: _bus(process),
        "consumers": _remembered(lambda: _consumers(process)),
        "outbox": lambda: _outbox(process),
        "workers": lambda: _workers(process),
    }


def _remembered(check: "Check") -> "Check":
    """Ask at most every few seconds: probes come often, and these questions cost."""
    well_at = -_FRESH_SECONDS

    async def fresh() -> str | None:
        nonlocal well_at
        if time.monotonic() - well_at < _FRESH_SECONDS:
            return None
        answer = await check()
        if answer is None:
            well_at = time.monotonic()
        return answer

    return fresh


async def _database(process: "Process") -> str | None:
    async with process.engine.connect() as connection:
        await connection.execute(text("SELECT 1"))
    return None


async def _migrations(process: "Process") -> str | None:
    async with process.engine.connect() as connection:
        behind = [name for name in process.databases if not await connection.run_sync(at_head, name)]
    return f"not at head: {', '.join(behind)}" if behind else None


async def _bus(process: "Process") -> str | None:
    return None if process.side.is_connected else "not connected"


async def _consumers(process: "Process") -> str | None:
    if process.bus is None or not process.side.is_connected:
        return "bus not connected"
    found = await differences_from(process.bus, process.side.plan)
    return "; ".join(map(str, found)) if found else None


async def _outbox(process: "Process") -> str | None:
    slow: list[str] = []
    async with process.engine.connect() as connection:
        for name in process.databases:
            age = await connection.scalar(
                text(f'SELECT extract(epoch FROM now() - min(created_at)) FROM "{name}".outbox WHERE sent_at IS NULL')  # noqa: S608
            )
            OUTBOX_AGE.labels(name).set(float(age or 0))
            if age is not None and float(age) > process.settings.readiness_outbox_seconds:
                slow.append(f"{name} {float(age):.0f} s")
    return f"unsent for {', '.join(slow)}" if slow else None


async def _workers(process: "Process") -> str | None:
    troubled = [f"{shift.service}.{shift.worker.name}: {shift.trouble}" for shift in process.shifts if shift.trouble]
    return "; ".join(troubled) or None
