"""The process as its supervisor sees it: how it starts, drains, and what its exit code says."""

import asyncio
import contextlib
import os
import signal
import socket
from pathlib import Path

import asyncpg
import nats
import pytest
from nats.aio.client import Client

from mashang.embedded import EmbeddedNats
from shared.bus_side import BusSide
from shared.messaging.relay import Relay
from tests.support.post_office import receiver, sender
from tests.support.running import PATIENCE_SECONDS, running, until
from tests.support.supervised import toy


async def test_sigterm_drains_and_leaves_with_zero(database: str, server: EmbeddedNats, tmp_path: Path) -> None:
    async with toy(database, server.url, tmp_path) as toyed:
        await until(toyed.is_ready)
        assert [toyed.post().status_code for _ in range(5)] == [201] * 5
        toyed.process.send_signal(signal.SIGTERM)
        assert await toyed.ends() == 0
        assert '"stopped"' in toyed.says()
    connection = await asyncpg.connect(database)
    assert await connection.fetchval("SELECT count(*) FROM sender.outbox") == 5
    await connection.close()


async def test_a_deleted_consumer_ends_the_process_with_75(database: str, server: EmbeddedNats, tmp_path: Path) -> None:
    async with toy(database, server.url, tmp_path) as toyed:
        await until(toyed.is_ready)
        bus = await nats.connect(server.url)
        await bus.jetstream().delete_consumer("SENDER", "receiver-read-letters")
        await bus.close()
        assert await toyed.ends() == 75
        assert "consumer_gone" in toyed.says()
        assert "Traceback" not in toyed.says()


async def test_a_user_that_is_no_longer_allowed_ends_the_process_with_75(
    database: str, server: EmbeddedNats, tmp_path: Path
) -> None:
    """nats-py closes such a connection for good, whatever the reconnect settings say."""
    async with toy(database, server.url, tmp_path) as toyed:
        await until(toyed.is_ready)
        config = server.folder.path / "nats.conf"
        config.write_text(config.read_text().replace(server.folder.secret(), "another"))
        assert server.pid is not None
        os.kill(server.pid, signal.SIGHUP)
        assert await toyed.ends() == 75
        assert "bus_closed" in toyed.says()


async def test_a_frozen_event_loop_ends_the_process_with_75(database: str, server: EmbeddedNats, tmp_path: Path) -> None:
    async with toy(database, server.url, tmp_path, MASHANG_LOOP_LAG_SECONDS="1", TOY_FREEZES="1") as toyed:
        assert await toyed.ends() == 75
        assert "event loop is frozen" in toyed.says()


async def test_a_task_that_dies_takes_the_process_with_it_and_the_exit_code_says_so(
    database: str, server: EmbeddedNats, tmp_path: Path
) -> None:
    """A dead relay behind a healthy port is what must not be."""
    async with toy(database, server.url, tmp_path, TOY_FALLS="1") as toyed:
        assert await toyed.ends() == 70
        assert '"process_dies"' in toyed.says()
        assert "RuntimeError: a fault of ours" in toyed.says()


async def test_no_task_that_swallows_its_end_keeps_half_a_process_alive(
    database: str, server: EmbeddedNats, tmp_path: Path
) -> None:
    async with toy(database, server.url, tmp_path, TOY_FALLS="1", TOY_SWALLOWS="1") as toyed:
        assert await toyed.ends() == 70
        assert '"process_left"' in toyed.says()


async def test_a_cancellation_that_the_bus_client_swallows_is_heeded_all_the_same(
    database: str, server: EmbeddedNats, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """nats-py passes over a cancellation that arrives while it flushes: the deliveries would begin after the process's end."""
    provisioning = asyncio.Event()

    async def swallows_one(_self: BusSide, _bus: Client) -> None:
        provisioning.set()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.Event().wait()

    async def falls(_self: Relay, _connection: object) -> int:
        await provisioning.wait()
        raise ZeroDivisionError

    monkeypatch.setattr(BusSide, "_provision", swallows_one)
    monkeypatch.setattr(Relay, "carry", falls)
    async with running((sender, receiver), database, server.url, tmp_path) as office:
        done, _ = await asyncio.wait([office.task], timeout=PATIENCE_SECONDS)
        assert done
        assert office.process.side.consumers == []


async def test_sigterm_does_not_wait_for_ever_and_what_was_left_is_handled_once_by_the_next_process(
    database: str, server: EmbeddedNats, tmp_path: Path
) -> None:
    soon = "5"  # what was left is given to the next process after so long
    async with toy(
        database, server.url, tmp_path, MASHANG_DRAIN_SECONDS="1", TOY_STAYS="1", MASHANG_ACK_WAIT_SECONDS=soon
    ) as toyed:
        await until(toyed.is_ready)
        assert toyed.post().status_code == 201
        await toyed.says_at_last("handler begun")
        toyed.process.send_signal(signal.SIGTERM)
        assert await toyed.ends() == 0
    async with toy(database, server.url, tmp_path, MASHANG_ACK_WAIT_SECONDS=soon):
        await until(lambda: _is(database, "SELECT count(*) FROM receiver.read WHERE times = 1", 1))
        assert await _is(database, "SELECT count(*) FROM receiver.outbox", 1)


async def _is(database: str, query: str, expected: int) -> bool:
    connection = await asyncpg.connect(database)
    try:
        return bool(await connection.fetchval(query) == expected)
    finally:
        await connection.close()


async def test_a_port_in_use_is_one_clear_line(database: str, server: EmbeddedNats, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        async with toy(database, server.url, tmp_path, port=taken.getsockname()[1]) as toyed:
            assert await toyed.ends() == 70
            assert f"Port {taken.getsockname()[1]} cannot be used" in toyed.says()
            assert "Traceback" not in toyed.says()


async def test_a_process_that_was_stopped_and_continued_goes_on(database: str, server: EmbeddedNats, tmp_path: Path) -> None:
    """SIGSTOP is not a frozen loop: the watchdog's thread stood still too."""
    async with toy(database, server.url, tmp_path, MASHANG_LOOP_LAG_SECONDS="1") as toyed:
        await until(toyed.is_ready)
        toyed.process.send_signal(signal.SIGSTOP)
        await asyncio.sleep(3)
        toyed.process.send_signal(signal.SIGCONT)
        await until(toyed.is_ready)
        assert toyed.post().status_code == 201
