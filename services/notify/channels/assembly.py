"""The channels of a process, built once from its settings: the simulator behind every one of them, or the real providers."""

from collections.abc import Iterator

import httpx
from pydantic import SecretStr

from services.notify.channels.aliyun_sms import AliyunSms
from services.notify.channels.channel import Channel
from services.notify.channels.long_tail import LongTail
from services.notify.channels.outbound_guard import Guard
from services.notify.channels.settings import SIMULATED_ID, SIMULATED_SECRET, ChannelSettings
from services.notify.channels.simulated_mail import SimulatedMail
from services.notify.channels.smtp import Mail
from services.notify.channels.templates import TemplateMap
from services.notify.channels.tencent_sms import TencentSms
from services.notify.channels.webhook import Webhook
from services.notify.channels.wechat import WechatAccount, mini_program, official
from services.notify.channels.wechat_envelope import CallbackKeys
from services.notify.channels.wecom_app import WecomAccount, WecomApp
from services.notify.channels.wecom_group import WecomGroup


def build_channels(settings: ChannelSettings, http: httpx.AsyncClient) -> dict[str, Channel]:
    """Every channel that the settings allow, by its provider's name; keep them, for they hold tokens and paces."""
    if settings.channels == "simulator":
        settings = simulated(settings)
        return {channel.name: channel for channel in (*_live(settings, http), SimulatedMail(http, settings.simulator_url))}
    return {channel.name: channel for channel in _live(settings, http)}


def simulated(settings: ChannelSettings) -> ChannelSettings:
    """The same settings with the simulator in the place of every provider and its well-known credentials."""
    url, secret = settings.simulator_url.rstrip("/"), SIMULATED_SECRET
    ids = ("aliyun_key_id", "tencent_secret_id", "tencent_sdk_app_id", "wechat_app_id", "mini_program_app_id", "wecom_corp_id")
    secrets = ("aliyun_key_secret", "tencent_secret_key", "wechat_secret", "mini_program_secret", "wecom_secret")
    tokens = ("callback_token", "wechat_callback_token", "mini_program_callback_token")
    return settings.model_copy(
        update={
            **dict.fromkeys(ids, SIMULATED_ID),
            **dict.fromkeys((*secrets, *tokens), secret),
            **dict.fromkeys(("wechat_callback_key", "mini_program_callback_key", "smtp_host")),
            "wecom_agent_id": 1,
            "wecom_groups": True,
            "long_tail": False,
            "aliyun_endpoint": f"{url}/aliyun/",
            "tencent_endpoint": f"{url}/tencent/",
            "wechat_endpoint": f"{url}/wechat",
            "wecom_endpoint": f"{url}/wecom",
        }
    )


def _live(settings: ChannelSettings, http: httpx.AsyncClient) -> Iterator[Channel]:
    templates = TemplateMap.read(settings.channel_templates, derives=settings.channels == "simulator")
    yield from _sms(settings, http, templates)
    yield from _wechat(settings, http, templates)
    yield from _wecom(settings, http, templates)
    if settings.smtp_host:
        user, password = settings.smtp_user, settings.smtp_password
        yield Mail(settings.smtp_host, settings.smtp_port, settings.mail_from, user, password, settings.smtp_tls)
    yield Webhook(http, Guard(settings.webhook_networks, settings.webhook_loopback))
    if settings.long_tail:
        yield LongTail()


def _sms(settings: ChannelSettings, http: httpx.AsyncClient, templates: TemplateMap) -> Iterator[Channel]:
    name, token = settings.signature, settings.callback_token or SecretStr("")
    if settings.aliyun_key_id and settings.aliyun_key_secret:
        secret, endpoint = settings.aliyun_key_secret, settings.aliyun_endpoint
        yield AliyunSms(http, settings.aliyun_key_id, secret, name, templates, token, endpoint)
    if settings.tencent_secret_id and settings.tencent_secret_key and settings.tencent_sdk_app_id:
        key, where = settings.tencent_secret_key, (settings.tencent_region, settings.tencent_endpoint)
        yield TencentSms(http, settings.tencent_secret_id, key, settings.tencent_sdk_app_id, name, templates, token, *where)


def _wechat(settings: ChannelSettings, http: httpx.AsyncClient, templates: TemplateMap) -> Iterator[Channel]:
    if settings.wechat_app_id and settings.wechat_secret:
        keys = _keys(settings.wechat_app_id, settings.wechat_callback_token, settings.wechat_callback_key)
        account = WechatAccount(http, settings.wechat_app_id, settings.wechat_secret, keys, settings.wechat_endpoint)
        yield official(account, account.holder(), templates)
    if settings.mini_program_app_id and settings.mini_program_secret:
        app_id, secret = settings.mini_program_app_id, settings.mini_program_secret
        keys = _keys(app_id, settings.mini_program_callback_token, settings.mini_program_callback_key)
        account = WechatAccount(http, app_id, secret, keys, settings.wechat_endpoint)
        yield mini_program(account, account.holder(), templates)


def _wecom(settings: ChannelSettings, http: httpx.AsyncClient, templates: TemplateMap) -> Iterator[Channel]:
    if settings.wecom_corp_id and settings.wecom_agent_id is not None and settings.wecom_secret:
        corp, agent, secret = settings.wecom_corp_id, settings.wecom_agent_id, settings.wecom_secret
        account = WecomAccount(http, corp, agent, secret, settings.wecom_endpoint)
        yield WecomApp(account, account.holder(), templates)
    if settings.wecom_groups:
        yield WecomGroup(http, templates, settings.wecom_endpoint)


def _keys(app_id: str, token: SecretStr | None, key: SecretStr | None) -> CallbackKeys:
    return CallbackKeys(token or SecretStr(""), app_id, key)
