"""The simulator on notify's own port: what an embedded instance sends to while nobody names a provider."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import httpx
from fastapi import APIRouter, FastAPI
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from services.notify.simulator.app import simulator_app
from shared.service import Lifespan, Service, Station

_RECEIPTS = "/api/notify/receipts"
_HERE = frozenset({"127.0.0.1", "::1", "localhost"})
_FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip")
_NOT_FROM_HERE = (
    "模拟器的页面只在运行它的机器上打开；要从别处查看，请单独运行 mashang simulator --host 0.0.0.0\n"
    "These pages open on this machine only; to look from elsewhere run mashang simulator --host 0.0.0.0\n"
)


def with_simulator(notify: Service, path: str, folder: Path) -> Service:
    """The same service with the simulator among its pages; receipts go to the port at which the simulator is called."""
    simulator, pages = simulator_app(folder), APIRouter()
    if notify.pages is not None:
        pages.include_router(notify.pages)
    pages.mount(path, FromHere(simulator))
    return replace(notify, pages=pages, lifespan=_living(simulator, notify.lifespan))


@dataclass(frozen=True, slots=True)
class FromHere:
    """Lets this machine in and nobody else: the simulator shows what people are told and asks nobody for a token."""

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or refuse it in words."""
        allowed = scope["type"] == "http" and is_from_here(scope)
        await (self.app if allowed else PlainTextResponse(_NOT_FROM_HERE, 403))(scope, receive, send)


def is_from_here(scope: Scope) -> bool:
    """Whether this machine asks, by a name of its own (a page elsewhere cannot borrow one), and not for somebody else."""
    headers, own = Headers(scope=scope), _HERE | {(scope.get("server") or ("",))[0]}
    client = (scope.get("client") or ("",))[0]
    name = httpx.URL(f"http://{headers.get('host', '')}").host
    return client in own and name in own and not any(header in headers for header in _FORWARDED)


def _living(simulator: FastAPI, before: Lifespan | None) -> Lifespan:
    """A mounted application has no life of its own: its service lives it."""

    @asynccontextmanager
    async def lifespan(station: Station) -> AsyncIterator[None]:
        habits = simulator.state.exchange.courier.habits
        habits.callback_url = str(httpx.URL(station.settings.simulator_url).join(_RECEIPTS))
        async with AsyncExitStack() as lives:
            if before is not None:
                await lives.enter_async_context(before(station))
            await lives.enter_async_context(simulator.router.lifespan_context(simulator))
            yield

    return lifespan
