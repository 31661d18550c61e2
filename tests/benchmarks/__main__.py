"""``make bench``: everything, or the named parts; prints as it goes and writes ``docs/benchmarks/``."""

import sys
from collections.abc import Awaitable, Callable

import uvloop

from shared.runtime import calm_collector
from tests.benchmarks import assessing, chain, grading, relay, report, startup
from tests.benchmarks.figures import Figure
from tests.benchmarks.place import Place, place

PARTS: dict[str, Callable[[Place], Awaitable[list[Figure]]]] = {
    "relay": relay.measure,
    "grading": grading.measure,
    "assess": assessing.measure,
    "chain": chain.measure,
    "startup": startup.measure,
}


def main(*names: str) -> None:
    """Measure the named parts; only a whole run replaces the files."""
    figures: list[Figure] = []
    calm_collector()
    with place() as servers:
        for name in names or PARTS:
            print(f"… {name}", flush=True)
            found = uvloop.run(_measured(name, servers))
            for figure in found:
                print(f"  {figure.name}: {figure.ours:,.1f} {figure.unit}  {figure.ratios()}  goal: {figure.goal}", flush=True)
            figures += found
    if not names:
        report.write(figures)


async def _measured(name: str, servers: Place) -> list[Figure]:
    return await PARTS[name](servers)


if __name__ == "__main__":
    main(*sys.argv[1:])
