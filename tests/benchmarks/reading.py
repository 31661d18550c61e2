"""The ledger of a province read by many at once: 112,000 tenants in 14,000 buildings; lists, search, boxes, clusters, one site.

50 readers in a process of their own ask over HTTP without a pause, one kind of question after another, every request another
place, name or page; the registry runs alone in a process as in production, and all share the machine with PostgreSQL.
"""

from collections.abc import Callable, Mapping
from random import Random
from statistics import quantiles
from urllib.parse import urlencode

from services.registry.store.map import refresh
from shared.database import Database, make_engine
from shared.database import Transaction as Tx
from shared.web.paging import PageRequest
from tests.benchmarks import province
from tests.benchmarks.alone import Alone, alone
from tests.benchmarks.figures import Figure
from tests.benchmarks.place import Place
from tests.benchmarks.readers import Crowd, Question, ask

READERS, TURNS, WARM_UP = 50, 20, 2
TENANTS = 112_000
_DIFFERENT = 400
_GEO = "application/geo+json"


async def measure(place: Place) -> list[Figure]:
    """p95 of every kind of question, then of all of them mixed."""
    async with alone(place, "registry", "reading") as registry:
        ids = await _filled(registry)
        asked = questions(ids)
        figures = [await _figure(registry, name, question) for name, question in asked.items()]
        mixed = Question([path for question in asked.values() if question.accept != _GEO for path in question.paths[::5]])
        return [*figures, await _figure(registry, "lists, search and boxes mixed", mixed)]


async def _figure(registry: Alone, name: str, question: Question) -> Figure:
    alone_crowd = Crowd(registry.port, registry.token, 1, TURNS)
    await ask(Crowd(registry.port, registry.token, READERS, WARM_UP), question)
    single = await ask(alone_crowd, question)
    busy = registry.busy_seconds()
    answers = await ask(Crowd(registry.port, registry.token, READERS, TURNS), question)
    busy = (registry.busy_seconds() - busy) / len(answers.times)
    points = quantiles(answers.times, n=100)
    note = (
        f"p50 {points[49] * 1000:.0f} ms; {len(answers.times) / answers.whole:.0f}/s; {busy * 1000:.1f} ms processor time each;"
        f" one reader alone p50 {quantiles(single.times, n=100)[49] * 1000:.1f} ms; answers up to {answers.size / 1024:.0f} KB"
    )
    return Figure(f"reading {TENANTS:,} sites: {name}, p95", "ms", points[94] * 1000, goal="≤ 300", note=note)


async def _filled(registry: Alone) -> list[str]:
    engine = make_engine(registry.settings.with_changes(statement_timeout_ms=600_000), "bench")
    database = Database(engine, "registry")
    ids = await province.fill(database, TENANTS)
    await database.run(_summed_up)
    await engine.dispose()
    return ids


async def _summed_up(tx: Tx) -> None:
    await refresh(tx)


def questions(ids: list[str]) -> dict[str, Question]:
    """What readers ask; the same from one seed every time."""
    chance = Random(20240419)

    def many(path: str, query: Callable[[], Mapping[str, object]], accept: str = "application/json") -> Question:
        return Question([f"/api/registry{path}?{urlencode(query())}" for _ in range(_DIFFERENT)], accept)

    def box(width: float) -> str:
        west, south = chance.uniform(119.5, 120.7 - width), chance.uniform(31.1, 32.26 - width)
        return f"{west:.4f},{south:.4f},{west + width:.4f},{south + width:.4f}"

    def tenant() -> int:
        return chance.randrange(TENANTS)

    def after() -> str:
        return PageRequest(_DIFFERENT, None, "/api/registry/sites").cursor_for(chance.choice(ids))

    return {
        "list of 50, anywhere in it": many("/sites", lambda: {"cursor": after()}),
        "list of 500": many("/sites", lambda: {"limit": 500, "cursor": after()}),
        "search by part of a name": many("/sites", lambda: {"q": f"新源第{tenant()}"}),
        "search by pinyin initials": many("/sites", lambda: {"q": f"jsxyd{tenant() // 100}"}),
        "search by code": many("/sites", lambda: {"q": province.tenant_code(tenant())}),
        "search by one common character": many("/sites", lambda: {"q": chance.choice("江苏新源金属")}),
        "parties by a common word": many("/parties", lambda: {"q": chance.choice(("金属制品", "有限公司", "新源"))}),
        "one box, as a list": many("/sites", lambda: {"bbox": box(0.02)}),
        "one box on the map, zoom 16": many("/sites", lambda: {"bbox": box(0.02), "zoom": 16}, _GEO),
        "clusters of a city, zoom 12": many("/sites", lambda: {"bbox": box(0.4), "zoom": 12}, _GEO),
        "clusters of a region, zoom 9": many("/sites", lambda: {"bbox": "119,31,121,33", "zoom": 9}, _GEO),
        "clusters of the province, zoom 6": many("/sites", lambda: {"bbox": "110,20,130,60", "zoom": 6}, _GEO),
        "clusters of one kind, zoom 9": many("/sites", lambda: {"bbox": "119,31,121,33", "zoom": 9, "kind": "tenant"}, _GEO),
        "one site with its facts": Question([f"/api/registry/sites/{chance.choice(ids)}" for _ in range(_DIFFERENT)]),
    }
