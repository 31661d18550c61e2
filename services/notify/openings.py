"""Which channels a process opens: files that stand for phones, the simulator, or the real providers beside files for trials."""

from pathlib import Path

from httpx import AsyncClient

from services.notify.channels.assembly import build_channels
from services.notify.channels.channel import Channel
from services.notify.channels.file import FileChannel
from services.notify.channels.webhook import Webhook
from services.notify.senders import Senders
from services.notify.settings import NotifySettings

_KINDS = ("sms", "voice", "mini_program", "wechat", "wecom", "wecom_group", "email", "other")


def open_senders(settings: NotifySettings, http: AsyncClient, data: Path) -> Senders:
    """The real channels, and the sinks that a trial key reaches in their place.

    A webhook is real under every key: who gave us its address wants to be called. With files alone or the simulator nothing
    else is real, so that every key may use it.
    """
    files: list[Channel] = [FileChannel(kind, data / "outbox") for kind in _KINDS]
    if settings.files_only:
        sinks: list[Channel] = [*files, _webhook(settings, http)]
        return Senders.of(sinks, sinks)
    real = list(build_channels(settings, http).values())
    if settings.channels == "simulator":
        covered = {channel.kind for channel in real}
        simulated = [*real, *(file for file in files if file.kind not in covered)]
        return Senders.of(simulated, simulated)
    return Senders.of(real, [*files, _webhook(settings, http)])


def _webhook(settings: NotifySettings, http: AsyncClient) -> Webhook:
    from_settings = build_channels(settings.model_copy(update={"channels": "live"}), http)
    webhook = from_settings["webhook"]
    assert isinstance(webhook, Webhook)  # noqa: S101 - there is always one, whatever the credentials
    return webhook
