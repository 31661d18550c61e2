"""One event from a request to its effect, on a real PostgreSQL and a real nats-server."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import nats
import pytest
from fastapi import APIRouter

from mashang.embedded import EmbeddedNats
from shared.clock import utc_now
from shared.contracts.event import Envelope, encode
from shared.identifiers import new_id
from shared.messaging.consumer import ConsumerGone
from shared.messaging.streams import consumer_info, stream_info
from tests.support.poison import UNREADABLE
from tests.support.post_office import LetterPosted, receiver, sender
from tests.support.running import Running, running, until
from tests.support.servers import own_nats

BOTH = (sender, receiver)
READ_ONCE = "SELECT count(*) FROM receiver.read WHERE times = 1"


@pytest.fixture
def bus() -> Iterator[EmbeddedNats]:
    with own_nats() as server:
        yield server


@pytest.fixture
async def office(bus: EmbeddedNats, database: str, tmp_path: Path) -> AsyncIterator[Running]:
    async with running(BOTH, database, bus.url, tmp_path) as office:
        await until(lambda: _ready(office))
        yield office


async def _ready(office: Running) -> bool:
    checks = (await office.http.get("/readyz")).json()["checks"]
    return all(answer == "ok" for name, answer in checks.items() if name != "migrations")


async def test_a_posted_letter_is_read_once_and_the_answer_travels_on(office: Running) -> None:
    posted = (await office.http.post("/api/sender/letters", json={})).json()

    await office.reaches(READ_ONCE, 1)
    await office.reaches("SELECT count(*) FROM receiver.outbox WHERE sent_at IS NOT NULL", 1)
    body = json.loads(await office.value("SELECT convert_from(body, 'utf8') FROM receiver.outbox"))
    cause = json.loads(await office.value("SELECT convert_from(body, 'utf8') FROM sender.outbox"))
    assert body["data"]["letter_id"] == posted["id"]
    assert body["causationid"] == cause["id"]
    assert body["correlationid"] == cause["correlationid"]
    assert body["subject"] == posted["id"]


async def test_the_request_id_of_the_caller_is_the_correlation_id_of_the_event(office: Running) -> None:
    request_id = str(new_id())
    answer = await office.http.post("/api/sender/letters", json={}, headers={"X-Request-ID": request_id})

    body = json.loads(await office.value("SELECT convert_from(body, 'utf8') FROM sender.outbox"))
    assert answer.headers["x-request-id"] == request_id
    assert body["correlationid"] == request_id


async def test_a_burst_arrives_whole_and_what_was_said_later_comes_later(office: Running) -> None:
    """Who speaks after a commit is heard after it; between two that commit at once no order is promised."""

    async def posts_one_after_another() -> list[str]:
        answers = [await office.http.post("/api/sender/letters", json={}) for _ in range(15)]
        return [answer.raise_for_status().json()["id"] for answer in answers]

    writers = await asyncio.gather(*(posts_one_after_another() for _ in range(20)))
    await office.reaches(READ_ONCE, 300)
    await office.reaches("SELECT count(*) FROM sender.outbox WHERE sent_at IS NOT NULL", 300)
    stored = await office.value(
        "SELECT array_agg(convert_from(body, 'utf8')::jsonb #>> '{data,letter_id}' ORDER BY stream_seq) FROM sender.outbox"
    )
    place = {letter: number for number, letter in enumerate(stored)}
    assert len(place) == 300
    assert all(sorted(said, key=place.__getitem__) == said for said in writers)


async def test_refused_letters_go_to_quarantine_alone_and_their_neighbours_pass(office: Running) -> None:
    for mood in ("calm", "refused", "calm", "refused", "calm"):
        await office.http.post("/api/sender/letters", json={"mood": mood})

    await office.reaches(READ_ONCE, 3)
    await office.reaches("SELECT count(*) FROM receiver.quarantine WHERE reason = 'refused' AND attempts = 1", 2)
    await until(lambda: _nothing_pending(office))


async def test_a_cause_that_never_comes_is_tried_with_growing_delay_and_then_quarantined(office: Running) -> None:
    await office.http.post("/api/sender/letters", json={"mood": "early"})
    await office.http.post("/api/sender/letters", json={"mood": "broken"})

    await office.reaches("SELECT count(*) FROM receiver.quarantine WHERE attempts = 4", 2)
    reasons = await office.value("SELECT array_agg(reason ORDER BY reason) FROM receiver.quarantine")
    assert reasons == ["RuntimeError", "missing"]
    await until(lambda: _nothing_pending(office))


async def test_what_nobody_can_read_is_quarantined_once_and_never_hot_loops(office: Running) -> None:
    poison = [make() for make in UNREADABLE.values()]
    client = await nats.connect(office.process.settings.nats_url.get_secret_value())
    try:
        for body in poison:
            await client.jetstream().publish("sender.letter_posted.v1.-", body)
        await office.http.post("/api/sender/letters", json={})

        await office.reaches("SELECT count(*) FROM receiver.quarantine", len(poison))
        await office.reaches(READ_ONCE, 1)
        await until(lambda: _nothing_pending(office))
        info = await consumer_info(client, "SENDER", "receiver-read-letters")
    finally:
        await client.close()
    assert info is not None
    assert info["delivered"]["consumer_seq"] == len(poison) + 1


async def test_the_same_event_published_again_and_again_has_one_effect(office: Running) -> None:
    letter = LetterPosted(letter_id=new_id())
    raw = _raw(letter)
    client = await nats.connect(office.process.settings.nats_url.get_secret_value())
    try:
        for _ in range(20):
            await client.jetstream().publish("sender.letter_posted.v1.-", raw)
        await until(lambda: _nothing_pending(office))
    finally:
        await client.close()
    assert await office.value("SELECT times FROM receiver.read") == 1
    assert await office.value("SELECT count(*) FROM receiver.outbox") == 1


async def test_a_deleted_consumer_ends_the_process_instead_of_leaving_it_deaf(office: Running) -> None:
    client = await nats.connect(office.process.settings.nats_url.get_secret_value())
    await client.jetstream().delete_consumer("SENDER", "receiver-read-letters")
    await client.close()

    done, _ = await asyncio.wait([office.task], timeout=30)
    assert done, "the process went on without its consumer"
    assert office.task.exception() is not None
    assert _holds(office.task.exception(), ConsumerGone)


async def test_a_restart_after_the_consumer_was_deleted_replays_without_a_second_effect(
    bus: EmbeddedNats, database: str, tmp_path: Path
) -> None:
    async with running(BOTH, database, bus.url, tmp_path) as office:
        for _ in range(10):
            await office.http.post("/api/sender/letters", json={})
        await office.reaches(READ_ONCE, 10)
    client = await nats.connect(bus.url)
    await client.jetstream().delete_consumer("SENDER", "receiver-read-letters")
    async with running(BOTH, database, bus.url, tmp_path) as office:
        await until(lambda: _nothing_pending(office))
        info = await consumer_info(client, "SENDER", "receiver-read-letters")
        assert info is not None
        assert info["delivered"]["stream_seq"] == 10
        assert await office.value("SELECT max(times) FROM receiver.read") == 1
    await client.close()


async def test_drift_is_reported_and_never_overwritten(bus: EmbeddedNats, database: str, tmp_path: Path) -> None:
    async with running(BOTH, database, bus.url, tmp_path) as office:
        await until(lambda: _ready(office))
    client = await nats.connect(bus.url)
    info = await client.jetstream().stream_info("SENDER")
    await client.jetstream().update_stream(info.config.evolve(duplicate_window=60.0))

    async with running(BOTH, database, bus.url, tmp_path) as office:

        async def red() -> bool:
            answer = await office.http.get("/readyz")
            return answer.status_code == 503 and "duplicate_window" in answer.json()["checks"]["consumers"]

        await until(red)
        found = await stream_info(client, "SENDER")
    await client.close()
    assert found is not None
    assert found["config"]["duplicate_window"] == 60_000_000_000


async def test_requests_go_on_while_the_broker_is_away_and_drain_when_it_is_back(office: Running, bus: EmbeddedNats) -> None:
    bus.kill()
    for _ in range(20):
        assert (await office.http.post("/api/sender/letters", json={})).status_code == 201
    assert await office.value("SELECT count(*) FROM sender.outbox WHERE sent_at IS NULL") == 20
    bus.start()
    await office.reaches(READ_ONCE, 20)
    assert await office.value("SELECT max(times) FROM receiver.read") == 1


async def test_negative_control_who_publishes_in_the_request_fails_with_the_broker(
    bus: EmbeddedNats, database: str, tmp_path: Path
) -> None:
    """Without an outbox: what the request does and what it says depend on two servers at once."""
    client = await nats.connect(bus.url, pending_size=0)
    router = APIRouter()

    @router.post("/letters", status_code=201)
    async def post() -> None:
        letter = LetterPosted(letter_id=new_id())
        await client.jetstream(timeout=1).publish("sender.letter_posted.v1.-", _raw(letter))

    async with running((replace(sender, api=router),), database, bus.url, tmp_path) as office:
        await until(lambda: _bus_is(office, "ok"))
        assert (await office.http.post("/api/sender/letters")).status_code == 201
        bus.kill()
        await until(lambda: _bus_is(office, "not connected"))
        assert (await office.http.post("/api/sender/letters")).status_code == 500
        bus.start()
    await client.close()


async def _bus_is(office: Running, word: str) -> bool:
    return bool((await office.http.get("/readyz")).json()["checks"]["bus"] == word)


def _raw(event: LetterPosted) -> bytes:
    identity = new_id()
    return encode(event, Envelope(identity, "/sender", event.wire_type(), None, utc_now(), identity, None, 1))


async def _nothing_pending(office: Running) -> bool:
    bus = office.process.bus
    if bus is None or not bus.is_connected:
        return False
    info = await consumer_info(bus, "SENDER", "receiver-read-letters")
    return info is not None and info["num_pending"] == 0 and info["num_ack_pending"] == 0


def _holds(error: BaseException | None, kind: type[BaseException]) -> bool:
    if isinstance(error, BaseExceptionGroup):
        return any(_holds(inner, kind) for inner in error.exceptions)
    return isinstance(error, kind)
