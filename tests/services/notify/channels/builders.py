"""What the tests of channels are made of: a dispatch, a provider that answers as told, a clock that stands still."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
from pydantic import SecretStr

from services.notify.channels.aliyun_sms import AliyunSms
from services.notify.channels.channel import Address, Callback, Dispatch
from services.notify.channels.templates import ProviderTemplate, TemplateMap
from services.notify.channels.tencent_sms import TencentSms

NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
MOBILE = "13800000001"
OPENID = "o6_bmjrPTlm6_2sgVt7hMZOPfL2M"
TOKEN = SecretStr("callback-token")
SECRET = SecretStr("a-secret-of-ours")
NOTICE = UUID("0192f3a0-0000-7000-8000-000000000001")

HAZARD = {"name": "宏达模具厂", "n": "2", "brief": "安全出口锁闭", "due": "2026年12月01日", "no": "YX-0142"}
TEMPLATES = TemplateMap(
    version="test",
    templates={
        "HZ_NEW": {
            "aliyun": ProviderTemplate(id="SMS_400000001"),
            "tencent": ProviderTemplate(id="2200001", variables=("no", "name")),
            "wechat": ProviderTemplate(id="T-OFFICIAL", fields={"thing1": "name", "time4": "due", "character_string5": "no"}),
            "mini_program": ProviderTemplate(id="T-MINI", fields={"thing1": "name", "thing3": "brief"}, page="p/n?t={token}"),
        },
        "BRIEF": {"wecom": ProviderTemplate(id="-", markdown=True)},
    },
)


def dispatch(to: str = MOBILE, **changes: Any) -> Dispatch:
    """A dispatch of a new hazard, stored a moment ago."""
    values: dict[str, Any] = {
        "notice_id": NOTICE,
        "attempt": 1,
        "key": f"{NOTICE}#1",
        "channel": "sms",
        "address": Address(to),
        "template": "HZ_NEW",
        "title": "隐患整改通知",
        "text": "您单位(宏达模具厂)存在2条隐患:安全出口锁闭,请于2026年12月01日前整改并上传照片,编号YX-0142。",
        "variables": HAZARD,
        "stored_at": NOON - timedelta(seconds=1),
    }
    return Dispatch(**{**values, **changes})


class Provider:
    """Answers what it is told, in turn, the last one for ever, and remembers every request."""

    def __init__(self, *answers: httpx.Response | Exception | dict[str, Any]) -> None:
        self.requests: list[httpx.Request] = []
        self._answers = list(answers)

    def client(self) -> httpx.AsyncClient:
        """A client whose every call ends here."""
        return httpx.AsyncClient(transport=httpx.MockTransport(self._handle))

    def _handle(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, dict):
            return httpx.Response(200, json=answer)
        return httpx.Response(answer.status_code, stream=httpx.ByteStream(answer.content), headers=answer.headers)


def clock(moment: datetime = NOON) -> Callable[[], datetime]:
    """A clock that stands still."""
    return lambda: moment


def aliyun(provider: Provider, at: datetime = NOON) -> AliyunSms:
    """The Aliyun channel in front of a provider."""
    return AliyunSms(provider.client(), "testid-AK", SECRET, "宜兴经开区应急", TEMPLATES, TOKEN, clock=clock(at))


def tencent(provider: Provider, at: datetime = NOON) -> TencentSms:
    """The Tencent channel in front of a provider."""
    return TencentSms(provider.client(), "testid-AK", SECRET, "1400006666", "宜兴经开区应急", TEMPLATES, TOKEN, clock=clock(at))


def callback(body: bytes = b"", method: str = "POST", **query: str) -> Callback:
    """A call from outside, at noon."""
    return Callback(method, query, {}, body, NOON)
