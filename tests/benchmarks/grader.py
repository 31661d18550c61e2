"""A process that grades all sites anew, as a replica of the service does; it begins when it is told to."""

import asyncio
import sys
from pathlib import Path

import httpx
import uvloop

from services.grading.rulings import rules_in_force
from services.grading.workers import grade_anew_by_policy
from shared.database import Database, make_engine
from shared.runtime import calm_collector
from shared.service import Station
from tests.support.service import settings_for


async def grade(url: str) -> None:
    """Slice after slice, until none is left."""
    settings = settings_for(url, Path())
    database = Database(make_engine(settings, "grader"), "grading")
    async with httpx.AsyncClient() as http:
        station = Station(database, settings, settings, http, Path())
        await database.run(rules_in_force)
        print("ready", flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        while await grade_anew_by_policy.turn(station):
            pass


if __name__ == "__main__":
    calm_collector()
    uvloop.run(grade(sys.argv[1]))
