"""A database that answers and takes nothing (full, or a copy that may only be read): consumers pause, no attempt is spent."""

from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from shared.clock import utc_now
from shared.contracts.event import Envelope, encode
from shared.database import Database, make_engine
from shared.errors import Unavailable
from shared.identifiers import new_id
from shared.messaging.delivery import Acked, Delivery, Message, Quarantined
from tests.support.post_office import LetterPosted, receiver
from tests.support.running import post_office_tables
from tests.support.servers import fresh_database
from tests.support.service import settings_for

READER = next(iter(receiver.on))


@pytest.fixture
async def url() -> AsyncIterator[str]:
    async with fresh_database("post_office", post_office_tables) as url:
        yield url


def _letter(place: int, mood: str = "calm", subject: str = "sender.letter_posted.v1.-") -> Message:
    identity, event = new_id(), LetterPosted(letter_id=new_id(), mood=mood)
    envelope = Envelope(identity, "/sender", event.wire_type(), None, utc_now(), identity, None, 1)
    return Message(encode(event, envelope), subject, "SENDER", place)


@pytest.mark.parametrize("mood", ["calm", "refused", "broken"])
async def test_what_cannot_be_written_down_is_no_attempt(url: str, mood: str) -> None:
    messages = [_letter(1, mood), _letter(2)]
    await _may_only_be_read(url, "on")
    for _ in range(2):
        with pytest.raises(Unavailable):
            await _delivered(url, messages)
    await _may_only_be_read(url, "off")
    expected = Acked() if mood == "calm" else Quarantined()
    assert await _delivered(url, messages) == [expected, Acked()]
    looking = await asyncpg.connect(url)
    assert await looking.fetchval("SELECT coalesce(sum(attempts), 0) FROM receiver.quarantine") == (mood != "calm")
    await looking.close()


async def test_a_subject_that_postgresql_would_not_store_is_set_apart_all_the_same(url: str) -> None:
    assert await _delivered(url, [_letter(1, "refused", "sender.letter_posted.v1.a\0b"), _letter(2)]) == [Quarantined(), Acked()]


async def _delivered(url: str, messages: list[Message]) -> list[object]:
    engine = make_engine(settings_for(url, Path()), "test")
    try:
        return list(await Delivery(READER, Database(engine, "receiver"), ()).deliver(messages))
    finally:
        await engine.dispose()


async def _may_only_be_read(url: str, whether: str) -> None:
    connection = await asyncpg.connect(url)
    name = await connection.fetchval("SELECT current_database()")
    await connection.execute("SET default_transaction_read_only = off")
    await connection.execute(f'ALTER DATABASE "{name}" SET default_transaction_read_only = {whether}')
    await connection.close()
