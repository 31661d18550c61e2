"""What grading does when others speak: every fact about a site may move its level."""

from collections.abc import Sequence

from services.grading.applying import apply_events
from services.grading.domain.translation import TRANSLATORS
from shared.contracts.event import Event
from shared.database import Transaction as Tx
from shared.messaging import Subscriptions

on = Subscriptions("grading")


@on(*TRANSLATORS, gathers=0.03)
async def regrade(events: Sequence[Event], tx: Tx) -> None:
    """Fold a batch of facts into the sites that they are about, and decide once for each."""
    await apply_events(events, tx)
