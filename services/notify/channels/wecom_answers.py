"""What both ways into WeCom share: the meaning of an answer, and texts cut to what WeCom shows."""

from datetime import datetime
from typing import Any

from services.notify.channels.answers import answers_of
from services.notify.channels.calls import Reply, refused
from services.notify.channels.channel import Accepted, Concern, Dispatch, Impossible, Outcome
from services.notify.channels.limits import limits_of
from services.notify.channels.templates import TemplateMap


def told(reply: Reply, dispatch: Dispatch, now: datetime) -> Outcome:
    """What became of a message; a member that WeCom lists as invalid was not reached although all went well."""
    tree = reply.tree() or {}
    if tree.get("errcode") != 0:
        return meaning(reply, now)
    if str(tree.get("invaliduser") or "").lower() == dispatch.address.value.lower():
        return Impossible("bad_user", Concern.ADDRESS)
    return Accepted(str(tree.get("msgid") or dispatch.key))


def meaning(reply: Reply, now: datetime) -> Outcome:
    """What an answer with an ``errcode`` means."""
    tree = reply.tree() or {}
    if not isinstance(tree.get("errcode"), int) or tree["errcode"] == 0:
        return refused(reply, now, provider="wecom")
    return answers_of("wecom").outcome(str(tree["errcode"]), str(tree.get("errmsg", "")), now)


def is_stale(reply: Reply) -> bool:
    """Whether another token may cure it."""
    row = answers_of("wecom").row(str((reply.tree() or {}).get("errcode", "")))
    return row is not None and row.renews


def body(dispatch: Dispatch, templates: TemplateMap, longest_markdown: int) -> dict[str, Any]:
    """The message as text, or as markdown where its template says so, with the link under it."""
    template, text = templates.of("wecom", dispatch.template), dispatch.text
    content = f"{text}\n{dispatch.link}" if dispatch.link else text
    if template is not None and template.markdown:
        return {"msgtype": "markdown", "markdown": {"content": cut(content, longest_markdown)}}
    return {"msgtype": "text", "text": {"content": cut(content, limits_of("wecom").text_longest_bytes or 0)}}


def cut(text: str, longest: int) -> str:
    """The text in at most so many UTF-8 bytes, never ending inside a character."""
    raw = text.encode()
    return text if len(raw) <= longest else raw[:longest].decode(errors="ignore")
