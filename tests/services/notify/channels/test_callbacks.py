"""What providers call back with: their receipts are read, what others forge changes nothing."""

import base64
import json
import struct
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC
from pydantic import SecretStr

from services.notify.channels import wechat_events
from services.notify.channels.channel import Callback, ForgedCallbackError, Reached
from services.notify.channels.wechat_envelope import CallbackKeys, signature
from services.notify.channels.wechat_events import Consent
from tests.services.notify.channels.builders import MOBILE, NOON, OPENID, TOKEN, Provider, aliyun, callback, tencent

SHANGHAI_NOON = "2026-11-23 12:00:00"
REPORT = {
    "phone_number": MOBILE,
    "send_time": "2026-11-23 11:59:58",
    "report_time": SHANGHAI_NOON,
    "success": True,
    "err_code": "DELIVERED",
    "err_msg": "用户接收成功",
    "sms_size": "2",
    "biz_id": "900619746936498440^0",
    "out_id": "our-key#1",
}
PUSHED = {
    "user_receive_time": SHANGHAI_NOON,
    "nationcode": "86",
    "mobile": MOBILE,
    "report_status": "SUCCESS",
    "errmsg": "DELIVRD",
    "description": "用户短信送达成功",
    "sid": "5000:10457",
}
AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
PLAIN = CallbackKeys(TOKEN, "wx-app")
SAFE = CallbackKeys(TOKEN, "wx-app", SecretStr(AES_KEY))
FINISHED = (
    "<xml><ToUserName><![CDATA[gh_1]]></ToUserName><FromUserName><![CDATA[{openid}]]></FromUserName>"
    "<CreateTime>1795406400</CreateTime><MsgType><![CDATA[event]]></MsgType><Event><![CDATA[TEMPLATESENDJOBFINISH]]></Event>"
    "<MsgID>200163836</MsgID><Status><![CDATA[{status}]]></Status></xml>"
)
SENT = (
    "<xml><FromUserName><![CDATA[o]]></FromUserName><CreateTime>1795406400</CreateTime><Event>subscribe_msg_sent_event</Event>"
    "<SubscribeMsgSentEvent><List><TemplateId>T</TemplateId><MsgID>1</MsgID><ErrorCode>0</ErrorCode>"
    "<ErrorStatus>success</ErrorStatus></List><List><MsgID>2</MsgID><ErrorCode>1</ErrorCode>"
    "<ErrorStatus>user_refused</ErrorStatus></List></SubscribeMsgSentEvent></xml>"
)


def from_wechat(body: str | bytes, *, token: str = TOKEN.get_secret_value(), at: datetime = NOON, **more: str) -> Callback:
    raw = body.encode() if isinstance(body, str) else body
    stamp = str(int(at.timestamp()))
    return callback(raw, signature=signature(token, stamp, "n"), timestamp=stamp, nonce="n", **more)


def encrypted(message: str, app_id: str = "wx-app") -> str:
    key = base64.b64decode(AES_KEY + "=")
    raw = b"r" * 16 + struct.pack(">I", len(message.encode())) + message.encode() + app_id.encode()
    raw += bytes([pad := 32 - len(raw) % 32]) * pad
    closer = Cipher(AES(key), CBC(key[:16])).encryptor()
    return base64.b64encode(closer.update(raw) + closer.finalize()).decode()


def sealed(message: str, app_id: str = "wx-app", signed: str | None = None) -> Callback:
    text = encrypted(message, app_id)
    stamp = str(int(NOON.timestamp()))
    given = signature(TOKEN.get_secret_value(), stamp, "n", signed or text)
    body = f"<xml><ToUserName>gh</ToUserName><Encrypt><![CDATA[{text}]]></Encrypt></xml>".encode()
    return callback(body, msg_signature=given, timestamp=stamp, nonce="n", encrypt_type="aes")


def test_an_sms_report_brings_one_receipt_for_each_row() -> None:
    failed = {**REPORT, "success": False, "err_code": "MK:0001", "biz_id": "2^0", "out_id": ""}
    answer = aliyun(Provider({})).read_callback(callback(json.dumps([REPORT, failed]).encode(), token="callback-token"))
    first, second = answer.receipts
    assert (first.provider_id, first.key, first.reached, first.parts) == (
        "900619746936498440^0",
        "our-key#1",
        Reached.DELIVERED,
        2,
    )
    assert first.at == NOON
    assert first.address_masked == "138****0001"
    assert (second.key, second.reached, second.reason) == (None, Reached.FAILED, "undelivered:MK:0001")
    assert answer.status == 200
    assert json.loads(answer.body) == {"code": 0, "msg": "接收成功"}


def test_a_tencent_push_brings_one_receipt_for_each_row() -> None:
    failed = {**PUSHED, "report_status": "FAIL", "errmsg": "UNDELIV", "sid": "5000:2"}
    answer = tencent(Provider({})).read_callback(callback(json.dumps([PUSHED, failed]).encode(), token="callback-token"))
    first, second = answer.receipts
    assert (first.provider_id, first.reached, first.at) == ("5000:10457", Reached.DELIVERED, NOON)
    assert (second.provider_id, second.reached, second.reason) == ("5000:2", Reached.FAILED, "undelivered:UNDELIV")
    assert json.loads(answer.body) == {"result": 0, "errmsg": "OK"}


@pytest.mark.parametrize("query", [{}, {"token": ""}, {"token": "callback-tokem"}, {"token": "é"}, {"Token": "callback-token"}])
@pytest.mark.parametrize("make", [aliyun, tencent])
def test_a_push_without_our_token_is_forged(make: Any, query: dict[str, str]) -> None:
    with pytest.raises(ForgedCallbackError):
        make(Provider({})).read_callback(callback(json.dumps([REPORT]).encode(), **query))


def test_without_a_configured_token_every_push_is_forged() -> None:
    channel = aliyun(Provider({}))
    object.__setattr__(channel, "callback_token", SecretStr(""))
    with pytest.raises(ForgedCallbackError):
        channel.read_callback(callback(b"[]", token=""))


@pytest.mark.parametrize(
    "body",
    [b"", b"{}", b"[1]", b"[{}]", b"\xff", b"null", json.dumps([{**REPORT, "success": "true"}]).encode(), b'[{"success": true}]'],
)
def test_a_push_that_nobody_can_parse_says_so_without_repeating_it(body: bytes) -> None:
    for channel in (aliyun(Provider({})), tencent(Provider({}))):
        with pytest.raises(ValueError, match=r".") as caught:
            channel.read_callback(callback(body, token="callback-token"))
        assert MOBILE not in str(caught.value)


@pytest.mark.parametrize(("make", "row"), [(aliyun, REPORT), (tencent, PUSHED)], ids=["aliyun", "tencent"])
def test_a_row_that_nobody_can_read_keeps_no_other_from_being_taken(make: Any, row: dict[str, Any]) -> None:
    body = json.dumps([{}, row, {"success": 7}]).encode()
    (receipt,) = make(Provider()).read_callback(callback(body, token=TOKEN.get_secret_value())).receipts
    assert receipt.reached is Reached.DELIVERED


def test_a_time_nobody_can_read_becomes_the_time_of_the_push() -> None:
    body = json.dumps([{**REPORT, "report_time": "yesterday"}]).encode()
    assert aliyun(Provider({})).read_callback(callback(body, token="callback-token")).receipts[0].at == NOON


def test_wechats_verification_gets_its_own_words_back() -> None:
    stamp = str(int(NOON.timestamp()))
    asked = callback(method="GET", signature=signature("callback-token", stamp, "n"), timestamp=stamp, nonce="n", echostr="42")
    answer = wechat_events.read(asked, "wechat_official", PLAIN)
    assert (answer.body, answer.content_type, list(answer.receipts)) == (b"42", "text/plain", [])


@pytest.mark.parametrize(
    ("status", "reached", "reason"),
    [
        ("success", Reached.DELIVERED, None),
        ("failed:user block", Reached.FAILED, "undelivered:user_block"),
        ("failed: system failed", Reached.FAILED, "undelivered:system_failed"),
    ],
)
def test_a_finished_template_message_is_a_receipt(status: str, reached: Reached, reason: str | None) -> None:
    answer = wechat_events.read(from_wechat(FINISHED.format(openid=OPENID, status=status)), "wechat_official", PLAIN)
    (receipt,) = answer.receipts
    assert (receipt.provider_id, receipt.reached, receipt.reason) == ("200163836", reached, reason)
    assert receipt.at == datetime.fromtimestamp(1795406400, UTC)
    assert answer.body == b"success"


def test_an_event_of_subscription_messages_is_a_receipt_for_each() -> None:
    answer = wechat_events.read(from_wechat(SENT), "wechat_mini", PLAIN)
    assert [(receipt.provider_id, receipt.reached) for receipt in answer.receipts] == [
        ("1", Reached.DELIVERED),
        ("2", Reached.FAILED),
    ]


@pytest.mark.parametrize("form", ["xml", "json"])
def test_consents_and_refusals_are_told_apart(form: str) -> None:
    rows = [{"TemplateId": "A", "SubscribeStatusString": "accept"}, {"TemplateId": "B", "SubscribeStatusString": "reject"}]
    event = {"FromUserName": OPENID, "Event": "subscribe_msg_popup_event", "List": rows}
    entries = "".join(
        f"<List><TemplateId>{row['TemplateId']}</TemplateId><SubscribeStatusString>{row['SubscribeStatusString']}"
        "</SubscribeStatusString></List>"
        for row in rows
    )
    xml = (
        f"<xml><FromUserName>{OPENID}</FromUserName><Event>subscribe_msg_popup_event</Event>"
        f"<SubscribeMsgPopupEvent>{entries}</SubscribeMsgPopupEvent></xml>"
    )
    found = wechat_events.consents(from_wechat(xml if form == "xml" else json.dumps(event)), PLAIN)
    assert found == [Consent(OPENID, "A", given=True), Consent(OPENID, "B", given=False)]


def test_other_events_are_taken_and_mean_nothing() -> None:
    seen = from_wechat("<xml><Event>subscribe</Event></xml>")
    assert list(wechat_events.read(seen, "wechat_official", PLAIN).receipts) == []
    assert wechat_events.consents(seen, PLAIN) == []


def test_a_push_signed_with_another_token_is_forged() -> None:
    with pytest.raises(ForgedCallbackError):
        wechat_events.read(from_wechat(SENT, token="another"), "wechat_official", PLAIN)


def test_without_a_configured_token_no_signature_is_wechats() -> None:
    with pytest.raises(ForgedCallbackError):
        wechat_events.read(from_wechat(SENT, token=""), "wechat_official", CallbackKeys(SecretStr(""), "wx-app"))


@pytest.mark.parametrize("off", [timedelta(minutes=11), -timedelta(minutes=11)])
def test_an_old_signature_is_not_taken_again(off: timedelta) -> None:
    with pytest.raises(ForgedCallbackError):
        wechat_events.read(from_wechat(SENT, at=NOON - off), "wechat_official", PLAIN)


def test_an_encrypted_push_is_opened() -> None:
    answer = wechat_events.read(sealed(FINISHED.format(openid=OPENID, status="success")), "wechat_official", SAFE)
    assert [receipt.provider_id for receipt in answer.receipts] == ["200163836"]


def test_an_encrypted_push_for_another_account_is_forged() -> None:
    with pytest.raises(ForgedCallbackError):
        wechat_events.read(sealed(SENT, app_id="wx-else"), "wechat_official", SAFE)


def test_an_encrypted_push_whose_signature_is_for_another_text_is_forged() -> None:
    with pytest.raises(ForgedCallbackError):
        wechat_events.read(sealed(SENT, signed="something else"), "wechat_official", SAFE)


def test_with_an_encoding_key_nothing_in_the_clear_is_taken() -> None:
    with pytest.raises(ForgedCallbackError):
        wechat_events.read(from_wechat(SENT), "wechat_official", SAFE)


@pytest.mark.parametrize("text", ["", "AAAA", "not base64 é", base64.b64encode(b"x" * 32).decode()])
def test_what_cannot_be_decrypted_is_forged(text: str) -> None:
    stamp = str(int(NOON.timestamp()))
    given = signature("callback-token", stamp, "n", text)
    body = json.dumps({"Encrypt": text}).encode()
    with pytest.raises(ForgedCallbackError):
        wechat_events.read(callback(body, msg_signature=given, timestamp=stamp, nonce="n"), "wechat_official", SAFE)


BOMB = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><xml><Event>&b;</Event></xml>'


@pytest.mark.parametrize(
    "body", [BOMB, "<xml>", "", "[]", "{" * 1000, "<a>" * 20_000, "x" * 70_000, "<xml><Event>TEMPLATESENDJOBFINISH</Event></xml>"]
)
def test_hostile_bodies_are_refused_before_they_cost_anything(body: str) -> None:
    with pytest.raises(ValueError, match=r"push|event|column|Expecting"):
        wechat_events.read(from_wechat(body), "wechat_official", PLAIN)
