"""Messages inside WeChat: template messages of the official account, subscription messages of the mini-program."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import httpx
from pydantic import SecretStr

from services.notify.channels import wechat_events
from services.notify.channels.access_token import Renewals, Token, TokenHolder, with_token
from services.notify.channels.answers import answers_of
from services.notify.channels.calls import TIMEOUT, Reply, call, general, refused
from services.notify.channels.channel import Accepted, Answer, Callback, Dispatch, Outcome
from services.notify.channels.limits import limits_of
from services.notify.channels.receipts import learnt, not_yet
from services.notify.channels.templates import ProviderTemplate, TemplateMap
from services.notify.channels.wechat_envelope import CallbackKeys
from services.notify.channels.wechat_fields import fitted
from shared.clock import SHANGHAI, utc_now

_FIELD_AT_FAULT = re.compile(r"\bdata\.([a-z_]{1,20}\d{1,3})\b")
_OPENID = re.compile(r"[A-Za-z0-9_-]{6,64}")
_INVALID_PARAMETER = 47003
_MARGIN = timedelta(minutes=1)

More = Callable[[Dispatch, ProviderTemplate], dict[str, Any]]


@dataclass(frozen=True, slots=True, repr=False)
class WechatAccount:
    """One official account or mini-program: its id, its secrets, where it is reached, and its token."""

    http: httpx.AsyncClient
    app_id: str
    secret: SecretStr
    callback_keys: CallbackKeys
    endpoint: str = "https://api.weixin.qq.com"

    async def fetch(self, now: datetime, *, force: bool) -> Token | Outcome:
        """A stable token: the same for every process until it ends, a new one only by force."""
        body = {"grant_type": "client_credential", "appid": self.app_id, "secret": self.secret.get_secret_value()}
        content = json.dumps({**body, "force_refresh": force}).encode()
        request = self.http.build_request("POST", f"{self.endpoint}/cgi-bin/stable_token", content=content, timeout=TIMEOUT)
        reply = await call(self.http, request, now, provider="wechat")
        if not isinstance(reply, Reply):
            return general("no_token", now, provider="wechat")
        tree = reply.tree() or {}
        token = Token.of(tree, now)
        if token is not None:
            return token
        return meaning(reply, now) if tree.get("errcode") else general("no_token", now, provider="wechat")

    def holder(self) -> TokenHolder:
        """A holder for this account's token; one for a whole process."""
        limits = limits_of("wechat")
        apart = timedelta(seconds=limits.forced_renewal_seconds)
        return TokenHolder(self.fetch, Renewals(limits.forced_renewals_per_day, apart))


@dataclass(frozen=True, slots=True, repr=False)
class WechatMessages:
    """One kind of message: the path it goes to, and what it carries beside the person, the template and its fields."""

    name: str
    kind: str
    path: str
    more: More
    account: WechatAccount
    tokens: TokenHolder
    templates: TemplateMap
    clock: Callable[[], datetime] = utc_now

    async def send(self, dispatch: Dispatch) -> Outcome:
        """Hand one message over."""
        now, template = self.clock(), self.templates.of(self.kind, dispatch.template)
        fields = _fields(template, dispatch.variables) if template else None
        if template is None or fields is None:
            return general("unmapped_template", now, provider=self.name, detail=dispatch.template)
        if not _OPENID.fullmatch(dispatch.address.value):
            return general("bad_address", now, provider=self.name)
        data = fitted(fields, dispatch.stored_at.astimezone(SHANGHAI).date())
        if isinstance(data, str):
            return general("does_not_fit", now, provider=self.name, detail=data)
        message = {"touser": dispatch.address.value, "template_id": template.id, "data": data}
        reply = await self._post({**message, **self.more(dispatch, template)}, now)
        return _sent(reply, dispatch, now) if isinstance(reply, Reply) else reply

    def read_callback(self, callback: Callback) -> Answer:
        """What WeChat pushes: its verification of our address, or the events that tell what became of a message."""
        return wechat_events.read(callback, self.name, self.account.callback_keys)

    def consents(self, callback: Callback) -> Sequence[wechat_events.Consent]:
        """The consents and refusals in a push: what the quota of a person and a template is counted from."""
        return wechat_events.consents(callback, self.account.callback_keys)

    async def _post(self, message: Mapping[str, Any], now: datetime) -> Reply | Outcome:
        content = json.dumps(message, ensure_ascii=False).encode()
        http, url = self.account.http, f"{self.account.endpoint}{self.path}"

        async def attempt(token: str) -> Reply | Outcome:
            request = http.build_request("POST", url, params={"access_token": token}, content=content, timeout=TIMEOUT)
            return await call(http, request, now, provider=self.name)

        return await with_token(self.tokens, attempt, _is_stale, now)


class WechatOfficial(WechatMessages):
    """Template messages to followers; WeChat drops a second one with our key for ten minutes, so asking is sending again."""

    async def ask(self, dispatch: Dispatch) -> Outcome:
        """Within those minutes the same call tells what became of the first; afterwards only a receipt can."""
        safe = timedelta(seconds=limits_of("wechat").same_id_seconds) - _MARGIN
        if dispatch.age(self.clock()) >= safe:
            return not_yet(timedelta(hours=1))
        return learnt(await self.send(dispatch))


def official(account: WechatAccount, tokens: TokenHolder, templates: TemplateMap) -> WechatOfficial:
    """The channel of the official account."""
    path = "/cgi-bin/message/template/send"
    return WechatOfficial("wechat_official", "wechat", path, _with_link, account, tokens, templates)


def mini_program(account: WechatAccount, tokens: TokenHolder, templates: TemplateMap) -> WechatMessages:
    """The channel of the mini-program: each consent of a person is one message; without one the engine falls back to SMS."""
    path = "/cgi-bin/message/subscribe/send"
    return WechatMessages("wechat_mini", "mini_program", path, _with_page, account, tokens, templates)


def _with_link(dispatch: Dispatch, _template: ProviderTemplate) -> dict[str, Any]:
    more = {"client_msg_id": dispatch.key}
    return {**more, "url": dispatch.link} if dispatch.link else more


def _with_page(dispatch: Dispatch, template: ProviderTemplate) -> dict[str, Any]:
    more = {"miniprogram_state": "formal", "lang": "zh_CN"}
    token = (dispatch.link or "").rstrip("/").rpartition("/")[2]
    return {**more, "page": template.page.replace("{token}", token)} if template.page else more


def _sent(reply: Reply, dispatch: Dispatch, now: datetime) -> Outcome:
    tree = reply.tree() or {}
    return Accepted(str(tree.get("msgid") or dispatch.key)) if tree.get("errcode") == 0 else meaning(reply, now)


def meaning(reply: Reply, now: datetime) -> Outcome:
    """What an answer with an ``errcode`` means; the field that 47003 names follows the reason."""
    tree = reply.tree() or {}
    if not isinstance(tree.get("errcode"), int) or tree["errcode"] == 0:
        return refused(reply, now, provider="wechat")
    message = str(tree.get("errmsg", ""))
    at_fault = _FIELD_AT_FAULT.search(message) if tree["errcode"] == _INVALID_PARAMETER else None
    return answers_of("wechat").outcome(str(tree["errcode"]), message, now, detail=at_fault.group(1) if at_fault else "")


def _is_stale(reply: Reply) -> bool:
    row = answers_of("wechat").row(str((reply.tree() or {}).get("errcode", "")))
    return row is not None and row.renews


def _fields(template: ProviderTemplate, variables: Mapping[str, str]) -> dict[str, str] | None:
    """The provider's fields with our values; things in a row where the map names no fields (only for a simulator)."""
    if template.fields is None:
        return {f"thing{index}": value for index, value in enumerate(variables.values(), start=1)}
    given = {field: variables.get(name) for field, name in template.fields.items()}
    return {field: value for field, value in given.items() if value is not None} if None not in given.values() else None
