"""The pages' templates, with everything escaped that comes from outside."""

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup

from services.notify.domain.states import NoticeState
from shared.clock import SHANGHAI

WORDS = {
    "zh-CN": {
        "told_at": "告知时间",
        "clause": "手册条款",
        "acknowledge_by": "请于此前确认",
        "button": "我已知悉，确认签收",
        "done": "已确认签收",
        "clause_of": "{number}（{version} 版）",
        "footer": "码上安全 · 确认签收不代表承认违法，仅表示已知悉告知内容。",
        "no_such_link": "链接无效",
        "what_to_do": "链接可能不完整。请从短信或小程序中重新打开，或联系属地网格员。",
        "house": "码上安全",
    },
    "en": {
        "told_at": "Told at",
        "clause": "Handbook clause",
        "acknowledge_by": "Please confirm by",
        "button": "I have read this and confirm receipt",
        "done": "Confirmed",
        "clause_of": "{number} (edition {version})",
        "no_such_link": "This link is not valid",
        "what_to_do": "It may be incomplete. Open it again from the message or the mini-program, or ask your grid officer.",
        "house": "Mashang",
        "footer": "Mashang · Confirming receipt admits nothing; it says that you know what you were told.",
    },
}
HAPPENED = {
    "accepted": "通道受理 accepted by {provider} ({channel}) → {to} · {provider_id}：{text}",
    "receipt_delivered": "送达回执 delivered, says {provider} · {provider_id}",
    "receipt_failed": "未送达回执 not delivered, says {provider}: {reason}",
    "receipt_read": "已读回执 read, says {provider}",
    "shown": "站内告知 shown in the inbox",
    "failed": "未能送达 not delivered ({channel}, {reason})",
    "opened": "已打开 opened ({means})",
    "acknowledged": "已签收 acknowledged by {by} ({means})",
}

STATES = {
    NoticeState.PLANNED: "待发送",
    NoticeState.SENDING: "发送中",
    NoticeState.UNKNOWN: "待查证",
    NoticeState.ACCEPTED: "通道已受理",
    NoticeState.DELIVERED: "已送达",
    NoticeState.READ: "已读",
    NoticeState.ACKNOWLEDGED: "已签收",
    NoticeState.FAILED: "未送达",
    NoticeState.EXPIRED: "已过期",
    NoticeState.CANCELLED: "已取消",
    NoticeState.MERGED: "已合并",
}


@cache
def _environment() -> Environment:
    return Environment(loader=FileSystemLoader(Path(__file__).parent), autoescape=True)


def render(name: str, **values: Any) -> str:
    """A page; values that are ``Markup`` stand as they are."""
    return _environment().get_template(name).render(**values)


def moment(value: datetime | None) -> str:
    """A moment on the Shanghai clock."""
    return f"{value.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}" if value else ""


def clause(stored: str | None, language: str) -> str | None:
    """A clause with its version as people read it."""
    if not stored:
        return None
    number, _, version = stored.partition("@")
    return WORDS[language]["clause_of"].format(number=number, version=version) if version else number


def line(entry: Mapping[str, Any]) -> dict[str, str]:
    """One entry of a proof in words."""
    known = {key: value for key, value in entry["what"].items() if value is not None}
    what = {"reason": "", "to": "—", "by": "", "means": "", "provider_id": "—", **known}
    text = HAPPENED.get(what["happened"], "{happened}").format(**what)
    day, _, hour = moment(datetime.fromisoformat(entry["at"])).partition(" ")
    return {"position": entry["position"], "day": day, "hour": hour, "text": text}


def state(code: str) -> str:
    """A state of a notice, in Chinese and as it is stored."""
    return f"{STATES[NoticeState(code)]} {code}"


def raw(text: str) -> Markup:
    """Text that is safe to stand in the page as it is."""
    return Markup(text)  # noqa: S704 - JSON whose every `<` is escaped
