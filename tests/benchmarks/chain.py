"""The whole chain with all services and servers on this machine: report accepted → level → notice handed over."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from tests.benchmarks import zone
from tests.benchmarks.contest import PACE, PACED, Contestant, Rest, Storm, paced, rest, storm
from tests.benchmarks.figures import Figure
from tests.benchmarks.place import Place
from tests.benchmarks.rivals.stack import missing_for_celery, stack
from tests.benchmarks.system import System, system
from tests.support.running import until

COPIES, REPORTS, OF_PEERS = 40, 6_000, 1_000
_RIVALS = {
    "hand": "floor: uvicorn + asyncpg + nats-py by hand",
    "faststream": "FastAPI + FastStream + SQLAlchemy",
    "celery": "FastAPI + Celery on Redis + SQLAlchemy",
}
_CAUTION = "floor and peers do the hops and commits only: no sign-in, no checklist, no policy, no quiet hours, no history"


@dataclass(frozen=True, slots=True)
class _Showing:
    started_in: float
    rest: Rest
    storm: Storm
    times: Mapping[str, tuple[float, float]]


async def measure(place: Place) -> list[Figure]:
    """Ours in one process beside the floor and the peers, one after another; then ours with a process for each service."""
    async with system(place, "chain") as together:
        await _populate(together)
        ours = await _shown(place, together, together.sites, REPORTS)
        sites = together.sites
    beside: dict[str, _Showing] = {}
    absent: list[str] = []
    for name, title in _RIVALS.items():
        missing = missing_for_celery() if name == "celery" else ""
        try:
            if not missing:
                beside[title] = await _rival(place, name, sites, REPORTS if name == "hand" else OF_PEERS)
        except (AssertionError, OSError) as error:
            missing = f"failed: {error}"[:100]
        absent += [f"{title} left out ({missing})"] if missing else []
    async with system(place, "apart", apart=True) as apart:
        await _populate(apart)
        split = await storm(place, apart, apart.sites, REPORTS)
        times = await paced(apart, apart.sites)
    note = f"{REPORTS} reports ({OF_PEERS} for the peers) about {len(sites)} sites over HTTP by 24 clients"
    return list(_figures(ours, beside, "; ".join([note, *absent]))) + _split(split, times["notice"])


async def _shown(place: Place, contestant: Contestant, sites: Sequence[str], count: int) -> _Showing:
    found = await rest(place, contestant)
    stormed = await storm(place, contestant, sites, count)
    return _Showing(contestant.started_in, found, stormed, await paced(contestant, sites))


async def _rival(place: Place, name: str, sites: Sequence[str], count: int) -> _Showing:
    async with stack(place, name) as running:
        return await _shown(place, running, sites, count)


async def _populate(running: System) -> None:
    async with running.http("registry") as http:
        running.sites = await zone.register(http, COPIES)
    await until(partial(_graded, running), patience=600)
    await running.settled()


async def _graded(running: System) -> bool:
    return int(await running.value("SELECT count(*) FROM grading.sites WHERE level IS NOT NULL")) >= len(running.sites)


def _figures(ours: _Showing, beside: Mapping[str, _Showing], note: str) -> Iterator[Figure]:
    def of(name: str, unit: str, value: Callable[[_Showing], float], goal: str = "", more: str = "") -> Figure:
        return Figure(name, unit, value(ours), {title: value(shown) for title, shown in beside.items()}, goal, more)

    lost = f"lost: {ours.storm.lost} of ours" + "".join(f", {shown.storm.lost} of {title}" for title, shown in beside.items())
    yield of("chain, one process: report → level → notice handed over", "reports/s", lambda it: it.storm.carried, "≥ 1,500", lost)
    yield of("chain, one process: reports accepted meanwhile", "reports/s", lambda it: it.storm.accepted, more=note)
    yield of("chain: processor time for a report, load left out", "ms", lambda it: it.storm.cpu_ms, more=_CAUTION)
    yield Figure("chain: lost", "reports", ours.storm.lost, goal="≤ 0")
    for what, goals in (("level", ("", "")), ("notice", ("≤ 40", "≤ 150"))):
        for place, name in enumerate(("p50", "p99")):
            said = f"{PACED} reports at {PACE:.0f} a second, from the report's transaction on"
            yield of(f"chain at 200/s: report → {what}, {name}", "ms", lambda it: it.times[what][place], goals[place], said)  # noqa: B023 - called at once
    servers = "services and servers; peers without what ours does at rest"
    yield of("idle: share of one core", "%", lambda it: it.rest.share, "≤ 3", servers)
    yield of("idle: memory, shared pages in parts", "MB", lambda it: it.rest.memory, "≤ 450", servers)
    yield of("services start beside running servers → ready", "s", lambda it: it.started_in)


def _split(found: Storm, notice: tuple[float, float]) -> list[Figure]:
    note = f"lost: {found.lost}"
    return [
        Figure("chain, four processes: report → level → notice handed over", "reports/s", found.carried, note=note),
        Figure("chain, four processes: reports accepted meanwhile", "reports/s", found.accepted),
        Figure("chain, four processes: processor time for a report, load left out", "ms", found.cpu_ms),
        Figure("chain, four processes at 200/s: report → notice, p50", "ms", notice[0]),
        Figure("chain, four processes at 200/s: report → notice, p99", "ms", notice[1]),
    ]
