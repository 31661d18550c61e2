"""A call that ends without an answer: before the request was written it may be repeated, afterwards nobody knows."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

import httpx
import pytest

from services.notify.channels import calls
from services.notify.channels.calls import Reply, call
from services.notify.channels.channel import Outcome, TryLater, Unknown
from tests.services.notify.channels.builders import NOON, Provider
from tests.support.serving import trusted

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
NOT_SENT, PERHAPS = TryLater(timedelta(seconds=30), "not_connected"), Unknown(timedelta(seconds=20), "no_answer")


@asynccontextmanager
async def server(talk: Talk) -> AsyncIterator[str]:
    async def meet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await talk(reader, writer)
        finally:
            writer.close()

    listening = await asyncio.start_server(meet, "127.0.0.1", 0)
    async with listening:
        yield f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/"


async def ended(url: str) -> Reply | Outcome:
    timeout = httpx.Timeout(connect=0.2, read=0.2, write=0.2, pool=0.2)
    async with httpx.AsyncClient(timeout=timeout, verify=trusted()) as http:
        return await call(http, http.build_request("POST", url, content=b"{}"), NOON, provider="test")


async def test_a_closed_port_means_that_nothing_was_sent() -> None:
    async with server(lambda _reader, writer: writer.drain()) as url:
        pass
    assert await ended(url) == NOT_SENT


async def test_a_name_that_does_not_resolve_means_that_nothing_was_sent() -> None:
    assert await ended("http://no-such-host.invalid/") == NOT_SENT


async def test_silence_after_the_request_means_that_nobody_knows() -> None:
    async def silent(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"{}")
        await reader.read()

    async with server(silent) as url:
        assert await ended(url) == PERHAPS


async def test_a_connection_cut_after_the_request_means_that_nobody_knows() -> None:
    async def cut(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"{}")

    async with server(cut) as url:
        assert await ended(url) == PERHAPS


async def test_half_an_answer_means_that_nobody_knows() -> None:
    async def half(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"{}")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{")
        await writer.drain()

    async with server(half) as url:
        assert await ended(url) == PERHAPS


async def test_what_speaks_no_http_means_that_nobody_knows() -> None:
    async def garbled(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"{}")
        writer.write(b"\x00\x01\x02\r\n\r\n")
        await writer.drain()

    async with server(garbled) as url:
        assert await ended(url) == PERHAPS


async def test_an_answer_that_drips_is_given_up_as_a_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"{}")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n")
        while not writer.is_closing():
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.05)

    monkeypatch.setattr(calls, "_WHOLE_CALL", 0.5)
    async with server(drip) as url:
        assert await ended(url) == PERHAPS


@pytest.mark.parametrize("error", [httpx.WriteError("reset"), httpx.WriteTimeout("slow"), httpx.RemoteProtocolError("cut")])
async def test_a_request_that_broke_while_it_was_written_is_not_repeated_blindly(error: Exception) -> None:
    http = Provider(error).client()
    assert await call(http, http.build_request("POST", "http://x/"), NOON, provider="test") == PERHAPS


async def test_an_answer_is_read_up_to_its_cap() -> None:
    http = Provider(httpx.Response(200, content=b"x" * 5000)).client()
    reply = await call(http, http.build_request("GET", "http://x/"), NOON, provider="test", longest=1000)
    assert isinstance(reply, Reply)
    assert len(reply.body) == 1000


async def test_a_redirect_is_not_followed() -> None:
    provider = Provider(httpx.Response(307, headers={"location": "http://y/"}))
    reply = await call(provider.client(), httpx.Request("POST", "http://x/"), NOON, provider="test")
    assert isinstance(reply, Reply)
    assert (reply.status, len(provider.requests)) == (307, 1)


def test_a_reply_shows_nothing_of_its_body() -> None:
    assert "13800000001" not in repr(Reply(200, b"13800000001", {"x": "13800000001"}))
