"""The doctor finds what is not well, says what to do, and tells a program by its exit code."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from mashang import versions
from services.__main__ import NAMES
from shared.identifiers import new_id
from tests.mashang.stand import Stand, stand
from tests.support import servers
from tests.support.pooler import pooler_to

_CONSUMER = "CONSUMER.{}.REGISTRY.grading-regrade"


@pytest.fixture
async def patient(tmp_path: Path) -> AsyncIterator[Stand]:
    """Servers on which nothing is wrong."""
    async with stand(tmp_path) as made:
        yield made


async def findings(patient: Stand, **settings: object) -> tuple[int, dict[str, dict[str, Any]]]:
    """The exit code, and what is not well by subject."""
    said = await patient.says("doctor", "--json", **settings)
    return said.code, {finding["subject"]: finding for finding in said.json if not finding["well"]}


async def test_where_all_is_well_everything_was_looked_at(patient: Stand) -> None:
    said = await patient.says("doctor", "--json")
    assert said.code == 0, said.out
    each = {f"{what} {name}" for what in ("migrations", "outbox", "quarantine") for name in NAMES}
    assert {finding["subject"] for finding in said.json} == {
        "python",
        "postgresql",
        "clock",
        "sessions",
        "nats",
        "streams and consumers",
        *each,
    }


async def test_a_deleted_consumer_is_found(patient: Stand) -> None:
    await patient.asks(_CONSUMER.format("DELETE"))
    code, wrong = await findings(patient)
    assert (code, list(wrong)) == (1, ["REGISTRY/grading-regrade"])
    assert "start its service again" in wrong["REGISTRY/grading-regrade"]["advice"]


async def test_drift_is_found_and_left_to_an_operator(patient: Stand) -> None:
    config = {"durable_name": "grading-regrade", "ack_policy": "explicit", "max_deliver": 3}
    await patient.asks(_CONSUMER.format("DELETE"))
    request = {"stream_name": "REGISTRY", "config": config, "action": "create"}
    await patient.asks("CONSUMER.DURABLE.CREATE.REGISTRY.grading-regrade", json.dumps(request).encode())
    said = await patient.says("doctor")
    assert said.code == 1
    assert "max_deliver: declared -1, found 3" in said.out
    assert "  → an operator decides: docs/operations.md, drift" in said.out.splitlines()


async def test_an_unmigrated_database_is_found_and_migrate_puts_it_right(patient: Stand) -> None:
    async with servers.fresh_database() as url:
        code, wrong = await findings(patient, database_url=url)
        assert (code, set(wrong)) == (1, {f"migrations {name}" for name in NAMES})
        assert {finding["advice"] for finding in wrong.values()} == {"mashang migrate"}
        some = await patient.says("migrate", "grading", database_url=url)
        assert (some.code, some.out) == (0, "migrated: grading\n")
        rest = await patient.says("migrate", database_url=url)
        assert rest.out == f"migrated: {', '.join(name for name in NAMES if name != 'grading')}\n"
        assert (await patient.says("migrate", database_url=url)).out == "already at head\n"
        assert await findings(patient, database_url=url) == (0, {})


async def test_a_letter_that_is_stuck_and_a_message_that_waits_are_found(patient: Stand) -> None:
    await patient.runs(
        "INSERT INTO grading.outbox (event_id, subject, body, created_at)"
        " VALUES ($1, 'grading.x.v1.-', '', now() - interval '1 hour')",
        new_id(),
    )
    await patient.runs(
        "INSERT INTO notify.quarantine (id, handler, subject, stream, stream_seq, body, reason, attempts, quarantined_at)"
        " VALUES ($1, 'notify-x', 'x', 'X', 1, '', 'x', 1, now())",
        new_id(),
    )
    code, wrong = await findings(patient)
    assert (code, set(wrong)) == (1, {"outbox grading", "quarantine notify"})
    assert wrong["quarantine notify"]["advice"] == "mashang quarantine list"


async def test_a_pooler_is_found_where_a_session_is_needed_and_a_direct_url_puts_it_right(patient: Stand) -> None:
    direct = patient.settings.database_url.get_secret_value()
    async with pooler_to(direct) as pooled:
        through = {"database_url": pooled, "database_behind_pgbouncer": True}
        code, wrong = await findings(patient, **through)
        assert (code, list(wrong)) == (1, ["sessions"])
        assert "leads through a pooler" in wrong["sessions"]["detail"]
        assert "MASHANG_DATABASE_DIRECT_URL" in wrong["sessions"]["advice"]
        assert await findings(patient, **through, database_direct_url=direct) == (0, {})


async def test_an_old_postgresql_is_refused_by_name(patient: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(versions, "POSTGRESQL", (99, 0))
    code, wrong = await findings(patient)
    assert (code, wrong["postgresql"]["advice"]) == (1, "99.0 or newer")
    for words in (["migrate"], ["run", "grading"]):
        assert "is too old: 99.0 or newer is needed" in (await patient.says(*words, port=0)).refusal


async def test_an_old_nats_is_refused_by_name(patient: Stand) -> None:
    async with _old_nats() as url:
        assert (
            "NATS 2.9 is too old: 2.12 or newer is needed" in (await patient.says("run", "grading", port=0, nats_url=url)).refusal
        )
        code, wrong = await findings(patient, nats_url=url)
        assert (code, wrong["nats"]["detail"]) == (1, "2.9")


@asynccontextmanager
async def _old_nats() -> AsyncIterator[str]:
    """A server that greets as an old one does, and knows no JetStream."""

    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        about = {
            "server_id": "old",
            "version": "2.9.25",
            "proto": 1,
            "host": "127.0.0.1",
            "port": 0,
            "headers": True,
            "max_payload": 1,
        }
        writer.write(f"INFO {json.dumps(about)}\r\n".encode())
        while line := await reader.readline():
            if line.startswith(b"PING"):
                writer.write(b"PONG\r\n")
            if line.startswith((b"PUB", b"HPUB")):
                await reader.readline()
        writer.close()

    server = await asyncio.start_server(greet, "127.0.0.1", 0)
    async with server:
        yield f"nats://127.0.0.1:{server.sockets[0].getsockname()[1]}"
