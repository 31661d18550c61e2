"""Email to the simulator: letters go to its page by HTTP, so that a trial needs no mail server."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import httpx

from services.notify.channels.calls import TIMEOUT, Reply, call, general, refused
from services.notify.channels.channel import Accepted, Dispatch, Outcome
from services.notify.channels.smtp import letter_of
from shared.clock import utc_now

_TAKEN = 202


@dataclass(frozen=True, slots=True, repr=False)
class SimulatedMail:
    """Takes the place of ``Mail`` where every provider is the simulator."""

    http: httpx.AsyncClient
    simulator_url: str
    sender: str = "mashang@simulator.invalid"
    clock: Callable[[], datetime] = utc_now
    name: str = "smtp"
    kind: str = "email"

    async def send(self, dispatch: Dispatch) -> Outcome:
        """Hand one letter over."""
        now, letter = self.clock(), letter_of(dispatch, self.sender)
        if letter is None:
            return general("bad_address", now, provider=self.name)
        url = f"{self.simulator_url.rstrip('/')}/smtp/letters"
        headers = {"content-type": "message/rfc822"}
        request = self.http.build_request("POST", url, content=letter.as_bytes(), headers=headers, timeout=TIMEOUT)
        reply = await call(self.http, request, now, provider=self.name)
        if not isinstance(reply, Reply):
            return reply
        return Accepted(str(letter["Message-ID"])) if reply.status == _TAKEN else refused(reply, now, provider=self.name)
