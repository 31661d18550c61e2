"""A simulator on a port of its own, the channels in front of it, and somebody who takes receipts."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI, Request
from fastapi.responses import Response

from services.notify.channels.assembly import build_channels
from services.notify.channels.channel import Address, Callback, Channel, Dispatch, ForgedCallbackError, ReadsCallbacks, Receipt
from services.notify.channels.settings import ChannelSettings
from services.notify.simulator.app import simulator_app
from services.notify.simulator.courier import Habits
from shared.clock import utc_now
from shared.identifiers import new_id
from tests.services.notify.channels.builders import HAZARD
from tests.support.serving import served, trusted

LIMIT = 20.0


@dataclass
class Heard:
    """Receipts as notify would hear them: those that are genuine, and how many were forged."""

    receipts: list[Receipt] = field(default_factory=list)
    forged: int = 0
    status: int = 200


@dataclass
class Running:
    """What a test has at hand."""

    url: str
    app: FastAPI
    http: httpx.AsyncClient
    channels: dict[str, Channel]
    heard: Heard

    async def fault(self, **fault: Any) -> str:
        """Switch a fault on."""
        answer = await self.http.post(f"{self.url}/api/faults", json=fault)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    async def arrived(self, **query: Any) -> list[dict[str, Any]]:
        """What the simulator took."""
        items: list[dict[str, Any]] = (await self.http.get(f"{self.url}/api/messages", params=query)).json()["items"]
        return items

    async def settings(self, **settings: Any) -> None:
        """Change the simulator's habits."""
        assert (await self.http.put(f"{self.url}/api/settings", json=settings)).status_code == 200

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait for a condition, generously."""
        async with asyncio.timeout(LIMIT):
            while not holds():  # noqa: ASYNC110 (what comes true does so in a server)
                await asyncio.sleep(0.02)


@asynccontextmanager
async def simulator(folder: Path, *, receipts: bool = True, clock: Callable[[], datetime] = utc_now) -> AsyncIterator[Running]:
    """Run a simulator; receipts come at once, and twice more soon after if they are not taken."""
    heard = Heard()
    async with httpx.AsyncClient(trust_env=False, timeout=LIMIT, verify=trusted()) as http:
        channels: dict[str, Channel] = {}
        async with served(_listener(heard, channels)) as listening:
            habits = Habits(f"{listening}/receipts" if receipts else None, 0.05, (0.2, 0.2))
            app = simulator_app(folder, habits=habits, clock=clock)
            async with served(app) as url:
                channels |= build_channels(ChannelSettings(simulator_url=url), http)
                yield Running(url, app, http, channels, heard)


def _listener(heard: Heard, channels: dict[str, Channel]) -> FastAPI:
    app = FastAPI()

    @app.api_route("/receipts/{provider}", methods=["GET", "POST"])
    async def take(provider: str, request: Request) -> Response:
        channel = channels[provider]
        assert isinstance(channel, ReadsCallbacks)
        query, headers = dict(request.query_params), dict(request.headers)
        try:
            answer = channel.read_callback(Callback(request.method, query, headers, await request.body(), datetime.now(UTC)))
        except ForgedCallbackError:
            heard.forged += 1
            return Response(status_code=403)
        if heard.status != httpx.codes.OK:
            return Response(status_code=heard.status)
        heard.receipts += answer.receipts
        return Response(answer.body, answer.status, media_type=answer.content_type)

    return app


def dispatch(to: str, template: str = "HZ_NEW", **changes: Any) -> Dispatch:
    """A dispatch with a key of its own, stored now."""
    notice = new_id()
    values: dict[str, Any] = {"title": "新隐患", "text": "您单位存在2条隐患", "variables": HAZARD, "stored_at": datetime.now(UTC)}
    base = {"notice_id": notice, "attempt": 1, "key": f"{notice}#1", "channel": "sms", "address": Address(to)}
    return Dispatch(**{**base, "template": template, **values, **changes})
