"""What a process without its guards looks like to its supervisor: there, and of no use."""

import signal
from pathlib import Path

import asyncpg
import httpx
import pytest

from mashang.embedded import EmbeddedNats
from tests.support.running import until
from tests.support.serving import trusted
from tests.support.supervised import toy
from tests.support.toy_process import STILL_THERE


async def test_negative_control_without_its_watchdog_a_frozen_process_stays_and_answers_nothing(
    database: str, server: EmbeddedNats, tmp_path: Path
) -> None:
    async with toy(database, server.url, tmp_path, MASHANG_LOOP_LAG_SECONDS="1", TOY_FREEZES="1", TOY_UNWATCHED="1") as toyed:
        await toyed.says_at_last(STILL_THERE)
        assert toyed.process.poll() is None
        async with httpx.AsyncClient(timeout=2, verify=trusted()) as http:
            with pytest.raises(httpx.TimeoutException):
                await http.get(f"http://127.0.0.1:{toyed.port}/livez")


async def test_negative_control_a_relay_that_was_started_and_forgotten_dies_behind_a_healthy_port(
    database: str, server: EmbeddedNats, tmp_path: Path
) -> None:
    async with toy(database, server.url, tmp_path, TOY_FALLS="1", TOY_LOOSE="1") as toyed:
        await toyed.says_at_last("the relay is dead")
        await until(toyed.is_ready)
        assert toyed.post().status_code == 201
        assert toyed.process.poll() is None
    connection = await asyncpg.connect(database)
    assert await connection.fetchval("SELECT count(*) FROM sender.outbox WHERE sent_at IS NULL") == 1
    await connection.close()


async def test_negative_control_who_waits_for_whatever_was_begun_never_leaves(
    database: str, server: EmbeddedNats, tmp_path: Path
) -> None:
    async with toy(database, server.url, tmp_path, MASHANG_DRAIN_SECONDS="1", TOY_STAYS="1", TOY_PATIENT="1") as toyed:
        await until(toyed.is_ready)
        assert toyed.post().status_code == 201
        await toyed.says_at_last("handler begun")
        toyed.process.send_signal(signal.SIGTERM)
        await toyed.says_at_last(STILL_THERE)
        assert toyed.process.poll() is None
