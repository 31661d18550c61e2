"""Tencent: what is sent, what each of its codes means, how a message is asked for and receipts are pulled."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from services.notify.channels.channel import Accepted, Concern, Impossible, Outcome, Reached, TryLater, Unknown
from tests.services.notify.channels.builders import NOON, Provider, dispatch, tencent

ACCOUNT, TEMPLATE, DISPATCH, ADDRESS = Concern.PROVIDER, Concern.TEMPLATE, Concern.DISPATCH, Concern.ADDRESS
TO_MIDNIGHT = timedelta(hours=12)

MEANINGS: list[tuple[str, Outcome]] = [
    ("AuthFailure.SignatureExpire", TryLater(timedelta(minutes=5), "clock_off", ACCOUNT)),
    ("AuthFailure.SignatureFailure", TryLater(timedelta(minutes=30), "key_mismatch", ACCOUNT)),
    ("AuthFailure.SecretIdNotFound", TryLater(timedelta(minutes=30), "key_unknown", ACCOUNT)),
    ("LimitExceeded", TryLater(timedelta(minutes=10), "limit_exceeded", ACCOUNT)),
    ("LimitExceeded.PhoneNumberThirtySecondLimit", TryLater(timedelta(seconds=31), "number_thirty_seconds", ADDRESS)),
    ("LimitExceeded.PhoneNumberOneHourLimit", TryLater(timedelta(hours=1), "number_hour_limit", ADDRESS)),
    ("LimitExceeded.PhoneNumberDailyLimit", TryLater(TO_MIDNIGHT, "number_day_limit", ADDRESS)),
    ("LimitExceeded.PhoneNumberSameContentDailyLimit", TryLater(TO_MIDNIGHT, "number_same_content", ADDRESS)),
    ("LimitExceeded.AppMainlandChinaDailyLimit", TryLater(TO_MIDNIGHT, "account_day_limit", ACCOUNT)),
    ("RequestLimitExceeded", TryLater(timedelta(seconds=2), "throttled", ACCOUNT)),
    ("RequestLimitExceeded.UinLimitExceeded", TryLater(timedelta(seconds=2), "throttled", ACCOUNT)),
    ("FailedOperation.InsufficientBalanceInSmsPackage", TryLater(timedelta(minutes=30), "no_balance", ACCOUNT)),
    ("FailedOperation.SignatureIncorrectOrUnapproved", Impossible("signature_state", TEMPLATE)),
    ("FailedOperation.TemplateIncorrectOrUnapproved", Impossible("template_state", TEMPLATE)),
    ("FailedOperation.PhoneNumberInBlacklist", Impossible("number_opted_out", ADDRESS)),
    ("InvalidParameterValue.TemplateParameterLengthLimit", Impossible("variable_too_long", DISPATCH)),
    ("InvalidParameterValue.IncorrectPhoneNumber", Impossible("number_illegal", ADDRESS)),
    ("InvalidParameterValue.SdkAppIdNotExist", Impossible("invalid_parameters", DISPATCH)),
    ("UnauthorizedOperation.SmsSdkAppIdVerifyFail", TryLater(timedelta(minutes=30), "permission_denied", ACCOUNT)),
    ("InternalError.Timeout", Unknown(timedelta(seconds=30), "provider_timeout")),
    ("InternalError.OtherError", Unknown(timedelta(seconds=30), "internal_error")),
    ("Unheard.Of", TryLater(timedelta(minutes=10), "unlisted:Unheard.Of", ACCOUNT)),
]


def said(**response: Any) -> dict[str, Any]:
    return {"Response": {**response, "RequestId": "a0aabda6-cf91-4f3e-a81f-9198114a2279"}}


def status(code: str = "Ok", **more: Any) -> dict[str, Any]:
    serial = {"SerialNo": "5000:1045710669157053657849499619", "Fee": 2} if code == "Ok" else {"SerialNo": "", "Fee": 0}
    return said(SendStatusSet=[{**serial, "PhoneNumber": "+8613800000001", "Code": code, "Message": "", **more}])


def pulled(**more: Any) -> dict[str, Any]:
    row = {
        "SerialNo": "5000:1045710669157053657849499619",
        "PhoneNumber": "+8613800000001",
        "UserReceiveTime": 1795406400,
        "ReportStatus": "SUCCESS",
        "Description": "DELIVRD",
        "SessionContext": dispatch().key,
    }
    return {**row, **more}


@pytest.mark.parametrize(("code", "outcome"), MEANINGS, ids=[code for code, _ in MEANINGS])
@pytest.mark.parametrize("where", ["of the call", "of the number"])
async def test_each_code_tells_what_to_do_next(code: str, outcome: Outcome, where: str) -> None:
    answer = said(Error={"Code": code, "Message": ""}) if where == "of the call" else status(code)
    assert await tencent(Provider(answer)).send(dispatch()) == outcome


async def test_an_accepted_message_is_known_by_its_serial_number_and_its_parts() -> None:
    assert await tencent(Provider(status())).send(dispatch()) == Accepted("5000:1045710669157053657849499619", 2)


async def test_the_call_carries_our_key_and_the_variables_in_the_order_of_the_template() -> None:
    provider = Provider(status())
    await tencent(provider).send(dispatch())
    request = provider.requests[0]
    sent = json.loads(request.content)
    assert sent["PhoneNumberSet"] == ["+8613800000001"]
    assert sent["TemplateParamSet"] == ["YX-0142", "宏达模具厂"]
    assert sent["SessionContext"] == dispatch().key
    assert request.headers["x-tc-timestamp"] == str(int(NOON.timestamp()))
    assert "/2026-11-23/sms/tc3_request" in request.headers["authorization"]


@pytest.mark.parametrize(
    ("reply", "outcome"),
    [
        (httpx.Response(200, content=b"\x00"), Unknown(timedelta(seconds=30), "garbage")),
        (said(SendStatusSet=[]), Unknown(timedelta(seconds=30), "garbage")),
        (said(SendStatusSet=[{"Code": "Ok"}]), Unknown(timedelta(seconds=30), "garbage")),
        (httpx.Response(500), Unknown(timedelta(seconds=30), "http_5xx")),
        (httpx.ReadTimeout("slow"), Unknown(timedelta(seconds=20), "no_answer")),
        (httpx.ConnectTimeout("down"), TryLater(timedelta(seconds=30), "not_connected")),
    ],
)
async def test_what_is_no_answer_of_the_api_is_told_apart(reply: Any, outcome: Outcome) -> None:
    assert await tencent(Provider(reply)).send(dispatch()) == outcome


async def test_asking_finds_the_receipt_by_our_key() -> None:
    provider = Provider(said(PullSmsSendStatusSet=[pulled(SessionContext="another"), pulled()]))
    assert await tencent(provider).ask(dispatch()) == Accepted("5000:1045710669157053657849499619")


async def test_asking_finds_a_failure() -> None:
    provider = Provider(said(PullSmsSendStatusSet=[pulled(ReportStatus="FAIL", Description="MK:0001")]))
    assert await tencent(provider).ask(dispatch()) == Impossible("undelivered:MK:0001", ADDRESS)


@pytest.mark.parametrize("age", [timedelta(minutes=1), timedelta(hours=71)])
async def test_absence_proves_nothing_for_three_days_because_only_reported_messages_are_listed(age: timedelta) -> None:
    outcome = await tencent(Provider(said(PullSmsSendStatusSet=[]))).ask(dispatch(stored_at=NOON - age))
    assert isinstance(outcome, Unknown)


async def test_after_three_days_of_absence_it_was_never_received() -> None:
    outcome = await tencent(Provider(said(PullSmsSendStatusSet=[]))).ask(dispatch(stored_at=NOON - timedelta(hours=72)))
    assert outcome == TryLater(timedelta(), "not_received", DISPATCH)


async def test_receipts_are_pulled_until_there_are_no_more() -> None:
    full = said(PullSmsSendStatusSet=[pulled(SerialNo=str(index)) for index in range(100)])
    provider = Provider(full, said(PullSmsSendStatusSet=[pulled(ReportStatus="FAIL", Description="UNDELIV")]))
    receipts = await tencent(provider).collect()
    assert len(receipts) == 101
    assert (receipts[0].reached, receipts[0].key) == (Reached.DELIVERED, dispatch().key)
    assert receipts[0].at == datetime.fromtimestamp(1795406400, UTC)
    assert (receipts[-1].reached, receipts[-1].reason) == (Reached.FAILED, "undelivered:UNDELIV")


async def test_pulling_from_a_provider_that_is_away_brings_nothing() -> None:
    assert await tencent(Provider(httpx.ConnectError("down"))).collect() == []
