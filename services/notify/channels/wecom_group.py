"""Messages of a WeCom group robot; its key is the address and a secret, and nothing can be asked afterwards."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import httpx

from services.notify.channels.calls import TIMEOUT, Reply, call, general
from services.notify.channels.channel import Concern, Dispatch, Outcome, TryLater
from services.notify.channels.limits import limits_of
from services.notify.channels.templates import TemplateMap
from services.notify.channels.wecom_answers import body, told
from services.notify.domain.bucket import Bucket
from shared.clock import utc_now

_KEY = re.compile(r"(?:https://qyapi\.weixin\.qq\.com/cgi-bin/webhook/send\?key=)?([0-9A-Za-z-]{8,64})")


@dataclass(frozen=True, slots=True, repr=False)
class WecomGroup:
    """Writes to a group no faster than its robot may: one message every three seconds, a long pause when told off."""

    http: httpx.AsyncClient
    templates: TemplateMap
    endpoint: str = "https://qyapi.weixin.qq.com"
    clock: Callable[[], datetime] = utc_now
    name: str = "wecom_group"
    kind: str = "wecom_group"
    buckets: dict[str, Bucket] = field(default_factory=dict)

    async def send(self, dispatch: Dispatch) -> Outcome:
        """Hand one message over if the robot's bucket has room."""
        now, key = self.clock(), _KEY.fullmatch(dispatch.address.value)
        if key is None:
            return general("bad_address", now, provider=self.name)
        wait = self._wait(key.group(1), now)
        if wait:
            return TryLater(wait, "paced", Concern.DISPATCH)
        message = body(dispatch, self.templates, limits_of("wecom").markdown_longest_bytes or 0)
        params, content = {"key": key.group(1)}, json.dumps(message, ensure_ascii=False).encode()
        url = f"{self.endpoint}/cgi-bin/webhook/send"
        request = self.http.build_request("POST", url, params=params, content=content, timeout=TIMEOUT)
        reply = await call(self.http, request, now, provider=self.name)
        return self._answered(reply, key.group(1), dispatch, now) if isinstance(reply, Reply) else reply

    def _answered(self, reply: Reply, key: str, dispatch: Dispatch, now: datetime) -> Outcome:
        outcome = told(reply, dispatch, now)
        if isinstance(outcome, TryLater) and outcome.reason == "too_fast":
            free_at = now + timedelta(seconds=limits_of("wecom").robot_pause_seconds)
            self.buckets[key] = Bucket(_rate(), 1.0, 1.0, free_at)
        return outcome

    def _wait(self, key: str, now: datetime) -> timedelta:
        """How long until the robot may speak; nothing when it may, and then it has."""
        bucket = self.buckets.get(key) or Bucket.full(_rate(), 1.0, now)
        if bucket.at > now:
            return bucket.at - now
        wait = timedelta(seconds=bucket.wait(now))
        if not wait:
            self.buckets[key] = bucket.drawn(now, 1)
        return wait


def _rate() -> float:
    return limits_of("wecom").robot_per_minute / 60
