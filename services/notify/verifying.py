"""The call that brings a code: made once its verification is stored, by the next provider where the first one cannot.

A code is no notice: nobody has to prove that it came, its text is kept nowhere, and who waits in vain asks for another.
"""

import secrets
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from services.notify.channels.channel import Accepted, Address, Concern, Dispatch, Impossible, KeyKind, Outcome, TryLater, Unknown
from services.notify.domain.guests import may_reach
from services.notify.domain.telling import Lane
from services.notify.domain.template import LANGUAGES, SMS, Template
from services.notify.domain.verification import DIGITS, Stage
from services.notify.office import Office
from services.notify.sending import guarded
from services.notify.store import verifications as store
from shared.clock import utc_now
from shared.traces import span_of_call

_PROVIDERS = 2
_NO_CHANNEL = Impossible("no_channel")


@dataclass(frozen=True, slots=True, repr=False)
class Sending:
    """One code on its way to one number."""

    id: UUID
    address: Address
    template: Template
    code: str
    minutes: int

    def dispatch(self, key_kind: KeyKind, attempt: int) -> Dispatch:
        """What a channel is given; the key is ours, so that a receipt finds no notice behind it."""
        language, values = LANGUAGES[0], self.template.in_order({"code": self.code, "minutes": str(self.minutes)})
        return Dispatch(
            notice_id=self.id,
            attempt=attempt,
            key=self.id.hex,
            channel=SMS,
            address=self.address,
            template=self.template.code,
            title=self.template.title[language],
            text=self.template.render(SMS, language, values),
            variables=values,
            stored_at=utc_now(),
            key_kind=key_kind,
            language=language,
        )


def new_code() -> str:
    """Six digits that nobody can foresee."""
    return f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"


async def carry(office: Office, sending: Sending) -> None:
    """Hand the code over and record what came of it."""
    provider, outcome = await _hand_over(office, sending)
    values = _told(outcome) | {"provider": provider}
    await office.station.database.run(lambda tx: store.sent(tx, sending.id, values), repeatable=True)


async def _hand_over(office: Office, sending: Sending) -> tuple[str | None, Outcome]:
    """The providers in turn, as long as the last one surely has not sent it and the fault was its own."""
    settings, senders = office.settings, office.senders
    key = settings.key_kind
    if key is KeyKind.TEAM and not may_reach(key, sending.address.value, frozenset(settings.guests)):
        return None, Impossible("not_a_guest")
    if not senders.has(SMS, key):
        return None, _NO_CHANNEL
    provider: str | None = None
    outcome: Outcome = TryLater(senders.wait(SMS, key, utc_now()), "provider_away")
    for attempt in range(1, _PROVIDERS + 1):
        chosen = senders.provider_for(SMS, sending.id, key, utc_now(), avoid=provider)
        channel = senders.channel(SMS, chosen, key) if chosen and chosen != provider else None
        if channel is None or not senders.draws(SMS, channel.name, Lane.ALARM, utc_now()):
            break
        provider = channel.name
        with span_of_call(f"verify {channel.kind}"):
            outcome = await guarded(channel, sending.dispatch(key, attempt))
        senders.learn(SMS, provider, outcome, utc_now())
        if isinstance(outcome, (Accepted, Unknown)) or outcome.concerns is not Concern.PROVIDER:
            break
    return provider, outcome


def _told(outcome: Outcome) -> dict[str, Any]:
    if isinstance(outcome, Accepted):
        return {"state": Stage.SENT}
    state = Stage.UNCERTAIN if isinstance(outcome, Unknown) else Stage.FAILED
    return {"state": state, "reason": outcome.reason}
