"""Many readers at once in a process of their own: each asks one question after another on a connection that stays open."""

import asyncio
import multiprocessing
import time
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection

_HEAD = b"\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: paths of which each reader takes the next, and the form of answer that he wants."""

    paths: Sequence[str]
    accept: str = "application/json"

    def raw(self, path: str, token: str) -> bytes:
        """One HTTP/1.1 request."""
        lines = (f"GET {path} HTTP/1.1", "Host: bench", f"Authorization: Bearer {token}", f"Accept: {self.accept}")
        return "\r\n".join((*lines, "", "")).encode()


@dataclass(frozen=True, slots=True)
class Crowd:
    """How many readers there are, how often each asks without a pause, and of whom."""

    port: int
    token: str
    readers: int
    turns: int


@dataclass(frozen=True, slots=True)
class Answers:
    """Seconds for each answer, seconds for all of them, and how large an answer is."""

    times: list[float]
    whole: float
    size: int


async def ask(crowd: Crowd, question: Question) -> Answers:
    """Let the crowd ask; raises on anything but a 2xx."""
    here, there = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.get_context("spawn").Process(target=_run, args=(crowd, question, there))
    process.start()
    there.close()
    try:
        answers: Answers = await asyncio.to_thread(here.recv)
    finally:
        await asyncio.to_thread(process.join)
    return answers


def _run(crowd: Crowd, question: Question, told: Connection) -> None:
    told.send(asyncio.run(_ask(crowd, question)))


async def _ask(crowd: Crowd, question: Question) -> Answers:
    waiting = [question.raw(path, crowd.token) for path in question.paths]
    asked = [waiting[number % len(waiting)] for number in range(crowd.readers * crowd.turns)]
    connections = [await asyncio.open_connection("127.0.0.1", crowd.port) for _ in range(crowd.readers)]
    times, sizes = [], []

    async def read(place: int) -> None:
        reader, writer = connections[place]
        for raw in asked[place :: crowd.readers]:
            began = time.perf_counter()
            sizes.append(len(await _exchange(reader, writer, raw)))
            times.append(time.perf_counter() - began)
        writer.close()

    began = time.perf_counter()
    await asyncio.gather(*(read(place) for place in range(crowd.readers)))
    return Answers(times, time.perf_counter() - began, max(sizes))


async def _exchange(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, raw: bytes) -> bytes:
    writer.write(raw)
    head = await reader.readuntil(_HEAD)
    length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
    body = await reader.readexactly(length)
    if not head.startswith(b"HTTP/1.1 2"):
        message = f"{head.splitlines()[0].decode()} {body[:300].decode('utf-8', 'replace')}"
        raise RuntimeError(message)
    return body
