"""Broadcasts that are planned step by step, and briefs that are written in the morning."""

from services.notify import briefing, broadcasting, weekly
from services.notify.broadcasting import BELL
from shared.service import Station, every


@every(seconds=15, bell=BELL)
async def expand_broadcasts(station: Station) -> bool:
    """The next thousand sites of a broadcast."""
    return await station.database.run(broadcasting.expand)


@every(seconds=60)
async def write_briefs(station: Station) -> bool:
    """The day's and the week's figures, for officers and leaders."""
    return await station.database.run(briefing.write)


@every(seconds=60)
async def write_weekly_digests(station: Station) -> bool:
    """What each party owes this week, on Monday morning."""
    return await station.database.run(weekly.write)
