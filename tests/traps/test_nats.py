"""nats-py and nats-server: answers that look like success, futures that never end, limits that drop."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import nats
import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js.api import ConsumerConfig, DiscardPolicy, StreamConfig
from nats.js.errors import APIError

from mashang.embedded import EmbeddedNats
from shared.messaging.consumer import _message
from shared.messaging.streams import stream_config
from tests.support.running import until
from tests.support.servers import own_nats
from tests.support.service import settings_for


@pytest.fixture
def server() -> Iterator[EmbeddedNats]:
    with own_nats() as server:
        yield server


@pytest.fixture
async def bus(server: EmbeddedNats) -> AsyncIterator[Client]:
    client = await nats.connect(server.url, max_reconnect_attempts=-1, reconnect_time_wait=0.1)
    yield client
    await client.close()


async def test_a_core_publish_to_a_subject_without_a_stream_is_lost_without_a_word(bus: Client) -> None:
    await bus.publish("nowhere.at.all", b"x")
    await bus.flush()
    assert await bus.jetstream().streams_info() == []


async def test_discard_old_acknowledges_and_drops(bus: Client) -> None:
    js = bus.jetstream()
    await js.add_stream(StreamConfig("OLD", subjects=["old"], max_msgs=3, discard=DiscardPolicy.OLD))
    acknowledged = [(await js.publish("old", b"x")).seq for _ in range(10)]
    assert len(acknowledged) == 10
    assert (await js.stream_info("OLD")).state.messages == 3


def test_here_a_full_stream_refuses(tmp_path: object) -> None:
    config = stream_config("GRADING", settings_for("postgresql://unused", tmp_path))  # type: ignore[arg-type]
    assert config["discard"] == "new"
    assert config["deny_delete"] is True


async def test_a_publish_that_timed_out_while_the_server_was_away_can_still_land(server: EmbeddedNats, bus: Client) -> None:
    """Why the relay has a connection of its own that buffers nothing, and why an id travels with every message."""
    js = bus.jetstream()
    await js.add_stream(StreamConfig("LATE", subjects=["late"]))
    server.kill()
    await until(lambda: _is(bus, connected=False))
    with pytest.raises((TimeoutError, nats.errors.Error)):
        await js.publish("late", b"x", timeout=0.2)
    server.start()
    await until(lambda: _is(bus, connected=True))

    async def landed() -> bool:
        return (await js.stream_info("LATE")).state.messages == 1

    await until(landed)


async def test_the_dedupe_window_survives_a_purge(bus: Client) -> None:
    """Why a replay after a purge needs new ids, and why the inbox is the guarantee."""
    js = bus.jetstream()
    await js.add_stream(StreamConfig("PURGED", subjects=["purged"], duplicate_window=600))
    await js.publish("purged", b"x", headers={"Nats-Msg-Id": "1"})
    await js.purge_stream("PURGED")
    again = await js.publish("purged", b"x", headers={"Nats-Msg-Id": "1"})
    assert again.duplicate
    assert (await js.stream_info("PURGED")).state.messages == 0


async def test_a_message_at_max_deliver_stays_and_nobody_retries_it(bus: Client) -> None:
    """Why ``max_deliver`` is -1 here and our own count decides."""
    js = bus.jetstream()
    await js.add_stream(StreamConfig("STUCK", subjects=["stuck"]))
    await js.add_consumer("STUCK", ConsumerConfig(durable_name="stuck", max_deliver=2, ack_wait=5))
    await js.publish("stuck", b"x")
    subscription = await js.pull_subscribe_bind("stuck", stream="STUCK")
    for _ in range(2):
        (message,) = await subscription.fetch(1, timeout=5)
        await message.nak()
    with pytest.raises(TimeoutError):
        await subscription.fetch(1, timeout=1)
    info = await js.consumer_info("STUCK", "stuck")
    assert (info.num_pending, info.num_ack_pending) == (0, 0)
    assert (await js.stream_info("STUCK")).state.messages == 1


async def test_a_batch_with_one_known_id_is_refused_whole(bus: Client) -> None:
    """Error 10201: why the relay falls back to single publishes."""
    js = bus.jetstream()
    await js.add_stream(StreamConfig("WHOLE", subjects=["whole"], allow_atomic=True))
    await js.publish("whole", b"x", headers={"Nats-Msg-Id": "known"})
    first = {"Nats-Batch-Id": "b", "Nats-Batch-Sequence": "1", "Nats-Msg-Id": "known"}
    await bus.publish("whole", b"x", headers=first)
    last = {"Nats-Batch-Id": "b", "Nats-Batch-Sequence": "2", "Nats-Msg-Id": "new", "Nats-Batch-Commit": "1"}
    reply = await bus.request("whole", b"y", headers=last, timeout=5)
    assert b"10201" in reply.data
    assert (await js.stream_info("WHOLE")).state.messages == 1


async def test_an_async_publish_whose_answer_is_lost_waits_for_ever(server: EmbeddedNats, bus: Client) -> None:
    js = bus.jetstream()
    await js.add_stream(StreamConfig("FUTURE", subjects=["future"]))
    server.kill()
    await until(lambda: _is(bus, connected=False))
    future = await js.publish_async("future", b"x")
    done, _ = await asyncio.wait([future], timeout=1.0)
    assert not done
    future.cancel()
    server.start()
    await until(lambda: _is(bus, connected=True))


async def test_a_cancellation_that_arrives_while_it_flushes_is_swallowed(bus: Client) -> None:
    """Why loops around a connection ask whether they were meant to end (``heed_cancellation``)."""
    flushing = asyncio.create_task(bus._flush_pending(force_flush=True))
    await asyncio.sleep(0)
    flushing.cancel()
    await flushing
    assert not flushing.cancelled()
    assert flushing.cancelling() == 1


async def test_deny_delete_keeps_messages_and_not_the_stream(bus: Client) -> None:
    """Why the relay looks whether its stream still has what it was given."""
    js = bus.jetstream()
    await js.add_stream(StreamConfig("KEPT", subjects=["kept"], deny_delete=True))
    await js.publish("kept", b"x")
    with pytest.raises(APIError):
        await js.delete_msg("KEPT", 1)
    assert await js.delete_stream("KEPT")


async def test_a_message_of_a_megabyte_goes_nowhere(server: EmbeddedNats, bus: Client) -> None:
    """Neither past the client, which knows the server's limit, nor past the server."""
    await bus.jetstream().add_stream(StreamConfig("LARGE", subjects=["large"]))
    with pytest.raises(nats.errors.MaxPayloadError):
        await bus.jetstream().publish("large", b"x" * 1024**2)
    careless = await nats.connect(server.url, allow_reconnect=False)
    careless._max_payload = 2 * 1024**2
    with pytest.raises((TimeoutError, nats.errors.Error)):
        await careless.jetstream().publish("large", b"x" * 1024**2, timeout=5)
    await careless.close()
    assert (await bus.jetstream().stream_info("LARGE")).state.messages == 0


@pytest.mark.parametrize(
    "reply",
    [
        "$JS.ACK.SENDER.receiver-read.3.41.7.1700000000000000000.0",
        "$JS.ACK._.ACCOUNT.SENDER.receiver-read.3.41.7.1700000000000000000.0.random",
    ],
)
def test_here_both_forms_of_an_acknowledgement_subject_are_read(reply: str) -> None:
    """The second is planned to become the default of the server, and nats-py's own readers stumble over it."""
    message = _message(Msg(_client=None, subject="s", reply=reply, data=b"x"))  # type: ignore[arg-type]
    assert (message.stream, message.stream_seq, message.deliveries) == ("SENDER", 41, 3)


async def _is(bus: Client, *, connected: bool) -> bool:
    return bus.is_connected is connected
