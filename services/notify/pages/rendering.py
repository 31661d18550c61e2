"""The pages' templates, with everything escaped that comes from outside."""

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup

from shared.clock import SHANGHAI

WORDS = {
    "zh-CN": {
        "told_at": "告知时间",
        "clause": "手册条款",
        "acknowledge_by": "请于此前确认",
        "button": "我已知悉，确认签收",
        "done": "已确认签收",
        "footer": "码上安全 · 确认签收不代表承认违法，仅表示已知悉告知内容。",
    },
    "en": {
        "told_at": "Told at",
        "clause": "Handbook clause",
        "acknowledge_by": "Please confirm by",
        "button": "I have read this and confirm receipt",
        "done": "Confirmed",
        "footer": "Mashang · Confirming receipt admits nothing; it says that you know what you were told.",
    },
}
HAPPENED = {
    "accepted": "通道受理 accepted by {provider} ({channel}) → {to}：{text}",
    "receipt_delivered": "送达回执 delivered, says {provider}",
    "receipt_failed": "未送达回执 not delivered, says {provider}: {reason}",
    "receipt_read": "已读回执 read, says {provider}",
    "shown": "站内告知 shown in the inbox",
    "failed": "未能送达 not delivered ({channel}, {reason})",
    "opened": "已打开 opened ({means})",
    "acknowledged": "已签收 acknowledged by {by} ({means})",
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


def line(entry: Mapping[str, Any]) -> dict[str, str]:
    """One entry of a proof in words."""
    what = {"reason": "", "to": "", "by": "", "means": "", **entry["what"]}
    text = HAPPENED.get(what["happened"], "{happened}").format(**what)
    return {"position": entry["position"], "at": moment(datetime.fromisoformat(entry["at"])), "text": text}


def raw(text: str) -> Markup:
    """Text that is safe to stand in the page as it is."""
    return Markup(text)  # noqa: S704 - JSON whose every `<` is escaped
