"""Who has vanished is noticed from both ends, and what belongs to a session is asked past any pooler."""

import asyncio
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from pydantic import SecretStr

from mashang.embedded import EmbeddedNats
from shared.database import make_engine
from shared.database.connection import dedicated
from shared.messaging.relay import Relay
from shared.settings import Settings
from tests.support.relaying import Office, all_sent, office_on
from tests.support.running import until
from tests.support.servers import fresh_database
from tests.support.service import settings_for

NOWHERE = SecretStr("postgresql://nobody@127.0.0.1:1/none")
THEIRS = ("tcp_keepalives_idle", "tcp_keepalives_interval", "tcp_keepalives_count", "tcp_user_timeout")
OURS = (socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL, socket.TCP_KEEPCNT, socket.TCP_USER_TIMEOUT)


@pytest.fixture
async def settings(tmp_path: Path) -> AsyncIterator[Settings]:
    async with fresh_database() as url:
        yield settings_for(url, tmp_path)


@pytest.fixture
async def office(server: EmbeddedNats, tmp_path: Path) -> AsyncIterator[Office]:
    async with office_on(server, tmp_path) as office:
        yield office


async def test_both_ends_of_a_dedicated_connection_notice_within_half_a_minute_that_the_other_has_vanished(
    settings: Settings,
) -> None:
    connection = await dedicated(settings, "test", command_timeout=10)
    assert await _patience_of(connection) == (["10", "5", "3", "25000"], [10, 5, 3, 25_000])
    await connection.close()


async def test_so_do_those_of_a_connection_of_the_pool(settings: Settings) -> None:
    engine = make_engine(settings)
    async with engine.connect() as connection:
        below: Any = (await connection.get_raw_connection()).driver_connection
        assert await _patience_of(below) == (["10", "5", "3", "25000"], [10, 5, 3, 25_000])
    await engine.dispose()


async def test_negative_control_left_alone_both_ends_wait_for_hours(settings: Settings) -> None:
    connection = await asyncpg.connect(settings.database_url.get_secret_value())
    (idle, *_), (_, _, _, unanswered) = await _patience_of(connection)
    assert int(idle) >= 7_200
    assert unanswered == 0
    assert not _wire(connection).getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
    await connection.close()


async def test_a_relay_leads_past_the_pooler_that_the_others_go_through(office: Office) -> None:
    await office.posts(3)
    past = {"database_url": NOWHERE, "database_direct_url": office.settings.database_url, "database_behind_pgbouncer": True}
    relay = asyncio.create_task(Relay("sender", office.settings.with_changes(**past), office.bus).run())
    await until(lambda: all_sent(office))
    relay.cancel()


def test_without_a_direct_url_there_is_one_url_for_all(tmp_path: Path) -> None:
    settings = settings_for("postgresql://one", tmp_path, database_behind_pgbouncer=True)
    assert settings.straight() is settings
    direct = settings.with_changes(database_direct_url=SecretStr("postgresql://two")).straight()
    assert (direct.database_url.get_secret_value(), direct.database_behind_pgbouncer) == ("postgresql://two", False)


async def _patience_of(connection: Any) -> tuple[list[str], list[int]]:
    """What PostgreSQL says of its end, and the system of ours."""
    theirs = [await connection.fetchval(f"SHOW {name}") for name in THEIRS]
    return theirs, [_wire(connection).getsockopt(socket.IPPROTO_TCP, option) for option in OURS]


def _wire(connection: Any) -> socket.socket:
    wire: socket.socket = connection._transport.get_extra_info("socket")
    return wire
