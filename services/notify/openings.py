"""Which channels a process opens: files that stand for phones, the simulator, or the real providers beside files for trials."""

from dataclasses import replace
from pathlib import Path

from httpx import AsyncClient

from services.notify.call_list import CallList
from services.notify.channels.assembly import build_channels
from services.notify.channels.channel import Channel
from services.notify.channels.file import FileChannel
from services.notify.channels.limits import limits_of
from services.notify.channels.webhook import Webhook
from services.notify.senders import Senders
from services.notify.settings import NotifySettings
from shared.database import Database

_KINDS = ("sms", "voice", "mini_program", "wechat", "wecom", "wecom_group", "email", "other")


def open_senders(settings: NotifySettings, http: AsyncClient, data: Path, database: Database | None = None) -> Senders:
    """The channels of a deployment with the rates that their providers allow, or lower ones that the settings ask for."""
    opened = _opened(settings, http, data, database)
    names = {name for kinds in (opened.real, opened.sinks) for providers in kinds.values() for name in providers}
    allowed = {name: rate for name in names if (rate := _rate_of(name)) is not None}
    return replace(opened, rates={**allowed, **settings.rates})


def _rate_of(provider: str) -> float | None:
    try:
        return limits_of(provider).calls_per_second
    except KeyError:
        return None


def _opened(settings: NotifySettings, http: AsyncClient, data: Path, database: Database | None) -> Senders:
    """The real channels, and the sinks that a trial key reaches in their place.

    A webhook is real under every key: who gave us its address wants to be called. With files alone or the simulator nothing
    else is real, so that every key may use it; a trial never puts anybody on the list of those whom officers phone.
    """
    files: list[Channel] = [FileChannel(kind, data / "outbox") for kind in _KINDS]
    if settings.files_only:
        return Senders.of([*files, _webhook(settings, http)], [*files, _webhook(settings, http)])
    calls: list[Channel] = [CallList(database)] if database is not None else []
    opened = list(build_channels(settings, http).values())
    if settings.channels == "simulator":
        covered = {channel.kind for channel in opened}
        simulated = [*opened, *(file for file in files if file.kind not in covered)]
        return Senders.of([*calls, *(c for c in simulated if c.kind != "voice")], simulated)
    return Senders.of([*calls, *opened], [*files, _webhook(settings, http)])


def _webhook(settings: NotifySettings, http: AsyncClient) -> Webhook:
    from_settings = build_channels(settings.model_copy(update={"channels": "live"}), http)
    webhook = from_settings["webhook"]
    assert isinstance(webhook, Webhook)  # noqa: S101 - there is always one, whatever the credentials
    return webhook
