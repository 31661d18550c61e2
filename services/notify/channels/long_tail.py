"""The long tail of services (DingTalk, Feishu, Bark …) through Apprise, for those on the list and no others."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from services.notify.channels.calls import general
from services.notify.channels.channel import Accepted, Dispatch, Outcome
from shared.clock import utc_now

ALLOWED = frozenset({"dingtalk", "feishu", "lark", "wecombot", "schan", "pushplus", "wxpusher"})  # each with a host of its own


@dataclass(frozen=True, slots=True, repr=False)
class LongTail:
    """The address is an Apprise URL. Apprise says only yes or no, so a no is nothing we may send again on."""

    allowed: frozenset[str] = ALLOWED
    clock: Callable[[], datetime] = utc_now
    name: str = "apprise"
    kind: str = "other"

    async def send(self, dispatch: Dispatch) -> Outcome:
        """Hand one message over."""
        scheme, separator, _ = dispatch.address.value.partition("://")
        if not separator or scheme.lower() not in self.allowed:
            return general("not_allowed", self.clock(), provider=self.name)
        import apprise  # noqa: PLC0415 - a tenth of a process's start, and most never send this way

        service = apprise.Apprise.instantiate(dispatch.address.value, suppress_exceptions=True)
        if service is None:
            return general("bad_address", self.clock(), provider=self.name)
        body = f"{dispatch.text}\n{dispatch.link}" if dispatch.link else dispatch.text
        done = await service.async_notify(body=body, title=dispatch.title)
        return Accepted(dispatch.key) if done else general("unsure", self.clock(), provider=self.name)
