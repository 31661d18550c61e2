"""Processes hatched from one that has already imported everything: a life begins in milliseconds, so that many fit into a test.

``python -m tests.faults`` starts real processes instead, because there the time to come back is measured.
"""

import multiprocessing
import os
import sys
from collections.abc import Mapping, Sequence
from multiprocessing.process import BaseProcess
from pathlib import Path

from tests.faults.doomed import main

_FORKS = multiprocessing.get_context("forkserver")
_CASTS = ("tests.faults.doomed", "tests.faults.toys", "tests.faults.house", "tests.faults.notify.cast")
_SERVICES = ("services.registry.service", "services.inspection.service", "services.grading.service", "services.notify.service")
_FORKS.set_forkserver_preload([*_CASTS, *_SERVICES])


class Hatched:
    """A forked process with the face of a ``Popen``."""

    def __init__(self, process: BaseProcess) -> None:
        self._process = process

    @property
    def pid(self) -> int:
        """The number of the process."""
        return self._process.pid or 0

    def poll(self) -> int | None:
        """The exit code, negative for a signal, or None while it lives."""
        return self._process.exitcode

    def wait(self, patience: float) -> None:
        """Wait for the end; TimeoutError where it does not come."""
        self._process.join(patience)
        if self._process.exitcode is None:
            raise TimeoutError


def hatch(words: Sequence[str], environment: Mapping[str, str], log: Path) -> Hatched:
    """A process of ``tests.faults.doomed`` with these words, in this environment."""
    process = _FORKS.Process(target=_live, args=(tuple(words), dict(environment), log), daemon=True)
    process.start()
    return Hatched(process)


def _live(words: tuple[str, ...], environment: dict[str, str], log: Path) -> None:
    os.environ.clear()
    os.environ.update(environment)
    with log.open("ab") as out:
        for stream in (1, 2):
            os.dup2(out.fileno(), stream)
    sys.exit(main(*words))
