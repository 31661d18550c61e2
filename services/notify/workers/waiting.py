"""What waits for its moment: the next channel of a route, the next rung of a ladder, reminders of a date, merged reminders."""

from services.notify import climbing, merging, reminding, stepping, unreached
from services.notify.intentions import HELD_BELL
from shared.service import Station, every

_MOST = 500


@every(seconds=10)
async def take_next_steps(station: Station) -> bool:
    """Nobody has read it in time: the next channel of the route takes over."""
    return await station.database.run(lambda tx: stepping.take_next_steps(tx, _MOST)) == _MOST


@every(seconds=10)
async def climb_ladders(station: Station) -> bool:
    """Nobody has acknowledged it in time: the next one up hears of it."""
    return await station.database.run(lambda tx: climbing.climb(tx, _MOST)) == _MOST


@every(seconds=60)
async def follow_the_unreached(station: Station) -> bool:
    """Whom something has reached again is said to be so; whom nothing reached yesterday is tried anew."""
    await station.database.run(unreached.look)
    await station.database.run(unreached.try_again)
    return False


@every(seconds=15)
async def remind_of_dates(station: Station) -> bool:
    """A date is near, or just past."""
    return await station.database.run(lambda tx: reminding.remind(tx, _MOST)) == _MOST


@every(seconds=10, bell=HELD_BELL)
async def release_held(station: Station) -> bool:
    """Reminders that have waited for company go out, several to one person as one."""
    return await station.database.run(lambda tx: merging.release(tx, _MOST)) >= _MOST
