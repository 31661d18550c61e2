"""Notify is killed while providers misbehave: nobody is told twice, and nobody goes untold who can be asked about."""

from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest

from tests.faults.notify.killed import Terms, tried
from tests.support import servers

SMALL = Terms(seed=20260103, seconds=6.0, per_second=16.0, every=2.0, sites=40, hurried=True, patience=150.0, kills=2)


@pytest.fixture
def folder() -> Path:
    return servers.folder(f"notify-{uuid4().hex[:8]}")


async def test_killed_again_and_again_notify_tells_everybody_once(folder: Path) -> None:
    verdict = await tried(SMALL, folder)
    print(verdict.figures())
    assert verdict.broken == []
    assert verdict.shown is not None
    assert sum(counts["asked about"] for counts in verdict.shown.by_provider().values()) > 0


async def test_negative_control_who_sends_again_without_asking_tells_people_twice(folder: Path) -> None:
    verdict = await tried(replace(SMALL, kills=1, hopes=True), folder)
    assert [promise for promise in verdict.broken if promise.startswith("told more than once")]
