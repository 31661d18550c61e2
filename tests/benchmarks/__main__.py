"""``make bench``: everything, or the named parts; prints as it goes and writes ``docs/benchmarks/``."""

import sys
import traceback
from collections.abc import Awaitable, Callable, Sequence

import uvloop

from shared.runtime import calm_collector
from tests.benchmarks import assessing, broadcast, chain, grading, importing, poison, reading, regrading, relay, report, startup
from tests.benchmarks.figures import Figure, Part
from tests.benchmarks.place import Place, place
from tests.benchmarks.surroundings import Surroundings

PARTS: dict[str, Callable[[Place], Awaitable[list[Figure]]]] = {
    "relay": relay.measure,
    "poison": poison.measure,
    "grading": grading.measure,
    "assess": assessing.measure,
    "regrade": regrading.measure,
    "chain": chain.measure,
    "startup": startup.measure,
    "importing": importing.measure,
    "reading": reading.measure,
    "broadcast": broadcast.measure,
}

ON_REQUEST: dict[str, Callable[[Place], Awaitable[list[Figure]]]] = {"regrade-country": regrading.measure_country}
"""Parts that take long and are measured only where they are named."""


def main(*names: str) -> int:
    """Measure the named parts; only a whole run replaces the files. 1 where a part could not be measured."""
    if unknown := set(names) - PARTS.keys() - ON_REQUEST.keys():
        print(f"no part named {', '.join(sorted(unknown))}; there are {', '.join((*PARTS, *ON_REQUEST))}")
        return 2
    calm_collector()
    parts: list[Part] = []
    for name in names or PARTS:
        parts.append(_measured(name))
        if not names:
            report.write(parts)  # after each one, so that a run that is broken off leaves what it has measured
    return int(any(part.failure for part in parts))


def _measured(name: str) -> Part:
    """One part on servers of its own; a part that fails says so and leaves the others theirs."""
    print(f"… {name}", flush=True)
    around, figures, failure = Surroundings(), list[Figure](), ""
    try:
        with place() as servers:
            figures = uvloop.run(_figures(name, servers))
    except Exception as error:  # noqa: BLE001 - whatever it is, the report tells it
        traceback.print_exc()
        failure = f"{type(error).__name__}: {error}"[:300]
    part = Part(name, figures, around.others, around.seconds, failure)
    _print(part)
    return part


async def _figures(name: str, servers: Place) -> list[Figure]:
    return await (PARTS | ON_REQUEST)[name](servers)


def _print(part: Part) -> None:
    for figure in part.figures:
        beside: Sequence[str] = [f"{name} ×{ratio:g}" for name, ratio in figure.ratios().items()]
        words = (figure.verdict(), figure.goal, "; ".join(beside), figure.note)
        print(f"  {figure.name}: {figure.ours:,.1f} {figure.unit}  {' · '.join(filter(None, words))}", flush=True)
    failed = f"; NOT MEASURED: {part.failure}" if part.failure else ""
    print(f"  {part.seconds:.0f} s, others took {part.others:.0%} of the machine{failed}", flush=True)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
