"""One trial from the first customer to the verdict: load, blows, silence, evidence."""

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import asyncpg

from tests.faults import collecting
from tests.faults.blows import Arena
from tests.faults.casts import CASTS, Cast
from tests.faults.checker import RESTLESS, judge
from tests.faults.clock import SHIFT
from tests.faults.desk import Desk
from tests.faults.doomed import VARIANT
from tests.faults.evidence import Blow, Evidence, Violation
from tests.faults.ground import Ground, chance, ground
from tests.faults.ledger import Ledger
from tests.faults.nemesis import Planned, Targets, deal, plan
from tests.faults.quiet import NeverQuietError, until_quiet
from tests.faults.supervisor import Supervisor, Ward
from tests.faults.tricks import Trickster

_STATUS_EVERY = 10.0

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Terms:
    """What is tried: who plays, in how many processes, how much is asked of them, and what befalls them."""

    cast: str
    seed: int
    operations: int
    kills: int = 0
    besides: int = 0
    blows: tuple[Planned, ...] = ()
    customers: int = 8
    gap: float = 0.5
    together: bool = False
    cold: bool = False
    variant: str = ""
    ack_wait: float = 3.0
    patience: float = 120.0
    silence: float = 180.0
    pace: float = 0.0
    away: float = 4.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a trial ended."""

    terms: Terms
    evidence: Evidence
    violations: tuple[Violation, ...]
    outcomes: Mapping[str, int]
    figures: Mapping[str, int] = field(default_factory=dict)
    seconds: float = 0.0
    quiet_seconds: float = 0.0

    @property
    def broken(self) -> Counter[str]:
        """How often which promise was broken."""
        return Counter(violation.promise for violation in self.violations)

    def told(self) -> str:
        """The first few of each kind, for whoever reads a failed test."""
        lines = [f"seed {self.terms.seed}: {dict(self.broken)}"]
        for promise in self.broken:
            lines += [f"  {v.promise}: {v.detail}" for v in self.violations if v.promise == promise][:5]
        return "\n".join(lines)


async def tried(terms: Terms, folder: Path, tell: Tell = lambda _line: None) -> Verdict:
    """Play one trial in a fresh folder."""
    with ground(folder) as land:
        cast = CASTS[terms.cast]
        await cast.prepare(land.postgres.url)
        trial = _Trial(terms, land, cast, tell)
        async with contextlib.AsyncExitStack() as stack:
            await trial.open(stack)
            return await trial.play()


@dataclass(slots=True)
class _Trial:
    terms: Terms
    land: Ground
    cast: Cast
    tell: Tell
    supervisor: Supervisor = field(default_factory=Supervisor)
    arena: Arena = field(init=False)
    desk: Desk = field(init=False)
    shift: float = 0.0
    unrest: list[Violation] = field(default_factory=list)
    began: float = field(default_factory=time.monotonic)

    async def open(self, stack: contextlib.AsyncExitStack) -> None:
        """Processes, desk and nemesis; closed again in whatever way the trial ends."""
        stack.callback(self.supervisor.close)
        addresses = self._start_processes()
        await self.supervisor_ready()
        bus = await collecting.connect(self.land.nats.url)
        stack.push_async_callback(bus.close)
        listeners = collecting.listeners_of(self.cast.load())
        self.desk = Desk(addresses, Ledger(self.land.folder / "ledger.jsonl"), pace=self.terms.pace)
        luck = chance(self.terms.seed, "tricks")
        tricks = Trickster(bus, self.land.postgres.url, self.cast.services, listeners, luck, self.shift)
        luck = chance(self.terms.seed, "blows")
        self.arena = Arena(
            self.land, self.supervisor, tricks, bus, luck, self.terms.ack_wait, self._accepted, away=self.terms.away
        )
        stack.push_async_callback(self.desk.http.aclose)

    async def supervisor_ready(self) -> None:
        """All processes as they should be, once, before anything is asked of them."""
        await self.supervisor.all_ready(self.terms.patience)

    def _start_processes(self) -> dict[str, str]:
        services = self.cast.services
        groups = [tuple(services)] if self.terms.together else [(name,) for name in services]
        common = self.land.environment(self.terms.ack_wait) | {VARIANT: self.terms.variant}
        wards = [
            Ward(
                "+".join(names),
                self.cast.name,
                names,
                common,
                self.land.folder / "logs" / f"{names[0]}.log",
                cold=self.terms.cold,
            )
            for names in groups
        ]
        addresses = {name: ward.address for ward in wards for name in ward.services}
        more = self.cast.environment(addresses, self.land.tokens())
        self.shift = float(more.get(SHIFT, 0))
        for ward in wards:
            ward.environment = {**common, **more}
            self.supervisor.add(ward)
        return addresses

    async def play(self) -> Verdict:
        """Load and blows until both are done, then silence, then the verdict."""
        watching = asyncio.create_task(self.supervisor.watch())
        reporting = asyncio.create_task(self._report())
        try:
            await self._until_done(watching)
            quiet = await self._silence(watching)
            evidence = await self._evidence()
        finally:
            reporting.cancel()
            self.supervisor.closing = True
            await asyncio.gather(watching, return_exceptions=True)
        violations, figures = self.cast.judge(evidence, evidence.facts)
        return Verdict(
            self.terms,
            evidence,
            (*judge(evidence), *violations, *self.unrest),
            dict(self.desk.outcomes),
            figures,
            time.monotonic() - self.began,
            quiet,
        )

    async def _until_done(self, watching: "asyncio.Task[None]") -> None:
        async with asyncio.TaskGroup() as tasks:
            nemesis = tasks.create_task(deal(self.arena, self._plan(), self._tell_blow))
            customers = [tasks.create_task(self._customer(number)) for number in range(self.terms.customers)]
            while not (nemesis.done() and len(self.desk.ledger.entries) >= self.terms.operations):
                if watching.done():
                    watching.result()
                await asyncio.sleep(0.05)
            self.desk.closed = True
            await asyncio.gather(*customers)

    def _plan(self) -> Sequence[Planned]:
        if self.terms.blows:
            return self.terms.blows
        hearing = sorted({listener.service for listener in self.arena.trickster.listeners})
        targets = Targets(self.cast.services, hearing, self.cast.asked)
        return plan(chance(self.terms.seed, "plan"), self.terms.kills, targets, self.terms.besides, self.terms.gap)

    async def _customer(self, number: int) -> None:
        turn = 0
        while not self.desk.closed:
            await self.cast.story(self.desk, self.land.tokens(), chance(self.terms.seed, "customer", number, turn))
            turn += 1

    async def _silence(self, watching: "asyncio.Task[None]") -> float:
        self.tell("customers have gone home; waiting until nothing is on its way")
        await self.supervisor_ready()
        if watching.done():
            watching.result()
        listeners = self.arena.trickster.listeners
        try:
            return await until_quiet(self.land.postgres.url, self.arena.bus, self.cast, listeners, self.terms.silence)
        except NeverQuietError as error:
            self.unrest.append(Violation(RESTLESS, str(error)))
            return self.terms.silence

    async def _evidence(self) -> Evidence:
        ledger = tuple(self.desk.ledger.read())
        connection = await asyncpg.connect(self.land.postgres.url)
        try:
            evidence = await self._mailboxes(connection)
            tables = {entry.thing[0] for entry in ledger if entry.thing}
            things = await collecting.things_in(connection, sorted(tables))
            facts = await self.cast.collect(connection, self.land.data)
        finally:
            await connection.close()
        bus, listeners = self.arena.bus, self.arena.trickster.listeners
        streams = sorted({listener.stream for listener in listeners} | {name.upper() for name in self.cast.services})
        stored = [message for stream in streams for message in await collecting.stored_in(bus, stream)]
        return replace(
            evidence,
            answered=ledger,
            asked=frozenset(self.desk.asked),
            things=things,
            stored=tuple(stored),
            listeners=tuple(listeners),
            exits=tuple(self.supervisor.exits),
            blows=tuple(self.arena.blows),
            deliveries=await collecting.deliveries_of(bus, listeners),
            facts=facts,
            shift=self.shift,
        )

    async def _mailboxes(self, connection: Any) -> Evidence:
        said, heard, parked = [], [], []
        for service in self.cast.services:
            said += await collecting.said_by(connection, service)
            heard += await collecting.heard_by(connection, service)
            parked += await collecting.parked_by(connection, service)
        return Evidence(said=tuple(said), heard=tuple(heard), parked=tuple(parked))

    def _tell_blow(self, blow: Blow) -> None:
        seen = "" if blow.seen is None else f" noticed: {blow.seen}"
        self.tell(f"{time.monotonic() - self.began:7.1f} s  {blow.kind} {blow.target} {blow.detail}{seen}")

    def _accepted(self) -> int:
        return sum(entry.accepted for entry in self.desk.ledger.entries)

    async def _report(self) -> None:
        while True:
            await asyncio.sleep(_STATUS_EVERY)
            deaths = sum(blow.deadly for blow in self.arena.blows)
            self.tell(f"{time.monotonic() - self.began:7.1f} s  accepted {self._accepted()}, deaths {deaths}")
