"""``mashang up``: embedded servers, migrations, every service in one process on one port, the demo ledger the first time."""

import asyncio
import os
import sys
from collections.abc import Sequence
from contextlib import ExitStack

import httpx
from pydantic import SecretStr

from mashang.demo import load_demo
from mashang.embedded import EmbeddedNats, EmbeddedPostgres
from mashang.instance import Instance
from mashang.neighbours import Neighbours, url_of
from services.__main__ import NAMES
from shared.database import make_engine
from shared.database.migrations import migrate
from shared.messaging.connection import CLOSED_EXIT_CODE
from shared.runtime import OnReady, Process, listening_socket, run
from shared.settings import Settings
from shared.web.identity import LocalIssuer

_LOOK_EVERY = 1.0


def up(settings: Settings, *, demo: bool = True) -> int:
    """Run the whole system until Ctrl-C; returns the exit code. Raises EmbeddedError or PortTaken in one line."""
    listening_socket(settings).close()
    with ExitStack() as servers:
        postgres = servers.enter_context(EmbeddedPostgres(settings.data / "postgres"))
        nats = servers.enter_context(EmbeddedNats(settings.data / "nats"))
        places = {"database_url": SecretStr(postgres.url), "database_direct_url": None, "nats_url": SecretStr(nats.url)}
        chosen = settings.with_changes(**places, data=settings.data.absolute(), **_quietly(settings))
        servers.callback(Instance.forget, settings.data)
        asyncio.run(_migrate(chosen))
        neighbours = Neighbours.unless_said_otherwise()
        hosted = _hosted(chosen, neighbours, (postgres, nats), demo=demo)
        while True:
            code = run(*neighbours.services(chosen.data), settings=chosen, before=neighbours.equip, on_ready=hosted)
            if code != CLOSED_EXIT_CODE:
                return code


def _quietly(settings: Settings) -> dict[str, str]:
    """On a terminal only warnings, for people; a log collector asks for JSON by MASHANG_LOG_LEVEL."""
    return {} if "log_level" in settings.model_fields_set else {"log_level": "WARNING", "log_format": "console"}


async def _migrate(settings: Settings) -> None:
    await migrate(make_engine(settings, "mashang-migrate"), NAMES)


def _hosted(
    settings: Settings, neighbours: Neighbours, servers: Sequence[EmbeddedPostgres | EmbeddedNats], *, demo: bool
) -> OnReady:
    """Say where to look; then start again whichever of the two servers dies, until the services end."""

    async def host(process: Process) -> None:
        url = url_of(settings, process.port)
        Instance(url, settings.database_url.get_secret_value(), settings.nats_url.get_secret_value(), os.getpid()).write(
            settings.data
        )
        loaded = await _demo(settings, url) if demo else "没有装入演示台账 / no demo ledger"
        sys.stdout.write(_text(url, loaded, neighbours.notices(url, settings.data)))
        sys.stdout.flush()
        while True:
            await asyncio.sleep(_LOOK_EVERY)
            for server in servers:
                if not server.is_running and not process.stopping.is_set():
                    sys.stderr.write(f"{server.name} 已退出，重新启动 died; starting it again\n")
                    server.start()

    return host


async def _demo(settings: Settings, url: str) -> str:
    token = LocalIssuer.at(settings.data).token("setup", ["bureau", "admin"])
    async with httpx.AsyncClient(base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=60) as http:
        try:
            return await load_demo(http)
        except httpx.HTTPError as error:
            return f"演示台账未能装入 / the demo ledger was not loaded: {error}"


def _text(url: str, loaded: str, notices: str) -> str:
    return (
        f"\n  码上安全 Mashang    {url}\n"
        f"  台账 Ledger         {loaded}\n"
        f"  接口 API            {url}/openapi.json · {url}/asyncapi.json · {url}/readyz\n"
        f"  通知 Notices        {notices}\n"
        "  演示 Try            mashang story\n"
        "  令牌 Token          mashang token --role bureau\n"
        "  停止 Stop           Ctrl-C（数据保留 data is kept）\n\n"
    )
