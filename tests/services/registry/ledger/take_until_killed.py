"""A process that takes ledgers until somebody kills it: `python -m … <database url> <data folder>`."""

import asyncio
import sys
from pathlib import Path

import httpx

from services.registry.ledger.workers import take_ledgers
from services.registry.settings import RegistrySettings
from shared.database import Database, make_engine
from shared.service import Station
from tests.support.service import settings_for


async def take(url: str, data: Path) -> None:
    """Take turns for ever."""
    process = settings_for(url, data)
    async with httpx.AsyncClient() as http:
        station = Station(Database(make_engine(process, "doomed"), "registry"), RegistrySettings(), process, http, data)
        while True:
            await take_ledgers.turn(station)


if __name__ == "__main__":
    asyncio.run(take(sys.argv[1], Path(sys.argv[2])))
