"""Servers for tests: embedded by default, containers or running ones by environment; each test process owns what it starts."""

import asyncio
import atexit
import contextlib
import functools
import importlib
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from mashang.embedded import EmbeddedError, EmbeddedNats, EmbeddedPostgres
from mashang.embedded.folder import DataFolder
from tests.support.ports import free_port

_PREFIX = "mashang-test-"
_ROOM_IN_MEMORY = 2 << 30  # a test database is cloned six times faster on a memory file system
_running = ExitStack()
_templates: dict[str, str] = {}


@functools.cache
def postgres_url() -> str:
    """`postgresql://…` of a server of which this test process may use every database that it makes."""
    if url := os.environ.get("MASHANG_TEST_DATABASE_URL"):
        return url
    if _infra() == "containers":
        return str(_running.enter_context(_containers().postgres()))
    return _running.enter_context(
        EmbeddedPostgres(folder("postgres"), port=free_port(), durable=False, settings={"file_copy_method": "clone"})
    ).url


@functools.cache
def nats_url() -> str:
    """`nats://…` of a server with JetStream, kept for all tests of this process; a test that breaks it takes `own_nats`."""
    if url := os.environ.get("MASHANG_TEST_NATS_URL"):
        return url
    if _infra() == "containers":
        return str(_running.enter_context(_containers().nats()))
    return _running.enter_context(EmbeddedNats(folder("nats"), port=free_port())).url


@contextlib.contextmanager
def own_nats(**options: Any) -> Iterator[EmbeddedNats]:
    """A nats-server that one test may kill, restart and fill; ready in some 20 ms. Always embedded."""
    with EmbeddedNats(folder(f"nats-{uuid4().hex[:8]}"), port=free_port(), **options) as server:
        yield server


@contextlib.contextmanager
def own_postgres(**options: Any) -> Iterator[EmbeddedPostgres]:
    """A PostgreSQL that one test may kill and restart; ready in some 500 ms. Always embedded."""
    with EmbeddedPostgres(folder(f"postgres-{uuid4().hex[:8]}"), port=free_port(), **options) as server:
        yield server


@contextlib.asynccontextmanager
async def fresh_database(template: str = "", prepare: Callable[[str], Awaitable[None]] | None = None) -> AsyncIterator[str]:
    """The URL of a database of its own, dropped at the end.

    With a template name, `prepare(url)` fills the template once per test process, and every further call copies it.
    """
    source = await _template(template, prepare) if prepare else "template1"
    name = f"test_{uuid4().hex}"
    await _administer(f'CREATE DATABASE "{name}" TEMPLATE "{source}"{_copying()}')
    try:
        yield _url_of(name)
    finally:
        await _administer(f'DROP DATABASE "{name}" WITH (FORCE)')


def folder(name: str) -> Path:
    """A folder of this test process that is removed at its end.

    Not pytest's `tmp_path`: run by root, PostgreSQL is another user, and every pytest that starts closes that path to others.
    """
    return _root() / name


def stop() -> None:
    """Stop what this process started and remove its folders and templates; called at the end of the session."""
    if _templates and os.environ.get("MASHANG_TEST_DATABASE_URL"):
        asyncio.run(_drop_templates())
    _templates.clear()
    _running.close()
    for cached in (postgres_url, nats_url, _root):
        cached.cache_clear()


def check_infra() -> None:
    """Say at once, in one line, that the servers asked for cannot be had."""
    if _infra() == "containers":
        _containers().require_engine()


async def _template(name: str, prepare: Callable[[str], Awaitable[None]]) -> str:
    if name not in _templates:
        database = f"template_{uuid4().hex}"
        await _administer(f'CREATE DATABASE "{database}"')
        await prepare(_url_of(database))
        _templates[name] = database
    return _templates[name]


async def _drop_templates() -> None:
    for database in _templates.values():
        await _administer(f'DROP DATABASE "{database}" WITH (FORCE)')


async def _administer(statement: str) -> None:
    connection = await asyncpg.connect(postgres_url())
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


def _url_of(database: str) -> str:
    return f"{postgres_url().rpartition('/')[0]}/{database}"


def _copying() -> str:
    """Copying files is quicker than logging pages where nothing is ever synced to the disk, and slower elsewhere."""
    return " STRATEGY FILE_COPY" if _infra() == "embedded" and "MASHANG_TEST_DATABASE_URL" not in os.environ else ""


def _infra() -> str:
    infra = os.environ.get("MASHANG_TEST_INFRA", "embedded")
    if infra not in {"embedded", "containers"}:
        message = f"MASHANG_TEST_INFRA={infra}: known are `embedded` and `containers`"
        raise pytest.UsageError(message)
    return infra


def _containers() -> Any:
    """Loaded when asked for: the Docker client takes a third of a second to import."""
    return importlib.import_module("tests.support.containers")


@functools.cache
def _root() -> Path:
    """In memory where there is room for it; swept of what killed sessions left."""
    shared_memory = Path("/dev/shm")  # noqa: S108 - only as the parent of a folder made by mkdtemp
    roomy = shared_memory.is_dir() and shutil.disk_usage(shared_memory).free > _ROOM_IN_MEMORY
    parent = shared_memory if roomy else Path(tempfile.gettempdir())
    for lock in parent.glob(f"{_PREFIX}*/lock"):
        with contextlib.suppress(EmbeddedError, OSError):
            if lock.stat().st_size:  # empty: a neighbour is just now making its folder
                _remove(DataFolder(lock.parent))
    mine = DataFolder(Path(tempfile.mkdtemp(prefix=_PREFIX, dir=parent)))
    mine.claim()
    _running.callback(_remove, mine)
    return mine.path


def _remove(owned: DataFolder) -> None:
    """Remove a folder that nobody else owns."""
    owned.claim()
    shutil.rmtree(owned.path, ignore_errors=True)
    owned.release()


atexit.register(stop)
