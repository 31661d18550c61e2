"""``mashang replay grading``: every level built again from the streams, and compared with what stands."""

import json
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict
from typing import Any, Final

import asyncpg
import typer
from pydantic import SecretStr
from sqlalchemy import make_url

from mashang.bus import bus
from mashang.streams import StoredStreams
from services.__main__ import replay_grading
from shared.clock import SHANGHAI
from shared.contracts.event import subject_filter
from shared.contracts.notify import ContactReached, ContactUnreachable
from shared.database import Database, make_engine
from shared.database.migrations import migrate
from shared.errors import MashangError
from shared.identifiers import new_id
from shared.settings import Settings

_PREFIX: Final = "mashang_replay_"
HEARD: Final = {
    "REGISTRY": (),
    "INSPECTION": (),
    "GUIDANCE": (),
    "NOTIFY": (*subject_filter(ContactUnreachable), *subject_filter(ContactReached)),
}
"""Streams that grading hears, and the subjects of one of which it hears little: whatever became of notices is not read."""
_PATIENCE_MS: Final = 600_000
_LEFT_OUT: Final = {
    "older_than_the_streams": "早于消息流，无法重建 older than the streams: cannot be built again",
    "on_its_way": "正在变动 on their way just now",
    "tenant": "其承租企业未比较 landlords of such tenants",
}


class NoScratch(MashangError):
    """The database user may not make a database of its own, in which everything could be built."""

    code = "no_scratch"
    zh = "数据库用户无权新建数据库（{reason}）：请授予 CREATEDB 权限"
    en = "The database user may not create a database ({reason}): grant it CREATEDB"


async def grading(settings: Settings, *, as_json: bool) -> int:
    """Replay and compare. Exit code 1, with the sites and values named, where something stands otherwise than it was built."""
    patient = settings.straight().with_changes(statement_timeout_ms=_PATIENCE_MS, idle_in_transaction_timeout_ms=_PATIENCE_MS)
    async with bus(settings, "replay") as client, _scratch(patient) as empty:
        await migrate(make_engine(empty, "mashang-replay"), ["grading"])
        stands, built = make_engine(patient, "mashang-replay"), make_engine(empty, "mashang-replay")
        streams = await StoredStreams.of(client, HEARD)
        try:
            report = await replay_grading(Database(stands, "grading"), Database(built, "grading"), streams, _progress)
        finally:
            await stands.dispose()
            await built.dispose()
    found = asdict(report) | {"dropped": streams.dropped}
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False, default=str))
    else:
        _print(found)
    return 1 if found["differences"] else 0


def _print(found: Mapping[str, Any]) -> None:
    typer.echo(
        f"{found['at'].astimezone(SHANGHAI):%Y-%m-%d %H:%M}: {found['events']} 条事件 events, "
        f"{found['own_decisions']} 项人工决定 decisions of people → {found['compared']} 处 sites"
    )
    for stream, number in found["dropped"].items():
        typer.echo(f"  {stream}: {number} 条已过期 messages are no longer stored")
    for reason, sites in found["left_out"].items():
        typer.echo(f"  未比较 not compared: {sites} 处 sites, {_LEFT_OUT[reason]}")
    for name in ("quarantined", "unreadable", "not_yet_heard"):
        if found[name]:
            typer.echo(f"  {name.replace('_', ' ')}: {found[name]}")
    for line in map(_line, found["differences"]):
        typer.echo(f"✗ {line}")
    number = len(found["differences"])
    typer.echo(f"✗ {number} 处不一致 differences" if number else "✓ 一致 the same")


def _line(difference: Mapping[str, Any]) -> str:
    """What stands, and what was built."""
    only = {"stands": "流中没有 not in the streams", "rebuilt": "缺失 missing"}.get(difference.get("only", ""))
    values = difference["values"].items()
    told = only or ", ".join(f"{name}: {' '.join(map(str, pair))}" for name, pair in values)
    return f"{difference['site_id']} {difference['name'] or ''}: {told}"


def _progress(what: str, count: int) -> None:
    if sys.stderr.isatty():
        typer.echo(f"\r{what} {count or ''}      ", nl=False, err=True)


@asynccontextmanager
async def _scratch(settings: Settings) -> AsyncIterator[Settings]:
    """An empty database on the same server, gone at the end; one that a killed replay left is removed first."""
    url = settings.database_url.get_secret_value()
    name = f"{_PREFIX}{new_id().hex}"
    connection = await asyncpg.connect(url)
    try:
        for left in await _left_behind(connection):
            await connection.execute(f'DROP DATABASE IF EXISTS "{left}"')
        try:
            await connection.execute(f'CREATE DATABASE "{name}"')
        except asyncpg.InsufficientPrivilegeError as error:
            raise NoScratch(reason=type(error).__name__) from None
        try:
            place = make_url(url).set(database=name).render_as_string(hide_password=False)
            yield settings.with_changes(database_url=SecretStr(place))
        finally:
            await connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    finally:
        await connection.close()


async def _left_behind(connection: "asyncpg.Connection[Any]") -> Sequence[str]:
    """A replay that runs is connected to its database, one that was killed is not."""
    rows = await connection.fetch(
        "SELECT datname FROM pg_database WHERE starts_with(datname, $1) AND datname NOT IN"
        " (SELECT datname FROM pg_stat_activity WHERE datname IS NOT NULL)",
        _PREFIX,
    )
    return [row["datname"] for row in rows]
