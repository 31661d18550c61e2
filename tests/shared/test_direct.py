"""Text statements on the driver: typed both ways, wrong as SQLAlchemy says it, and put off to the end without being lost."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, NoReturn
from uuid import UUID

import asyncpg
import pytest
from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.dialects.postgresql import UUID as PG_UUID
from sqlalchemy.exc import IntegrityError

from shared.database import Database, Transaction, make_engine
from shared.database.direct import Direct
from shared.identifiers import new_id
from tests.support.post_office import letters
from tests.support.running import post_office_tables
from tests.support.servers import fresh_database
from tests.support.service import settings_for

POST = text("INSERT INTO sender.letters (id, mood) VALUES (:id, :mood)")
MOODS = text("SELECT mood FROM sender.letters ORDER BY mood")
CHEER = text("UPDATE sender.letters SET mood = mood || '!'")


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    async with fresh_database("direct", post_office_tables) as url:
        engine = make_engine(settings_for(url, tmp_path), "test")
        yield Database(engine, "sender")
        await engine.dispose()


async def moods(database: Database) -> list[str]:
    return [row["mood"] for row in await database.run(lambda tx: tx.rows(MOODS))]


async def test_values_go_and_come_as_sqlalchemy_would_have_them(database: Database) -> None:
    typed = text("SELECT CAST(:word AS text) AS word, CAST(:facts AS jsonb) AS facts, :ids AS ids, CAST(:facts AS jsonb) AS raw")
    statement = typed.bindparams(bindparam("ids", type_=ARRAY(PG_UUID))).columns(facts=JSONB)
    given: dict[str, Any] = {"word": "词", "facts": json.dumps({"a": [1]}), "ids": [new_id()], "left": "unused"}

    async def both(tx: Transaction) -> tuple[dict[str, Any], dict[str, Any]]:
        theirs = (await tx.connection.execute(statement, given)).mappings().one()
        [ours] = await tx.rows(statement, given)
        return dict(ours), dict(theirs)

    ours, theirs = await database.run(both)
    assert ours == theirs
    assert ours["facts"] == {"a": [1]}
    assert isinstance(ours["ids"][0], UUID)


async def test_a_value_that_the_statement_brings_along_need_not_be_given(database: Database) -> None:
    statement = text("SELECT CAST(:word AS text)").bindparams(word="known")
    assert await database.run(lambda tx: tx.value(statement)) == "known"


async def test_a_value_that_is_missing_is_named(database: Database) -> None:
    with pytest.raises(KeyError, match="mood"):
        await database.run(lambda tx: tx.execute(POST, {"id": new_id()}))


async def test_how_many_rows_were_touched_is_told_for_text_and_for_tables(database: Database) -> None:
    async def work(tx: Transaction) -> list[int]:
        first = await tx.execute(POST, {"id": new_id(), "mood": "a"})
        second = await tx.execute(letters.insert().values(id=new_id(), mood="b"))
        await tx.execute(POST, [{"id": new_id(), "mood": "c"}, {"id": new_id(), "mood": "d"}])
        return [first, second, await tx.execute(CHEER)]

    assert await database.run(work) == [1, 1, 4]


async def test_a_conflict_is_the_error_that_everybody_knows_and_tells_no_value(database: Database) -> None:
    known = new_id()

    async def twice(tx: Transaction) -> None:
        await tx.execute(POST, {"id": known, "mood": "confidential"})
        await tx.execute(POST, {"id": known, "mood": "confidential"})

    with pytest.raises(IntegrityError) as caught:
        await database.run(twice)
    assert getattr(caught.value.orig, "sqlstate", None) == "23505"
    assert "confidential" not in str(caught.value)
    assert await moods(database) == []


async def test_who_loses_the_connection_gets_another_and_does_all_of_it_again(database: Database) -> None:
    tries = 0

    async def work(tx: Transaction) -> None:
        nonlocal tries
        tries += 1
        await tx.execute(POST, {"id": new_id(), "mood": f"try {tries}"})
        if tries == 1:
            await tx.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))

    await database.run(work)
    assert (tries, await moods(database)) == (2, ["try 2"])


async def test_negative_control_an_error_that_is_not_handed_to_sqlalchemy_is_one_that_nobody_knows(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def bare(_self: Direct, error: Exception, _sql: str) -> NoReturn:
        raise error

    monkeypatch.setattr(Direct, "_raise", bare)
    known = new_id()
    await database.run(lambda tx: tx.execute(POST, {"id": known, "mood": "calm"}))
    with pytest.raises(asyncpg.UniqueViolationError):
        await database.run(lambda tx: tx.execute(POST, {"id": known, "mood": "calm"}))


async def test_what_is_put_off_is_there_when_the_transaction_has_ended(database: Database) -> None:
    async def work(tx: Transaction) -> list[Any]:
        await tx.put_off(POST, {"id": new_id(), "mood": "later"})
        seen = list(await tx.rows(MOODS))
        await tx.catch_up()
        return [*seen, *(row["mood"] for row in await tx.rows(MOODS))]

    assert await database.run(work) == ["later"]
    assert await moods(database) == ["later"]


async def test_a_second_one_of_the_same_kind_loses_neither(database: Database) -> None:
    async def work(tx: Transaction) -> None:
        for mood in "abc":
            await tx.put_off(POST, {"id": new_id(), "mood": mood})

    await database.run(work)
    assert await moods(database) == ["a", "b", "c"]


async def test_all_that_was_put_off_is_one_statement(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = noted(monkeypatch)
    other = text("INSERT INTO sender.letters (id, mood) VALUES (:id, upper(:mood))")

    async def work(tx: Transaction) -> None:
        await tx.put_off(POST, {"id": new_id(), "mood": "first"})
        await tx.put_off(other, {"id": new_id(), "mood": "second"})

    await database.run(work)
    assert len(asked) == 1
    assert await moods(database) == ["SECOND", "first"]


async def test_what_fails_at_the_end_undoes_what_came_before(database: Database) -> None:
    known = new_id()

    async def work(tx: Transaction) -> None:
        await tx.execute(POST, {"id": known, "mood": "first"})
        await tx.put_off(POST, {"id": known, "mood": "the same again"})

    with pytest.raises(IntegrityError):
        await database.run(work)
    assert await moods(database) == []


async def test_negative_control_two_changes_of_one_row_cannot_be_put_off_together(database: Database) -> None:
    """Why ``put_off`` asks for rows of one's own: both see the row as it was, and one of the changes is lost."""
    await database.run(lambda tx: tx.execute(POST, {"id": new_id(), "mood": "calm"}))
    question = text("UPDATE sender.letters SET mood = mood || '?'")

    async def work(tx: Transaction) -> None:
        await tx.put_off(CHEER, {})
        await tx.put_off(question, {})

    await database.run(work)
    [mood] = await moods(database)
    assert mood in {"calm!", "calm?"}


def noted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The statements that change rows, as the driver gets them."""
    asked: list[str] = []
    run_sql = Direct.run_sql

    async def noting(self: Direct, sql: str, values: Any) -> int:
        asked.append(sql)
        return await run_sql(self, sql, values)

    monkeypatch.setattr(Direct, "run_sql", noting)
    return asked


async def test_what_is_committed_after_a_cancelled_begin_stays_committed(tmp_path: Path) -> None:
    async with fresh_database("direct", post_office_tables) as url:
        engine = make_engine(settings_for(url, tmp_path, database_pool_size=1), "test")
        database = Database(engine, "sender")
        await _cancelled_while_it_begins(database)
        await database.run(lambda tx: tx.execute(POST, {"id": new_id(), "mood": "calm"}))
        elsewhere = await asyncpg.connect(url)
        assert await elsewhere.fetchval("SELECT count(*) FROM sender.letters") == 1
        await elsewhere.close()
        await engine.dispose()


async def _cancelled_while_it_begins(database: Database) -> None:
    """The driver has asked for a BEGIN, and whoever wanted it no longer waits for the answer."""

    async def driver_of(tx: Transaction) -> Any:
        return tx.direct.driver

    driver = await database.run(driver_of)
    beginning = asyncio.create_task(database.run(driver_of))
    while driver._top_xact is None:  # noqa: ASYNC110 - it is between two turns of the loop
        await asyncio.sleep(0)
    beginning.cancel()
    with pytest.raises(asyncio.CancelledError):
        await beginning
