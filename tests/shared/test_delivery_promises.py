"""What a delivery promises whatever happens around it: long work, late answers, outages, races, and their negative controls."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any, cast
from uuid import UUID

import pytest
from nats.aio.msg import Msg
from sqlalchemy import Interval, bindparam, text

import shared.housekeeping
from mashang.embedded import EmbeddedNats, EmbeddedPostgres
from shared.clock import utc_now
from shared.contracts.event import Envelope, decode, encode
from shared.database import Database, Transaction, make_engine
from shared.errors import Unavailable
from shared.housekeeping import forget_old_rows
from shared.identifiers import new_id
from shared.messaging.connection import connect
from shared.messaging.consumer import BATCH, Consumer
from shared.messaging.delivery import Acked, Delivery, Message, Quarantined, Retried, Verdict
from shared.messaging.streams import BusRefused, plan_for, provision
from shared.messaging.subscriptions import Handler
from shared.service import Station
from tests.support.post_office import LetterPosted, read_letters, receiver
from tests.support.running import PATIENCE_SECONDS, post_office_tables, until
from tests.support.servers import fresh_database, own_postgres
from tests.support.service import settings_for

READER = next(iter(receiver.on))


def letter(mood: str = "calm", identity: UUID | None = None) -> Message:
    event_id = identity or new_id()
    event = LetterPosted(letter_id=new_id(), mood=mood)
    envelope = Envelope(event_id, "/sender", event.wire_type(), None, utc_now(), event_id, None, 1)
    return Message(encode(event, envelope), "sender.letter_posted.v1.-", "SENDER", event_id.int % 2**40)


def with_function(function: Any) -> Handler:
    return replace(READER, function=function)


@pytest.fixture
async def database() -> AsyncIterator[Database]:
    async with fresh_database("post_office", post_office_tables) as url:
        engine = make_engine(settings_for(url, Path()), "test")
        yield Database(engine, "receiver")
        await engine.dispose()


async def count(database: Database, what: str) -> int:
    return int(await database.run(lambda tx: tx.value(text(f"SELECT count(*) FROM receiver.{what}"))))


async def test_two_workers_with_the_same_messages_in_opposite_order_make_one_effect_each(database: Database) -> None:
    messages = [letter() for _ in range(200)]
    both = await asyncio.gather(
        Delivery(READER, database).deliver(messages), Delivery(READER, database).deliver(list(reversed(messages)))
    )
    assert {type(verdict) for verdicts in both for verdict in verdicts} == {Acked}
    assert await count(database, "read WHERE times = 1") == 200
    assert await count(database, "outbox") == 200


async def test_a_batch_that_holds_the_same_message_twice_makes_one_effect(database: Database) -> None:
    message = letter()
    assert await Delivery(READER, database).deliver([message, message]) == [Acked(), Acked()]
    assert await count(database, "read WHERE times = 1") == 1


async def test_one_bad_message_in_a_batch_costs_itself_alone(database: Database) -> None:
    messages = [letter(), letter("refused"), letter(), letter("early"), letter()]
    verdicts = await Delivery(READER, database, (0.5, 1.0)).deliver(messages)
    assert verdicts == [Acked(), Quarantined(), Acked(), Retried(0.5), Acked()]
    assert await count(database, "read") == 3


class Counting(Delivery):
    """Counts the transactions in which it hands events to the handler."""

    times = 0

    async def _together(self, events: Any, *, again: bool) -> None:
        Counting.times += 1
        await Delivery._together(self, events, again=again)


async def test_one_bad_message_among_five_hundred_does_not_cost_a_transaction_each(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Counting, "times", 0)
    messages = [letter("refused" if place == 333 else "calm") for place in range(500)]
    verdicts = await Counting(READER, database).deliver(messages)
    assert [place for place, verdict in enumerate(verdicts) if verdict != Acked()] == [333]
    assert await count(database, "read WHERE times = 1") == 499
    assert Counting.times <= 1 + 2 * 9


async def test_the_delay_grows_and_the_count_is_ours(database: Database) -> None:
    message = letter("broken")
    delivery = Delivery(READER, database, (0.5, 1.0, 2.0))
    verdicts = [(await delivery.deliver([replace(message, deliveries=90 + turn)]))[0] for turn in range(4)]
    assert verdicts == [Retried(0.5), Retried(1.0), Retried(2.0), Quarantined()]


async def test_a_message_that_recovers_leaves_no_count_behind(database: Database) -> None:
    calls = 0

    async def recovers(events: Sequence[LetterPosted], tx: Transaction) -> None:
        nonlocal calls
        calls += 1
        if calls == 1:
            message = "only once"
            raise RuntimeError(message)
        await read_letters(events, tx)

    message, delivery = letter(), Delivery(with_function(recovers), database, (0.1,))
    assert await delivery.deliver([message]) == [Retried(0.1)]
    assert await delivery.deliver([replace(message, deliveries=2)]) == [Acked()]
    assert await count(database, "retries") == 0
    assert await count(database, "read") == 1


async def test_a_message_that_kills_every_process_that_touches_it_ends_in_quarantine(database: Database) -> None:
    assert await Delivery(READER, database).deliver([replace(letter(), deliveries=201)]) == [Quarantined()]


async def test_in_a_stream_made_anew_another_message_at_the_same_place_is_kept_too(database: Database) -> None:
    first, second = (replace(letter("refused"), stream_seq=7) for _ in range(2))
    for message in (first, second):
        assert await Delivery(READER, database).deliver([message]) == [Quarantined()]
        settled = text("UPDATE receiver.quarantine SET state = 'discarded', note = 'x', settled_at = now() WHERE body = :body")
        await database.run(partial(Transaction.execute, statement=settled, parameters={"body": first.raw}))
    kept = await database.run(lambda tx: tx.row(text("SELECT state, note, body, settled_at FROM receiver.quarantine")))
    assert dict(kept or {}) == {"state": "waiting", "note": None, "body": second.raw, "settled_at": None}


async def test_old_rows_are_forgotten_and_an_inbox_row_outlives_every_stream(database: Database, tmp_path: Path) -> None:
    process = settings_for("postgresql://unused", tmp_path, stream_max_age_days=30)
    station = Station(database, process, process, None, tmp_path)  # type: ignore[arg-type]
    aged = (
        ("inbox (event_id, handler, heard_at) VALUES (gen_random_uuid(), 'h', now() - :age)", 37, 39),
        ("idempotency (key, caller, request, asked_at) VALUES (CAST(:age AS text), 'c', '', now() - :age)", 29, 31),
        ("retries SELECT gen_random_uuid(), 'h', 1, 'x', now(), now() - CAST(:age AS interval)", 179, 181),
    )
    for row, *ages in aged:
        insert = text(f"INSERT INTO receiver.{row}").bindparams(bindparam("age", type_=Interval))
        for days in ages:
            await database.run(partial(Transaction.execute, statement=insert, parameters={"age": timedelta(days=days)}))
    await forget_old_rows.turn(station)
    assert [await count(database, table) for table in ("inbox", "idempotency", "retries")] == [1, 1, 1]


async def test_letters_are_forgotten_a_week_after_they_were_sent_however_many_and_never_before(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared.housekeeping, "_AT_ONCE", 10)
    process = settings_for("postgresql://unused", tmp_path)
    station = Station(database, process, process, None, tmp_path)  # type: ignore[arg-type]
    post = text(
        "INSERT INTO receiver.outbox (event_id, subject, body, created_at, sent_at)"
        " SELECT gen_random_uuid(), 'x', '', now() - interval '9 days', now() - :age FROM generate_series(1, :number)"
    ).bindparams(bindparam("age", type_=Interval))
    for days, number in ((8, 25), (6, 1), (None, 1)):
        posted = {"age": days and timedelta(days=days), "number": number}
        await database.run(partial(Transaction.execute, statement=post, parameters=posted))
    turns = 1
    while await forget_old_rows.turn(station):
        turns += 1
    assert turns == 3
    assert await count(database, "outbox WHERE sent_at IS NULL") == await count(database, "outbox WHERE sent_at IS NOT NULL") == 1


async def test_negative_control_without_the_inbox_a_repeated_message_has_two_effects(database: Database) -> None:
    """The same handler, called as a naive consumer would call it."""
    message = letter()
    for _ in range(2):
        await _naively(database, message)
    assert await count(database, "read WHERE times = 2") == 1
    for _ in range(2):
        await Delivery(READER, database).deliver([letter(identity=new_id())])
    assert await count(database, "read WHERE times = 1") == 2


async def _naively(database: Database, message: Message) -> None:
    event = decode(message.raw)
    assert isinstance(event, LetterPosted)
    await database.run(lambda tx: read_letters([event], tx))


@pytest.fixture
def postgres() -> Iterator[EmbeddedPostgres]:
    with own_postgres() as server:
        yield server


async def test_while_the_database_is_away_no_attempt_is_spent(postgres: EmbeddedPostgres) -> None:
    await post_office_tables(postgres.url)
    engine = make_engine(settings_for(postgres.url, Path()), "test")
    database = Database(engine, "receiver")
    message, delivery = letter(), Delivery(READER, database, ())
    postgres.kill()
    for _ in range(3):
        with pytest.raises(Unavailable):
            await delivery.deliver([message])
    postgres.start()
    assert await delivery.deliver([message]) == [Acked()]
    assert await count(database, "retries") == 0
    assert await count(database, "quarantine") == 0
    await engine.dispose()


@dataclass
class Slow:
    """A deliverer that holds its first batch until told, as a process that was stopped would."""

    inner: Delivery
    go_on: asyncio.Event
    batches: int = 0

    async def deliver(self, messages: Sequence[Message]) -> list[Verdict]:
        self.batches += 1
        await self.go_on.wait()
        return await self.inner.deliver(messages)


class Deaf(Consumer):
    """The negative control: never says that it is still at work."""

    async def _keep_alive(self) -> None:
        await asyncio.Event().wait()


async def _two_at_work(server: EmbeddedNats, database: Database, kind: type[Consumer]) -> tuple[Slow, Slow]:
    """The first worker holds a message past ``ack_wait``; the second waits for whatever is redelivered."""
    settings = settings_for(
        "postgresql://unused", Path(), nats_url=server.url, ack_wait_seconds=1.0, stream_max_bytes=64 * 1024**2
    )
    bus = await connect(settings, "test", _ignore)
    await provision(bus, plan_for(["sender"], [READER], settings))
    slow, spare = (Slow(Delivery(READER, database), asyncio.Event()) for _ in range(2))
    spare.go_on.set()
    first, second = kind(READER, "SENDER", bus, slow, ack_wait=1.0), Consumer(READER, "SENDER", bus, spare, ack_wait=1.0)
    tasks = [asyncio.create_task(first.run())]
    await bus.jetstream().publish("sender.letter_posted.v1.-", letter().raw)
    await until(lambda: _has_begun(slow))
    tasks.append(asyncio.create_task(second.run()))
    if kind is Consumer:
        await asyncio.sleep(3)
    else:
        await until(lambda: _has_begun(spare))
        await until(lambda: _is(database, 1))
    slow.go_on.set()
    await until(lambda: _is(database, 1))
    for consumer in (first, second):
        consumer.stop()
    await asyncio.wait(tasks, timeout=20)
    await bus.close()
    return slow, spare


async def test_long_work_says_so_and_nobody_else_is_given_its_messages(server: EmbeddedNats, database: Database) -> None:
    _, spare = await _two_at_work(server, database, Consumer)
    assert spare.batches == 0
    assert await count(database, "read WHERE times = 1") == 1


async def test_a_worker_that_answers_too_late_finds_the_inbox_and_stops(server: EmbeddedNats, database: Database) -> None:
    _, spare = await _two_at_work(server, database, Deaf)
    assert spare.batches == 1
    assert await count(database, "read WHERE times = 1") == 1
    assert await count(database, "outbox") == 1


async def _ignore() -> None:
    return


async def _has_begun(slow: Slow) -> bool:
    return slow.batches > 0


async def _is(database: Database, expected: int) -> bool:
    return await count(database, "read") == expected


async def test_what_comes_alone_is_handled_at_once_and_what_follows_soon_gathers(database: Database) -> None:
    an_hour = replace(READER, gathers=3600.0)
    consumer = Consumer(an_hour, "SENDER", cast("Any", None), Delivery(an_hour, database))
    consumer._queue.append(cast("Any", None))
    await consumer._gather()

    waiting = asyncio.create_task(consumer._gather())
    assert not (await asyncio.wait({waiting}, timeout=0.05))[0]
    waiting.cancel()

    consumer._queue.extend([cast("Any", None)] * 499)
    await consumer._gather()


async def test_letters_of_a_request_that_was_thought_to_be_forgotten_do_not_keep_the_next_one_back(
    server: EmbeddedNats, database: Database
) -> None:
    settings = settings_for("postgresql://unused", Path(), nats_url=server.url, stream_max_bytes=64 * 1024**2)
    bus = await connect(settings, "test", _ignore)
    await provision(bus, plan_for(["sender"], [READER], settings))
    consumer = Consumer(READER, "SENDER", bus, Delivery(READER, database))
    consumer._subscription = await bus.subscribe(bus.new_inbox(), cb=consumer._receive)
    late = Msg(bus, reply="$JS.ACK.SENDER.receiver-read-letters.1.1.1.0.0")
    consumer._queue.extend([late] * BATCH)
    consumer.reconnected()
    await consumer._receive(late)

    consumer._queue.clear()
    await consumer._ask()
    await bus.jetstream().publish("sender.letter_posted.v1.-", letter().raw)
    await until(lambda: _has_arrived(consumer))
    await bus.close()


async def _has_arrived(consumer: Consumer) -> bool:
    return bool(consumer._queue)


async def test_a_cluster_without_a_leader_does_not_end_the_consumer(
    server: EmbeddedNats, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It answers 503 to every question, also to whether the durable is still there."""
    asked = asyncio.Event()

    async def leaderless(*_: Any) -> None:
        asked.set()
        raise BusRefused(reason="JetStream system temporarily unavailable")

    settings = settings_for("postgresql://unused", Path(), nats_url=server.url, stream_max_bytes=64 * 1024**2)
    bus = await connect(settings, "test", _ignore)
    await provision(bus, plan_for(["sender"], [READER], settings))
    monkeypatch.setattr("shared.messaging.consumer.consumer_info", leaderless)
    consumer = Consumer(READER, "SENDER", bus, Delivery(READER, database))
    consumer._suspicion = "503"
    running = asyncio.create_task(consumer.run())
    await asyncio.wait_for(asked.wait(), PATIENCE_SECONDS)
    await bus.jetstream().publish("sender.letter_posted.v1.-", letter().raw)
    await until(lambda: _is(database, 1))
    consumer.stop()
    await running
    await bus.close()
