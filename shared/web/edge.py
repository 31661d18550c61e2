"""The outermost layer of HTTP: request ids, trace context, body limits and request metrics, for every path alike."""

import json
import time
from collections.abc import MutableMapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import structlog
from prometheus_client import Counter, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.database.engine import ancestry_of_request
from shared.database.transaction import Ancestry
from shared.identifiers import new_id
from shared.traces import correlation_of, span_of_request

_REQUESTS = Counter("mashang_http_requests_total", "HTTP requests", ["method", "route", "status"])
_SECONDS = Histogram(
    "mashang_http_request_seconds",
    "Time to answer",
    ["method", "route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)
_TOO_LARGE = json.dumps(
    {"type": "/problems/too_large", "title": "内容过大 / Too large", "status": 413, "code": "too_large"}
).encode()


_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class _TooLargeError(Exception):
    pass


@dataclass(frozen=True, slots=True)
class Edge:
    """ASGI wrapper around the whole application."""

    app: ASGIApp
    max_body_bytes: int

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; anything that is not HTTP passes through."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = {key: value for key, value in scope["headers"] if key in {b"x-request-id", b"traceparent", b"content-length"}}
        parent = headers.get(b"traceparent")
        request_id = _identity_in(headers.get(b"x-request-id")) or correlation_of(parent) or new_id()
        with span_of_request(scope["method"], scope["path"], parent, request_id) as traceparent:
            ancestry_of_request.set(Ancestry(correlation_id=request_id, traceparent=traceparent))
            structlog.contextvars.clear_contextvars()
            structlog.contextvars.bind_contextvars(request_id=str(request_id))
            await self._serve(scope, receive, send, request_id, int(headers.get(b"content-length", b"0") or 0))

    async def _serve(self, scope: Scope, receive: Receive, send: Send, request_id: UUID, length: int) -> None:
        began, status, size = time.perf_counter(), 500, 0

        async def counted() -> Message:
            nonlocal size
            message = await receive()
            size += len(message.get("body", b""))
            if size > self.max_body_bytes:
                raise _TooLargeError
            return message

        async def answered(message: MutableMapping[str, Any]) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [
                    *message["headers"],
                    (b"x-request-id", str(request_id).encode()),
                    (b"x-content-type-options", b"nosniff"),
                ]
            await send(message)

        try:
            if length > self.max_body_bytes:
                await _refuse(answered)
            else:
                await self.app(scope, counted, answered)
        except _TooLargeError:
            await _refuse(answered)
        finally:
            route, method = _route_of(scope), scope["method"] if scope["method"] in _METHODS else "other"
            _REQUESTS.labels(method, route, status).inc()
            _SECONDS.labels(method, route).observe(time.perf_counter() - began)


async def _refuse(send: Send) -> None:
    headers = [(b"content-type", b"application/problem+json"), (b"content-length", str(len(_TOO_LARGE)).encode())]
    await send({"type": "http.response.start", "status": 413, "headers": headers})
    await send({"type": "http.response.body", "body": _TOO_LARGE})


def _route_of(scope: Scope) -> str:
    """The path's template, never the path: ids must not become label values."""
    route = scope.get("route")
    return f"{scope.get('root_path', '')}{getattr(route, 'path', '')}" or "unmatched"


def _identity_in(value: bytes | None) -> UUID | None:
    try:
        return UUID(value.decode()) if value else None
    except ValueError:
        return None
