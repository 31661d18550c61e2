"""The last statement of a transaction, one round trip for both: what was said goes out, what was answered is kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import TextClause, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY, BYTEA
from sqlalchemy.dialects.postgresql import UUID as PG_UUID
from sqlalchemy.types import Text

from shared.database.transaction import Answer, Letter, Transaction

_ARRAYS = (
    bindparam("ids", type_=ARRAY(PG_UUID)),
    bindparam("subjects", type_=ARRAY(Text)),
    bindparam("bodies", type_=ARRAY(BYTEA)),
)


@dataclass(frozen=True, slots=True)
class Closing:
    """The statements that end the transactions of one service."""

    post: TextClause
    keep: TextClause
    post_and_keep: TextClause

    @classmethod
    def of(cls, schema: str) -> "Closing":
        """The statements for a service's schema."""
        post = (
            f'INSERT INTO "{schema}".outbox (event_id, subject, body, created_at)'  # noqa: S608 - our own schema name
            " SELECT * FROM unnest(:ids, :subjects, :bodies, array_fill(CAST(:now AS timestamptz), ARRAY[cardinality(:ids)]))"
        )
        keep = f'UPDATE "{schema}".idempotency SET status = :status, answer = :body WHERE key = :key AND caller = :caller'  # noqa: S608
        both = f"WITH posted AS ({post}) {keep}"
        return cls(text(post).bindparams(*_ARRAYS), text(keep), text(both).bindparams(*_ARRAYS))

    async def say(self, tx: Transaction) -> None:
        """Send what the transaction gathered, if it gathered anything."""
        if tx.letters and tx.answer:
            await tx.execute(self.post_and_keep, _columns(tx.letters) | {"now": tx.now} | _kept(tx.answer))
        elif tx.letters:
            await tx.execute(self.post, _columns(tx.letters) | {"now": tx.now})
        elif tx.answer:
            await tx.execute(self.keep, _kept(tx.answer))


def _columns(letters: Sequence[Letter]) -> dict[str, Any]:
    return {
        "ids": [letter.event_id for letter in letters],
        "subjects": [letter.subject for letter in letters],
        "bodies": [letter.body for letter in letters],
    }


def _kept(answer: Answer) -> dict[str, Any]:
    return {"key": answer.key, "caller": answer.caller, "status": answer.status, "body": answer.body}
