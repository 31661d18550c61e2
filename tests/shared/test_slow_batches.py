"""A batch that is too much for one transaction is taken in smaller ones; otherwise its consumer would stand still for good."""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from sqlalchemy import text

from shared.clock import utc_now
from shared.contracts.event import Envelope, encode
from shared.database import Database, Transaction, make_engine
from shared.errors import Unavailable
from shared.identifiers import new_id
from shared.messaging.delivery import Acked, Delivery, Message, Retried
from tests.support.post_office import LetterPosted, read_letters, receiver
from tests.support.running import post_office_tables, until
from tests.support.servers import fresh_database
from tests.support.service import settings_for

READER = next(iter(receiver.on))
AT_ONCE = 4
"""As many letters a handler below reads before PostgreSQL loses patience with it."""


class Stubborn(Delivery):
    """The negative control: whatever loses the connection is the database's fault, and the same batch is tried again."""

    async def _answers(self) -> bool:
        return False


@pytest.fixture
async def url() -> AsyncIterator[str]:
    async with fresh_database("post_office", post_office_tables) as url:
        yield url


@pytest.fixture
async def database(url: str) -> AsyncIterator[Database]:
    limits = {"statement_timeout_ms": 1_000, "idle_in_transaction_timeout_ms": 200}
    engine = make_engine(settings_for(url, Path(), **limits), "test")
    yield Database(engine, "receiver")
    await engine.dispose()


def _letters(number: int) -> list[Message]:
    return [_letter(place) for place in range(number)]


def _letter(place: int) -> Message:
    identity, event = new_id(), LetterPosted(letter_id=new_id())
    envelope = Envelope(identity, "/sender", event.wire_type(), None, utc_now(), identity, None, 1)
    return Message(encode(event, envelope), "sender.letter_posted.v1.-", "SENDER", place)


def _asks_too_much(_url: str, at_once: int = AT_ONCE) -> Callable[..., Any]:
    """A statement that grows with the batch."""

    async def read(events: Sequence[LetterPosted], tx: Transaction) -> None:
        if len(events) > at_once:
            await tx.execute(text("SELECT pg_sleep(3600)"))
        await read_letters(events, tx)

    return read


def _thinks_too_long(url: str, at_once: int = AT_ONCE) -> Callable[..., Any]:
    """Thought between two statements that grows with the batch, until the transaction has stood idle for too long."""

    async def read(events: Sequence[LetterPosted], tx: Transaction) -> None:
        if len(events) > at_once:
            await _stands_idle(url, tx)
        await read_letters(events, tx)

    return read


async def _stands_idle(url: str, tx: Transaction) -> None:
    pid = await tx.value(text("SELECT pg_backend_pid()"))
    looking = await asyncpg.connect(url)
    gone = "SELECT NOT EXISTS (SELECT FROM pg_stat_activity WHERE pid = $1)"
    try:
        await until(lambda: looking.fetchval(gone, pid))
    finally:
        await looking.close()


@pytest.mark.parametrize("slow", [_asks_too_much, _thinks_too_long])
async def test_a_batch_that_is_too_slow_is_halved_until_it_is_not(slow: Callable[..., Any], url: str, database: Database) -> None:
    delivery = Delivery(replace(READER, function=slow(url)), database)
    assert await delivery.deliver(_letters(10)) == [Acked()] * 10
    assert await _count(database, "read WHERE times = 1") == 10
    assert await _count(database, "retries") == 0


async def test_what_is_too_slow_alone_is_counted_and_its_neighbours_pass(url: str, database: Database) -> None:
    slow, calm = _thinks_too_long(url, at_once=0), _letters(3)
    delayed = calm[1]

    async def read(events: Sequence[LetterPosted], tx: Transaction) -> None:
        await (slow if any(encode(event, event.envelope) == delayed.raw for event in events) else read_letters)(events, tx)

    verdicts = await Delivery(replace(READER, function=read), database, (0.5,)).deliver(calm)
    assert verdicts == [Acked(), Retried(0.5), Acked()]
    assert await database.run(lambda tx: tx.value(text("SELECT reason FROM receiver.retries"))) == "unavailable: InterfaceError"


async def test_negative_control_who_never_asks_whether_the_database_answers_tries_the_same_for_ever(
    url: str, database: Database
) -> None:
    stubborn = Stubborn(replace(READER, function=_thinks_too_long(url)), database)
    for _ in range(2):
        with pytest.raises(Unavailable):
            await stubborn.deliver(_letters(10))
    assert await _count(database, "read") == 0


async def _count(database: Database, what: str) -> int:
    return int(await database.run(lambda tx: tx.value(text(f"SELECT count(*) FROM receiver.{what}"))))
