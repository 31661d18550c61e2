"""How fast notify is by itself: ``python -m tests.services.notify.measure`` prints one line of JSON for each figure."""

import asyncio
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from services.notify import workers
from services.notify.service import notify as service
from shared.contracts.vocabulary import Duty, Responsible, SiteKind
from shared.service import Worker
from tests.services.notify.builders import RULE, contact, hazard, named, site
from tests.services.notify.registry_stand_in import RegistryStandIn
from tests.support import servers
from tests.support.service import ServiceUnderTest

_SITES, _LANDLORDS, _BATCH = 200, 40, 500


def place(number: int) -> list[Any]:
    """A tenant's site with its contact, and its landlord the first time."""
    landlord = number % _LANDLORDS
    above = named(f"landlord's site {landlord}")
    own = [
        site(named(f"site {number}"), party_id=named(f"tenant {number}"), landlord_site_id=above, name=f"宜兴第{number}机械厂"),
        contact(named(f"boss {number}"), named(f"tenant {number}")),
    ]
    if number >= _LANDLORDS:
        return own
    let = {"kind": SiteKind.LANDLORD, "party_id": named(f"landlord {landlord}"), "landlord_site_id": None}
    return [site(above, **let), contact(named(f"landlord's boss {landlord}"), named(f"landlord {landlord}")), *own]


def found(number: int, round_: str) -> Any:
    """A hazard of which a tenant and its landlord are to be told."""
    where = number % _SITES
    duties = ((named(f"tenant {where}"), Duty.RESPONSIBLE), (named(f"landlord {where % _LANDLORDS}"), Duty.URGING))
    return hazard(
        hazard_id=named(f"{round_} {number}"),
        site_id=named(f"site {where}"),
        landlord_site_id=named(f"landlord's site {where % _LANDLORDS}"),
        grid_id=None,
        immediate=True,
        responsible=tuple(Responsible(party_id=party, role=duty, rule=RULE) for party, duty in duties),
    )


async def until_empty(notify: ServiceUnderTest, worker: Worker) -> None:
    """Turn after turn until nothing is due."""
    idle = 0
    while idle < 2:
        idle = 0 if await notify.works(worker) else idle + 1


async def measured(name: str, count: int, work: Callable[[], Awaitable[Any]]) -> None:
    """Print how many of something were done in a second."""
    began = time.perf_counter()
    await work()
    seconds = time.perf_counter() - began
    print(json.dumps({"what": name, "count": count, "seconds": round(seconds, 2), "per_second": round(count / seconds)}))


async def throughput(notify: ServiceUnderTest, events: int) -> None:
    """Two notices for each event: planned in batches, then handed to a channel that costs nothing."""
    batches = [[found(number, "hazard") for number in range(start, start + _BATCH)] for start in range(0, events, _BATCH)]

    async def plan() -> None:
        for batch in batches:
            await notify.hears(*batch)

    await measured("notices planned", 2 * events, plan)
    await measured("notices handed over", 2 * events, lambda: until_empty(notify, workers.send_alarms))


async def latency(notify: ServiceUnderTest, rounds: int) -> None:
    """From one event to its notices in the sink, on an idle machine."""
    spent = []
    for number in range(rounds):
        event = found(number, "single")
        began = time.perf_counter()
        await notify.hears(event)
        await notify.works(workers.send_alarms)
        spent.append((time.perf_counter() - began) * 1000)
    p95 = statistics.quantiles(spent, n=20)[-1]
    print(
        json.dumps(
            {"what": "event to sink", "count": rounds, "p50_ms": round(statistics.median(spent), 1), "p95_ms": round(p95, 1)}
        )
    )


async def broadcast_and_alarm(notify: ServiceUnderTest, sites: int) -> None:
    """A broadcast to many is on its way when an alarm comes: how long the alarm waits, and how long all of it takes."""
    await notify.hears(*(event for number in range(_SITES, sites) for event in place(number)))
    order = {"template": "WEATHER", "variables": {"topic": "台风", "date": "12月1日"}, "audience": {"kinds": ["tenant"]}}
    async with notify.client("bureau") as client:
        await client.post("/api/notify/broadcasts", json=order)

    async def everything() -> None:
        await until_empty(notify, workers.expand_broadcasts)
        await until_empty(notify, workers.send_broadcasts)

    async def alarm() -> None:
        await asyncio.sleep(1)
        began = time.perf_counter()
        await notify.hears(found(1, "alarm"))
        await notify.works(workers.send_alarms)
        print(json.dumps({"what": "alarm during a broadcast", "ms": round((time.perf_counter() - began) * 1000)}))

    await measured("broadcast planned and handed over", sites, lambda: _both(everything(), alarm()))


async def _both(*works: Awaitable[None]) -> None:
    await asyncio.gather(*works)


async def main(events: int, sites: int) -> None:
    """Every figure, on a database of its own."""
    async with RegistryStandIn.running() as registry:
        folder = Path(tempfile.mkdtemp())
        async with ServiceUnderTest.of(service, folder, registry_url=registry.url) as notify:
            await notify.hears(*(event for number in range(_SITES) for event in place(number)))
            await notify.hears(*(found(number, "warm") for number in range(_SITES)))
            await until_empty(notify, workers.send_alarms)
            await latency(notify, 60)
            await throughput(notify, events)
            await broadcast_and_alarm(notify, sites)


if __name__ == "__main__":
    asyncio.run(main(*(int(argument) for argument in sys.argv[1:]) if len(sys.argv) > 2 else (5000, 10_000)))
    servers.stop()
