"""Notify alone, as production loads it; ``FAULTS_HURRY`` shortens every patience, so that a trial fits into a test."""

import os

from services.__main__ import load
from services.notify import workers
from services.notify.channels import calls
from services.notify.channels.limits import limits_of
from shared.service import Service

HURRY = "FAULTS_HURRY"
_SOON = {"ask_after_seconds": 1, "absence_proves_after_seconds": 3}
_EVERY_SECOND = (workers.take_left_behind, workers.ask_providers)


class Alone:
    """The cast that ``tests.faults.doomed`` plays by the name ``notify``."""

    name = "notify"
    services = ("notify",)

    def load(self, *names: str) -> tuple[Service, ...]:
        """The service; in a hurry, a call is given up after a second and a provider's silence proves something after three."""
        if os.environ.get(HURRY):
            hurry()
        return load(*(names or self.services))


def hurry() -> None:
    """Shorten what takes minutes at a provider, where it stands."""
    calls.TIMEOUT.read, calls.TIMEOUT.connect = 1.0, 1.0
    calls._WHOLE_CALL = 1.5
    for name, seconds in _SOON.items():
        object.__setattr__(limits_of("aliyun"), name, seconds)
    for worker in _EVERY_SECOND:
        object.__setattr__(worker, "seconds", 0.5)


CAST = Alone()
