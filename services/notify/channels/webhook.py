"""Outgoing webhooks: signed with every live secret, sent only where the guard lets us, believed only when answered 2xx."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import httpx

from services.notify.channels.calls import TIMEOUT, Reply, call, general, with_retry_after
from services.notify.channels.channel import Accepted, Dispatch, Outcome, Unknown
from services.notify.channels.limits import limits_of
from services.notify.channels.outbound_guard import Blocked, Guard, Resolve, Target, Unresolved, resolve_host
from services.notify.channels.webhook_signature import signed_headers
from shared.clock import utc_now

_JSON, _CLOUD_EVENT = "application/json", "application/cloudevents+json"
_SUCCESS, _GONE = range(200, 300), 410


@dataclass(frozen=True, slots=True, repr=False)
class Webhook:
    """Posts a notice to a subscriber. Every attempt carries the same ``webhook-id``, so sending again is harmless."""

    http: httpx.AsyncClient
    guard: Guard
    resolve: Resolve = resolve_host
    clock: Callable[[], datetime] = utc_now
    name: str = "webhook"
    kind: str = "webhook"

    async def send(self, dispatch: Dispatch) -> Outcome:
        """Hand one notice over, in ten seconds in all."""
        now = self.clock()
        try:
            async with asyncio.timeout(limits_of(self.name).answer_seconds):
                target = await self.guard.admit(dispatch.address.value, self.resolve)
                return await self._post(target, dispatch, now)
        except Blocked as error:
            return general("address_blocked", now, provider=self.name, detail=error.rule)
        except Unresolved:
            return general("no_such_host", now, provider=self.name)
        except TimeoutError:
            return general("webhook_refused", now, provider=self.name, detail="timeout")

    async def _post(self, target: Target, dispatch: Dispatch, now: datetime) -> Outcome:
        body = payload(dispatch) if dispatch.body is None else dispatch.body
        try:
            signed = signed_headers(dispatch.secrets, message_id=str(dispatch.notice_id), at=now, body=body)
        except ValueError:
            return general("no_secret", now, provider=self.name)
        if not dispatch.secrets:
            return general("no_secret", now, provider=self.name)
        headers = {
            "host": target.host,
            "content-type": _JSON if dispatch.body is None else _CLOUD_EVENT,
            "accept-encoding": "identity",
            **signed,
        }
        request = self.http.build_request("POST", target.url, content=body, headers=headers, timeout=TIMEOUT)
        request.extensions = {**request.extensions, "sni_hostname": target.name}
        longest = limits_of(self.name).answer_longest_bytes
        reply = await call(self.http, request, now, provider=self.name, longest=longest)
        return self._answered(reply, dispatch, now)

    def _answered(self, reply: Reply | Outcome, dispatch: Dispatch, now: datetime) -> Outcome:
        if isinstance(reply, Unknown):
            return general("webhook_refused", now, provider=self.name, detail=reply.reason)
        if not isinstance(reply, Reply):
            return reply
        if reply.status in _SUCCESS:
            return Accepted(str(dispatch.notice_id))
        if reply.status == _GONE:
            return general("gone", now, provider=self.name)
        return with_retry_after(general("webhook_refused", now, provider=self.name, detail=str(reply.status)), reply)


def payload(dispatch: Dispatch) -> bytes:
    """The body, the same bytes for every attempt: ``type``, ``timestamp`` (when it was stored) and ``data``."""
    data = {
        "notice_id": str(dispatch.notice_id),
        "template": dispatch.template,
        "language": dispatch.language,
        "title": dispatch.title,
        "text": dispatch.text,
        "link": dispatch.link,
        "variables": dict(dispatch.variables),
    }
    at = dispatch.stored_at.astimezone(UTC).isoformat()
    tree = {"type": f"notice.{dispatch.template.lower()}", "timestamp": at, "data": data}
    return json.dumps(tree, ensure_ascii=False, separators=(",", ":")).encode()
