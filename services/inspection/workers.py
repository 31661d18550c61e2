"""What inspection does when time passes."""

from services.inspection.actions.time import pass_time
from shared.service import Station, every

_AT_ONCE = 200


@every(seconds=15)
async def escalate_due_hazards(station: Station) -> bool:
    """Say which hazards are overdue, and climb the ladder; True where more may be waiting."""
    done = await station.database.run(lambda tx: pass_time(_AT_ONCE, tx), repeatable=True)
    return done == _AT_ONCE
