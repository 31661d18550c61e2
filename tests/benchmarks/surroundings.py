"""How busy everybody else kept the machine meanwhile: a figure taken beside others' work says so."""

import os
import time
from dataclasses import dataclass, field
from typing import Any

import psutil


def _machine() -> float:
    times = psutil.cpu_times()
    return float(sum(times) - times.idle - getattr(times, "iowait", 0.0) - getattr(times, "guest", 0.0))


def _ours() -> float:
    me = psutil.Process()
    return _spent(me) + sum(map(_spent, me.children(recursive=True)))


def _spent(process: psutil.Process) -> float:
    """What a process used, and those of its children that it has seen end."""
    try:
        times: Any = process.cpu_times()
    except psutil.Error:
        return 0.0
    return float(times.user + times.system + times.children_user + times.children_system)


@dataclass(slots=True)
class Surroundings:
    """Looks at the machine when it is made; ``others`` tells what was used since then by processes that are not ours."""

    _began: float = field(default_factory=time.monotonic)
    _busy: float = field(default_factory=_machine)
    _own: float = field(default_factory=_ours)

    @property
    def seconds(self) -> float:
        """How long ago that was."""
        return time.monotonic() - self._began

    @property
    def others(self) -> float:
        """The share of all cores that others took, 0 to 1; what ended unseen is counted as theirs."""
        whole = self.seconds * (os.cpu_count() or 1)
        theirs = (_machine() - self._busy) - (_ours() - self._own)
        return min(1.0, max(0.0, theirs / whole)) if whole else 0.0
