"""FastAPI, Pydantic and uvicorn: answers before commits, values in errors, signals that skip the cleanup."""

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import AsyncIterator
from typing import Annotated, Any

import httpx
import pytest
from fastapi import Depends, FastAPI
from pydantic import BaseModel, ValidationError

from shared.contracts.event import UnreadableEventError, decode
from tests.support.post_office import LetterPosted


class _Watching:
    """An ASGI wrapper that notes when the answer has left."""

    def __init__(self, app: Any, notes: list[str]) -> None:
        self.app, self.notes = app, notes

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        async def noted(message: Any) -> None:
            if message["type"] == "http.response.body":
                self.notes.append("answered")
            await send(message)

        await self.app(scope, receive, noted)


async def _order(**scope: Any) -> list[str]:
    notes: list[str] = []

    async def transaction() -> AsyncIterator[None]:
        yield
        notes.append("committed")

    app = FastAPI()

    @app.post("/")
    async def create(_tx: Annotated[None, Depends(transaction, **scope)]) -> str:
        return "done"

    async with httpx.AsyncClient(transport=httpx.ASGITransport(_Watching(app, notes)), base_url="http://x") as client:
        await client.post("/")
    return notes


async def test_no_call_over_http_looks_for_a_module(monkeypatch: pytest.MonkeyPatch) -> None:
    """Why sniffio is installed: httpcore imports it at every step of a call, and looks again for what is not there."""
    asked: list[str] = []

    class Noting:
        def find_spec(self, name: str, *_: Any) -> None:
            asked.append(name)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.readuntil(b"\r\n\r\n"):
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK")

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with httpx.AsyncClient() as client:
        await client.get(url)
        monkeypatch.setattr(sys, "meta_path", [Noting(), *sys.meta_path])
        await client.get(url)
        assert asked == []
        monkeypatch.delitem(sys.modules, "sniffio")
        await client.get(url)
        assert "sniffio" in asked
    server.close()


async def test_a_yielding_dependency_commits_after_the_answer_has_left() -> None:
    """Why ``unit(action)`` commits inside the endpoint: the caller must never hear of what may still be lost."""
    assert await _order() == ["answered", "committed"]
    assert await _order(scope="function") == ["committed", "answered"]


def test_a_validation_error_prints_the_offending_value() -> None:
    class Person(BaseModel):
        age: int

    canary = "13912345678x"
    with pytest.raises(ValidationError, match=canary):
        Person.model_validate({"age": canary})


def test_here_events_and_their_errors_never_do() -> None:
    canary = "13912345678x"
    with pytest.raises(ValidationError) as invalid:
        LetterPosted.model_validate({"letter_id": canary})
    with pytest.raises(UnreadableEventError) as unreadable:
        decode(b'{"specversion":"1.0","type":"sender.letter_posted.v1","data":{"letter_id":"%s"}}' % canary.encode())
    assert canary not in str(invalid.value) + str(unreadable.value)


_PLAIN_UVICORN = """
    import asyncio, sys, uvicorn
    async def app(scope, receive, send): ...
    async def main():
        server = uvicorn.Server(uvicorn.Config(app, port=0, lifespan="off", log_level="critical"))
        async def tell():
            while not server.started:
                await asyncio.sleep(0.01)
            print("up", flush=True)
        telling = asyncio.create_task(tell())
        await server.serve()
        print("cleaned", flush=True)
    asyncio.run(main())
"""


def test_after_sigterm_uvicorn_skips_whatever_follows_serve() -> None:
    """Why the runtime owns the signals."""
    process = subprocess.Popen([sys.executable, "-c", textwrap.dedent(_PLAIN_UVICORN)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "up\n"
    os.kill(process.pid, signal.SIGTERM)
    rest, _ = process.communicate(timeout=60)
    assert "cleaned" not in rest
    assert process.returncode != 0
