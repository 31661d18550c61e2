"""Ledgers at the same time: none registers what another just registered, none loses a row by waiting, each shows its way."""

import asyncio
from collections.abc import Sequence
from uuid import UUID

from services.registry.domain.ledger_row import LedgerRow, RowOutcome
from services.registry.ledger import store
from services.registry.ledger.limits import ledger_limits
from services.registry.ledger.running import ImportRun
from services.registry.ledger.workers import take_ledgers, taker
from services.registry.store.ledger_book import one_ledger_at_a_time
from services.registry.vault import vault_at
from shared.contracts.registry import SiteRegistered
from shared.database import Transaction as Tx
from tests.services.registry.ledger.ledgers import counts, ledger_of, many_rows, send, sent
from tests.support.running import until
from tests.support.service import ServiceUnderTest

LONG = ledger_limits().rows_while_the_sender_waits + 100


async def test_the_same_ledger_sent_twice_at_once_registers_everything_once(registry: ServiceUnderTest) -> None:
    data = ledger_of(many_rows(60))
    async with registry.client("bureau") as one, registry.client("integrator", subject="another system") as other:
        views = await asyncio.gather(sent(one, data), sent(other, data))
    assert sorted(counts(view) for view in views) == [(0, 0, 60, 0), (60, 0, 0, 0)]
    tenants = [said for said in await registry.said(SiteRegistered) if said.kind == "tenant"]
    assert len(tenants) == len({said.site_id for said in tenants}) == 60


async def test_a_ledger_waits_for_another_one_and_loses_no_row_by_it(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        answer = await send(client, ledger_of(many_rows(LONG)))
        where = f"/api/registry/imports/{answer.json()['id']}"

        async def is_taking() -> bool:
            return bool((await client.get(where)).json()["state"] == "taking")

        async with registry.database.transaction() as another:
            assert await one_ledger_at_a_time(another)
            taking = asyncio.create_task(registry.works(take_ledgers))
            await until(is_taking)
            assert not await registry.database.run(one_ledger_at_a_time), "the other one is still being taken"
            assert (await client.get(where)).json()["done"] == 0
        await taking
        view = (await client.get(where)).json()
    assert (view["state"], counts(view), view["errors"]) == ("done", (LONG, 0, 0, 0), [])


async def test_a_dry_run_shows_how_far_it_is_and_says_nothing(registry: ServiceUnderTest) -> None:
    async with registry.client("bureau") as client:
        answer = await send(client, ledger_of(many_rows(LONG)), dry_run=True)
        where = f"/api/registry/imports/{answer.json()['id']}"
        seen: list[int] = []

        async def looking(rows: Sequence[LedgerRow], tx: Tx) -> list[RowOutcome]:
            seen.append((await client.get(where)).json()["done"])
            return await taker(vault_at(registry.settings, registry.data))(rows, tx)

        claimed = await registry.database.run(store.claim_next)
        assert claimed is not None
        vault = vault_at(registry.settings, registry.data)
        await ImportRun(UUID(str(claimed[0])), claimed[1], registry.database, vault, looking).to_the_end()
        view = (await client.get(where)).json()
    assert seen == [0, ledger_limits().rows_in_a_chunk]
    assert (view["state"], view["done"], counts(view)) == ("done", LONG, (LONG, 0, 0, 0))
    assert await registry.said() == []
    assert await registry.table("parties") == []
