"""An errand: a dispatch that a worker has claimed, with its text and its provider, as it is stored before anybody is called."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from services.notify.channels.channel import Address, Dispatch, KeyKind
from services.notify.store.records import Row


@dataclass(frozen=True, slots=True)
class Errand:
    """One stored attempt that is about to be made, or that nobody knows the end of; with a ``fault`` nobody is called."""

    row: Row
    provider: str
    key_kind: KeyKind
    title: str
    text: str
    stored_at: datetime
    fault: str | None = None

    @property
    def id(self) -> UUID:
        """The dispatch; our key at the provider."""
        identity: UUID = self.row["id"]
        return identity

    @property
    def is_for_nobody(self) -> bool:
        """Made for a party of which no contact was known; it has no address, so nobody can have been called for it."""
        return bool(self.row["person_id"] == self.row["party_id"])

    def dispatch(self, address: Address, public_url: str, **more: Any) -> Dispatch:
        """What the channel is given."""
        row = self.row
        return Dispatch(
            notice_id=row["notice_id"],
            attempt=row["attempt"],
            key=row["id"].hex,
            channel=row["on_channel"],
            address=address,
            template=row["template"],
            title=self.title,
            text=self.text,
            variables=row["variables"],
            stored_at=self.stored_at,
            key_kind=self.key_kind,
            language=row["language"],
            link=f"{public_url}/n/{row['token']}",
            call=row["call"],
            **more,
        )
