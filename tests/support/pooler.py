"""A pooler as PgBouncer is in transaction mode: whoever begins a transaction is given the one session that all share."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

_SSL_REQUEST = b"\x00\x00\x00\x08\x04\xd2\x16\x2f"
_ASKS_FOR_MORE = (10, 11)
"""The two steps of a password's proof (SASL) that the client has to answer."""


@dataclass(slots=True)
class Pooler:
    """The first client signs the session in; those that follow are greeted as it was."""

    host: str
    port: int
    _greeting: bytes = b""
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    _ready: "asyncio.Queue[bytes]" = field(default_factory=asyncio.Queue)
    _tasks: "list[asyncio.Task[None]]" = field(default_factory=list)
    _there: asyncio.StreamReader = field(init=False)
    _back: asyncio.StreamWriter = field(init=False)
    _asking: asyncio.StreamWriter = field(init=False)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One client until it leaves."""
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            startup = await _packet(reader)
            if startup == _SSL_REQUEST:
                writer.write(b"N")
                startup = await _packet(reader)
            async with self._turn:
                if self._greeting:
                    writer.write(self._greeting)
                else:
                    await self._sign_in(startup, reader, writer)
            while (message := await _message(reader))[:1] != b"X":
                async with self._turn:
                    await self._transaction(message, reader, writer)
        writer.close()

    async def close(self) -> None:
        """End the session."""
        for task in self._tasks:
            task.cancel()
        await asyncio.wait(self._tasks)
        self._back.close()

    async def _sign_in(self, startup: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._there, self._back = await asyncio.open_connection(self.host, self.port)
        self._back.write(startup)
        while (said := await _message(self._there))[:1] != b"Z":
            writer.write(said)
            step = int.from_bytes(said[5:9]) if said[:1] == b"R" else None
            if step in _ASKS_FOR_MORE:
                self._back.write(await _message(reader))
            if step == 0 or self._greeting:
                self._greeting += said
        self._greeting += said
        writer.write(said)
        self._tasks.append(asyncio.create_task(self._answer()))

    async def _transaction(self, message: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._asking = writer
        self._back.write(message)
        while message[:1] not in b"QS" or await self._ready.get() != b"I":
            message = await _message(reader)
            self._back.write(message)

    async def _answer(self) -> None:
        while True:
            said = await _message(self._there)
            self._asking.write(said)
            if said[:1] == b"Z":
                self._ready.put_nowait(said[-1:])


async def _packet(reader: asyncio.StreamReader) -> bytes:
    size = await reader.readexactly(4)
    return size + await reader.readexactly(int.from_bytes(size) - 4)


async def _message(reader: asyncio.StreamReader) -> bytes:
    return await reader.readexactly(1) + await _packet(reader)


@contextlib.asynccontextmanager
async def pooler_to(url: str) -> AsyncIterator[str]:
    """The URL that leads to the server of ``url`` through a pooler."""
    parts = urlsplit(url)
    pooler = Pooler(parts.hostname or "127.0.0.1", parts.port or 5432)
    server = await asyncio.start_server(pooler.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        yield parts._replace(netloc=f"{parts.netloc.rpartition('@')[0]}@127.0.0.1:{port}").geturl()
    finally:
        server.close()
        await pooler.close()
