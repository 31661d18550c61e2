"""Which ways to reach people a deployment has: addresses and credentials of the providers, each secret also by ``…_FILE``."""

from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from shared.settings import SettingsBase

SIMULATED_SECRET = SecretStr("simulator-secret")
SIMULATED_ID = "simulator"


class ChannelSettings(SettingsBase):
    """``MASHANG_NOTIFY_…``. Every provider is the simulator; with ``channels=live`` those with credentials are the real ones."""

    model_config = SettingsConfigDict(env_prefix="MASHANG_NOTIFY_")

    channels: Literal["simulator", "live"] = "simulator"
    simulator_url: str = "http://127.0.0.1:8090"
    signature: str = Field(default="宜兴经开区应急", min_length=2, max_length=20)
    callback_token: SecretStr | None = None
    channel_templates: Path | None = None

    aliyun_key_id: str | None = None
    aliyun_key_secret: SecretStr | None = None
    aliyun_endpoint: str = "https://dysmsapi.aliyuncs.com/"
    tencent_secret_id: str | None = None
    tencent_secret_key: SecretStr | None = None
    tencent_sdk_app_id: str | None = None
    tencent_region: str = "ap-guangzhou"
    tencent_endpoint: str = "https://sms.tencentcloudapi.com/"

    wechat_app_id: str | None = None
    wechat_secret: SecretStr | None = None
    wechat_callback_token: SecretStr | None = None
    wechat_callback_key: SecretStr | None = None
    mini_program_app_id: str | None = None
    mini_program_secret: SecretStr | None = None
    mini_program_callback_token: SecretStr | None = None
    mini_program_callback_key: SecretStr | None = None
    wechat_endpoint: str = "https://api.weixin.qq.com"

    wecom_corp_id: str | None = None
    wecom_agent_id: int | None = None
    wecom_secret: SecretStr | None = None
    wecom_endpoint: str = "https://qyapi.weixin.qq.com"
    wecom_groups: bool = False

    smtp_host: str | None = None
    smtp_port: int = Field(default=465, ge=1, le=65535)
    smtp_tls: Literal["implicit", "starttls", "none"] = "implicit"
    smtp_user: str | None = None
    smtp_password: SecretStr | None = None
    mail_from: str = "mashang@localhost"

    webhook_networks: tuple[IPv4Network | IPv6Network, ...] = ()
    webhook_loopback: bool = False
    long_tail: bool = False
