"""A trial's own time of day: the services' transactions run ahead of the real clock, all by the same hours."""

import os
from datetime import datetime, timedelta

from shared.clock import SHANGHAI, utc_now
from shared.database import Database

SHIFT = "FAULTS_SHIFT_SECONDS"
_OFFICE_OPENS, _OFFICE_CLOSES = 9, 18


def shift() -> timedelta:
    """How far the services' clocks go ahead, so that it is office hours in Shanghai and notices leave at once."""
    here = utc_now().astimezone(SHANGHAI)
    if _OFFICE_OPENS <= here.hour < _OFFICE_CLOSES:
        return timedelta()
    opens = here.replace(hour=_OFFICE_OPENS + 1, minute=0)
    return (opens if opens > here else opens + timedelta(days=1)) - here


def trial_now() -> datetime:
    """What the services take for now."""
    return utc_now() + shift()


class AheadDatabase(Database):
    """Its ``tx.now`` is the database's clock plus the trial's shift."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.shift = timedelta(seconds=float(os.environ.get(SHIFT, "0")))
