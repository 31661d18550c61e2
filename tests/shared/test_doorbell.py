"""Bells between processes: what was rung while nobody could hear it wakes everybody as soon as somebody can."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest

from shared.messaging.doorbell import Doorbells, bell_channel
from shared.settings import Settings
from tests.support.running import PATIENCE_SECONDS, until
from tests.support.servers import fresh_database
from tests.support.service import settings_for


@pytest.fixture
async def settings(tmp_path: Path) -> AsyncIterator[Settings]:
    async with fresh_database() as url:
        yield settings_for(url, tmp_path)


@pytest.fixture
async def looking(settings: Settings) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    connection = await asyncpg.connect(settings.database_url.get_secret_value())
    yield connection
    await connection.close()


@asynccontextmanager
async def listening(bells: Doorbells) -> AsyncIterator["asyncio.Task[None]"]:
    running = asyncio.create_task(bells.run())
    yield running
    running.cancel()
    await asyncio.wait([running])


async def heard(bell: asyncio.Event) -> None:
    """Wait until it rings, and be ready for the next time."""
    await asyncio.wait_for(bell.wait(), PATIENCE_SECONDS)
    bell.clear()


async def test_everybody_looks_once_whenever_a_session_begins(settings: Settings, looking: asyncpg.Connection) -> None:
    bells = Doorbells(settings)
    due, idle = bells.listen("notify", "due"), bells.listen("grading", "idle")
    async with listening(bells):
        for _ in range(2):
            await heard(due)
            await heard(idle)
            await _cut(looking)


async def test_a_ring_of_another_process_is_heard(settings: Settings) -> None:
    here, there = Doorbells(settings), Doorbells(settings)
    due = here.listen("notify", "due")
    async with listening(here), listening(there):
        await heard(due)
        there.rung("notify", frozenset({"due"}), letters=False)
        await heard(due)


async def test_a_ring_that_could_not_be_told_is_told_by_the_next_session(settings: Settings, looking: asyncpg.Connection) -> None:
    told = asyncio.Event()
    await looking.add_listener(bell_channel("notify", "due"), lambda *_: told.set())
    bells = Doorbells(settings)
    due = bells.listen("notify", "due")
    async with listening(bells):
        await heard(due)
        await _cut(looking)
        bells.rung("notify", frozenset({"due"}), letters=False)
        await asyncio.wait_for(told.wait(), PATIENCE_SECONDS)


async def test_a_bell_for_which_nobody_listens_here_is_only_told_to_others(settings: Settings) -> None:
    bells = Doorbells(settings)
    due = bells.listen("notify", "due")
    async with listening(bells) as running:
        bells.rung("notify", frozenset({"unheard_of"}), letters=False)
        await heard(due)
        assert not running.done()
    assert [bell for _, bell in bells._listeners] == ["due"]


async def _cut(looking: asyncpg.Connection) -> None:
    """End the session as a restart of the database would, and wait until it is gone."""
    ours = "FROM pg_stat_activity WHERE application_name = 'mashang-doorbell' AND datname = current_database()"
    await until(lambda: looking.fetchval(f"SELECT count(pg_terminate_backend(pid)) {ours}"))
