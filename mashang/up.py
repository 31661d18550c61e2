"""``mashang up``: embedded servers, migrations, every service in one process on one port, the demo ledger the first time."""

import asyncio
import os
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import httpx
from pydantic import SecretStr

from mashang.demo import load_demo
from mashang.embedded import EmbeddedNats, EmbeddedPostgres
from mashang.instance import Instance
from services.__main__ import NAMES, load
from shared.database import make_engine
from shared.database.migrations import migrate
from shared.messaging.connection import CLOSED_EXIT_CODE
from shared.runtime import OnReady, Process, listening_socket, run
from shared.settings import Settings
from shared.web.identity import LocalIssuer

_SERVICE_ENVIRONMENT = {
    "MASHANG_NOTIFY_REGISTRY_URL": "{url}",
    "MASHANG_NOTIFY_REGISTRY_TOKEN": "{token}",
    "MASHANG_NOTIFY_PUBLIC_URL": "{url}",
}
_LOOK_EVERY = 1.0


def up(settings: Settings, *, demo: bool = True) -> int:
    """Run the whole system until Ctrl-C; returns the exit code. Raises EmbeddedError or PortTaken in one line."""
    settings.data.mkdir(parents=True, exist_ok=True)
    listening_socket(settings).close()
    with ExitStack() as servers:
        postgres = servers.enter_context(EmbeddedPostgres(settings.data / "postgres"))
        nats = servers.enter_context(EmbeddedNats(settings.data / "nats"))
        places = {"database_url": SecretStr(postgres.url), "nats_url": SecretStr(nats.url), "data": settings.data.absolute()}
        chosen = settings.with_changes(**places, **_quietly(settings))
        asyncio.run(_migrate(chosen))
        while True:
            code = run(*load(), settings=chosen, before=_equip, on_ready=_hosted(chosen, (postgres, nats), demo=demo))
            if code != CLOSED_EXIT_CODE:
                return code


def _quietly(settings: Settings) -> dict[str, str]:
    """On a terminal only warnings, for people; a log collector asks for JSON by MASHANG_LOG_LEVEL."""
    return {} if "log_level" in settings.model_fields_set else {"log_level": "WARNING", "log_format": "console"}


async def _migrate(settings: Settings) -> None:
    await migrate(make_engine(settings, "mashang-migrate"), NAMES)


def _equip(process: Process) -> None:
    """Tell the services where their neighbours are, before they read their settings."""
    settings = process.settings
    token = LocalIssuer.at(settings.data).token("notify", ["integrator"], seconds=400 * 24 * 3600, source="notify")
    for name, value in _SERVICE_ENVIRONMENT.items():
        os.environ.setdefault(name, value.format(url=_url(settings, process.port), token=token))


def _url(settings: Settings, port: int) -> str:
    return settings.public_url or f"http://{'127.0.0.1' if settings.host == '0.0.0.0' else settings.host}:{port}"  # noqa: S104


def _hosted(settings: Settings, servers: Sequence[EmbeddedPostgres | EmbeddedNats], *, demo: bool) -> OnReady:
    """Say where to look; then start again whichever of the two servers dies, until the services end."""

    async def host(process: Process) -> None:
        url = _url(settings, process.port)
        Instance(url, settings.database_url.get_secret_value(), settings.nats_url.get_secret_value(), os.getpid()).write(
            settings.data
        )
        loaded = await _demo(settings, url) if demo else "没有装入演示台账 / no demo ledger"
        sys.stdout.write(_text(url, loaded, settings.data))
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


def _text(url: str, loaded: str, data: Path) -> str:
    return (
        f"\n  码上安全 Mashang    {url}\n"
        f"  台账 Ledger         {loaded}\n"
        f"  接口 API            {url}/openapi.json · {url}/asyncapi.json · {url}/readyz\n"
        f"  通知 Notices        {data / 'outbox'}\n"
        "  演示 Try            mashang story\n"
        "  令牌 Token          mashang token --role bureau\n"
        "  停止 Stop           Ctrl-C（数据保留 data is kept）\n\n"
    )
