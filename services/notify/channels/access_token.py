"""One holder of one access token for everybody in a process: fetched once, kept until it ends, renewed once when refused."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol, Self

from services.notify.channels.calls import Reply
from services.notify.channels.channel import Outcome

_EARLY, _LONGEST = timedelta(minutes=5), 86_400


@dataclass(frozen=True, slots=True)
class Token:
    """A token and when it ends."""

    value: str = field(repr=False)
    ends: datetime

    @classmethod
    def of(cls, tree: Mapping[str, Any], now: datetime) -> Self | None:
        """The token in a provider's answer, believed for a day at most; None where there is none."""
        value, seconds = tree.get("access_token"), tree.get("expires_in")
        if not isinstance(value, str) or not value or not isinstance(seconds, int):
            return None
        return cls(value, now + timedelta(seconds=max(0, min(seconds, _LONGEST))))


@dataclass(frozen=True, slots=True)
class Renewals:
    """How often a provider lets a new token be forced: so many in a day, so far apart."""

    per_day: int
    apart: timedelta


class Fetch(Protocol):
    """Gets a token from the provider; ``force`` makes it issue another one."""

    async def __call__(self, now: datetime, *, force: bool) -> Token | Outcome:
        """A token, or what to do instead."""


Attempt = Callable[[str], Awaitable[Reply | Outcome]]


class TokenHolder:
    """The provider gives everybody the same token while it lives, so several processes need no lock between them.

    A token that was refused is asked for again in the plain way first, because another process may have renewed it;
    only if the same one comes back is a new one forced, as seldom as the provider demands.
    """

    def __init__(self, fetch: Fetch, renewals: Renewals) -> None:
        self._fetch = fetch
        self._renewals = renewals
        self._token: Token | None = None
        self._lock = asyncio.Lock()
        self._forced: deque[datetime] = deque(maxlen=renewals.per_day)

    async def current(self, now: datetime) -> str | Outcome:
        """A token that lives for some minutes yet, or what to do instead."""
        async with self._lock:
            if self._token is not None and now < self._token.ends - _EARLY:
                return self._token.value
            return self._kept(await self._fetch(now, force=False))

    async def instead_of(self, refused: str, now: datetime) -> str | Outcome | None:
        """Another token after one was refused; None where no other is to be had for now."""
        async with self._lock:
            if self._token is not None and self._token.value != refused:
                return self._token.value
            fetched = self._kept(await self._fetch(now, force=False))
            if fetched != refused:
                return fetched
            if not self._may_force(now):
                return None
            self._forced.append(now)
            return self._kept(await self._fetch(now, force=True))

    def _kept(self, fetched: Token | Outcome) -> str | Outcome:
        if not isinstance(fetched, Token):
            return fetched
        self._token = fetched
        return fetched.value

    def _may_force(self, now: datetime) -> bool:
        if self._forced and now - self._forced[-1] < self._renewals.apart:
            return False
        return len(self._forced) < self._renewals.per_day or now - self._forced[0] >= timedelta(days=1)


async def with_token(holder: TokenHolder, attempt: Attempt, is_stale: Callable[[Reply], bool], now: datetime) -> Reply | Outcome:
    """Make a call with the current token, and once more with another one if the provider calls the first stale."""
    token = await holder.current(now)
    if not isinstance(token, str):
        return token
    reply = await attempt(token)
    if not isinstance(reply, Reply) or not is_stale(reply):
        return reply
    other = await holder.instead_of(token, now)
    if other is None:
        return reply
    return await attempt(other) if isinstance(other, str) else other
