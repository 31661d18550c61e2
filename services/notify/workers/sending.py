"""One sender for each lane, so that a broadcast never stands before an alarm."""

from services.notify import sending
from services.notify.domain.telling import Lane
from services.notify.intentions import lane_bell
from services.notify.office import office_of
from shared.service import Station, every


@every(seconds=5, bell=lane_bell(Lane.ALARM))
async def send_alarms(station: Station) -> bool:
    """What cannot wait."""
    return await sending.send(office_of(station), Lane.ALARM)


@every(seconds=5, bell=lane_bell(Lane.ORDINARY))
async def send_ordinary(station: Station) -> bool:
    """What people are told every day."""
    return await sending.send(office_of(station), Lane.ORDINARY)


@every(seconds=5, bell=lane_bell(Lane.BROADCAST))
async def send_broadcasts(station: Station) -> bool:
    """What goes to very many at once."""
    return await sending.send(office_of(station), Lane.BROADCAST)


@every(seconds=5, bell=lane_bell(Lane.OUTSIDE))
async def send_outside(station: Station) -> bool:
    """What follows events from outside; a slow subscriber delays nobody else."""
    return await sending.send(office_of(station), Lane.OUTSIDE)
