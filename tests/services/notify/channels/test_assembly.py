"""Which channels a process has: all of them behind the simulator by default, only those with credentials when live."""

from datetime import timedelta
from pathlib import Path

import apprise
import httpx
import pytest
from pydantic import SecretStr

from services.notify.channels.assembly import build_channels
from services.notify.channels.channel import (
    Accepted,
    AsksLater,
    CollectsReceipts,
    Concern,
    Impossible,
    Outcome,
    ReadsCallbacks,
    Unknown,
)
from services.notify.channels.long_tail import LongTail
from services.notify.channels.settings import ChannelSettings
from services.notify.channels.templates import TemplateMap
from tests.services.notify.channels.builders import MOBILE, clock, dispatch

REAL = ("aliyuncs.com", "tencentcloudapi.com", "weixin.qq.com")


class Recorder(httpx.AsyncBaseTransport):
    """Notes where calls go and lets none out."""

    def __init__(self) -> None:
        self.hosts: list[str] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.hosts.append(request.url.host)
        raise httpx.ConnectError("nobody leaves")  # noqa: EM101, TRY003


async def test_by_default_every_channel_calls_the_simulator_and_nobody_else() -> None:
    recorder = Recorder()
    channels = build_channels(ChannelSettings(), httpx.AsyncClient(transport=recorder))
    addresses = {"sms": MOBILE, "wechat": "openid-1", "mini_program": "openid-1", "wecom": "zhangsan"}
    addresses |= {"wecom_group": "693a91f6-7aoc-4bc4", "email": "a@b.cn", "webhook": "https://127.0.0.1/"}
    assert {channel.kind for channel in channels.values()} == set(addresses)
    for channel in channels.values():
        await channel.send(dispatch(addresses[channel.kind]))
    assert set(recorder.hosts) == {"127.0.0.1"}
    assert len(recorder.hosts) == 7


async def test_the_default_does_not_reach_a_real_provider_even_with_credentials_in_the_environment() -> None:
    recorder = Recorder()
    settings = ChannelSettings(
        aliyun_key_id="real", aliyun_key_secret=SecretStr("real"), smtp_host="mail.bureau.cn", long_tail=True
    )
    channels = build_channels(settings, httpx.AsyncClient(transport=recorder))
    assert "apprise" not in channels
    await channels["aliyun"].send(dispatch())
    await channels["smtp"].send(dispatch("a@b.cn"))
    assert set(recorder.hosts) == {"127.0.0.1"}


def test_live_without_credentials_has_only_what_needs_none() -> None:
    assert list(build_channels(ChannelSettings(channels="live"), httpx.AsyncClient())) == ["webhook"]


def test_secrets_come_from_files_and_are_never_printed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = tmp_path / "aliyun"
    secret.write_text("the-real-secret\n", encoding="utf-8")
    monkeypatch.setenv("MASHANG_NOTIFY_CHANNELS", "live")
    monkeypatch.setenv("MASHANG_NOTIFY_ALIYUN_KEY_ID", "LTAI")
    monkeypatch.setenv("MASHANG_NOTIFY_ALIYUN_KEY_SECRET_FILE", str(secret))
    settings = ChannelSettings()
    assert settings.aliyun_key_secret is not None
    assert settings.aliyun_key_secret.get_secret_value() == "the-real-secret"
    channels = build_channels(settings, httpx.AsyncClient())
    assert set(channels) == {"aliyun", "webhook"}
    assert "the-real-secret" not in f"{settings!r}{settings.redacted()}{channels!r}"


def test_what_a_channel_can_do_is_seen_from_its_protocols() -> None:
    channels = build_channels(ChannelSettings(), httpx.AsyncClient())
    assert {name for name, channel in channels.items() if isinstance(channel, AsksLater)} == {
        "aliyun",
        "tencent",
        "wechat_official",
        "wecom_app",
    }
    assert {name for name, channel in channels.items() if isinstance(channel, ReadsCallbacks)} == {
        "aliyun",
        "tencent",
        "wechat_official",
        "wechat_mini",
    }
    assert {name for name, channel in channels.items() if isinstance(channel, CollectsReceipts)} == {"tencent"}


async def test_live_knows_only_the_templates_that_a_provider_approved(tmp_path: Path) -> None:
    file = tmp_path / "templates.yaml"
    file.write_text('version: "1"\ntemplates: {HZ_NEW: {aliyun: {id: SMS_1, variables: [name, missing]}}}\n', encoding="utf-8")
    settings = ChannelSettings(channels="live", aliyun_key_id="a", aliyun_key_secret=SecretStr("b"), channel_templates=file)
    channels = build_channels(settings, httpx.AsyncClient(transport=Recorder()))
    for template in ("HZ_DUE", "HZ_NEW"):
        outcome = await channels["aliyun"].send(dispatch(template=template))
        assert outcome == Impossible(f"unmapped_template:{template}", Concern.TEMPLATE)


def test_the_templates_that_ship_fill_their_fields_with_declared_variables() -> None:
    templates = TemplateMap.read(None, derives=False)
    assert {"HZ_NEW", "HZ_DUE", "HZ_OVER", "GRADE"} <= set(templates.templates)


@pytest.mark.parametrize(
    "address", ["json://127.0.0.1/", "ntfys://internal.host/topic", "file:///etc/passwd", "mailto://a:b@c", "dingtalk:token", ""]
)
async def test_the_long_tail_is_a_list_and_not_a_way_into_the_network(address: str) -> None:
    assert await LongTail(clock=clock()).send(dispatch(address)) == Impossible("not_allowed", Concern.ADDRESS)


@pytest.mark.parametrize(
    ("answer", "outcome"), [(True, Accepted(dispatch().key)), (False, Unknown(timedelta(minutes=10), "unsure"))]
)
async def test_a_no_of_the_long_tail_is_nothing_to_send_again_on(
    answer: bool,  # noqa: FBT001 (what Apprise says)
    outcome: Outcome,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said: list[str] = []

    class Service:
        async def async_notify(self, body: str, title: str) -> bool:
            said.append(f"{title}|{body}")
            return answer

    monkeypatch.setattr(apprise.Apprise, "instantiate", lambda *_args, **_options: Service())
    assert await LongTail(clock=clock()).send(dispatch("dingtalk://token", text="请整改", title="新隐患")) == outcome
    assert said == ["新隐患|请整改"]
