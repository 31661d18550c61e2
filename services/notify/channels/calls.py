"""One HTTP call to a provider, and how it ended: answered, surely never sent, or perhaps sent."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import httpx

from services.notify.channels.answers import answers_of
from services.notify.channels.channel import Outcome, TryLater

TIMEOUT = httpx.Timeout(connect=3.0, read=10.0, write=5.0, pool=3.0)
_WHOLE_CALL = 12.0
_LONGEST = 1024 * 1024
_NEVER_WRITTEN = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
    httpx.InvalidURL,
)
_REDIRECTION, _REQUEST_TIMEOUT, _TOO_MANY, _SERVER_ERROR = 300, 408, 429, 500


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back; ``body`` holds at most what was asked for and is never printed."""

    status: int
    body: bytes = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)

    def tree(self) -> dict[str, Any] | None:
        """The body as a JSON object; None for anything else."""
        try:
            tree = json.loads(self.body)
        except (ValueError, RecursionError):
            return None
        return tree if isinstance(tree, dict) else None


def rows(value: Any) -> list[dict[str, Any]]:
    """The objects of a list; nothing for whatever else a provider may send in its place."""
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []


def branch(tree: Mapping[str, Any] | None, name: str) -> dict[str, Any]:
    """The object under a name; an empty one for whatever else stands there."""
    value = (tree or {}).get(name)
    return value if isinstance(value, dict) else {}


class _Progress:
    """Whether the first byte of the request has left; told by httpcore while it works."""

    def __init__(self) -> None:
        self.written = False

    async def __call__(self, event: str, _details: Mapping[str, Any]) -> None:
        self.written = self.written or event.endswith("send_request_headers.started")


async def call(
    http: httpx.AsyncClient, request: httpx.Request, now: datetime, *, provider: str, longest: int = _LONGEST
) -> Reply | Outcome:
    """Send one request, never redirected; what did not end in an answer ends in an outcome instead of an exception."""
    progress = _Progress()
    request.extensions = {**request.extensions, "trace": progress}
    try:
        async with asyncio.timeout(_WHOLE_CALL):
            return await _answer(http, request, longest)
    except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, TimeoutError, OSError, ValueError) as error:
        unsent = isinstance(error, _NEVER_WRITTEN) or (isinstance(error, TimeoutError) and not progress.written)
    return general("not_connected" if unsent else "no_answer", now, provider=provider)


def refused(reply: Reply, now: datetime, *, provider: str) -> Outcome:
    """What to do after an answer in which no code of the provider can be read, by its status alone."""
    if reply.status == _TOO_MANY:
        return with_retry_after(general("http_429", now, provider=provider), reply)
    if reply.status >= _SERVER_ERROR or reply.status == _REQUEST_TIMEOUT:
        return general("http_5xx", now, provider=provider)
    return general("garbage" if reply.status < _REDIRECTION else "http_4xx", now, provider=provider)


def with_retry_after(outcome: Outcome, reply: Reply) -> Outcome:
    """The outcome with the wait that ``Retry-After`` asks for, up to a day."""
    asked = reply.headers.get("retry-after", "")
    if isinstance(outcome, TryLater) and asked.isascii() and asked.isdigit():
        return TryLater(timedelta(seconds=min(int(asked[:6]), 86_400)), outcome.reason, outcome.concerns)
    return outcome


def general(reason: str, now: datetime, *, provider: str, detail: str = "") -> Outcome:
    """An outcome of our own making, with its wait from ``answers/general.yaml``."""
    return answers_of("general").outcome(reason, "", now, detail=detail, provider=provider)


async def _answer(http: httpx.AsyncClient, request: httpx.Request, longest: int) -> Reply:
    response = await http.send(request, stream=True, follow_redirects=False)
    try:
        plain = request.headers.get("accept-encoding") == "identity"
        body = await _head(response.aiter_raw() if plain else response.aiter_bytes(), longest)
    finally:
        await response.aclose()
    return Reply(response.status_code, body, response.headers)


async def _head(chunks: AsyncIterator[bytes], longest: int) -> bytes:
    body = b""
    async for chunk in chunks:
        body += chunk
        if len(body) >= longest:
            return body[:longest]
    return body
