"""A trial's own time of day: the services' transactions run ahead of the real clock, all by the same hours."""

import os
from datetime import timedelta

from shared.database import Database

SHIFT = "FAULTS_SHIFT_SECONDS"


class AheadDatabase(Database):
    """Its ``tx.now`` is the database's clock plus the trial's shift."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.shift = timedelta(seconds=float(os.environ.get(SHIFT, "0")))
