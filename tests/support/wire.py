"""A wire to PostgreSQL that can be cut at the worst moment: the commit has arrived, and its answer never comes back."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

_CHUNK = 65_536


@dataclass(slots=True)
class Wire:
    """Carries bytes both ways; ``cut_next_commit`` arms it once."""

    host: str
    port: int
    cuts: int = 0
    _armed: bool = False
    _tasks: set["asyncio.Task[None]"] = field(default_factory=set)

    def cut_next_commit(self) -> None:
        """The next COMMIT is carried out, and whoever asked for it loses the connection instead of hearing so."""
        self._armed = True

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, until either side ends it or it is cut."""
        there, back = await asyncio.open_connection(self.host, self.port)
        cut = asyncio.Event()
        ways = [asyncio.create_task(self._ask(reader, back, cut)), asyncio.create_task(self._answer(there, writer, cut))]
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)
        for end in (writer, back):
            end.close()
            with contextlib.suppress(OSError):
                await end.wait_closed()

    async def _ask(self, reader: asyncio.StreamReader, back: asyncio.StreamWriter, cut: asyncio.Event) -> None:
        while chunk := await reader.read(_CHUNK):
            if self._armed and b"COMMIT" in chunk:
                self._armed = False
                cut.set()
            back.write(chunk)
            await back.drain()

    async def _answer(self, there: asyncio.StreamReader, writer: asyncio.StreamWriter, cut: asyncio.Event) -> None:
        while chunk := await there.read(_CHUNK):
            if cut.is_set():
                self.cuts += 1
                return
            writer.write(chunk)
            await writer.drain()


@contextlib.asynccontextmanager
async def wire_to(url: str) -> AsyncIterator[tuple[Wire, str]]:
    """A wire to the server of ``url``, and the URL that leads over it."""
    parts = urlsplit(url)
    wire = Wire(parts.hostname or "127.0.0.1", parts.port or 5432)
    server = await asyncio.start_server(wire.carry, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        yield wire, parts._replace(netloc=f"{parts.netloc.rpartition('@')[0]}@127.0.0.1:{port}").geturl()
    finally:
        server.close()
