"""One sender for each lane, so that a broadcast never stands before an alarm."""

from services.notify.domain.telling import Lane
from services.notify.intentions import BELL
from services.notify.sending import office_of
from shared.service import Station, every


@every(seconds=5, bell=BELL)
async def send_alarms(station: Station) -> bool:
    """What cannot wait."""
    return await office_of(station).send(Lane.ALARM)


@every(seconds=5, bell=BELL)
async def send_ordinary(station: Station) -> bool:
    """What people are told every day."""
    return await office_of(station).send(Lane.ORDINARY)


@every(seconds=5, bell=BELL)
async def send_broadcasts(station: Station) -> bool:
    """What goes to very many at once."""
    return await office_of(station).send(Lane.BROADCAST)
