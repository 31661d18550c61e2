"""Behaves as WeChat: stable tokens, template messages, subscription messages with their quota, and signed events."""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from xml.sax.saxutils import escape

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from services.notify.channels.wechat_envelope import signature
from services.notify.channels.wechat_fields import fit_value
from services.notify.simulator import texts
from services.notify.simulator.courier import Letter, Push
from services.notify.simulator.exchange import ID, SECRET, Exchange, Way, fresh_id
from services.notify.simulator.messages import Message, State

OFFICIAL, MINI = "wechat_official", "wechat_mini"
_LIFE, _REPEAT = timedelta(hours=2), 600
_SHORTEST_OPENID = 6


@dataclass(slots=True)
class Tokens:
    """The one token that lives, and those that no longer do."""

    value: str = field(default="", repr=False)
    ends: datetime | None = None

    def stable(self, now: datetime, *, force: bool) -> tuple[str, int]:
        """The same token until it ends, another one by force."""
        if force or self.ends is None or now >= self.ends:
            self.value, self.ends = secrets.token_hex(16), now + _LIFE
        return self.value, int((self.ends - now).total_seconds())

    def is_alive(self, value: str, now: datetime) -> bool:
        """Whether a call may be made with it."""
        return bool(self.value) and value == self.value and self.ends is not None and now < self.ends


def routes(exchange: Exchange) -> APIRouter:
    """The addresses of WeChat's server."""
    router, tokens = APIRouter(), Tokens()

    @router.post("/cgi-bin/stable_token")
    async def stable_token(request: Request) -> Response:
        asked = await request.json()
        if asked.get("appid") != ID:
            return error(40013, "invalid appid")
        if asked.get("secret") != SECRET:
            return error(40125, "invalid appsecret")
        value, seconds = tokens.stable(exchange.clock(), force=bool(asked.get("force_refresh")))
        return JSONResponse({"access_token": value, "expires_in": seconds})

    @router.post("/cgi-bin/message/template/send")
    async def template(request: Request) -> Response:
        return await _message(exchange, tokens, request, OFFICIAL)

    @router.post("/cgi-bin/message/subscribe/send")
    async def subscribe(request: Request) -> Response:
        return await _message(exchange, tokens, request, MINI)

    return router


def report(pairs: Sequence[tuple[Message, Push]], now: datetime) -> Iterable[Letter]:
    """One event for each message, signed; a forged one is signed with another token."""
    return [_event(message, push, now) for message, push in pairs]


def error(code: int, message: str) -> Response:
    """An answer with one of WeChat's codes."""
    return JSONResponse({"errcode": code, "errmsg": message})


async def _message(exchange: Exchange, tokens: Tokens, request: Request, provider: str) -> Response:
    if not tokens.is_alive(request.query_params.get("access_token", ""), exchange.clock()):
        return error(40001, "invalid credential, access_token is invalid or not latest")
    asked = await request.json()
    to = str(asked.get("touser", ""))

    def refuse(code: str, message: str) -> Response:
        return error(int(code), message)

    return await exchange.answer(request, to, Way(provider, lambda: _take(exchange, provider, asked, to), refuse))


def _take(exchange: Exchange, provider: str, asked: Mapping[str, Any], to: str) -> Response:
    wrong = _wrong(asked, to)
    if wrong:
        return error(*wrong)
    template, key = str(asked["template_id"]), str(asked.get("client_msg_id", ""))
    earlier = exchange.is_repeat(f"{provider} {to} {key}", _REPEAT) if key else None
    if earlier is not None:
        return JSONResponse({"errcode": 0, "errmsg": "ok", "msgid": int(earlier)})
    if provider == MINI and not _has_quota(exchange, to, template):
        return error(43101, "user refuse to accept the msg")
    number = fresh_id().int % 10**18
    kind = "wechat" if provider == OFFICIAL else "mini_program"
    lines = texts.lines(template, kind, asked["data"])
    text, link = "\n".join(lines.values()), str(asked.get("url") or asked.get("page") or "")
    title = texts.title_of(template)
    exchange.keep(Message(provider, to, str(number), key, template, title, text, exchange.clock(), lines, link))
    exchange.remember(f"{provider} {to} {key}", str(number))
    return JSONResponse({"errcode": 0, "errmsg": "ok", "msgid": number})


def _wrong(asked: Mapping[str, Any], to: str) -> tuple[int, str] | None:
    data = asked.get("data")
    if len(to) < _SHORTEST_OPENID:
        return 40003, "invalid openid"
    if not asked.get("template_id"):
        return 40037, "invalid template_id"
    if str(asked.get("page") or "").startswith("/"):
        return 41030, "invalid page"
    if not isinstance(data, dict):
        return 47001, "data format error"
    bad = [name for name, value in data.items() if fit_value(name, str(value.get("value", ""))) != value.get("value")]
    return (47003, f"argument invalid! data.{bad[0]}.value invalid") if bad else None


def _has_quota(exchange: Exchange, openid: str, template: str) -> bool:
    """Consent is not counted until somebody says how much of it there is."""
    left = exchange.quotas.get((openid, template))
    if left is not None and left > 0:
        exchange.quotas[openid, template] = left - 1
    return left is None or left > 0


def _event(message: Message, push: Push, now: datetime) -> Letter:
    token, stamp, nonce = "forged" if push.forged else SECRET, str(int(now.timestamp())), secrets.token_hex(5)
    query = {"signature": signature(token, stamp, nonce), "timestamp": stamp, "nonce": nonce, "openid": message.to}
    reached = push.end.state is State.DELIVERED
    made = int(push.end.at.timestamp())
    head = (
        f"<ToUserName>gh_simulator</ToUserName><FromUserName>{escape(message.to)}</FromUserName><CreateTime>{made}</CreateTime>"
    )
    if message.provider == OFFICIAL:
        status = "success" if reached else "failed:user block"
        inner = f"<Event>TEMPLATESENDJOBFINISH</Event><MsgID>{message.id}</MsgID><Status>{status}</Status>"
    else:
        said = (
            "<ErrorCode>0</ErrorCode><ErrorStatus>success</ErrorStatus>" if reached else "<ErrorStatus>user block</ErrorStatus>"
        )
        row = f"<List><TemplateId>{escape(message.template)}</TemplateId><MsgID>{message.id}</MsgID>{said}</List>"
        inner = f"<Event>subscribe_msg_sent_event</Event><SubscribeMsgSentEvent>{row}</SubscribeMsgSentEvent>"
    body = f"<xml>{head}<MsgType>event</MsgType>{inner}</xml>"
    return Letter(query, body.encode(), "text/xml", b"success")
