"""Short messages through Alibaba Cloud: SendSms, and QuerySendDetails to learn what became of one that was not answered."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_hex
from typing import Any

import httpx
from pydantic import SecretStr

from services.notify.channels import aliyun_receipts
from services.notify.channels.aliyun_signature import SignedCall, canonical_query
from services.notify.channels.answers import answers_of
from services.notify.channels.calls import TIMEOUT, Reply, branch, call, general, refused, rows
from services.notify.channels.channel import Accepted, Answer, Callback, Dispatch, Outcome, TryLater, Unknown
from services.notify.channels.limits import limits_of
from services.notify.channels.numbers import is_mainland_mobile, national
from services.notify.channels.receipts import absent, not_yet
from services.notify.channels.templates import TemplateMap
from shared.clock import SHANGHAI, utc_now

VERSION = "2017-05-25"
_PAGE, _PAGES = 50, 20
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

    async def send(self, dispatch: Dispatch) -> Outcome:
        """Hand one message over."""
        now, template = self.clock(), self.templates.of(self.name, dispatch.template)
        variables = template.chosen(dispatch.variables) if template else None
        if template is None or variables is None:
            return general("unmapped_template", now, provider=self.name, detail=dispatch.template)
        if not is_mainland_mobile(dispatch.address.value):
            return general("bad_address", now, provider=self.name)
        parameters = {
            "PhoneNumbers": national(dispatch.address.value),
            "SignName": self.signature_name,
            "TemplateCode": template.id,
            "TemplateParam": json.dumps(variables, ensure_ascii=False, separators=(",", ":")),
            "OutId": dispatch.key,
        }
        reply = await self._call("SendSms", parameters, now)
        return self._sent(reply, now) if isinstance(reply, Reply) else reply

    async def ask(self, dispatch: Dispatch) -> Outcome:
        """Look the message up by number, day and OutId; what is not listed a minute later was never received."""
        now = self.clock()
        for day in _days(dispatch.stored_at, now):
            found = await self._look_up(dispatch, day, now)
            if found is not None:
                return found
        return absent(dispatch.stored_at, now, limits_of(self.name))

    def read_callback(self, callback: Callback) -> Answer:
        """The receipts of one ``SmsReport`` push."""
        return aliyun_receipts.read(callback, self.callback_token.get_secret_value())

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
            mine = [detail for detail in details if detail.get("OutId") == dispatch.key]
            if mine:
                return aliyun_receipts.outcome_of(mine[0], dispatch.key)
            if len(details) < _PAGE:
                return None
        return None

    def _unanswered(self, reply: Reply | Outcome, now: datetime) -> Unknown:
        outcome = self._sent(reply, now) if isinstance(reply, Reply) else reply
        wait = outcome.after if isinstance(outcome, TryLater) else timedelta(seconds=30)
        return not_yet(max(wait, timedelta(seconds=5)))

    async def _call(self, action: str, parameters: Mapping[str, str], now: datetime) -> Reply | Outcome:
        url = httpx.URL(self.endpoint)
        date = now.strftime("%Y-%m-%dT%H:%M:%SZ")
        signed = SignedCall(url.netloc.decode(), action, VERSION, date, self.nonce(), parameters, path=url.path)
        authorization = signed.authorization(self.key_id, self.secret.get_secret_value())
        headers = {**signed.headers(), "authorization": authorization}
        target = url.copy_with(query=canonical_query(parameters).encode())
        request = self.http.build_request("POST", target, headers=headers, timeout=TIMEOUT)
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
