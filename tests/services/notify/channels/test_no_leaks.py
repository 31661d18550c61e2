"""A phone number, an openid or a secret never shows in a log, an error or a printed form of anything here."""

import logging
from typing import Any

import httpx
import pytest
import structlog

from services.notify.channels.channel import Channel
from services.notify.channels.outbound_guard import Guard
from services.notify.channels.smtp import Mail
from services.notify.channels.webhook import Webhook
from services.notify.channels.wechat import WechatAccount, mini_program, official
from services.notify.channels.wechat_envelope import CallbackKeys
from services.notify.channels.wecom_app import WecomAccount, WecomApp
from services.notify.channels.wecom_group import WecomGroup
from tests.services.notify.channels.builders import SECRET, TEMPLATES, TOKEN, Provider, aliyun, clock, dispatch, tencent

CANARY = "13987654321"
OPENID = "oCANARYcanary_0123456789abcd"
HOOK = "https://hooks.canary.example/13987654321"
ANSWERS: list[Any] = [
    {"Code": "isv.OUT_OF_SERVICE", "Message": f"{CANARY} has no balance"},
    {"Code": f"{CANARY} is a strange code"},
    {"Response": {"Error": {"Code": "InternalError", "Message": f"+86{CANARY}"}}},
    {"Response": {"SendStatusSet": [{"Code": f"x {CANARY}", "Message": CANARY}]}},
    {"errcode": 47003, "errmsg": f"argument invalid! data.{CANARY}.value {OPENID}"},
    {"errcode": 88888, "errmsg": f"{OPENID} {CANARY}"},
    httpx.Response(500, content=f"<html>{CANARY}</html>".encode()),
    httpx.Response(302, headers={"location": f"https://{CANARY}.example/"}),
    httpx.ConnectError(f"cannot connect to {CANARY}"),
    httpx.ReadTimeout(f"{CANARY}"),
    ValueError(CANARY),
]


def channels(provider: Provider) -> list[tuple[Channel, str]]:
    account = WechatAccount(provider.client(), "wx", SECRET, CallbackKeys(TOKEN, "wx"))
    corp = WecomAccount(provider.client(), "corp", 1, SECRET)
    return [
        (aliyun(provider), CANARY),
        (tencent(provider), CANARY),
        (official(account, account.holder(), TEMPLATES), OPENID),
        (mini_program(account, account.holder(), TEMPLATES), OPENID),
        (WecomApp(corp, corp.holder(), TEMPLATES), f"u{CANARY}"),
        (WecomGroup(provider.client(), TEMPLATES), f"key-{CANARY}"),
        (Webhook(provider.client(), Guard(), clock=clock()), HOOK),
        (Mail("127.0.0.1", 1, "a@b.cn", "user", SECRET, "none"), f"{CANARY}@factory.example"),
    ]


@pytest.mark.parametrize("answer", ANSWERS, ids=range(len(ANSWERS)))
async def test_no_address_or_secret_shows_whatever_a_provider_answers(
    answer: Any, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.WARNING)
    shown = []
    with structlog.testing.capture_logs() as logs:
        for channel, address in channels(Provider(answer)):
            sent = dispatch(address, secrets=("whsec_Q0FOQVJZU0VDUkVU",))
            shown += [repr(channel), repr(sent), repr(await channel.send(sent))]
            if hasattr(channel, "ask"):
                shown.append(repr(await channel.ask(sent)))
    text = "".join((*shown, repr(logs), caplog.text, *capfd.readouterr()))
    for secret in (CANARY, OPENID, "hooks.canary", SECRET.get_secret_value(), TOKEN.get_secret_value(), "whsec_"):
        assert secret not in text
