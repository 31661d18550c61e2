"""Short messages through Alibaba Cloud: SendSms, SendBatchSms, and QuerySendDetails for what was not answered."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_hex
from typing import Any
from urllib.parse import urlencode

import httpx
from pydantic import SecretStr

from services.notify.channels import aliyun_receipts
from services.notify.channels.aliyun_signature import SignedCall, canonical_query
from services.notify.channels.aliyun_together import Load, loads
from services.notify.channels.answers import answers_of
from services.notify.channels.calls import TIMEOUT, Reply, branch, call, general, refused, rows
from services.notify.channels.channel import Accepted, Answer, Callback, Dispatch, Outcome, TryLater, Unknown
from services.notify.channels.limits import limits_of
from services.notify.channels.numbers import is_mainland_mobile, national
from services.notify.channels.receipts import absent, for_all, not_yet, shared_id
from services.notify.channels.templates import TemplateMap
from services.notify.channels.together import Ready
from shared.clock import SHANGHAI, utc_now

VERSION = "2017-05-25"
_PAGE, _PAGES = 50, 20
_AT_ONCE = 8
_NEAR_MIDNIGHT = timedelta(minutes=15)


@dataclass(frozen=True, slots=True, repr=False)
class AliyunSms:
    """Sends with our key as ``OutId``; the API is not idempotent, so a call without an answer is asked for by that key."""

    http: httpx.AsyncClient
    key_id: str
    secret: SecretStr
    signature_name: str
    templates: TemplateMap
    callback_token: SecretStr
    endpoint: str = "https://dysmsapi.aliyuncs.com/"
    clock: Callable[[], datetime] = utc_now
    nonce: Callable[[], str] = token_hex
    name: str = "aliyun"
    kind: str = "sms"
    most: int = 2000
    shares_key: bool = True

    async def send(self, dispatch: Dispatch) -> Outcome:
        """Hand one message over."""
        return (await self.send_many([dispatch]))[0]

    async def send_many(self, dispatches: Sequence[Dispatch]) -> Sequence[Outcome]:
        """Hand many over in few calls, several at once."""
        now = self.clock()
        prepared = {dispatch.key: self._prepared(dispatch, now) for dispatch in dispatches}
        ready = [one for one in prepared.values() if isinstance(one, Ready)]
        gate = asyncio.Semaphore(_AT_ONCE)
        outcomes = {key: one for key, one in prepared.items() if not isinstance(one, Ready)}
        calls = loads(ready, self.signature_name, limits_of(self.name))
        for part in await asyncio.gather(*(self._carry(load, gate) for load in calls)):
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

    async def _carry(self, load: Load, gate: asyncio.Semaphore) -> dict[str, Outcome]:
        """One call; what it came to for each dispatch in it."""
        async with gate:
            now = self.clock()
            reply = await self._call(load.action, load.query, now, load.form)
        outcome = for_all(self._sent(reply, now) if isinstance(reply, Reply) else reply, len(load.carried))
        return {one.dispatch.key: self._own(outcome, one.dispatch) for one in load.carried}

    def _own(self, outcome: Outcome, dispatch: Dispatch) -> Outcome:
        """The call's outcome as one dispatch's: with a number of its own where the provider has one for all."""
        if isinstance(outcome, Accepted) and dispatch.call:
            return Accepted(self._known_as(dispatch), together=outcome.provider_id)
        return outcome

    def _known_as(self, dispatch: Dispatch) -> str:
        if dispatch.call is None:
            return dispatch.key
        return shared_id(dispatch.call, dispatch.address.value, self.secret.get_secret_value())

    async def ask(self, dispatch: Dispatch) -> Outcome:
        """Look the message up by number, day and OutId; what is not listed a minute later was never received."""
        now = self.clock()
        for day in _days(dispatch.stored_at, now):
            found = await self._look_up(dispatch, day, now)
            if found is not None:
                return found
        return absent(dispatch.age(now), limits_of(self.name))

    def read_callback(self, callback: Callback) -> Answer:
        """The receipts of one ``SmsReport`` push."""
        return aliyun_receipts.read(callback, self.callback_token.get_secret_value(), self.secret.get_secret_value())

    def _sent(self, reply: Reply, now: datetime) -> Outcome:
        tree = reply.tree()
        if tree is None or not isinstance(tree.get("Code"), str):
            return refused(reply, now, provider=self.name)
        if tree["Code"] == "OK":
            return Accepted(str(tree.get("BizId") or "")) if tree.get("BizId") else general("garbage", now, provider=self.name)
        return answers_of(self.name).outcome(tree["Code"], str(tree.get("Message", "")), now)

    async def _look_up(self, dispatch: Dispatch, day: str, now: datetime) -> Outcome | None:
        question = {"PhoneNumber": national(dispatch.address.value), "SendDate": day, "PageSize": str(_PAGE)}
        for page in range(1, _PAGES + 1):
            reply = await self._call("QuerySendDetails", {**question, "CurrentPage": str(page)}, now)
            details = _details(reply)
            if details is None:
                return self._unanswered(reply, now)
            mine = [detail for detail in details if detail.get("OutId") == (dispatch.call or dispatch.key)]
            if mine:
                return aliyun_receipts.outcome_of(mine[0], self._known_as(dispatch))
            if len(details) < _PAGE:
                return None
        return None

    def _unanswered(self, reply: Reply | Outcome, now: datetime) -> Unknown:
        outcome = self._sent(reply, now) if isinstance(reply, Reply) else reply
        wait = outcome.after if isinstance(outcome, TryLater) else timedelta(seconds=30)
        return not_yet(max(wait, timedelta(seconds=5)))

    async def _call(
        self, action: str, parameters: Mapping[str, str], now: datetime, form: Mapping[str, str] | None = None
    ) -> Reply | Outcome:
        url = httpx.URL(self.endpoint)
        date, body = now.strftime("%Y-%m-%dT%H:%M:%SZ"), urlencode(form).encode() if form else None
        signed = SignedCall(url.netloc.decode(), action, VERSION, date, self.nonce(), parameters, body, url.path)
        authorization = signed.authorization(self.key_id, self.secret.get_secret_value())
        headers = {**signed.headers(), "authorization": authorization}
        target = url.copy_with(query=canonical_query(parameters).encode())
        request = self.http.build_request("POST", target, content=body, headers=headers, timeout=TIMEOUT)
        return await call(self.http, request, now, provider=self.name)


def _details(reply: Reply | Outcome) -> list[dict[str, Any]] | None:
    tree = reply.tree() if isinstance(reply, Reply) else None
    if tree is None or tree.get("Code") != "OK":
        return None
    return rows(branch(tree, "SmsSendDetailDTOs").get("SmsSendDetailDTO"))


def _days(stored_at: datetime, now: datetime) -> list[str]:
    """The sending days to look at: the day of storing, and the next where the call may have crossed midnight."""
    latest = min(now, stored_at + _NEAR_MIDNIGHT)
    return sorted({moment.astimezone(SHANGHAI).strftime("%Y%m%d") for moment in (stored_at, latest)})
