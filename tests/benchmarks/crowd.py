"""A crowd of clients on raw sockets in a process of its own, so that the load costs little and is the same for everybody."""

import asyncio
import json
import multiprocessing
import time
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.context import SpawnProcess
from typing import Any

_HEAD = b"\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Requests:
    """What the crowd sends: the same path and token, one body after another."""

    port: int
    path: str
    token: str
    bodies: Sequence[bytes]

    def raw(self, body: bytes) -> bytes:
        """One HTTP/1.1 request on a connection that stays open."""
        lines = (
            f"POST {self.path} HTTP/1.1",
            "Host: bench",
            f"Authorization: Bearer {self.token}",
            "Content-Type: application/json",
            f"Content-Length: {len(body)}",
        )
        return "\r\n".join(lines).encode() + _HEAD + body


async def send_all(requests: Requests, connections: int) -> list[float]:
    """Send every body once, as fast as the server answers; seconds per answer. Raises on anything but a 2xx."""
    waiting = list(reversed([requests.raw(body) for body in requests.bodies]))
    times: list[float] = []

    async def one() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", requests.port)
        while waiting:
            began = time.perf_counter()
            await _exchange(reader, writer, waiting.pop())
            times.append(time.perf_counter() - began)
        writer.close()

    await asyncio.gather(*(one() for _ in range(connections)))
    return times


async def send_at_a_rate(requests: Requests, per_second: float, connections: int = 32) -> None:
    """Send each body at its moment, whether or not earlier answers have come (open loop)."""
    idle: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = asyncio.Queue()
    for _ in range(connections):
        idle.put_nowait(await asyncio.open_connection("127.0.0.1", requests.port))

    async def one(raw: bytes) -> None:
        connection = await idle.get()
        await _exchange(*connection, raw)
        idle.put_nowait(connection)

    began = time.perf_counter()
    async with asyncio.TaskGroup() as tasks:
        for number, body in enumerate(requests.bodies):
            await asyncio.sleep(max(0.0, began + number / per_second - time.perf_counter()))
            tasks.create_task(one(requests.raw(body)))


async def _exchange(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, raw: bytes) -> bytes:
    writer.write(raw)
    head = await reader.readuntil(_HEAD)
    length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
    body = await reader.readexactly(length)
    if not head.startswith(b"HTTP/1.1 2"):
        message = f"{head.splitlines()[0].decode()} {body[:300].decode('utf-8', 'replace')}"
        raise RuntimeError(message)
    return body


def start(requests: Requests, connections: int, per_second: float | None = None) -> "SpawnProcess":
    """The crowd as a process; its exit code is 0 when every request was answered with a 2xx."""
    context = multiprocessing.get_context("spawn")
    process = context.Process(target=_run, args=(requests, connections, per_second))
    process.start()
    return process


def _run(requests: Requests, connections: int, per_second: float | None) -> None:
    if per_second is None:
        asyncio.run(_send_all(requests, connections))
    else:
        asyncio.run(send_at_a_rate(requests, per_second, connections))


async def _send_all(requests: Requests, connections: int) -> None:
    await send_all(requests, connections)


def as_body(value: Any) -> bytes:
    """JSON bytes."""
    return json.dumps(value).encode()
