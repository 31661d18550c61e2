"""What a probe is told: each thing that is not as it should be by its name, and metrics whose labels stay few."""

import asyncio
import re
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from prometheus_client import generate_latest

from mashang.embedded import EmbeddedNats, EmbeddedPostgres
from shared import turns
from shared.identifiers import new_id
from shared.service import Station, every
from shared.web.edge import Edge
from tests.support.post_office import receiver, sender
from tests.support.running import Running, post_office_tables, running, until
from tests.support.servers import own_nats, own_postgres

BOTH = (sender, receiver)
CHECKS = {"database", "migrations", "bus", "consumers", "outbox", "workers"}


@pytest.fixture
def bus() -> Iterator[EmbeddedNats]:
    with own_nats() as server:
        yield server


async def _checks(office: Running) -> dict[str, str]:
    answer = await office.http.get("/readyz")
    checks: dict[str, str] = answer.json()["checks"]
    assert (answer.status_code == 200) is (set(checks.values()) == {"ok"})
    return checks


async def _tells(office: Running, check: str, words: str) -> bool:
    return words in (await _checks(office))[check]


async def test_readiness_looks_at_everything_and_liveness_at_nothing_outside(
    bus: EmbeddedNats, database: str, tmp_path: Path
) -> None:
    async with running(BOTH, database, bus.url, tmp_path) as office:
        assert set(await _checks(office)) == CHECKS
        for check in CHECKS - {"migrations"}:  # toys have none
            await until(partial(_tells, office, check, "ok"))
        bus.kill()
        await until(lambda: _tells(office, "bus", "not connected"))
        await until(lambda: _tells(office, "consumers", "not connected"))
        assert (await office.http.get("/livez")).status_code == 200


async def test_an_outbox_that_is_not_carried_makes_it_red(bus: EmbeddedNats, database: str, tmp_path: Path) -> None:
    async with running(BOTH, database, bus.url, tmp_path, readiness_outbox_seconds=0.2) as office:
        bus.kill()
        await office.http.post("/api/sender/letters", json={})
        await until(lambda: _tells(office, "outbox", "unsent for sender"))
        bus.start()
        await until(lambda: _tells(office, "outbox", "ok"))


async def test_a_database_that_is_away_makes_it_red_and_it_heals_by_itself(bus: EmbeddedNats, tmp_path: Path) -> None:
    with own_postgres() as postgres:
        await post_office_tables(postgres.url)
        async with running(BOTH, postgres.url, bus.url, tmp_path) as office:
            await until(lambda: _tells(office, "database", "ok"))
            await _killed(postgres, office)
            await asyncio.to_thread(postgres.start)  # a blocked loop would wake the watchdog
            await until(lambda: _tells(office, "database", "ok"))
            assert (await office.http.post("/api/sender/letters", json={})).status_code == 201
            await office.reaches("SELECT count(*) FROM receiver.read WHERE times = 1", 1)


async def _killed(postgres: EmbeddedPostgres, office: Running) -> None:
    await asyncio.to_thread(postgres.kill)
    await until(lambda: _is_red(office, "database"))
    answer = await office.http.post("/api/sender/letters", json={})
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert answer.headers["retry-after"]


async def _is_red(office: Running, check: str) -> bool:
    return (await _checks(office))[check] != "ok"


@every(seconds=0.01)
async def always_fails(_station: Station) -> bool:
    """A worker whose outside world is gone."""
    raise OSError


async def test_a_worker_that_fails_again_and_again_is_named(
    bus: EmbeddedNats, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "_LONGEST_WAIT", 0.01)
    failing = replace(receiver, workers=(always_fails,))
    async with running((sender, failing), database, bus.url, tmp_path) as office:
        await until(lambda: _tells(office, "workers", "receiver.always_fails"))
        assert not office.task.done(), "a failing worker never ends the process"


async def test_a_process_that_drains_is_not_ready(bus: EmbeddedNats, database: str, tmp_path: Path) -> None:
    async with running(BOTH, database, bus.url, tmp_path) as office:
        await until(lambda: _tells(office, "database", "ok"))
        office.process.health.draining = True
        answer = await office.http.get("/readyz")
        assert (answer.status_code, answer.json()["checks"]["process"]) == (503, "draining")


async def test_no_id_path_or_method_of_a_caller_becomes_a_label() -> None:
    app = FastAPI()

    @app.get("/sites/{site_id}")
    async def site(site_id: str) -> str:
        return site_id

    ids = [str(new_id()) for _ in range(20)]
    async with httpx.AsyncClient(transport=httpx.ASGITransport(Edge(app, 1024)), base_url="http://test") as client:
        await asyncio.gather(*(client.get(f"/sites/{identity}") for identity in ids))
        await asyncio.gather(*(client.get(f"/nowhere/{identity}") for identity in ids))
        await asyncio.gather(*(client.request(f"BREW{number}", "/sites/x") for number in range(20)))
    told = generate_latest().decode()
    assert 'mashang_http_requests_total{method="GET",route="/sites/{site_id}",status="200"}' in told
    assert 'method="other"' in told
    assert "BREW" not in told
    assert not re.search(r"[0-9a-f]{8}-[0-9a-f]{4}-", told)
