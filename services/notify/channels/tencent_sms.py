"""Short messages through Tencent Cloud: SendSms, and the pulling of receipts, by number or as they come."""

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import httpx
from pydantic import SecretStr

from services.notify.channels import tencent_receipts
from services.notify.channels.answers import answers_of
from services.notify.channels.calls import TIMEOUT, Reply, call, general, refused, rows
from services.notify.channels.channel import Accepted, Answer, Callback, Dispatch, Outcome, Receipt
from services.notify.channels.limits import limits_of
from services.notify.channels.numbers import international, is_mainland_mobile
from services.notify.channels.receipts import absent, for_all, not_yet
from services.notify.channels.templates import TemplateMap
from services.notify.channels.tencent_signature import CONTENT_TYPE, SignedCall
from services.notify.channels.together import Ready, together
from shared.clock import utc_now

VERSION = "2021-01-11"
_PULLED_AT_ONCE, _PULLS = 100, 20
_AT_ONCE = 20


@dataclass(frozen=True, slots=True, repr=False)
class TencentSms:
    """Sends with our key as ``SessionContext``; what was not answered is looked for among the numbers' receipts."""

    http: httpx.AsyncClient
    secret_id: str
    secret_key: SecretStr
    sdk_app_id: str
    signature_name: str
    templates: TemplateMap
    callback_token: SecretStr
    region: str = "ap-guangzhou"
    endpoint: str = "https://sms.tencentcloudapi.com/"
    clock: Callable[[], datetime] = utc_now
    name: str = "tencent"
    kind: str = "sms"
    most: int = 2000
    shares_key: bool = True

    async def send(self, dispatch: Dispatch) -> Outcome:
        """Hand one message over."""
        return (await self.send_many([dispatch]))[0]

    async def send_many(self, dispatches: Sequence[Dispatch]) -> Sequence[Outcome]:
        """Hand many over: those that are told the same go together, two hundred numbers at a time, several calls at once."""
        now = self.clock()
        prepared = {dispatch.key: self._prepared(dispatch, now) for dispatch in dispatches}
        outcomes = {key: one for key, one in prepared.items() if not isinstance(one, Ready)}
        gate = asyncio.Semaphore(_AT_ONCE)
        groups = together([one for one in prepared.values() if isinstance(one, Ready)], limits_of(self.name).most_per_call)
        for part in await asyncio.gather(*(self._carry(group, gate) for group in groups)):
            outcomes |= part
        return [outcomes[dispatch.key] for dispatch in dispatches]

    def _prepared(self, dispatch: Dispatch, now: datetime) -> Ready | Outcome:
        template = self.templates.of(self.name, dispatch.template)
        variables = template.chosen(dispatch.variables) if template else None
        if template is None or variables is None:
            return general("unmapped_template", now, provider=self.name, detail=dispatch.template)
        if not is_mainland_mobile(dispatch.address.value):
            return general("bad_address", now, provider=self.name)
        return Ready(dispatch, template.id, variables)

    async def _carry(self, group: Sequence[Ready], gate: asyncio.Semaphore) -> dict[str, Outcome]:
        """One call; the provider answers for each number by itself."""
        message = {
            "PhoneNumberSet": [international(one.dispatch.address.value) for one in group],
            "SmsSdkAppId": self.sdk_app_id,
            "TemplateId": group[0].template,
            "SignName": self.signature_name,
            "TemplateParamSet": list(group[0].variables.values()),
            "SessionContext": group[0].key,
        }
        async with gate:
            now = self.clock()
            reply = await self._call("SendSms", message, now)
        if not isinstance(reply, Reply):
            return dict.fromkeys((one.dispatch.key for one in group), reply)
        return {one.dispatch.key: self._sent(reply, one.dispatch.address.value, len(group), now) for one in group}

    async def ask(self, dispatch: Dispatch) -> Outcome:
        """Look for the message among the receipts of its number; only what a carrier has reported can be seen."""
        now = self.clock()
        limits = limits_of(self.name)
        begin = max(dispatch.stored_at - timedelta(minutes=5), now - timedelta(days=limits.ask_for_days))
        question = {
            "BeginTime": int(begin.timestamp()),
            "EndTime": int(now.timestamp()),
            "Offset": 0,
            "Limit": _PULLED_AT_ONCE,
            "PhoneNumber": international(dispatch.address.value),
            "SmsSdkAppId": self.sdk_app_id,
        }
        statuses = _statuses(await self._call("PullSmsSendStatusByPhoneNumber", question, now))
        if statuses is None:
            return not_yet(timedelta(seconds=limits.ask_after_seconds))
        mine = [status for status in statuses if status.get("SessionContext") == (dispatch.call or dispatch.key)]
        return tencent_receipts.outcome_of(mine[0], dispatch.key) if mine else absent(dispatch.age(now), limits)

    async def collect(self) -> Sequence[Receipt]:
        """Receipts that were not pulled before."""
        receipts: list[Receipt] = []
        for _ in range(_PULLS):
            now = self.clock()
            question = {"Limit": _PULLED_AT_ONCE, "SmsSdkAppId": self.sdk_app_id}
            statuses = _statuses(await self._call("PullSmsSendStatus", question, now)) or []
            receipts += [tencent_receipts.pulled(status, now) for status in statuses]
            if len(statuses) < _PULLED_AT_ONCE:
                break
        return receipts

    def read_callback(self, callback: Callback) -> Answer:
        """The receipts of one push."""
        return tencent_receipts.read(callback, self.callback_token.get_secret_value())

    def _sent(self, reply: Reply, number: str, carried: int, now: datetime) -> Outcome:
        response = _response(reply)
        if response is None:
            return refused(reply, now, provider=self.name)
        if isinstance(response.get("Error"), dict):
            return for_all(self._meant(response["Error"], now), carried)
        status = _status_of(rows(response.get("SendStatusSet")), number, carried)
        if not isinstance(status.get("Code"), str) or (status["Code"] == "Ok" and not status.get("SerialNo")):
            return general("garbage", now, provider=self.name)
        fee = status.get("Fee")
        parts = fee if isinstance(fee, int) else None
        return Accepted(str(status["SerialNo"]), parts) if status["Code"] == "Ok" else self._meant(status, now)

    def _meant(self, error: Mapping[str, Any], now: datetime) -> Outcome:
        return answers_of(self.name).outcome(str(error.get("Code", "")), str(error.get("Message", "")), now)

    async def _call(self, action: str, parameters: Mapping[str, Any], now: datetime) -> Reply | Outcome:
        url, timestamp = httpx.URL(self.endpoint), int(now.timestamp())
        body = json.dumps(parameters).encode()
        headers = {
            "content-type": CONTENT_TYPE,
            "host": url.netloc.decode(),
            "x-tc-action": action,
            "x-tc-version": VERSION,
            "x-tc-timestamp": str(timestamp),
            "x-tc-region": self.region,
        }
        signed = SignedCall(headers["host"], body, timestamp, path=url.path)
        headers["authorization"] = signed.authorization(self.secret_id, self.secret_key.get_secret_value())
        request = self.http.build_request("POST", url, content=body, headers=headers, timeout=TIMEOUT)
        return await call(self.http, request, now, provider=self.name)


def _status_of(statuses: Sequence[dict[str, Any]], number: str, carried: int) -> dict[str, Any]:
    """The status of a number; the only one where only one was sent; an empty one where the provider says nothing of it."""
    if carried == 1:
        return next(iter(statuses), {})
    return next((status for status in statuses if status.get("PhoneNumber") == international(number)), {})


def _response(reply: Reply) -> dict[str, Any] | None:
    response = (reply.tree() or {}).get("Response")
    return response if isinstance(response, dict) else None


def _statuses(reply: Reply | Outcome) -> list[dict[str, Any]] | None:
    response = _response(reply) if isinstance(reply, Reply) else None
    if response is None or "Error" in response:
        return None
    return rows(response.get("PullSmsSendStatusSet"))
