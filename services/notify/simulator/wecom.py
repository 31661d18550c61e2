"""Behaves as WeCom: tokens, application messages with their silent drops, group robots with their bucket."""

import hashlib
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from services.notify.channels.limits import limits_of
from services.notify.simulator.exchange import ID, SECRET, Exchange, Way, fresh_id
from services.notify.simulator.messages import Message

APP, GROUP = "wecom_app", "wecom_group"
_LIFE = 7200
_SHORTEST_KEY = 8


def routes(exchange: Exchange) -> APIRouter:
    """The addresses of WeCom's server."""
    router = APIRouter()
    token = secrets.token_hex(16)

    @router.get("/cgi-bin/gettoken")
    async def get_token(corpid: str, corpsecret: str) -> Response:
        if corpid != ID:
            return error(40013, "invalid corpid")
        if corpsecret != SECRET:
            return error(40001, "invalid credential")
        return JSONResponse({"errcode": 0, "errmsg": "ok", "access_token": token, "expires_in": _LIFE})

    @router.post("/cgi-bin/message/send")
    async def send(request: Request, access_token: str) -> Response:
        if access_token != token:
            return error(40014, "invalid access_token")
        body = await request.body()
        asked = await request.json()
        to = str(asked.get("touser", ""))
        mark = f"{APP} {hashlib.sha256(body).hexdigest()}"
        way = Way(APP, lambda: _to_member(exchange, asked, to, mark), _refuse)
        return await exchange.answer(request, to, way)

    @router.post("/cgi-bin/webhook/send")
    async def robot(request: Request, key: str) -> Response:
        asked = await request.json()
        return await exchange.answer(request, key, Way(GROUP, lambda: _to_group(exchange, asked, key), _refuse))

    return router


def error(code: int, message: str) -> Response:
    """An answer with one of WeCom's codes."""
    return JSONResponse({"errcode": code, "errmsg": message})


def _refuse(code: str, message: str) -> Response:
    return error(int(code), message)


def _to_member(exchange: Exchange, asked: Mapping[str, Any], to: str, mark: str) -> Response:
    if not to or to.startswith("nobody"):
        return error(81013, "user & party & tag all invalid")
    interval = float(asked.get("duplicate_check_interval", limits_of("wecom").same_content_seconds))
    earlier = exchange.is_repeat(mark, interval) if asked.get("enable_duplicate_check") else None
    if earlier is not None:
        return JSONResponse({"errcode": 0, "errmsg": "ok", "msgid": earlier})
    now, number = exchange.clock(), secrets.token_urlsafe(24)
    rules = limits_of("wecom").per_member if exchange.strict else ()
    drowned = any(exchange.ledger.sent_since(APP, to, _since(now, rule.seconds)) >= rule.count for rule in rules)
    exchange.keep(_message(APP, to, number, asked, now), dropped=drowned)
    exchange.remember(mark, number)
    return JSONResponse({"errcode": 0, "errmsg": "ok", "msgid": number})


def _to_group(exchange: Exchange, asked: Mapping[str, Any], key: str) -> Response:
    if len(key) < _SHORTEST_KEY:
        return error(93000, "invalid webhook url")
    limits, now = limits_of("wecom"), exchange.clock()
    longest = (limits.markdown_longest_bytes if asked.get("msgtype") == "markdown" else limits.text_longest_bytes) or 0
    message = _message(GROUP, key, str(fresh_id()), asked, now)
    if len(message.text.encode()) > longest:
        return error(45002, "content size out of limit")
    if exchange.strict and exchange.ledger.sent_since(GROUP, key, _since(now, 60)) >= limits.robot_per_minute:
        return error(45009, "api freq out of limit")
    exchange.keep(message)
    return JSONResponse({"errcode": 0, "errmsg": "ok"})


def _message(provider: str, to: str, number: str, asked: Mapping[str, Any], now: datetime) -> Message:
    kind = str(asked.get("msgtype", "text"))
    content = asked.get(kind) or {}
    title, text = str(content.get("title", "")), str(content.get("description") or content.get("content") or "")
    return Message(provider, to, number, "", kind, title, text, now, link=str(content.get("url", "")))


def _since(now: datetime, seconds: int) -> datetime:
    return now - timedelta(seconds=seconds)
