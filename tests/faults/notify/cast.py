"""Notify alone, as production loads it; ``FAULTS_HURRY`` shortens every patience, so that a trial fits into a test.

``FAULTS_HOPE`` is the negative control: what was not answered is sent again without asking, as it is often done.
"""

import os
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from services.__main__ import load
from services.notify import asking, workers
from services.notify.channels import calls
from services.notify.channels.answers import Row
from services.notify.channels.channel import Concern, Outcome, TryLater
from services.notify.channels.limits import limits_of
from services.notify.domain.retries import RetryTable
from shared.service import Service, Worker

HURRY, HOPE = "FAULTS_HURRY", "FAULTS_HOPE"
_SECOND = timedelta(seconds=1)
_SOON = {"ask_after_seconds": 1, "absence_proves_after_seconds": 3}
_EVERY_SECOND = (workers.take_left_behind, workers.ask_providers)
_LETTERS = (workers.write_briefs, workers.write_weekly_digests)


class Alone:
    """The cast that ``tests.faults.doomed`` plays by the name ``notify``."""

    name = "notify"
    services = ("notify",)

    def load(self, *names: str) -> tuple[Service, ...]:
        """The service; in a hurry, a call is given up after a second and a provider's silence proves something after three."""
        if os.environ.get(HURRY):
            hurry()
        if os.environ.get(HOPE):
            asking._answer = hoped  # type: ignore[assignment]
        return tuple(replace(service, workers=_without_letters(service)) for service in load(*(names or self.services)))


def _without_letters(service: Service) -> tuple[Worker, ...]:
    """Of a trial between half past eight and half past twelve the day's briefs would be a part, which nobody has published."""
    return tuple(worker for worker in service.workers if worker not in _LETTERS)


def hurry() -> None:
    """Shorten what takes minutes at a provider, where it stands."""
    calls.TIMEOUT.read, calls.TIMEOUT.connect = 1.0, 1.0
    calls._WHOLE_CALL = 1.5
    for name, seconds in _SOON.items():
        object.__setattr__(limits_of("aliyun"), name, seconds)
    for worker in _EVERY_SECOND:
        object.__setattr__(worker, "seconds", 0.5)

    wait, pause_after = Row.wait, RetryTable.pause_after

    def soon(row: Row, now: datetime) -> timedelta:
        return min(wait(row, now), _SECOND)

    def soon_again(table: RetryTable, attempt: int, asked: timedelta = timedelta()) -> timedelta | None:
        pause = pause_after(table, attempt, asked)
        return None if pause is None else min(pause, _SECOND)

    Row.wait, RetryTable.pause_after = soon, soon_again  # type: ignore[method-assign, assignment]


async def hoped(*_: Any) -> Outcome:
    """It will not have arrived."""
    return TryLater(timedelta(), "hoped", Concern.DISPATCH)


CAST = Alone()
