"""Requests that are carried out together: one transaction, an answer for each, and nobody pays for his neighbour."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from shared.database import Database, Transaction, make_engine
from shared.database.transaction import Ancestry, Answer
from shared.errors import OutcomeUnknown, Refused
from shared.identifiers import new_id
from shared.web import Asked, Caller, together
from shared.web.together import Gathering
from tests.support.post_office import NewLetter
from tests.support.running import post_office_tables, until
from tests.support.servers import fresh_database
from tests.support.service import settings_for

POST = text("INSERT INTO sender.letters (id, mood) VALUES (:id, :mood)")
CALLER = Caller(subject="tester", roles=frozenset({"bureau"}))


class Angry(Refused):
    """Nobody posts angry letters."""

    code = "angry"
    zh = "不收愤怒的信"
    en = "No angry letters"


class Office:
    """Posts letters, many at a time; notes how many went together, and waits at a gate if there is one."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.sizes: list[int] = []
        self.gates: dict[str, asyncio.Event] = {}
        self.gathering: Gathering[NewLetter, str] = Gathering(database, self.post)

    async def post(self, asked: Sequence[Asked[NewLetter]], tx: Transaction) -> list[str]:
        self.sizes.append(len(asked))
        for one in asked:
            if gate := self.gates.get(one.body.mood):
                await gate.wait()
            if one.body.mood == "angry":
                raise Angry
            await tx.execute(POST, {"id": one.body.id, "mood": one.body.mood})
        return [one.body.mood for one in asked]

    async def asks(self, mood: str, *, key: str | None = None, apart: str | None = None) -> str:
        body = NewLetter(id=new_id(), mood=mood)
        asked = Asked(body, CALLER, Ancestry(), key or str(body.id), mood.encode(), apart or str(body.id))

        async def alone() -> str:
            [answer] = await self.database.run(lambda tx: self.post([asked], tx))
            return answer

        return await self.gathering.carry(asked, alone, lambda answer: Answer(asked.key, "tester", 201, answer.encode()))

    async def has_begun(self, sizes: list[int]) -> None:
        """Come back when so many have gone together."""

        async def begun() -> bool:
            return self.sizes == sizes

        await until(begun)

    async def moods(self) -> list[str]:
        rows = await self.database.run(lambda tx: tx.rows(text("SELECT mood FROM sender.letters ORDER BY mood")))
        return [row["mood"] for row in rows]


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with fresh_database("together", post_office_tables) as url:
        engine = make_engine(settings_for(url, tmp_path), "test")
        yield Office(Database(engine, "sender"))
        await engine.dispose()


async def test_who_comes_alone_waits_for_nobody(office: Office) -> None:
    assert await office.asks("calm") == "calm"
    assert office.sizes == [1]


async def test_who_comes_while_another_commits_goes_with_the_others(office: Office) -> None:
    answers = await asyncio.gather(*(office.asks(f"mood {number:02}") for number in range(20)))
    assert answers == [f"mood {number:02}" for number in range(20)]
    assert office.sizes == [1, 19]
    assert await office.moods() == sorted(answers)


async def test_who_comes_soon_after_another_waits_for_company(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(together, "_GATHERS", 3600.0)
    await office.asks("first")
    soon = asyncio.create_task(office.asks("soon"))
    await asyncio.sleep(0.1)
    assert not soon.done()
    soon.cancel()
    monkeypatch.setattr(together, "_GATHERS", 0.0)
    assert await office.asks("who waits and goes keeps nobody") == "who waits and goes keeps nobody"
    assert "soon" not in await office.moods()


async def test_no_more_than_fifty_go_together(office: Office) -> None:
    await asyncio.gather(*(office.asks(f"mood {number}") for number in range(121)))
    assert office.sizes == [1, 50, 50, 20]


async def test_what_belongs_apart_goes_one_after_another(office: Office) -> None:
    answers = await asyncio.gather(*(office.asks(f"mood {number}", apart="one site") for number in range(4)))
    assert (len(set(answers)), office.sizes) == (4, [1, 1, 1, 1])


async def test_one_that_is_refused_is_told_so_and_spoils_nothing(office: Office) -> None:
    moods = ["first", "a", "angry", "b"]
    answers = await asyncio.gather(*map(office.asks, moods), return_exceptions=True)
    assert [type(answer) for answer in answers] == [str, str, Angry, str]
    assert await office.moods() == ["a", "b", "first"]


async def test_a_key_that_was_used_before_is_looked_at_alone(office: Office) -> None:
    """The same request twice, once among others: ``alone`` is where the stored answer is found."""
    await asyncio.gather(office.asks("a"), office.asks("calm", key="k"), office.asks("b"))
    again = await asyncio.gather(office.asks("first"), office.asks("calm", key="k"), office.asks("c"))
    assert list(again) == ["first", "calm", "c"]
    assert office.sizes == [1, 2, 1, 1, 1]  # the last two were waiting together, found the key, and went each for itself


async def test_answers_are_kept_with_the_commit_for_whoever_asks_again(office: Office) -> None:
    await asyncio.gather(*(office.asks(f"mood {number}", key=f"key {number}") for number in range(3)))
    query = text("SELECT key, answer FROM sender.idempotency ORDER BY key")
    kept = {row["key"]: bytes(row["answer"]) for row in await office.database.run(lambda tx: tx.rows(query))}
    assert kept == {"key 1": b"mood 1", "key 2": b"mood 2"}  # the first one came alone, and alone keeps its own


async def test_who_is_slow_holds_nobody_up(office: Office) -> None:
    office.gates["slow"] = asyncio.Event()
    slow = asyncio.create_task(office.asks("slow"))
    await office.has_begun([1])
    assert list(await asyncio.gather(office.asks("a"), office.asks("b"))) == ["a", "b"]
    assert not slow.done()
    office.gates["slow"].set()
    assert await slow == "slow"
    assert await office.asks("after all") == "after all"


async def test_negative_control_without_patience_everybody_waits_for_the_slow_one(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(together, "_PATIENCE", 3600.0)
    order: list[str] = []

    async def noted(mood: str) -> None:
        order.append(await office.asks(mood))

    office.gates["slow"] = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(noted("slow"))
        await office.has_begun([1])
        tasks.create_task(noted("quick"))
        await asyncio.sleep(0.3)
        office.gates["slow"].set()
    assert order == ["slow", "quick"]


async def test_who_leads_and_is_cancelled_leaves_the_others_in_doubt_and_the_line_goes_on(office: Office) -> None:
    office.gates["gate"] = asyncio.Event()
    first = asyncio.create_task(office.asks("gate"))
    await office.has_begun([1])
    others: list[asyncio.Task[Any]] = [asyncio.create_task(office.asks(mood)) for mood in ("gate", "b")]
    await asyncio.sleep(0)
    office.gates["gate"].set()
    await first
    office.gates["gate"].clear()
    await office.has_begun([1, 2])
    others[0].cancel()
    results = await asyncio.gather(*others, return_exceptions=True)
    assert [type(result) for result in results] == [asyncio.CancelledError, OutcomeUnknown]
    assert await office.asks("goes on") == "goes on"


async def test_who_is_cancelled_in_the_line_is_left_out(office: Office) -> None:
    office.gates["gate"] = asyncio.Event()
    first = asyncio.create_task(office.asks("gate"))
    await office.has_begun([1])
    gone, stays = asyncio.create_task(office.asks("gone")), asyncio.create_task(office.asks("stays"))
    await asyncio.sleep(0)
    gone.cancel()
    office.gates["gate"].set()
    assert [await first, await stays] == ["gate", "stays"]
    assert await office.moods() == ["gate", "stays"]
