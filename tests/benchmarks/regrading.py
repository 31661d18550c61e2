"""Grading all stored sites anew by another policy: a province's with ``make bench``, the country's where it is asked for."""

import asyncio
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date
from typing import Final, Self

import asyncpg
import psutil

from services.grading.domain.course import Rules
from services.grading.rulings import rules_in_force, shipped_text
from services.grading.store import policies
from shared.database import Database, Transaction, make_engine
from shared.database.migrations import migrate
from tests.benchmarks import invented
from tests.benchmarks.figures import Figure
from tests.benchmarks.memory import busy_seconds, proportional_mb
from tests.benchmarks.place import Place

PROVINCE, COUNTRY = 112_000, 1_200_000
_LOOK_EVERY: Final = 1.0
_SHARED_ESCAPE: Final = "{id: inherent.shared_escape, points: "
_LEFT: Final = "SELECT count(*) FROM grading.sites WHERE policy <> $1"
_MOVED: Final = "SELECT count(*) FROM grading.outbox"


async def measure(place: Place) -> list[Figure]:
    """112,000 sites: one grading process, then two."""
    async with _Stored(place) as stored:
        await stored.fill(PROVINCE)
        return [
            await stored.regrade("BUREAU-2026.2", 1, "≤ 30"),
            await stored.regrade("BUREAU-2026.3", 2, "≤ 30"),
        ]


async def measure_country(place: Place) -> list[Figure]:
    """1.2 million sites with two grading processes, and whether their memory grows."""
    async with _Stored(place) as stored:
        await stored.fill(COUNTRY)
        return [await stored.regrade("BUREAU-2026.2", 2, "≤ 360")]


class _Stored:
    """A database full of sites."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.url = ""
        self.sites = 0

    async def __aenter__(self) -> Self:
        self.url = await self.place.database("regraded")
        settings = self.place.settings(self.url)
        await migrate(make_engine(settings, "bench"), ["grading"])
        self.database = Database(make_engine(settings, "bench"), "grading")
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self.database.engine.dispose()

    async def fill(self, sites: int) -> None:
        """Store sites as the simulator leaves them."""
        self.sites = sites
        rules, today = await self.database.run(_rules_and_day)
        await invented.store(self.url, rules, today, sites)

    async def regrade(self, policy: str, processes: int, goal: str) -> Figure:
        """Activate another policy from today and wait until every site is graded by it."""
        await self.database.run(lambda tx: _activate(tx, policy))
        before = await self._count(_MOVED)
        with ExitStack() as running:
            graders = [running.enter_context(_grader(self.url)) for _ in range(processes)]
            began = time.perf_counter()
            for grader in graders:
                assert grader.stdin is not None
                grader.stdin.write(b"\n")
                grader.stdin.flush()
            watch = _Watch([psutil.Process(grader.pid) for grader in graders], _family(self.place))
            while any(grader.poll() is None for grader in graders):
                await asyncio.sleep(_LOOK_EVERY)
                watch.look()
            seconds = time.perf_counter() - began
            assert all(grader.returncode == 0 for grader in graders)
        assert await self._count(_LEFT, policy) == 0
        moved = await self._count(_MOVED) - before
        note = f"{self.sites / seconds:,.0f} sites/s; {moved:,} changes and warnings said; {watch.told(self.sites)}"
        name = f"re-grade {self.sites:,} stored sites, {processes} {'process' if processes == 1 else 'processes'}"
        return Figure(name, "s", seconds, goal=goal, note=note)

    async def _count(self, query: str, *parameters: str) -> int:
        """Counting a country's rows may take longer than the service lets a statement run."""
        connection = await asyncpg.connect(self.url)
        try:
            return int(await connection.fetchval(query, *parameters))
        finally:
            await connection.close()


def _grader(url: str) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "tests.benchmarks.grader", url]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    return process


@dataclass(slots=True)
class _Watch:
    """What the graders and PostgreSQL take while they run: a busy machine changes how long it lasts, not this."""

    graders: Sequence[psutil.Process]
    postgres: Sequence[psutil.Process]
    memory: list[float] = field(default_factory=list)
    graders_busy: float = 0.0
    postgres_busy: float = 0.0
    postgres_before: float = 0.0

    def __post_init__(self) -> None:
        self.postgres_before = busy_seconds(self.postgres)

    def look(self) -> None:
        """Note what has been taken so far."""
        if memory := proportional_mb(self.graders):
            self.memory.append(memory)
        parent = self.postgres[0]
        self.graders_busy = max(self.graders_busy, busy_seconds(self.graders))
        self.postgres_busy = max(self.postgres_busy, busy_seconds([parent, *parent.children(recursive=True)]))

    def told(self, sites: int) -> str:
        """For the note of a figure."""
        share, below = self.graders_busy * 1e6 / sites, (self.postgres_busy - self.postgres_before) * 1e6 / sites
        grown = f"memory {self.memory[0]:.0f} MB at first, {max(self.memory):.0f} MB at most"
        return f"{share:.0f} µs of a core a site in the graders, {below:.0f} µs in PostgreSQL; {grown}"


def _family(place: Place) -> list[psutil.Process]:
    assert place.postgres.pid is not None
    parent = psutil.Process(place.postgres.pid)
    return [parent, *parent.children(recursive=True)]


async def _rules_and_day(tx: Transaction) -> tuple[Rules, date]:
    return await rules_in_force(tx), tx.today


async def _activate(tx: Transaction, identity: str) -> None:
    """The shipped policy under another id, in which shared stairs weigh more."""
    document = (
        shipped_text().replace("id: DEFAULT-2026.2", f"id: {identity}", 1).replace(f"{_SHARED_ESCAPE}6", f"{_SHARED_ESCAPE}9")
    )
    await policies.add_policy(tx, policies.NewPolicy(identity, identity, document), state="draft", by="bench")
    await policies.activate(tx, identity, tx.today, "bench")
