"""What the unit of work that is run again and the timeouts are for: each is left out once, and what it promises is gone."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

import shared.database.engine
import shared.messaging.delivery
from mashang.embedded import EmbeddedPostgres
from shared.clock import utc_now
from shared.contracts.event import Envelope, encode
from shared.database import Database, Transaction, make_engine
from shared.identifiers import new_id
from shared.messaging.delivery import Acked, Delivery, Message, Verdict
from tests.support.post_office import LetterPosted, receiver, sender
from tests.support.running import post_office_tables, until
from tests.support.servers import fresh_database, own_postgres
from tests.support.service import ServiceUnderTest, settings_for

_LOCK = text("UPDATE sender.letters SET mood = 'held'")
_NEVER = 0
"""PostgreSQL's word for no timeout at all; the settings do not take it."""


@pytest.fixture
async def postgres() -> AsyncIterator[EmbeddedPostgres]:
    with own_postgres() as server:
        await post_office_tables(server.url)
        yield server


@pytest.fixture
def once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The shortcut: a unit of work is tried once, and a pool is believed to hold what it held."""
    monkeypatch.setattr(shared.database.engine, "_TRIES", 1)


async def test_a_request_after_a_restart_of_the_database_is_answered(postgres: EmbeddedPostgres, tmp_path: Path) -> None:
    assert await _posted_before_and_after_a_restart(postgres, tmp_path) == [201, 201]


@pytest.mark.usefixtures("once")
async def test_negative_control_who_tries_once_fails_the_first_request_after_a_restart(
    postgres: EmbeddedPostgres, tmp_path: Path
) -> None:
    assert await _posted_before_and_after_a_restart(postgres, tmp_path) == [201, 503]


async def _posted_before_and_after_a_restart(postgres: EmbeddedPostgres, data: Path) -> list[int]:
    """The pool still holds a connection to the server that was killed."""
    process = settings_for(postgres.url, data)
    engine = make_engine(process, "test")
    office = ServiceUnderTest(sender, Database(engine, "sender"), process, process, None, data)  # type: ignore[arg-type]
    answers = []
    async with office.client("bureau") as client:
        answers.append((await client.post("/api/sender/letters", json={})).status_code)
        postgres.kill()
        postgres.start()
        answers.append((await client.post("/api/sender/letters", json={})).status_code)
    await engine.dispose()
    return answers


async def test_a_restart_of_the_database_costs_a_message_nothing(postgres: EmbeddedPostgres) -> None:
    assert await _delivered_after_a_restart(postgres) == ([Acked()], 0, 0)


@pytest.mark.usefixtures("once")
async def test_negative_control_who_takes_a_lost_connection_for_a_bad_message_spends_its_attempts(
    postgres: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared.messaging.delivery, "is_connection_lost", lambda _error: False)
    verdicts, spent, quarantined = await _delivered_after_a_restart(postgres)
    assert (verdicts, spent, quarantined) != ([Acked()], 0, 0)
    assert (spent, quarantined) == (1, 1)


async def _delivered_after_a_restart(postgres: EmbeddedPostgres) -> tuple[list[Verdict], int, int]:
    """The verdict on a healthy message that has no try to lose, attempts counted, and rows in quarantine."""
    engine = make_engine(settings_for(postgres.url, Path()), "test")
    database = Database(engine, "receiver")
    delivery = Delivery(next(iter(receiver.on)), database, ())
    assert await delivery.deliver([_letter()]) == [Acked()]
    postgres.kill()
    postgres.start()
    verdicts = await delivery.deliver([_letter()])
    spent, quarantined = await _count(database, "retries"), await _count(database, "quarantine")
    await engine.dispose()
    return verdicts, spent, quarantined


async def _count(database: Database, table: str) -> int:
    return int(await database.run(lambda tx: tx.value(text(f"SELECT count(*) FROM receiver.{table}"))))


def _letter() -> Message:
    event, identity = LetterPosted(letter_id=new_id()), new_id()
    envelope = Envelope(identity, "/sender", event.wire_type(), None, utc_now(), identity, None, 1)
    return Message(encode(event, envelope), "sender.letter_posted.v1.-", "SENDER", identity.int % 2**40)


@pytest.fixture
async def url() -> AsyncIterator[str]:
    async with fresh_database("post_office", post_office_tables) as url:
        yield url


async def test_a_lock_is_free_again_when_its_holder_has_stood_idle_too_long(url: str) -> None:
    async with _locked_by_somebody_idle(url, limit=200), _database(url, statement_timeout_ms=60_000) as other:
        assert await other.run(lambda tx: tx.execute(_LOCK)) == 1


async def test_negative_control_without_the_timeout_a_lock_is_held_for_good(url: str) -> None:
    async with _locked_by_somebody_idle(url, limit=_NEVER), _database(url, statement_timeout_ms=1_000) as other:
        with pytest.raises(DBAPIError, match="statement timeout"):
            await other.run(lambda tx: tx.execute(_LOCK))


@asynccontextmanager
async def _locked_by_somebody_idle(url: str, limit: int) -> AsyncIterator[None]:
    """A unit of work holds the only row and does nothing more until everybody else is done."""
    holds, over = asyncio.Event(), asyncio.Event()

    async def idle(tx: Transaction) -> None:
        await tx.execute(_LOCK)
        holds.set()
        await over.wait()

    async with _database(url, idle_in_transaction_timeout_ms=limit) as database:
        await database.run(lambda tx: tx.execute(text("INSERT INTO sender.letters VALUES (gen_random_uuid(), 'free')")))
        holding = asyncio.create_task(database.run(idle, repeatable=True))
        await holds.wait()
        yield
        over.set()
        await holding


async def test_negative_control_a_statement_without_a_limit_goes_on_and_its_connection_is_nobodys(url: str) -> None:
    async with _database(url, statement_timeout_ms=_NEVER) as database:
        endless = asyncio.create_task(database.run(lambda tx: tx.value(text("SELECT pg_sleep(3600)"))))
        watching = await asyncpg.connect(url)
        long_over = "SELECT pid FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%' AND now() - query_start > '1 s'"
        pid = await until(lambda: watching.fetchval(long_over))
        assert not endless.done()
        await watching.execute("SELECT pg_cancel_backend($1)", pid)
        await watching.close()
        with pytest.raises(DBAPIError, match="user request"):
            await endless


@asynccontextmanager
async def _database(url: str, **limits: Any) -> AsyncIterator[Database]:
    engine = make_engine(settings_for(url, Path()).with_changes(**limits), "test")
    yield Database(engine, "sender")
    await engine.dispose()
