"""What a family of processes takes in memory and time; pages that they share are counted once, in parts."""

from collections.abc import Iterable

import psutil


def proportional_mb(family: Iterable[psutil.Process]) -> float:
    """Proportional set size of all of them together."""
    return sum(map(_proportional, family)) / 1024**2


def busy_seconds(family: Iterable[psutil.Process]) -> float:
    """Processor time that they have used so far."""
    return sum(map(_busy, family))


def _proportional(process: psutil.Process) -> float:
    try:
        return float(process.memory_full_info().pss)
    except psutil.Error:
        return 0.0


def _busy(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
    except psutil.Error:
        return 0.0
    return float(times.user + times.system)
