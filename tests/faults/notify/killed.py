"""Notify is killed again and again while providers misbehave; afterwards every notice stands on its phone once."""

import asyncio
import math
import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.faults.ground import chance
from tests.faults.notify import town
from tests.faults.notify.cast import HOPE
from tests.faults.notify.shown import ASKABLE, Screens, screens
from tests.faults.notify.stage import Stage, stage
from tests.support.running import until

_NOTICES_OF_AN_EVENT = 2
_REPORT_SECONDS = 10.0
_FAULTS: Sequence[dict[str, Any]] = (
    {"kind": "hang_after_acceptance", "share": 0.02, "seconds": 20},
    {"kind": "server_error_after_acceptance", "share": 0.03},
    {"kind": "garbage_after_acceptance", "share": 0.01},
    {"kind": "server_error", "share": 0.03},
    {"kind": "hang", "share": 0.005, "seconds": 20},
    {"kind": "duplicate_receipt", "share": 0.1},
    {"kind": "late_receipt", "share": 0.1, "seconds": 10},
    {"kind": "out_of_order_receipt", "share": 0.05},
    {"kind": "forged_receipt", "share": 0.02},
)
_UNFINISHED = """
    SELECT count(*) FROM notify.dispatches
     WHERE (state IN ('due', 'held', 'sending') AND due_at <= now() + interval '10 minutes')
        OR (state = 'unknown' AND provider = ANY($1))"""

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Terms:
    """``per_second`` notices for so many ``seconds``, a kill ``every`` so many after each start (None: never); then ``patience``.

    There are ``kills`` at least, however slowly a life begins.
    """

    seed: int
    seconds: float
    per_second: float = 50.0
    every: float | None = 2.0
    faults: bool = True
    sites: int = 1500
    hurried: bool = False
    patience: float = 300.0
    kills: int = 0
    hopes: bool = False


@dataclass(slots=True)
class Verdict:
    """What was seen; ``broken`` names the promises that do not hold."""

    terms: Terms
    published: dict[str, datetime] = field(default_factory=dict)
    planned: int = 0
    planned_twice: int = 0
    kills: int = 0
    lives: int = 0
    settled_after: float | None = None
    latencies: list[float] = field(default_factory=list)
    shown: Screens | None = None

    @property
    def expected(self) -> int:
        """Notices: the party's and the officer's of each event."""
        return len(self.published) * _NOTICES_OF_AN_EVENT

    @property
    def broken(self) -> list[str]:
        """In words; empty where every promise was kept."""
        assert self.shown is not None
        by_provider = self.shown.by_provider()
        more = sum(counts.get("more than once", 0) for counts in by_provider.values())
        never = sum(counts.get("never", 0) for provider, counts in by_provider.items() if provider in ASKABLE)
        said = {
            "not every event was planned": self.planned != self.expected,
            "planned twice": self.planned_twice > 0,
            f"told more than once: {more}": more > 0,
            f"never told, and the provider can be asked: {never}": never > 0,
            f"reached over no channel, and nobody doubts it: {len(self.shown.forgotten())}": bool(self.shown.forgotten()),
            f"messages that belong to nobody: {self.shown.strangers}": self.shown.strangers > 0,
            "never came to rest": self.settled_after is None,
        }
        return [promise for promise, wrong in said.items() if wrong]

    def figures(self) -> dict[str, Any]:
        """For the page."""
        assert self.shown is not None
        return {
            "seed": self.terms.seed,
            "seconds": self.terms.seconds,
            "notices per second": self.terms.per_second,
            "kills": self.kills,
            "lives": self.lives,
            "events": len(self.published),
            "notices": self.planned,
            "planned twice": self.planned_twice,
            "messages that providers took": sum(self.shown.times.values()),
            "by provider": self.shown.by_provider(),
            "notices that reached nobody": len(self.shown.untold()),
            "settled after seconds": None if self.settled_after is None else round(self.settled_after, 1),
            "event to provider, seconds": quantiles(self.latencies),
            "broken": self.broken,
        }


def quantiles(values: Sequence[float]) -> dict[str, float]:
    """p50, p95, p99 and the worst."""
    ordered = sorted(values)
    places = {"p50": 0.5, "p95": 0.95, "p99": 0.99, "worst": 1.0}
    return {name: round(ordered[max(0, math.ceil(share * len(ordered)) - 1)], 3) for name, share in places.items() if ordered}


async def tried(terms: Terms, folder: Path, tell: Tell = lambda _line: None) -> Verdict:
    """Play it in a fresh folder."""
    variant = {HOPE: "1"} if terms.hopes else {}
    async with stage(folder, people=terms.sites, officers=terms.sites, hurried=terms.hurried, more=variant) as on:
        await on.tell_simulator("PUT", "settings", strict=False, receipt_seconds=0.5, retry_seconds=[2.0] * 10)
        trial = _Trial(terms, on, tell)
        for fault in _FAULTS if terms.faults else ():
            await on.tell_simulator("POST", "faults", **fault)
        await trial.play()
        return await trial.verdict()


@dataclass(slots=True)
class _Trial:
    terms: Terms
    on: Stage
    tell: Tell
    seen: Verdict = field(init=False)
    began: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        self.seen = Verdict(self.terms)

    async def play(self) -> None:
        """Load and kills side by side, then silence."""
        killing = asyncio.create_task(self._kill()) if self.terms.every else None
        reporting = asyncio.create_task(self._report())
        try:
            await self._load()
            await until(self._enough, patience=self.terms.patience)
        finally:
            if killing is not None:
                killing.cancel()
        await self.on.tell_simulator("DELETE", "faults")
        await self._rest()
        reporting.cancel()

    async def _load(self) -> None:
        js, luck = self.on.bus.jetstream(timeout=10), chance(self.terms.seed, "sites")
        pause = _NOTICES_OF_AN_EVENT / self.terms.per_second
        total = int(self.terms.seconds / pause)
        order = [number % self.terms.sites for number in range(total)]
        luck.shuffle(order)
        began = time.monotonic()
        for turn, number in enumerate(order):
            await asyncio.sleep(max(0.0, began + turn * pause - time.monotonic()))
            identity, subject, body = town.letter(town.hazard(number, turn))
            self.seen.published[str(identity)] = datetime.now(UTC)
            await js.publish(subject, body, headers={"Nats-Msg-Id": str(identity)})

    async def _enough(self) -> bool:
        return self.seen.kills >= self.terms.kills

    async def _kill(self) -> None:
        """Each life ends so many seconds after it is ready: a machine that starts slowly is still killed at work."""
        assert self.terms.every is not None
        while True:
            while not await self.on.ward.is_ready():  # noqa: ASYNC110 - another process
                await asyncio.sleep(0.1)
            await asyncio.sleep(self.terms.every)
            self.on.ward.send(signal.SIGKILL, "killed")
            self.seen.kills += 1
            while self.on.ward.is_alive and self.on.ward.lives <= self.seen.kills:  # noqa: ASYNC110 - until it is another one
                await asyncio.sleep(0.05)

    async def _rest(self) -> None:
        """Until nothing is on its way that somebody could still learn about."""
        began = time.monotonic()
        while time.monotonic() - began < self.terms.patience:
            planned = await self.on.value("SELECT count(*) FROM notify.notices WHERE kind = 'hazard_found'")
            if planned >= self.seen.expected and not await self.on.value(_UNFINISHED, sorted(ASKABLE)):
                self.seen.settled_after = time.monotonic() - began
                return
            await asyncio.sleep(0.5)

    async def verdict(self) -> Verdict:
        """Count."""
        seen = self.seen
        seen.lives = self.on.ward.lives
        seen.planned = await self.on.value("SELECT count(*) FROM notify.notices WHERE kind = 'hazard_found'")
        pairs = await self.on.value("SELECT count(DISTINCT (cause_id, person_id, kind)) FROM notify.notices")
        seen.planned_twice = await self.on.value("SELECT count(*) FROM notify.notices") - pairs
        seen.shown = await screens(self.on.rows, self.on.arrived)
        causes = {
            str(row["id"]): str(row["cause_id"]) for row in await self.on.rows.fetch("SELECT id, cause_id FROM notify.notices")
        }
        seen.latencies = [
            (at - seen.published[causes[notice]]).total_seconds()
            for (notice, _), at in seen.shown.first.items()
            if notice in causes
        ]
        return seen

    async def _report(self) -> None:
        states = "SELECT state || coalesce(' ' || provider, '') AS state, count(*) FROM notify.dispatches GROUP BY 1 ORDER BY 1"
        while True:
            await asyncio.sleep(_REPORT_SECONDS)
            found = {row["state"]: row["count"] for row in await self.on.rows.fetch(states)}
            self.tell(f"{time.monotonic() - self.began:6.1f} s  kills {self.seen.kills}  {found}")
