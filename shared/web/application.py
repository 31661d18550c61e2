"""One ASGI application for one or many services: each under its own prefix, with its own OpenAPI, the same alone and together."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from shared.database import Database
from shared.service import Service
from shared.web.edge import Edge
from shared.web.health import Health, health_routes, product_version
from shared.web.identity import Identity
from shared.web.openapi import ServiceApp, merged
from shared.web.problems import answer_problems, problem

_TITLE = "Mashang 码上安全"


@dataclass(frozen=True, slots=True)
class Mounted:
    """One service with what its endpoints need."""

    service: Service
    database: Database
    settings: Any


def application(mounted: Sequence[Mounted], identity: Identity, health: Health, data: Path, max_body_bytes: int) -> ASGIApp:
    """The whole HTTP side of one process."""
    root = FastAPI(title=_TITLE, version=product_version(), openapi_url=None, docs_url=None, redoc_url=None)
    answer_problems(root)
    root.include_router(health_routes(health))
    apps = {item.service.name: _equipped(described(item.service), item, identity, data) for item in mounted}
    _contracts(root, [item.service for item in mounted], apps)
    for name, app in apps.items():
        root.mount(f"/api/{name}", app)
    pages = {segment: _pages_app(item, identity, data) for item in mounted for segment in _segments(item.service)}
    if pages:
        root.mount("", _Pages(pages))
    return Edge(root, max_body_bytes)


@dataclass(frozen=True, slots=True)
class _Pages:
    """Sends a page request to the service whose pages begin with the same segment (``/n/…``, ``/c/…``)."""

    by_segment: Mapping[str, ASGIApp]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        page = self.by_segment.get(_segment(scope["path"]))
        if page is None:
            response = problem(Request(scope), 404, "missing")
            await response(scope, receive, send)
            return
        await page(scope, receive, send)


def _segment(path: str) -> str:
    return path.strip("/").partition("/")[0]


def _segments(service: Service) -> set[str]:
    routes = service.pages.routes if service.pages is not None else ()
    return {_segment(route.path or "") for route in iter_route_contexts(routes)}


def described(service: Service) -> ServiceApp:
    """The service's endpoints, able to describe themselves; they cannot be called before they are equipped.

    They are the service's own routes and no copy of them, which FastAPI would prepare once more for each application.
    """
    app = ServiceApp(
        title=f"Mashang {service.name}",
        version=service.version,
        summary=service.summary,
        servers=[{"url": f"/api/{service.name}"}],
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        routes=service.api.routes,
    )

    async def openapi(_request: Request) -> Response:
        return JSONResponse(await asyncio.to_thread(app.openapi))

    app.add_api_route("/openapi.json", openapi, include_in_schema=False)
    return app


def _pages_app(item: Mounted, identity: Identity, data: Path) -> FastAPI:
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    assert item.service.pages is not None  # noqa: S101 - the caller looked
    app.include_router(item.service.pages)
    return _equipped(app, item, identity, data)


def _equipped(app: FastAPI, item: Mounted, identity: Identity, data: Path) -> FastAPI:
    app.state.identity, app.state.database, app.state.settings, app.state.data = identity, item.database, item.settings, data
    app.state.gatherings = {}
    answer_problems(app)
    return app


def _contracts(root: FastAPI, services: Sequence[Service], apps: Mapping[str, FastAPI]) -> None:
    @cache
    def what_is_answered() -> Response:
        return JSONResponse(merged({name: app.openapi() for name, app in apps.items()}, _TITLE, product_version()))

    @cache
    def what_travels() -> Response:
        from shared.messaging.asyncapi import asyncapi_of  # noqa: PLC0415 - FastStream declares, and is loaded when asked

        return JSONResponse(asyncapi_of(services))

    # In a thread: the first one takes seconds, during which everybody else is answered.
    async def openapi(_request: Request) -> Response:
        return await asyncio.to_thread(what_is_answered)

    async def asyncapi(_request: Request) -> Response:
        return await asyncio.to_thread(what_travels)

    root.add_api_route("/openapi.json", openapi, include_in_schema=False)
    root.add_api_route("/asyncapi.json", asyncapi, include_in_schema=False)
