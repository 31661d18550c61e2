"""The voice channel until a provider rings by itself: a list of people whom officers phone, each call once."""

from dataclasses import dataclass
from uuid import UUID

from services.notify.channels.channel import Accepted, Dispatch, Outcome
from services.notify.store import calls
from shared.database import Database
from shared.database import Transaction as Tx

NAME = "call_list"


@dataclass(slots=True)
class CallList:
    """Accepts every dispatch as a call to be made; what came of it is said by whoever made it."""

    database: Database
    name: str = NAME
    kind: str = "voice"

    async def send(self, dispatch: Dispatch) -> Outcome:
        """Put it on the list; a second time changes nothing."""
        key = UUID(hex=dispatch.key)
        await self.database.run(lambda tx: self._add(tx, key, dispatch), repeatable=True)
        return Accepted(dispatch.key)

    async def ask(self, dispatch: Dispatch) -> Outcome:
        """It is on the list, or it is put there now: both are the same call."""
        return await self.send(dispatch)

    @staticmethod
    async def _add(tx: Tx, key: UUID, dispatch: Dispatch) -> None:
        await calls.add_call(tx, key, dispatch.notice_id)
