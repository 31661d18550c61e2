"""Messages of a WeCom application to one of its members."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import httpx
from pydantic import SecretStr

from services.notify.channels.access_token import Renewals, Token, TokenHolder, with_token
from services.notify.channels.calls import TIMEOUT, Reply, call, general
from services.notify.channels.channel import Concern, Dispatch, Outcome, TryLater
from services.notify.channels.limits import limits_of
from services.notify.channels.pace import Pace
from services.notify.channels.receipts import learnt, not_yet
from services.notify.channels.templates import TemplateMap
from services.notify.channels.wecom_answers import body, cut, is_stale, meaning, told
from shared.clock import utc_now

_MEMBER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.@-]{0,63}")
_TITLE, _DESCRIPTION = 128, 512
_MARGIN = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, repr=False)
class WecomAccount:
    """The corporation, the application that writes, and its token."""

    http: httpx.AsyncClient
    corp_id: str
    agent_id: int
    secret: SecretStr
    endpoint: str = "https://qyapi.weixin.qq.com"

    async def fetch(self, now: datetime, *, force: bool) -> Token | Outcome:  # noqa: ARG002 (WeCom knows no forcing)
        """The application's token: the same for every process until it ends."""
        params = {"corpid": self.corp_id, "corpsecret": self.secret.get_secret_value()}
        request = self.http.build_request("GET", f"{self.endpoint}/cgi-bin/gettoken", params=params, timeout=TIMEOUT)
        reply = await call(self.http, request, now, provider="wecom")
        if not isinstance(reply, Reply):
            return general("no_token", now, provider="wecom")
        tree = reply.tree() or {}
        token = Token.of(tree, now)
        if token is not None:
            return token
        return meaning(reply, now) if tree.get("errcode") else general("no_token", now, provider="wecom")

    def holder(self) -> TokenHolder:
        """A holder for this application's token; one for a whole process."""
        return TokenHolder(self.fetch, Renewals(per_day=1, apart=timedelta(days=1)))


@dataclass(frozen=True, slots=True, repr=False)
class WecomApp:
    """Writes to one member; WeCom drops a repeated request for half an hour, so asking is sending again."""

    account: WecomAccount
    tokens: TokenHolder
    templates: TemplateMap
    clock: Callable[[], datetime] = utc_now
    name: str = "wecom_app"
    kind: str = "wecom"
    pace: Pace = field(default_factory=lambda: Pace(limits_of("wecom").per_member))

    async def send(self, dispatch: Dispatch) -> Outcome:
        """Hand one message over, unless WeCom would take it and silently drop it."""
        now, member = self.clock(), dispatch.address.value
        if not _MEMBER.fullmatch(member):
            return general("bad_address", now, provider=self.name)
        wait = self.pace.wait(member, now)
        if wait:
            return TryLater(wait, "paced", Concern.DISPATCH)
        self.pace.note(member, now)
        reply = await self._post(self._message(dispatch), now)
        return told(reply, dispatch, now) if isinstance(reply, Reply) else reply

    async def ask(self, dispatch: Dispatch) -> Outcome:
        """Within that half hour the same request tells what became of the first; afterwards nothing does."""
        safe = timedelta(seconds=limits_of("wecom").same_content_seconds) - _MARGIN
        if dispatch.age(self.clock()) >= safe:
            return not_yet(timedelta(hours=1))
        return learnt(await self.send(dispatch))

    def _message(self, dispatch: Dispatch) -> dict[str, Any]:
        limits = limits_of("wecom")
        check = {"enable_duplicate_check": 1, "duplicate_check_interval": limits.same_content_seconds}
        message = {"touser": dispatch.address.value, "agentid": self.account.agent_id, **check}
        template = self.templates.of("wecom", dispatch.template)
        if dispatch.link is None or (template is not None and template.markdown):
            return {**message, **body(dispatch, self.templates, limits.text_longest_bytes or 0)}
        title, text = cut(dispatch.title, _TITLE), cut(dispatch.text, _DESCRIPTION)
        card = {"title": title, "description": text, "url": dispatch.link, "btntxt": "查看"}
        return {**message, "msgtype": "textcard", "textcard": card}

    async def _post(self, message: Mapping[str, Any], now: datetime) -> Reply | Outcome:
        content = json.dumps(message, ensure_ascii=False).encode()
        http, url = self.account.http, f"{self.account.endpoint}/cgi-bin/message/send"

        async def attempt(token: str) -> Reply | Outcome:
            request = http.build_request("POST", url, params={"access_token": token}, content=content, timeout=TIMEOUT)
            return await call(http, request, now, provider=self.name)

        return await with_token(self.tokens, attempt, is_stale, now)
