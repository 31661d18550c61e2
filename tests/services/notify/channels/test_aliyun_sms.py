"""Aliyun: what is sent, what each of its codes means, and how a message without an answer is asked for."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl

import httpx
import pytest

from services.notify.channels.channel import Accepted, Concern, Impossible, Outcome, TryLater, Unknown
from tests.services.notify.channels.builders import MOBILE, NOON, Provider, aliyun, dispatch

ACCOUNT, TEMPLATE, DISPATCH, ADDRESS = Concern.PROVIDER, Concern.TEMPLATE, Concern.DISPATCH, Concern.ADDRESS
TO_MIDNIGHT, TO_DECEMBER = timedelta(hours=12), timedelta(days=7, hours=12)

MEANINGS: list[tuple[str, str, Outcome]] = [
    ("isv.BUSINESS_LIMIT_CONTROL", "触发分钟级流控Permits:1", TryLater(timedelta(minutes=1), "number_minute_limit", ADDRESS)),
    ("isv.BUSINESS_LIMIT_CONTROL", "触发小时级流控Permits:5", TryLater(timedelta(hours=1), "number_hour_limit", ADDRESS)),
    ("isv.BUSINESS_LIMIT_CONTROL", "触发天级流控Permits:10", TryLater(timedelta(hours=24), "number_day_limit", ADDRESS)),
    ("isv.BUSINESS_LIMIT_CONTROL", "in other words", TryLater(timedelta(hours=1), "number_limit", ADDRESS)),
    ("isv.DAY_LIMIT_CONTROL", "", TryLater(TO_MIDNIGHT, "account_day_limit", ACCOUNT)),
    ("isv.MONTH_LIMIT_CONTROL", "", TryLater(TO_DECEMBER, "account_month_limit", ACCOUNT)),
    ("isv.OUT_OF_SERVICE", "", TryLater(timedelta(minutes=30), "no_balance", ACCOUNT)),
    ("isv.SMS_SIGNATURE_SCENE_ILLEGAL", "", Impossible("signature_scene", TEMPLATE)),
    ("isv.SIGN_STATE_ILLEGAL", "", Impossible("signature_state", TEMPLATE)),
    ("isv.SMS_SIGN_ILLEGAL", "", Impossible("signature_forbidden", TEMPLATE)),
    ("isv.SMS_CONTENT_ILLEGAL", "", Impossible("content_forbidden", TEMPLATE)),
    ("isv.INVALID_PARAMETERS", "", Impossible("invalid_parameters", DISPATCH)),
    ("isp.RAM_PERMISSION_DENY", "", TryLater(timedelta(minutes=30), "permission_denied", ACCOUNT)),
    ("isv.ACCOUNT_ABNORMAL", "", TryLater(timedelta(minutes=30), "account_abnormal", ACCOUNT)),
    ("isv.DENY_IP_RANGE", "", TryLater(timedelta(minutes=30), "ip_denied", ACCOUNT)),
    ("isv.MOBILE_NUMBER_ILLEGAL", "", Impossible("number_illegal", ADDRESS)),
    ("isv.TEMPLATE_MISSING_PARAMETERS", "", Impossible("template_parameters", TEMPLATE)),
    ("isv.BLACK_KEY_CONTROL_LIMIT", "", Impossible("black_word", DISPATCH)),
    ("isv.PARAM_NOT_SUPPORT_URL", "", Impossible("variable_has_url", DISPATCH)),
    ("isp.SYSTEM_ERROR", "", Unknown(timedelta(seconds=30), "system_error")),
    ("SignatureDoesNotMatch", "", TryLater(timedelta(minutes=30), "key_mismatch", ACCOUNT)),
    ("InvalidAccessKeyId.NotFound", "", TryLater(timedelta(minutes=30), "key_unknown", ACCOUNT)),
    ("InvalidTimeStamp.Expired", "", TryLater(timedelta(minutes=5), "clock_off", ACCOUNT)),
    ("SignatureNonceUsed", "", Unknown(timedelta(seconds=30), "nonce_used")),
    ("Throttling.User", "", TryLater(timedelta(seconds=2), "throttled", ACCOUNT)),
    ("isv.NEW_IN_2027", "", TryLater(timedelta(minutes=10), "unlisted:isv.NEW_IN_2027", ACCOUNT)),
]


def answer(code: str, message: str = "") -> dict[str, Any]:
    return {"Code": code, "Message": message, "RequestId": "873043AC-BCDA-44DB-9052-2E204C6ED20F"}


def details(*rows: dict[str, Any]) -> dict[str, Any]:
    return {**answer("OK"), "TotalCount": str(len(rows)), "SmsSendDetailDTOs": {"SmsSendDetailDTO": list(rows)}}


@pytest.mark.parametrize(("code", "message", "outcome"), MEANINGS, ids=[f"{code} {message}" for code, message, _ in MEANINGS])
async def test_each_code_tells_what_to_do_next(code: str, message: str, outcome: Outcome) -> None:
    assert await aliyun(Provider(answer(code, message))).send(dispatch()) == outcome


async def test_an_accepted_message_is_known_by_its_biz_id() -> None:
    provider = Provider({**answer("OK", "OK"), "BizId": "900619746936498440^0"})
    assert await aliyun(provider).send(dispatch()) == Accepted("900619746936498440^0")


async def test_the_call_carries_our_key_and_nothing_in_the_clear_but_what_aliyun_needs() -> None:
    provider = Provider({**answer("OK"), "BizId": "1^0"})
    await aliyun(provider).send(dispatch())
    request = provider.requests[0]
    sent = dict(parse_qsl(request.url.query.decode()))
    assert sent["PhoneNumbers"] == MOBILE
    assert sent["OutId"] == dispatch().key
    assert sent["TemplateCode"] == "SMS_400000001"
    assert json.loads(sent["TemplateParam"]) == dict(dispatch().variables)
    assert (request.headers["x-acs-action"], request.headers["x-acs-version"]) == ("SendSms", "2017-05-25")
    assert request.headers["x-acs-date"] == "2026-11-23T04:00:00Z"
    assert "a-secret-of-ours" not in str(request.headers)


async def test_two_calls_never_carry_the_same_nonce() -> None:
    provider = Provider({**answer("OK"), "BizId": "1^0"})
    channel = aliyun(provider)
    await channel.send(dispatch())
    await channel.send(dispatch())
    assert len({request.headers["x-acs-signature-nonce"] for request in provider.requests}) == 2


async def test_an_unmapped_template_never_leaves_the_house() -> None:
    provider = Provider(answer("OK"))
    assert await aliyun(provider).send(dispatch(template="NEVER_APPROVED")) == Impossible(
        "unmapped_template:NEVER_APPROVED", TEMPLATE
    )
    assert provider.requests == []


@pytest.mark.parametrize(
    "number", ["", "12800000001", "1380000000", "１３８００００００００１", "138 0000 0001", "+8513800000001"]
)
async def test_what_is_no_mobile_number_never_leaves_the_house(number: str) -> None:
    provider = Provider(answer("OK"))
    assert await aliyun(provider).send(dispatch(number)) == Impossible("bad_address", ADDRESS)
    assert provider.requests == []


@pytest.mark.parametrize(
    ("reply", "outcome"),
    [
        (httpx.Response(200, content=b"<html>"), Unknown(timedelta(seconds=30), "garbage")),
        (httpx.Response(200, json=["OK"]), Unknown(timedelta(seconds=30), "garbage")),
        (httpx.Response(200, json={"Code": "OK"}), Unknown(timedelta(seconds=30), "garbage")),
        (httpx.Response(200, content=b"[" * 100_000), Unknown(timedelta(seconds=30), "garbage")),
        (httpx.Response(502, content=b"bad gateway"), Unknown(timedelta(seconds=30), "http_5xx")),
        (httpx.Response(503, json=answer("ServiceUnavailable")), Unknown(timedelta(seconds=30), "service_unavailable")),
        (httpx.Response(429, headers={"retry-after": "7"}), TryLater(timedelta(seconds=7), "http_429")),
        (httpx.Response(302, headers={"location": "https://evil.example"}), TryLater(timedelta(minutes=5), "http_4xx")),
        (httpx.Response(404), TryLater(timedelta(minutes=5), "http_4xx")),
        (httpx.Response(400, json=answer("InvalidTimeStamp.Expired")), TryLater(timedelta(minutes=5), "clock_off")),
    ],
)
async def test_an_answer_without_a_code_is_judged_by_its_status(reply: httpx.Response, outcome: Outcome) -> None:
    assert await aliyun(Provider(reply)).send(dispatch()) == outcome


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (1, Accepted(dispatch().key)),
        (3, Accepted(dispatch().key)),
        (2, Impossible("undelivered:MK:0001", ADDRESS)),
        (9, Unknown(timedelta(seconds=30), "not_found_yet")),
    ],
)
async def test_asking_finds_the_message_by_our_key(status: int, outcome: Outcome) -> None:
    other = {"OutId": "another", "SendStatus": 3}
    mine = {"OutId": dispatch().key, "SendStatus": status, "ErrCode": "MK:0001"}
    provider = Provider(details(other, mine))
    assert await aliyun(provider).ask(dispatch()) == outcome
    asked = dict(parse_qsl(provider.requests[0].url.query.decode()))
    assert (asked["PhoneNumber"], asked["SendDate"], asked["PageSize"]) == (MOBILE, "20261123", "50")


async def test_asking_turns_the_pages_until_the_message_is_found() -> None:
    page = details(*({"OutId": f"other-{index}", "SendStatus": 3} for index in range(50)))
    provider = Provider(page, details({"OutId": dispatch().key, "SendStatus": 1}))
    assert await aliyun(provider).ask(dispatch()) == Accepted(dispatch().key)
    assert [dict(parse_qsl(request.url.query.decode()))["CurrentPage"] for request in provider.requests] == ["1", "2"]


async def test_a_message_sent_around_midnight_is_looked_for_on_both_days() -> None:
    stored = NOON.replace(hour=15, minute=59)
    provider = Provider(details())
    await aliyun(provider, stored + timedelta(minutes=5)).ask(dispatch(stored_at=stored))
    assert [dict(parse_qsl(request.url.query.decode()))["SendDate"] for request in provider.requests] == ["20261123", "20261124"]


async def test_what_is_not_listed_at_once_may_still_appear() -> None:
    outcome = await aliyun(Provider(details())).ask(dispatch(stored_at=NOON - timedelta(seconds=20)))
    assert outcome == Unknown(timedelta(seconds=20), "not_found_yet")


async def test_a_host_whose_clock_is_ahead_does_not_think_a_fresh_message_lost() -> None:
    """The age is told by the one clock that stored it: ten minutes ahead, this host would send it a second time."""
    fresh = dispatch(stored_at=NOON - timedelta(minutes=10), asked_at=NOON - timedelta(minutes=10) + timedelta(seconds=20))
    assert isinstance(await aliyun(Provider(details())).ask(fresh), Unknown)
    assert isinstance(await aliyun(Provider(details())).ask(replace(fresh, asked_at=None)), TryLater)


async def test_what_is_not_listed_after_a_minute_was_never_received() -> None:
    outcome = await aliyun(Provider(details())).ask(dispatch(stored_at=NOON - timedelta(minutes=1)))
    assert outcome == TryLater(timedelta(), "not_received", DISPATCH)


@pytest.mark.parametrize(
    "reply", [httpx.ReadTimeout("slow"), httpx.ConnectError("down"), answer("Throttling.User"), httpx.Response(500)]
)
async def test_a_question_without_an_answer_leaves_it_unknown(reply: Any) -> None:
    outcome = await aliyun(Provider(reply)).ask(dispatch(stored_at=NOON - timedelta(hours=1)))
    assert isinstance(outcome, Unknown)
    assert outcome.ask_after >= timedelta(seconds=5)
