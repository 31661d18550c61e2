"""Behaves as Tencent Cloud's SMS: SendSms and the pulling of receipts, signed by TC3, and the push of receipts."""

import hmac
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from services.notify.channels.limits import limits_of
from services.notify.channels.numbers import international, is_mainland_mobile, national
from services.notify.channels.tencent_signature import SignedCall
from services.notify.simulator import texts
from services.notify.simulator.courier import Letter, Push
from services.notify.simulator.exchange import ID, SECRET, Exchange, Way, fresh_id
from services.notify.simulator.messages import Message, State
from shared.clock import SHANGHAI

NAME = "tencent"
_MOST = 100
_CREDENTIAL = re.compile(
    r"TC3-HMAC-SHA256 Credential=([^/]+)/(\d{4}-\d\d-\d\d)/sms/tc3_request, SignedHeaders=content-type;host, .*"
)


def routes(exchange: Exchange) -> APIRouter:
    """One address for every action, as the real one has."""
    router = APIRouter()

    @router.post("/")
    async def call(request: Request) -> Response:
        body = await request.body()
        wrong = _wrong(exchange, request, body)
        if wrong:
            return refusal(*wrong)
        if exchange.is_too_fast(NAME):
            return refusal("RequestLimitExceeded", "您当前每秒请求次数超过限制。")
        parameters, action = json.loads(body), request.headers.get("x-tc-action", "")
        if action == "PullSmsSendStatus":
            return _pull(exchange, parameters)
        if action == "PullSmsSendStatusByPhoneNumber":
            return _pull_by_number(exchange, parameters)
        if action != "SendSms":
            return refusal("InvalidAction", "接口不存在。")
        return await _send_all(exchange, request, parameters)

    return router


def report(pairs: Sequence[tuple[Message, Push]], _now: datetime) -> Iterable[Letter]:
    """One push of receipts; a forged one comes without our token."""
    rows = [_row(message, push) for message, push in pairs]
    token = "forged" if pairs[0][1].forged else SECRET
    return [Letter({"token": token}, json.dumps(rows, ensure_ascii=False).encode(), "application/json", b'"result":0')]


def refusal(code: str, message: str) -> Response:
    """An answer that refuses the whole call."""
    return JSONResponse({"Response": {"Error": {"Code": code, "Message": message}, "RequestId": str(fresh_id())}})


async def _send_all(exchange: Exchange, request: Request, parameters: Mapping[str, Any]) -> Response:
    """A call may name many numbers; a fault of the first one befalls all of it."""
    numbers = parameters.get("PhoneNumberSet") or []
    if not numbers:
        return refusal("MissingParameter.EmptyPhoneNumberSet", "传入的号码列表为空。")
    if len(numbers) > limits_of(NAME).most_per_call:
        return refusal("LimitExceeded.PhoneNumberCountLimit", "单次提交的手机号个数超过200个。")

    def accept() -> Response:
        return _statuses([_send(exchange, parameters, number) for number in numbers])

    def refuse(code: str, message: str) -> Response:
        return _statuses([_status(number, "", code, message or code) for number in numbers])

    return await exchange.answer(request, national(numbers[0]), Way(NAME, accept, refuse))


def _statuses(statuses: Sequence[Mapping[str, Any]]) -> Response:
    return JSONResponse({"Response": {"SendStatusSet": list(statuses), "RequestId": str(fresh_id())}})


def _send(exchange: Exchange, parameters: Mapping[str, Any], number: str) -> Mapping[str, Any]:
    wrong = _wrong_message(parameters, number)
    if wrong:
        return _status(number, "", *wrong)
    to, template = national(number), str(parameters["TemplateId"])
    values = {str(index): value for index, value in enumerate(parameters.get("TemplateParamSet") or [], start=1)}
    text, parts = texts.sms(parameters["SignName"], template, _named(template, list(values.values())))
    rule = exchange.broken_rule(NAME, to, template, text)
    if rule:
        code = "ThirtySecondLimit" if rule.scope == "content" else "DailyLimit"
        return _status(number, "", f"LimitExceeded.PhoneNumber{code}", "命中频率限制")
    serial = f"5000:{fresh_id().int % 10**24:024d}"
    key, title = str(parameters.get("SessionContext", "")), texts.title_of(template)
    exchange.keep(Message(NAME, to, serial, key, template, title, text, exchange.clock(), parts=parts))
    return _status(number, serial, "Ok", "send success", parts)


def _named(template: str, values: Sequence[str]) -> dict[str, str]:
    """Tencent knows variables by their place only; ours have names, in the order in which they are declared."""
    known = texts.known().get(texts.code_of(template))
    names = (
        list(known.variables) if known and len(known.variables) == len(values) else [str(place) for place in range(len(values))]
    )
    return dict(zip(names, values, strict=True))


def _wrong_message(parameters: Mapping[str, Any], number: str) -> tuple[str, str] | None:
    values = parameters.get("TemplateParamSet") or []
    checks = (
        (not is_mainland_mobile(number), "InvalidParameterValue.IncorrectPhoneNumber", "手机号格式错误"),
        (parameters.get("SmsSdkAppId") != ID, "UnauthorizedOperation.SmsSdkAppIdVerifyFail", "SmsSdkAppId 校验失败"),
        (not parameters.get("SignName"), "FailedOperation.SignatureIncorrectOrUnapproved", "签名未审批或格式错误"),
        (not parameters.get("TemplateId"), "FailedOperation.TemplateUnapprovedOrNotExist", "模板未审批或不存在"),
        (any("http" in value for value in values), "InvalidParameterValue.ProhibitedUseUrlInTemplateParameter", "禁止传入URL"),
    )
    return next(((code, message) for broken, code, message in checks if broken), None)


def _status(number: str, serial: str, code: str, message: str, fee: int = 0) -> dict[str, Any]:
    status = {"SerialNo": serial, "PhoneNumber": international(number), "Fee": fee, "SessionContext": ""}
    return {**status, "Code": code, "Message": message, "IsoCode": "CN"}


def _pull(exchange: Exchange, parameters: Mapping[str, Any]) -> Response:
    waiting = exchange.courier.unpulled[NAME]
    most = min(int(parameters.get("Limit", _MOST)), _MOST)
    numbers, exchange.courier.unpulled[NAME] = waiting[:most], waiting[most:]
    return _pulled([_pulled_row(exchange, number) for number in numbers])


def _pull_by_number(exchange: Exchange, parameters: Mapping[str, Any]) -> Response:
    """Only what a carrier has reported is listed, as at the real one."""
    begin, end = int(parameters.get("BeginTime", 0)), int(parameters.get("EndTime", 0))
    numbers = exchange.ledger.of(NAME, national(str(parameters.get("PhoneNumber", ""))))
    known = [number for number in numbers if exchange.ledger.state(number) in {State.DELIVERED, State.FAILED}]
    inside = [number for number in known if begin <= exchange.ledger.message(number).at.timestamp() <= end + 1]
    return _pulled([_pulled_row(exchange, number) for number in inside[-_MOST:]])


def _pulled(rows: Sequence[Mapping[str, Any]]) -> Response:
    return JSONResponse({"Response": {"PullSmsSendStatusSet": list(rows), "RequestId": str(fresh_id())}})


def _pulled_row(exchange: Exchange, number: int) -> dict[str, Any]:
    message, end = exchange.ledger.message(number), exchange.ledger.end_of(number)
    return {
        "UserReceiveTime": int(end.at.timestamp()) if end else 0,
        "CountryCode": "86",
        "SubscriberNumber": message.to,
        "PhoneNumber": international(message.to),
        "SerialNo": message.id,
        "ReportStatus": "SUCCESS" if end and end.state is State.DELIVERED else "FAIL",
        "Description": end.code if end else "",
        "SessionContext": message.key,
    }


def _row(message: Message, push: Push) -> dict[str, Any]:
    reached = push.end.state is State.DELIVERED
    return {
        "user_receive_time": push.end.at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S"),
        "nationcode": "86",
        "mobile": message.to,
        "report_status": "SUCCESS" if reached else "FAIL",
        "errmsg": "DELIVRD" if reached else push.end.code,
        "description": "用户短信送达成功" if reached else "用户短信接收失败",
        "sid": message.id,
    }


def _wrong(exchange: Exchange, request: Request, body: bytes) -> tuple[str, str] | None:
    given = request.headers.get("authorization", "")
    credential = _CREDENTIAL.fullmatch(given)
    if credential is None:
        return "AuthFailure.InvalidAuthorization", "请求头部的 Authorization 不符合腾讯云标准。"
    if credential.group(1) != ID:
        return "AuthFailure.SecretIdNotFound", "密钥不存在。"
    stamp = request.headers.get("x-tc-timestamp", "")
    now = int(exchange.now_at(NAME).timestamp())
    if not stamp.isdigit() or abs(now - int(stamp)) > limits_of(NAME).clock_tolerance_seconds:
        return "AuthFailure.SignatureExpire", "签名过期。Timestamp 和服务器时间相差不得超过五分钟。"
    call = SignedCall(request.headers.get("host", ""), body, int(stamp), path=request.url.path)
    if not hmac.compare_digest(call.authorization(ID, SECRET).encode(), given.encode()):
        return "AuthFailure.SignatureFailure", "签名错误。"
    return None
