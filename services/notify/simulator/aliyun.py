"""Behaves as Alibaba Cloud's SMS: SendSms, SendBatchSms and QuerySendDetails, signed by ACS3 or V1, and the push of SmsReport."""

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from services.notify.channels.limits import limits_of
from services.notify.channels.numbers import is_mainland_mobile, national
from services.notify.simulator import texts
from services.notify.simulator.aliyun_gateway import gateway_error
from services.notify.simulator.courier import Letter, Push
from services.notify.simulator.exchange import SECRET, Exchange, Way, fresh_id
from services.notify.simulator.messages import Message, State
from shared.clock import SHANGHAI

NAME = "aliyun"
_URL = re.compile(r"https?:|www\.|\.(com|cn|net)\b", re.IGNORECASE)
_WORDS = {"minute": "触发分钟级流控Permits:{}", "hour": "触发小时级流控Permits:{}", "day": "触发天级流控Permits:{}"}
_STATES = {State.WAITING: 1, State.FAILED: 2, State.DELIVERED: 3, State.DROPPED: 1}


def routes(exchange: Exchange) -> APIRouter:
    """One address for every action, as the real one has."""
    router = APIRouter()

    @router.post("/")
    async def rpc(request: Request) -> Response:
        body = await request.body()
        parameters = {**dict(request.query_params), **dict(parse_qsl(body.decode(), keep_blank_values=True))}
        action = request.headers.get("x-acs-action") or parameters.get("Action", "")
        wrong = gateway_error(exchange, request, body, parameters)
        if wrong:
            return refusal(*wrong, status=400)
        if exchange.is_too_fast(NAME):
            return refusal("Throttling.User", "Request was denied due to user flow control.", status=400)
        if action == "QuerySendDetails":
            return _details(exchange, parameters)
        if action not in _ACTIONS:
            return refusal("InvalidAction.NotFound", "Specified api is not found", status=404)
        asked = _ACTIONS[action](parameters)
        if not asked:
            return refusal("isv.INVALID_JSON_PARAM", "JSON参数不合法")
        way = Way(NAME, lambda: _send_all(exchange, asked), lambda code, message: refusal(code, message or code))
        return await exchange.answer(request, asked[0].to, way)

    return router


def report(pairs: Sequence[tuple[Message, Push]], _now: datetime) -> Iterable[Letter]:
    """One push of receipts; a forged one comes without our token."""
    rows = [_row(message, push) for message, push in pairs]
    token = "forged" if pairs[0][1].forged else SECRET
    body = json.dumps(rows, ensure_ascii=False).encode()
    return [Letter({"token": token}, body, "application/json;charset=utf-8", b'"code":0')]


def refusal(code: str, message: str, *, status: int = 200) -> Response:
    """An answer with one of the provider's codes."""
    return JSONResponse({"RequestId": str(fresh_id()).upper(), "Code": code, "Message": message}, status_code=status)


@dataclass(frozen=True, slots=True, repr=False)
class Asked:
    """One number of a call, with what it is to be told."""

    to: str
    sign: str
    template: str
    values: Mapping[str, str] | None
    key: str


def _one_text(parameters: Mapping[str, str]) -> list[Asked]:
    """``SendSms``: up to a thousand numbers, separated by commas, and one text."""
    sign, template, key = (parameters.get(name, "") for name in ("SignName", "TemplateCode", "OutId"))
    values = _values(parameters.get("TemplateParam", "{}"))
    return [Asked(national(to), sign, template, values, key) for to in parameters.get("PhoneNumbers", "").split(",")]


def _many_texts(parameters: Mapping[str, str]) -> list[Asked]:
    """``SendBatchSms``: three JSON arrays of equal length."""
    names = ("PhoneNumberJson", "SignNameJson", "TemplateParamJson")
    try:
        columns = [json.loads(parameters.get(name, "")) for name in names]
        rows = list(zip(*columns, strict=True))
    except (ValueError, TypeError):
        return []
    template, key = parameters.get("TemplateCode", ""), parameters.get("OutId", "")
    return [Asked(national(str(to)), str(sign), template, _values(json.dumps(values)), key) for to, sign, values in rows]


_ACTIONS: Mapping[str, Callable[[Mapping[str, str]], list[Asked]]] = {"SendSms": _one_text, "SendBatchSms": _many_texts}


def _send_all(exchange: Exchange, asked: Sequence[Asked]) -> Response:
    """All of them under one number, or none where one of them is wrong."""
    wrong = next((fault for one in asked if (fault := _fault(exchange, one, len(asked)))), None)
    if wrong:
        return refusal(*wrong)
    number = f"{fresh_id().int % 10**18:018d}^0"
    for one in asked:
        text, parts = texts.sms(one.sign, one.template, one.values or {})
        title = texts.title_of(one.template)
        exchange.keep(Message(NAME, one.to, number, one.key, one.template, title, text, exchange.clock(), parts=parts))
    return JSONResponse({"RequestId": str(fresh_id()).upper(), "Code": "OK", "Message": "OK", "BizId": number})


def _fault(exchange: Exchange, one: Asked, together: int) -> tuple[str, str] | None:
    limits, values, template = limits_of(NAME), one.values, one.template
    longest = max((len(value) for value in (values or {}).values()), default=0)
    checks = (
        (together > limits.most_per_call, "isv.MOBILE_COUNT_OVER_LIMIT", "手机号码数量超过限制"),
        (not is_mainland_mobile(one.to), "isv.MOBILE_NUMBER_ILLEGAL", "invalid mobile number"),
        (not one.sign, "isv.SMS_SIGNATURE_ILLEGAL", "该账号下找不到对应签名"),
        (not template.startswith("SMS_"), "isv.SMS_TEMPLATE_ILLEGAL", "该账号下找不到对应模板"),
        (values is None, "isv.INVALID_JSON_PARAM", "JSON参数不合法"),
        (bool(texts.missing(template, values or {})), "isv.TEMPLATE_MISSING_PARAMETERS", "模板变量缺少对应参数值"),
        (longest > (limits.variable_longest or 0), "isv.PARAM_LENGTH_LIMIT", "参数超过长度限制"),
        (any(_URL.search(value) for value in (values or {}).values()), "isv.PARAM_NOT_SUPPORT_URL", "变量不支持传入URL"),
    )
    wrong = next(((code, message) for broken, code, message in checks if broken), None)
    return wrong or _limit(exchange, one)


def _limit(exchange: Exchange, one: Asked) -> tuple[str, str] | None:
    rule = exchange.broken_rule(NAME, one.to, one.template, "")
    return ("isv.BUSINESS_LIMIT_CONTROL", _WORDS[_span(rule.seconds)].format(rule.count)) if rule else None


def _values(text: str) -> dict[str, str] | None:
    try:
        tree = json.loads(text or "{}")
    except ValueError:
        return None
    return tree if isinstance(tree, dict) and all(isinstance(value, str) for value in tree.values()) else None


def _details(exchange: Exchange, parameters: Mapping[str, str]) -> Response:
    day, size, page = parameters.get("SendDate", ""), _count(parameters, "PageSize"), _count(parameters, "CurrentPage")
    if not re.fullmatch(r"\d{8}", day) or size is None or page is None:
        return refusal("isv.INVALID_PARAMETERS", "参数异常")
    numbers = list(reversed(exchange.ledger.of(NAME, national(parameters.get("PhoneNumber", "")))))
    rows = [(number, exchange.ledger.message(number)) for number in numbers]
    rows = [(number, message) for number, message in rows if f"{message.at.astimezone(SHANGHAI):%Y%m%d}" == day]
    rows = [row for row in rows if parameters.get("BizId") in {None, "", row[1].id}]
    shown = [_detail(exchange, number, message) for number, message in rows[(page - 1) * size : page * size]]
    found = {"TotalCount": str(len(rows)), "SmsSendDetailDTOs": {"SmsSendDetailDTO": shown}}
    return JSONResponse({"RequestId": str(fresh_id()).upper(), "Code": "OK", "Message": "OK", **found})


def _detail(exchange: Exchange, number: int, message: Message) -> dict[str, Any]:
    end = exchange.ledger.end_of(number)
    return {
        "PhoneNum": message.to,
        "SendStatus": _STATES[exchange.ledger.state(number)],
        "ErrCode": end.code if end else "",
        "TemplateCode": message.template,
        "Content": message.text,
        "SendDate": _time(message.at),
        "ReceiveDate": _time(end.at) if end else "",
        "OutId": message.key,
    }


def _row(message: Message, push: Push) -> dict[str, Any]:
    return {
        "phone_number": message.to,
        "send_time": _time(message.at),
        "report_time": _time(push.end.at),
        "success": push.end.state is State.DELIVERED,
        "err_code": push.end.code,
        "err_msg": "用户接收成功" if push.end.state is State.DELIVERED else "发送失败",
        "sms_size": str(message.parts),
        "biz_id": message.id,
        "out_id": message.key,
    }


def _time(moment: datetime) -> str:
    return moment.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")


def _count(parameters: Mapping[str, str], name: str) -> int | None:
    text = parameters.get(name, "")
    return int(text) if re.fullmatch(r"[1-9]\d{0,4}", text, re.ASCII) else None


def _span(seconds: int) -> str:
    return "minute" if seconds <= 60 else "hour" if seconds <= 3600 else "day"  # noqa: PLR2004 (a minute, an hour)
