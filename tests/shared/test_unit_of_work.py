"""One request, one transaction: what a caller may rely on when it asks twice, at once, or while the database is dying."""

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

import shared.database.engine
from shared.database import Database, Transaction, make_engine
from shared.database.engine import NoConnectionFree
from shared.errors import OutcomeUnknown, Unavailable
from shared.identifiers import new_id
from shared.web.identity import LocalIssuer
from tests.support.post_office import LetterPosted, sender
from tests.support.running import post_office_tables
from tests.support.servers import fresh_database
from tests.support.service import ServiceUnderTest, settings_for


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[ServiceUnderTest]:
    async with fresh_database("post_office", post_office_tables) as url:
        process = settings_for(url, tmp_path)
        engine = make_engine(process, "test")
        yield ServiceUnderTest(sender, Database(engine, "sender"), process, process, None, tmp_path)  # type: ignore[arg-type]
        await engine.dispose()


async def test_the_same_key_gives_the_same_answer_and_one_letter(office: ServiceUnderTest) -> None:
    async with office.client("bureau") as client:
        first = await client.post("/api/sender/letters", json={"mood": "calm"}, headers={"Idempotency-Key": "k1"})
        again = await client.post("/api/sender/letters", json={"mood": "calm"}, headers={"Idempotency-Key": "k1"})
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert again.headers["idempotency-replayed"] == "true"
    assert len(await office.said(LetterPosted)) == 1


async def test_a_hundred_requests_with_one_key_at_once_post_one_letter(office: ServiceUnderTest) -> None:
    async with office.client("bureau") as client:
        answers = await asyncio.gather(
            *(client.post("/api/sender/letters", json={}, headers={"Idempotency-Key": "k2"}) for _ in range(100))
        )
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert len(await office.said(LetterPosted)) == 1


@pytest.mark.parametrize("headers", [{}, {"Idempotency-Key": "k5"}])
async def test_a_hundred_requests_with_one_id_at_once_get_one_answer(office: ServiceUnderTest, headers: dict[str, str]) -> None:
    """The id is taken by the first of them, and the others must not be told that it is taken."""
    body = {"id": str(new_id())}
    async with office.client("bureau") as client:
        answers = await asyncio.gather(*(client.post("/api/sender/letters", json=body, headers=headers) for _ in range(100)))
    assert {(answer.status_code, answer.json().get("id")) for answer in answers} == {(201, body["id"])}
    assert len(await office.said(LetterPosted)) == 1


async def test_a_different_body_under_the_same_key_is_a_conflict(office: ServiceUnderTest) -> None:
    async with office.client("bureau") as client:
        await client.post("/api/sender/letters", json={"mood": "calm"}, headers={"Idempotency-Key": "k3"})
        other = await client.post("/api/sender/letters", json={"mood": "early"}, headers={"Idempotency-Key": "k3"})
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_mismatch")


async def test_a_client_id_is_a_key_of_its_own(office: ServiceUnderTest) -> None:
    identity = str(new_id())
    async with office.client("bureau") as client:
        answers = [await client.post("/api/sender/letters", json={"id": identity}) for _ in range(3)]
    assert [answer.json()["id"] for answer in answers] == [identity] * 3
    assert len(await office.said(LetterPosted)) == 1


async def test_two_callers_may_use_the_same_key(office: ServiceUnderTest) -> None:
    for subject in ("anna", "bert"):
        async with office.client("bureau", subject=subject) as client:
            await client.post("/api/sender/letters", json={}, headers={"Idempotency-Key": "k4"})
    assert len(await office.said(LetterPosted)) == 2


async def test_an_error_names_field_and_rule_in_the_callers_language_and_never_the_value(
    office: ServiceUnderTest,
) -> None:
    canary = "13912345678"
    async with office.client("bureau") as zh, office.client("bureau", language="en") as en:
        chinese = await zh.post("/api/sender/letters", json={"id": canary})
        english = await en.post("/api/sender/letters", json={"id": canary})
    assert chinese.headers["content-type"] == "application/problem+json"
    assert chinese.json()["errors"] == [{"pointer": "/id", "code": "uuid_parsing", "detail": "必须是 UUID"}]
    assert english.json()["errors"][0]["detail"] == "must be a UUID"
    assert canary not in chinese.text + english.text


async def test_without_a_token_401_with_the_wrong_role_403_and_an_auditor_may_read(office: ServiceUnderTest) -> None:
    async with office.client() as nobody, office.client("tenant") as tenant, office.client("auditor") as auditor:
        assert (await nobody.post("/api/sender/letters", json={})).status_code == 401
        assert (await tenant.post("/api/sender/letters", json={})).status_code == 403
        assert (await auditor.get("/api/sender/letters")).json() == 0
        assert (await auditor.post("/api/sender/letters", json={})).status_code == 403


async def test_broken_json_is_400_and_an_unknown_path_404_both_as_problems(office: ServiceUnderTest) -> None:
    async with office.client("bureau") as client:
        broken = await client.post("/api/sender/letters", content=b"{", headers={"Content-Type": "application/json"})
        unknown = await client.get("/api/sender/nowhere")
    assert (broken.status_code, broken.json()["code"]) == (400, "unreadable")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "missing")


async def test_a_body_that_claims_to_be_something_else_is_415(office: ServiceUnderTest) -> None:
    async with office.client("bureau") as client:
        answer = await client.post("/api/sender/letters", content=b"<letter/>", headers={"Content-Type": "text/xml"})
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_content_type")


async def test_a_body_that_is_too_large_is_413(office: ServiceUnderTest) -> None:
    async with office.client("bureau") as client:
        answer = await client.post("/api/sender/letters", json={"mood": "x" * (26 * 1024**2)})
    assert answer.status_code == 413


async def test_an_event_that_no_stream_would_take_is_refused_before_it_blocks_the_outbox(office: ServiceUnderTest) -> None:
    async with office.client("bureau") as client:
        answer = await client.post("/api/sender/letters", json={"mood": "x" * 121 * 1024})
    assert (answer.status_code, answer.json()["code"]) == (413, "event_too_large")
    assert await office.said() == []
    assert await office.table("letters") == []


async def test_a_statement_without_end_is_ended_and_the_connection_goes_on(tmp_path: Path, office: ServiceUnderTest) -> None:
    url = office.process.database_url.get_secret_value()
    engine = make_engine(settings_for(url, tmp_path, statement_timeout_ms=200, database_pool_size=1), "test")
    database = Database(engine, "sender")
    with pytest.raises(DBAPIError, match="statement timeout"):
        await database.run(lambda tx: tx.value(text("SELECT pg_sleep(3600)")))
    assert await database.run(lambda tx: tx.value(text("SELECT 1"))) == 1
    await engine.dispose()


async def test_a_transaction_that_stands_idle_is_ended_and_the_unit_run_again(tmp_path: Path, office: ServiceUnderTest) -> None:
    url = office.process.database_url.get_secret_value()
    engine = make_engine(settings_for(url, tmp_path, idle_in_transaction_timeout_ms=200), "test")
    tries = 0

    async def work(tx: Transaction) -> None:
        nonlocal tries
        tries += 1
        tx.say(LetterPosted(letter_id=new_id()))
        if tries == 1:
            await _until_gone(url, await tx.value(text("SELECT pg_backend_pid()")))

    await Database(engine, "sender").run(work)
    await engine.dispose()
    assert tries == 2
    assert len(await office.said()) == 1


async def test_what_fails_says_nothing_and_stores_nothing(office: ServiceUnderTest) -> None:
    async def half(tx: Transaction) -> None:
        await tx.execute(text("INSERT INTO sender.letters VALUES (gen_random_uuid(), 'x')"))
        tx.say(LetterPosted(letter_id=new_id()))
        message = "in the middle"
        raise RuntimeError(message)

    with pytest.raises(RuntimeError):
        await office.database.run(half)
    assert await office.said() == []
    assert await office.table("letters") == []


async def test_the_answer_leaves_after_the_commit_so_a_commit_that_fails_is_never_a_201(office: ServiceUnderTest) -> None:
    """A constraint that is looked at only when everything is committed."""
    constraint = "ALTER TABLE sender.letters ADD CONSTRAINT one_mood UNIQUE (mood) DEFERRABLE INITIALLY DEFERRED"
    await office.database.run(lambda tx: tx.execute(text(constraint)))
    async with office.client("bureau") as client:
        answers = [await client.post("/api/sender/letters", json={"mood": "calm"}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 409]
    assert len(await office.said(LetterPosted)) == 1


async def test_a_deadlock_is_run_again_and_both_units_succeed(office: ServiceUnderTest) -> None:
    a, b = new_id(), new_id()
    await office.database.run(
        lambda tx: tx.execute(text("INSERT INTO sender.letters VALUES (:a, 'x'), (:b, 'x')"), {"a": a, "b": b})
    )
    both_hold_one = asyncio.Barrier(2)
    tries = 0

    def swap(first: Any, second: Any) -> Any:
        async def work(tx: Transaction) -> None:
            nonlocal tries
            tries += 1
            await tx.execute(text("UPDATE sender.letters SET mood = mood || 'y' WHERE id = :id"), {"id": first})
            if tries <= 2:
                await both_hold_one.wait()
            await tx.execute(text("UPDATE sender.letters SET mood = mood || 'z' WHERE id = :id"), {"id": second})

        return work

    await asyncio.gather(office.database.run(swap(a, b)), office.database.run(swap(b, a)))
    assert tries == 3
    assert {len(row["mood"]) for row in await office.table("letters")} == {3}


async def test_a_connection_cut_in_the_middle_is_run_again(office: ServiceUnderTest) -> None:
    tries = 0

    async def work(tx: Transaction) -> None:
        nonlocal tries
        tries += 1
        tx.say(LetterPosted(letter_id=new_id()))
        if tries == 1:
            await _terminate(office, await tx.value(text("SELECT pg_backend_pid()")))
        await tx.value(text("SELECT 1"))

    await office.database.run(work)
    assert tries == 2
    assert len(await office.said()) == 1


async def test_a_connection_cut_before_the_commit_answer_is_an_unknown_outcome_unless_the_unit_is_repeatable(
    office: ServiceUnderTest,
) -> None:
    tries = 0

    async def work(tx: Transaction) -> None:
        nonlocal tries
        tries += 1
        await tx.execute(text("INSERT INTO sender.letters VALUES (gen_random_uuid(), 'x')"))
        if tries == 1:
            await _terminate(office, await tx.value(text("SELECT pg_backend_pid()")))

    with pytest.raises(OutcomeUnknown):
        await office.database.run(work)
    tries = 0
    await office.database.run(work, repeatable=True)
    assert tries == 2


async def test_a_database_that_stays_away_is_unavailable(tmp_path: Path) -> None:
    engine = make_engine(settings_for("postgresql://nobody@127.0.0.1:1/none", tmp_path), "test")
    database = Database(engine, "sender")
    with pytest.raises(Unavailable):
        await database.run(lambda tx: tx.value(text("SELECT 1")))
    await engine.dispose()


async def test_an_event_is_said_only_by_its_owner(office: ServiceUnderTest) -> None:
    receiver = Database(office.database.engine, "receiver")

    async def work(tx: Transaction) -> None:
        tx.say(LetterPosted(letter_id=new_id()))

    with pytest.raises(TypeError, match="receiver cannot say sender"):
        await receiver.run(work)


async def _terminate(office: ServiceUnderTest, pid: int) -> None:
    connection = await asyncpg.connect(office.process.database_url.get_secret_value())
    await connection.execute("SELECT pg_terminate_backend($1)", pid)
    await connection.close()
    await _until_gone(office.process.database_url.get_secret_value(), pid)


async def _until_gone(url: str, pid: int) -> None:
    connection = await asyncpg.connect(url)
    try:
        while await connection.fetchval("SELECT count(*) FROM pg_stat_activity WHERE pid = $1", pid):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    finally:
        await connection.close()


def test_processes_that_start_together_on_an_empty_folder_share_one_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(20) as pool:
        keys = list(pool.map(lambda _: LocalIssuer.at(tmp_path), range(20)))
    assert len({issuer.key.thumbprint() for issuer in keys}) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["issuer.json"]
    assert (tmp_path / "issuer.json").stat().st_mode & 0o777 == 0o600


async def test_connections_are_given_in_the_order_of_asking(office: ServiceUnderTest) -> None:
    """Whoever comes back at once stands behind those who wait. The control: the pool alone lets him pass."""
    engine = make_engine(office.settings.with_changes(database_pool_size=1), "test")

    async def rounds(way: Callable[[], AbstractAsyncContextManager[object]]) -> list[int]:
        served: list[int] = []

        async def ask(who: int) -> None:
            for _ in range(2):
                async with way():
                    served.append(who)

        await asyncio.gather(*(ask(who) for who in range(8)))
        return served

    fair = await rounds(Database(engine, "sender").transaction)
    hasty = await rounds(engine.connect)
    await engine.dispose()
    assert fair == [*range(8), *range(8)]
    assert hasty != fair


async def test_who_gets_no_connection_is_told_so_after_one_wait(
    office: ServiceUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits = 0

    class Counted(shared.database.engine.Turn):
        async def __aenter__(self) -> None:
            nonlocal waits
            waits += 1
            await super().__aenter__()

    monkeypatch.setattr(shared.database.engine, "_LONGEST_WAIT", 0.05)
    monkeypatch.setattr(shared.database.engine, "Turn", Counted)
    engine = make_engine(office.settings.with_changes(database_pool_size=1), "test")
    database = Database(engine, "sender")
    async with database.transaction():
        waits = 0
        with pytest.raises(NoConnectionFree):
            await database.run(lambda tx: tx.value(text("SELECT 1")), repeatable=True)
        assert waits == 1
    async with engine.connect():
        waits = 0
        with pytest.raises(NoConnectionFree):
            await database.run(lambda tx: tx.value(text("SELECT 1")))
        assert waits == 1
    await engine.dispose()
