"""A process that does grading's background work on a named database, in the smallest steps, so that a test can kill it."""

import asyncio
import sys
from pathlib import Path

import httpx

from services.grading import regrading, rehearsing, workers
from shared.database import Database, make_engine
from shared.service import Station
from tests.support.service import settings_for

WORKERS = {worker.name: worker for worker in workers.ALL}


async def work(url: str, name: str) -> None:
    """Turn after turn, until nothing more is waiting."""
    regrading.SLICE = rehearsing.BATCH = 1  # type: ignore[misc]
    settings = settings_for(url, Path())
    async with httpx.AsyncClient() as http:
        station = Station(Database(make_engine(settings, "background"), "grading"), settings, settings, http, Path())
        while await WORKERS[name].turn(station):
            pass


if __name__ == "__main__":
    asyncio.run(work(*sys.argv[1:]))
