"""A process that is killed in the middle of a ledger: the next one goes on, no row twice, none lost."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import pytest
from sqlalchemy import text

from services.registry.domain.ledger_row import LedgerRow, RowOutcome
from services.registry.ledger import store
from services.registry.ledger.running import ClaimLost, ImportRun
from services.registry.ledger.workers import take_ledgers, taker
from services.registry.vault import vault_at
from shared.contracts.registry import SiteRegistered
from shared.database import Transaction as Tx
from tests.services.registry.ledger.ledgers import counts, ledger_of, many_rows, send
from tests.support.running import until
from tests.support.service import ServiceUnderTest

ROWS = 2_400


async def waiting_import(registry: ServiceUnderTest, rows: int = ROWS) -> UUID:
    async with registry.client("bureau") as client:
        answer = await send(client, ledger_of(many_rows(rows)))
    assert answer.status_code == 202, answer.text
    return UUID(answer.json()["id"])


async def done(registry: ServiceUnderTest) -> int:
    [row] = await registry.database.run(lambda tx: tx.rows(text("SELECT done FROM registry.ledger_imports")))
    return int(row["done"])


async def require_each_row_once(registry: ServiceUnderTest, import_id: UUID, rows: int = ROWS) -> None:
    async with registry.client("bureau") as client:
        view = (await client.get(f"/api/registry/imports/{import_id}")).json()
    assert (view["state"], view["done"], counts(view)) == ("done", rows, (rows, 0, 0, 0))
    tenants = [said for said in await registry.said(SiteRegistered) if said.kind == "tenant"]
    assert len(tenants) == len({said.site_id for said in tenants}) == rows
    assert len({row["uscc"] for row in await registry.table("parties") if row["kinds"] == ["tenant"]}) == rows


@asynccontextmanager
async def another_process(registry: ServiceUnderTest) -> AsyncIterator[asyncio.subprocess.Process]:
    url = registry.process.database_url.get_secret_value()
    module = "tests.services.registry.ledger.take_until_killed"
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", module, url, str(registry.data))
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def test_after_kill_9_the_next_process_goes_on_behind_the_last_committed_row(registry: ServiceUnderTest) -> None:
    import_id = await waiting_import(registry)
    async with another_process(registry) as process:

        async def is_in_the_middle() -> bool:
            return 0 < await done(registry) < ROWS

        await until(is_in_the_middle)
        process.kill()
        await process.wait()
    taken = await done(registry)
    assert 0 < taken < ROWS
    assert not await registry.works(take_ledgers), "the dead process still holds its claim"
    registry.time_passes(seconds=61)
    assert await registry.works(take_ledgers)
    await require_each_row_once(registry, import_id)


async def test_a_worker_that_was_only_slow_is_stopped_by_its_lost_claim(registry: ServiceUnderTest) -> None:
    import_id = await waiting_import(registry, 1_200)
    vault = vault_at(registry.settings, registry.data)
    claimed = await registry.database.run(store.claim_next)
    assert claimed is not None
    turns = 0

    async def slow(rows: list[LedgerRow], tx: Tx) -> list[RowOutcome]:
        nonlocal turns
        turns += 1
        return await taker(vault)(rows, tx)

    run = ImportRun(*claimed, registry.database, vault, slow)  # type: ignore[arg-type]
    await registry.database.run(lambda tx: store.release(tx, import_id, claimed[1]))
    assert await registry.works(take_ledgers)
    with pytest.raises(ClaimLost):
        await run.to_the_end()
    assert turns == 0
    await require_each_row_once(registry, import_id, 1_200)


async def test_one_row_that_breaks_something_of_ours_costs_itself_alone(registry: ServiceUnderTest) -> None:
    import_id = await waiting_import(registry, 600)
    vault = vault_at(registry.settings, registry.data)
    claimed = await registry.database.run(lambda tx: _reclaim(tx, import_id))

    async def breaking(rows: list[LedgerRow], tx: Tx) -> list[RowOutcome]:
        if any(row.number == 100 for row in rows):
            message = "a fault of ours"
            raise RuntimeError(message)
        return await taker(vault)(rows, tx)

    await ImportRun(import_id, claimed, registry.database, vault, breaking).to_the_end()  # type: ignore[arg-type]
    async with registry.client("bureau") as client:
        view = (await client.get(f"/api/registry/imports/{import_id}")).json()
    assert counts(view) == (599, 0, 0, 1)
    assert [(error["row"], error["code"]) for error in view["errors"]] == [(100, "row_failed")]


async def test_a_fault_that_is_not_in_a_row_ends_the_import_as_failed(registry: ServiceUnderTest) -> None:
    import_id = await waiting_import(registry, 600)
    claimed = await registry.database.run(lambda tx: _reclaim(tx, import_id))

    async def broken(_rows: list[LedgerRow], _tx: Tx) -> list[RowOutcome]:
        message = "a fault of ours"
        raise RuntimeError(message)

    vault = vault_at(registry.settings, registry.data)
    await ImportRun(import_id, claimed, registry.database, vault, broken).to_the_end()  # type: ignore[arg-type]
    async with registry.client("bureau") as client:
        view = (await client.get(f"/api/registry/imports/{import_id}")).json()
    assert (view["state"], view["problem"]) == ("failed", "fault")
    assert view["refused"] < 25


async def _reclaim(tx: Tx, import_id: UUID) -> UUID:
    claimed = await store.claim_next(tx)
    assert claimed is not None
    assert claimed[0] == import_id
    return claimed[1]
