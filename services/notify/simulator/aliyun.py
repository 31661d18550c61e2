"""Behaves as Alibaba Cloud's SMS: SendSms and QuerySendDetails, signed by ACS3 or V1, and the push of SmsReport."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
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
        if action != "SendSms":
            return refusal("InvalidAction.NotFound", "Specified api is not found", status=404)
        to = national(parameters.get("PhoneNumbers", ""))
        way = Way(NAME, lambda: _send(exchange, parameters, to), lambda code, message: refusal(code, message or code))
        return await exchange.answer(request, to, way)

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


def _send(exchange: Exchange, parameters: Mapping[str, str], to: str) -> Response:
    values = _values(parameters.get("TemplateParam", "{}"))
    wrong = _wrong_message(parameters, to, values)
    if wrong or values is None:
        return refusal(*(wrong or ("isv.INVALID_JSON_PARAM", "JSON参数不合法")))
    template, now = parameters["TemplateCode"], exchange.clock()
    text, parts = texts.sms(parameters["SignName"], template, values)
    rule = exchange.broken_rule(NAME, to, template, text)
    if rule:
        return refusal("isv.BUSINESS_LIMIT_CONTROL", _WORDS[_span(rule.seconds)].format(rule.count))
    number = f"{fresh_id().int % 10**18:018d}^0"
    key, title = parameters.get("OutId", ""), texts.title_of(template)
    exchange.keep(Message(NAME, to, number, key, template, title, text, now, parts=parts))
    return JSONResponse({"RequestId": str(fresh_id()).upper(), "Code": "OK", "Message": "OK", "BizId": number})


def _wrong_message(parameters: Mapping[str, str], to: str, values: Mapping[str, str] | None) -> tuple[str, str] | None:
    template = parameters.get("TemplateCode", "")
    longest = limits_of(NAME).variable_longest or 0
    checks = (
        (not is_mainland_mobile(to), "isv.MOBILE_NUMBER_ILLEGAL", "invalid mobile number"),
        (not parameters.get("SignName"), "isv.SMS_SIGNATURE_ILLEGAL", "该账号下找不到对应签名"),
        (not template.startswith("SMS_"), "isv.SMS_TEMPLATE_ILLEGAL", "该账号下找不到对应模板"),
        (values is None, "isv.INVALID_JSON_PARAM", "JSON参数不合法"),
        (bool(texts.missing(template, values or {})), "isv.TEMPLATE_MISSING_PARAMETERS", "模板变量缺少对应参数值"),
        (any(len(value) > longest for value in (values or {}).values()), "isv.PARAM_LENGTH_LIMIT", "参数超过长度限制"),
        (any(_URL.search(value) for value in (values or {}).values()), "isv.PARAM_NOT_SUPPORT_URL", "变量不支持传入URL"),
    )
    return next(((code, message) for broken, code, message in checks if broken), None)


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
