"""The parts that parties play: given by what they do, never typed in."""

from uuid import UUID

from services.registry.actions.cards import party_card
from services.registry.store.history import remember
from services.registry.store.parties import play
from shared.contracts.registry import PartyChanged
from shared.contracts.vocabulary import PartyKind
from shared.database import Transaction as Tx


async def let_play(party_id: UUID, kind: PartyKind, by: str, tx: Tx) -> None:
    """Let a party play a part from now on; others hear it the first time only."""
    row = await play(tx, party_id, kind.value)
    if row is not None:
        await remember(tx, "party", by, row)
        tx.say(PartyChanged(**party_card(row), changed=("kinds",)), sequence=row["version"])
