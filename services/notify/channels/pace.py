"""How often one person was written to of late, where the provider would drop one more without saying so."""

from collections import deque
from datetime import datetime, timedelta

from services.notify.channels.limits import PerNumber

_MOST_KNOWN = 10_000


class Pace:
    """Remembers the latest times per address, for the addresses written to last; a process knows only its own."""

    def __init__(self, rules: tuple[PerNumber, ...]) -> None:
        self._rules = rules
        self._longest = max(rule.count for rule in rules)
        self._times: dict[str, deque[datetime]] = {}

    def wait(self, address: str, now: datetime) -> timedelta:
        """How long until one more would be shown."""
        times = self._times.get(address, deque())
        return max(_until(times, rule, now) for rule in self._rules)

    def note(self, address: str, now: datetime) -> None:
        """One more was written."""
        times = self._times.pop(address, None) or deque(maxlen=self._longest)
        times.append(now)
        self._times[address] = times
        if len(self._times) > _MOST_KNOWN:
            self._times.pop(next(iter(self._times)))


def _until(times: deque[datetime], rule: PerNumber, now: datetime) -> timedelta:
    if len(times) < rule.count:
        return timedelta()
    return max(timedelta(), times[-rule.count] + timedelta(seconds=rule.seconds) - now)
