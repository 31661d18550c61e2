"""Streams and consumers as declared: made where missing, every difference named, nothing changed behind an operator's back."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from nats.aio.client import Client
from nats.js.errors import APIError

from mashang.embedded import EmbeddedNats
from shared.messaging.connection import connect
from shared.messaging.consumer import ConsumerGone
from shared.messaging.streams import (
    DriftFound,
    Plan,
    consumer_info,
    differences_from,
    plan_for,
    provision,
    stream_info,
)
from tests.support.post_office import receiver, sender
from tests.support.running import PATIENCE_SECONDS, post_office_tables, running, until
from tests.support.servers import fresh_database
from tests.support.service import settings_for

SECOND = 1_000_000_000
READER = ("SENDER", "receiver-read-letters")


@pytest.fixture
async def bus(server: EmbeddedNats) -> AsyncIterator[Client]:
    bus = await connect(settings_for("postgresql://unused", Path(), nats_url=server.url), "test", _ignore)
    yield bus
    await bus.close()


async def _ignore() -> None:
    return


@pytest.fixture
def plan(server: EmbeddedNats) -> Plan:
    settings = settings_for("postgresql://unused", Path(), nats_url=server.url, stream_max_bytes=64 * 1024**2)
    return plan_for(["sender", "receiver"], list(receiver.on), settings)


async def _ask(bus: Client, subject: str, request: Any) -> None:
    answer = json.loads((await bus.request(f"$JS.API.{subject}", json.dumps(request).encode(), timeout=5)).data)
    assert "error" not in answer, answer


async def test_what_is_missing_is_made_once_and_then_all_is_as_declared(bus: Client, plan: Plan) -> None:
    assert await provision(bus, plan) == ["RECEIVER", "SENDER", "/".join(READER)]
    assert await provision(bus, plan) == []
    assert await differences_from(bus, plan) == []


STREAM_DRIFT = {
    "duplicate_window": 60 * SECOND,
    "discard": "old",
    "max_bytes": 1024**2,
    "max_age": SECOND * 86_400,
    "max_msg_size": 512,
}
CONSUMER_DRIFT = {"ack_wait": SECOND, "max_ack_pending": 7, "max_deliver": 5, "filter_subject": "sender.other.v1.*"}


@pytest.mark.parametrize("setting", STREAM_DRIFT)
async def test_a_stream_that_stands_otherwise_is_reported_and_left_alone(bus: Client, plan: Plan, setting: str) -> None:
    await provision(bus, plan)
    await _ask(bus, "STREAM.UPDATE.SENDER", {**plan.streams["SENDER"], setting: STREAM_DRIFT[setting]})
    with pytest.raises(DriftFound, match=setting):
        await provision(bus, plan)
    found = await stream_info(bus, "SENDER")
    assert found is not None
    assert found["config"][setting] == STREAM_DRIFT[setting]


@pytest.mark.parametrize("setting", CONSUMER_DRIFT)
async def test_a_consumer_that_stands_otherwise_is_reported_and_left_alone(bus: Client, plan: Plan, setting: str) -> None:
    await provision(bus, plan)
    config = {**plan.consumers[READER], setting: CONSUMER_DRIFT[setting]}
    await _ask(
        bus, f"CONSUMER.DURABLE.CREATE.{'.'.join(READER)}", {"stream_name": "SENDER", "config": config, "action": "update"}
    )
    with pytest.raises(DriftFound, match=setting):
        await provision(bus, plan)
    found = await consumer_info(bus, *READER)
    assert found is not None
    assert found["config"][setting] == CONSUMER_DRIFT[setting]


async def test_a_setting_that_is_declared_anew_is_a_difference_too(bus: Client, plan: Plan) -> None:
    """The other way round: the code changed, and what stands did not."""
    await provision(bus, plan)
    later = {**plan.consumers[READER], "ack_wait": 99 * SECOND}
    (difference,) = await differences_from(bus, replace(plan, consumers={READER: later}))
    assert str(difference) == "SENDER/receiver-read-letters ack_wait: declared 99000000000, found 30000000000"


async def test_no_message_of_a_stream_can_be_deleted(bus: Client, plan: Plan) -> None:
    await provision(bus, plan)
    await bus.jetstream().publish("sender.letter_posted.v1.-", b"x")
    with pytest.raises(APIError):
        await bus.jetstream().delete_msg("SENDER", 1)


async def test_a_deleted_stream_ends_the_process_and_the_next_one_makes_it_again_with_what_it_had(
    server: EmbeddedNats, bus: Client, tmp_path: Path
) -> None:
    """``deny_delete`` keeps messages, not the stream as a whole; only permissions of the server can."""
    async with fresh_database("post_office", post_office_tables) as url:
        async with running((sender, receiver), url, server.url, tmp_path) as office:
            for _ in range(5):
                await office.http.post("/api/sender/letters", json={})
            await office.reaches("SELECT count(*) FROM receiver.read", 5)
            await bus.jetstream().delete_stream("SENDER")
            await asyncio.wait([office.task], timeout=PATIENCE_SECONDS)
            assert _is_gone(office.task.exception())
        async with running((sender, receiver), url, server.url, tmp_path) as office:
            await office.http.post("/api/sender/letters", json={})
            await office.reaches("SELECT count(*) FROM receiver.read WHERE times = 1", 6)
            await until(lambda: _holds(bus, 6))
            assert await office.value("SELECT max(times) FROM receiver.read") == 1


async def _holds(bus: Client, messages: int) -> bool:
    info = await stream_info(bus, "SENDER")
    return info is not None and info["state"]["messages"] == messages


def _is_gone(error: BaseException | None) -> bool:
    if isinstance(error, BaseExceptionGroup):
        return any(map(_is_gone, error.exceptions))
    return isinstance(error, ConsumerGone)
