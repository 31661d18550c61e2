"""FastStream on NATS: what its defaults do to messages, and that nothing here relies on them."""

import asyncio
import contextlib
import inspect
import itertools
import subprocess
import sys
import textwrap
from collections.abc import AsyncIterator, Iterator
from typing import Any

import nats
import pytest
from faststream import AckPolicy
from faststream.nats import JStream, NatsBroker, PullSub, TestNatsBroker
from faststream.nats.annotations import NatsMessage
from nats.errors import NotJSMessageError
from nats.js import JetStreamContext
from nats.js.api import DiscardPolicy, StreamConfig

import shared.messaging.consumer
import shared.messaging.declaration
from mashang.embedded import EmbeddedNats
from services.__main__ import load
from tests.support.running import until
from tests.support.servers import own_nats


@pytest.fixture
def server() -> Iterator[EmbeddedNats]:
    with own_nats() as server:
        yield server


@contextlib.asynccontextmanager
async def consuming(server: EmbeddedNats, handler: Any, **options: Any) -> AsyncIterator[NatsBroker]:
    """A FastStream subscriber with the given options, as its documentation shows it."""
    policy = {"ack_policy": options.pop("ack_policy")} if "ack_policy" in options else {}
    broker = NatsBroker(server.url, **policy)
    broker.subscriber("trap.x", stream=JStream("TRAP", subjects=["trap.>"]), durable="trap", **options)(handler)
    async with broker:
        await broker.start()
        yield broker


async def _pending(server: EmbeddedNats) -> tuple[int, int]:
    client = await nats.connect(server.url)
    info = await client.jetstream().consumer_info("TRAP", "trap")
    await client.close()
    return info.num_pending or 0, info.num_ack_pending or 0


async def test_its_default_policy_discards_a_message_at_the_first_exception(server: EmbeddedNats) -> None:
    calls = itertools.count(1)
    last = 0

    async def fails(_body: str) -> None:
        nonlocal last
        last = next(calls)
        raise RuntimeError

    async with consuming(server, fails, pull_sub=PullSub(timeout=0.2)) as broker:
        await broker.publish("x", "trap.x", stream="TRAP")

        async def gone() -> bool:
            return last == 1 and await _pending(server) == (0, 0)

        await until(gone)
    assert last == 1


async def test_its_bare_nack_is_a_hot_loop(server: EmbeddedNats) -> None:
    calls = 0

    async def fails(_body: str) -> None:
        nonlocal calls
        calls += 1
        raise RuntimeError

    async with consuming(server, fails, pull_sub=PullSub(timeout=0.2), ack_policy=AckPolicy.NACK_ON_ERROR) as broker:
        await broker.publish("x", "trap.x", stream="TRAP")

        async def hot() -> bool:
            return calls > 100

        await until(hot)


async def test_its_pull_batches_run_their_handlers_all_at_once(server: EmbeddedNats) -> None:
    together = asyncio.Barrier(5)

    async def waits_for_the_others(_body: str) -> None:
        await together.wait()

    client = await nats.connect(server.url)
    await client.jetstream().add_stream(StreamConfig("TRAP", subjects=["trap.>"]))
    for _ in range(5):
        await client.jetstream().publish("trap.x", b"x")
    await client.close()
    async with consuming(server, waits_for_the_others, pull_sub=PullSub(batch_size=5, timeout=2)):

        async def all_done() -> bool:
            return await _pending(server) == (0, 0)

        await until(all_done)


async def test_its_start_resets_the_settings_of_a_stream_that_exists(server: EmbeddedNats) -> None:
    client = await nats.connect(server.url)
    js = client.jetstream()
    await js.add_stream(
        StreamConfig("TRAP", subjects=["trap.>"], max_bytes=50 * 1024**2, discard=DiscardPolicy.NEW, duplicate_window=3_600)
    )

    async def listens(_body: str) -> None:
        return

    async with consuming(server, listens, pull_sub=True):
        config = (await js.stream_info("TRAP")).config
    await client.close()
    assert config.max_bytes == -1
    assert config.discard == DiscardPolicy.OLD
    assert config.duplicate_window == 120


async def test_its_loop_spins_without_a_word_when_its_consumer_is_deleted(
    server: EmbeddedNats, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It looks healthy, asks as fast as it can, and hears nothing any more."""
    fetched, heard = 0, 0
    fetch = JetStreamContext.PullSubscription.fetch

    async def counted(*given: Any, **named: Any) -> Any:
        nonlocal fetched
        fetched += 1
        return await fetch(*given, **named)

    async def hears(_body: str) -> None:
        nonlocal heard
        heard += 1

    monkeypatch.setattr(JetStreamContext.PullSubscription, "fetch", counted)
    async with consuming(server, hears, pull_sub=PullSub(timeout=0.2)) as broker:
        client = await nats.connect(server.url)
        await client.jetstream().delete_consumer("TRAP", "trap")
        await client.close()
        before = fetched
        await broker.publish("x", "trap.x", stream="TRAP")

        async def spins() -> bool:
            return fetched > before + 100

        await until(spins)
        assert await broker.ping(5)
    assert heard == 0


_CLOSED = """
    import asyncio, os, sys, threading, time
    from faststream.nats import JStream, NatsBroker, PullSub
    beats = 0
    async def beat():
        global beats
        while True:
            beats += 1
            await asyncio.sleep(0.01)
    def watch(broker):
        while not broker.config.connection_state.connection.is_closed:
            time.sleep(0.01)
        for _ in range(3):
            before = beats
            time.sleep(2)
            if beats == before:
                os._exit(3)
        os._exit(0)
    async def main():
        broker = NatsBroker(sys.argv[1], max_reconnect_attempts=1, reconnect_time_wait=0.1)
        @broker.subscriber("trap.x", stream=JStream("TRAP", subjects=["trap.>"]), durable="trap", pull_sub=PullSub(timeout=0.2))
        async def hears(body: str): ...
        async with broker:
            await broker.start()
            threading.Thread(target=watch, args=(broker,), daemon=True).start()
            print("up", flush=True)
            await beat()
    asyncio.run(main())
"""


def test_its_loop_freezes_the_whole_process_when_the_connection_is_closed_for_good(server: EmbeddedNats) -> None:
    """Why a closed connection ends the process here, and why a thread watches the loop."""
    child = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(_CLOSED), server.url], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert child.stdout is not None
    assert any(line == "up\n" for line in child.stdout)
    server.kill()
    child.communicate(timeout=120)
    assert child.returncode == 3


async def test_its_test_broker_knows_nothing_of_jetstream() -> None:
    broker = NatsBroker()
    seen: list[type[BaseException]] = []

    @broker.subscriber("trap.x", stream=JStream("TRAP", subjects=["trap.>"]), pull_sub=True, durable="trap")
    async def counts(_body: str, message: NatsMessage) -> None:
        try:
            _ = message.raw_message.metadata
        except NotJSMessageError as error:
            seen.append(type(error))

    async with TestNatsBroker(broker) as test:
        await test.publish("x", "trap.x", stream="TRAP")
    assert seen == [NotJSMessageError]


def test_here_its_streams_are_never_declared_by_it_and_its_acknowledgement_is_manual() -> None:
    broker = shared.messaging.declaration.declared(load())
    streams = [stream for subscriber in broker.subscribers if (stream := getattr(subscriber, "stream", None))]
    assert streams
    assert all(stream.declare is False for stream in streams)
    assert "AckPolicy.MANUAL" in inspect.getsource(shared.messaging.declaration)


def test_here_it_pulls_nothing() -> None:
    assert "faststream" not in inspect.getsource(shared.messaging.consumer).lower()
