"""The servers that tests stand on give each test a database of its own, and leave nothing behind."""

from pathlib import Path
from subprocess import PIPE, Popen
from sys import executable

import asyncpg
import psutil
import pytest

from tests.support import servers


async def _databases() -> set[str]:
    connection = await asyncpg.connect(servers.postgres_url())
    try:
        return {row["datname"] for row in await connection.fetch("SELECT datname FROM pg_database")}
    finally:
        await connection.close()


async def _run(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


async def test_a_fresh_database_is_gone_afterwards_even_with_a_client_connected() -> None:
    before = await _databases()
    async with servers.fresh_database() as url:
        client = await asyncpg.connect(url)
        assert len(await _databases() - before) == 1
    assert await _databases() == before
    client.terminate()


async def test_a_template_is_prepared_once_and_what_a_test_writes_stays_in_its_copy() -> None:
    prepared = []

    async def prepare(url: str) -> None:
        prepared.append(url)
        await _run(url, "CREATE TABLE room (number int UNIQUE)")

    for _ in range(2):
        async with servers.fresh_database("rooms", prepare) as url:
            await _run(url, "INSERT INTO room VALUES (1)")
    assert len(prepared) == 1


def test_what_a_killed_test_process_leaves_is_swept_by_the_next(tmp_path: Path) -> None:
    script = "from tests.support import servers; servers.nats_url(); print(servers.folder('x').parent, flush=True); input()"
    with Popen([executable, "-c", script], stdin=PIPE, stdout=PIPE, text=True) as process:
        assert process.stdout is not None
        abandoned = Path(process.stdout.readline().strip())
        assert abandoned.is_dir()
        process.kill()
    with Popen([executable, "-c", script], stdin=PIPE, stdout=PIPE, text=True) as process:
        assert process.stdout is not None
        own = Path(process.stdout.readline().strip())
        assert not abandoned.exists()
        assert own.is_dir()
        process.communicate("\n")
    assert not own.exists()
    assert not [one for one in psutil.process_iter(["cmdline"]) if str(own) in " ".join(one.info["cmdline"] or ())]


def test_an_unknown_kind_of_servers_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MASHANG_TEST_INFRA", "mainframe")
    with pytest.raises(pytest.UsageError, match="mainframe"):
        servers.check_infra()
