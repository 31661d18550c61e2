"""One ASGI application for one or many services: each under its own prefix, with its own OpenAPI, the same alone and together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from shared.database import Database
from shared.messaging.declaration import asyncapi_of
from shared.service import Service
from shared.web.edge import Edge
from shared.web.health import Health, health_routes, product_version
from shared.web.identity import Identity
from shared.web.problems import answer_problems, problem


@dataclass(frozen=True, slots=True)
class Mounted:
    """One service with what its endpoints need."""

    service: Service
    database: Database
    settings: Any


def application(mounted: Sequence[Mounted], identity: Identity, health: Health, data: Path, max_body_bytes: int) -> ASGIApp:
    """The whole HTTP side of one process."""
    root = FastAPI(title="Mashang 码上安全", version=product_version(), openapi_url=None, docs_url=None, redoc_url=None)
    answer_problems(root)
    root.include_router(health_routes(health))
    apps = {item.service.name: _service_app(item, identity, data) for item in mounted}
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
    return {_segment(getattr(route, "path", "")) for route in service.pages.routes} if service.pages is not None else set()


def _service_app(item: Mounted, identity: Identity, data: Path) -> FastAPI:
    service = item.service
    app = FastAPI(
        title=f"Mashang {service.name}",
        version=service.version,
        summary=service.summary,
        docs_url=None,
        redoc_url=None,
    )
    return _equipped(app, item, identity, data, service.api)


def _pages_app(item: Mounted, identity: Identity, data: Path) -> FastAPI:
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    assert item.service.pages is not None  # noqa: S101 - the caller looked
    return _equipped(app, item, identity, data, item.service.pages)


def _equipped(app: FastAPI, item: Mounted, identity: Identity, data: Path, router: Any) -> FastAPI:
    app.include_router(router)
    app.state.identity, app.state.database, app.state.settings, app.state.data = identity, item.database, item.settings, data
    answer_problems(app)
    return app


def _contracts(root: FastAPI, services: Sequence[Service], apps: Mapping[str, FastAPI]) -> None:
    async def openapi(_request: Request) -> Response:
        return JSONResponse(merged_openapi(apps))

    async def asyncapi(_request: Request) -> Response:
        return JSONResponse(asyncapi_of(services))

    root.add_api_route("/openapi.json", openapi, include_in_schema=False)
    root.add_api_route("/asyncapi.json", asyncapi, include_in_schema=False)


def merged_openapi(apps: Mapping[str, FastAPI]) -> dict[str, Any]:
    """One OpenAPI 3.1 document of every service in the process; component names carry the service's."""
    merged: dict[str, Any] = {
        "openapi": "3.1.0",
        "info": {"title": "Mashang 码上安全", "version": product_version()},
        "paths": {},
        "components": {"schemas": {}},
    }
    for name, app in apps.items():
        document = _renamed(app.openapi(), name)
        merged["paths"] |= {f"/api/{name}{path}": item for path, item in document["paths"].items()}
        merged["components"]["schemas"] |= {
            f"{name}.{key}": item for key, item in document.get("components", {}).get("schemas", {}).items()
        }
    return merged


def _renamed(node: Any, service: str) -> Any:
    if isinstance(node, dict):
        return {
            key: f"#/components/schemas/{service}.{value.rpartition('/')[2]}" if key == "$ref" else _renamed(value, service)
            for key, value in node.items()
        }
    return [_renamed(item, service) for item in node] if isinstance(node, list) else node
