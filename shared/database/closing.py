"""The last statement of a transaction, one round trip for all: what it put off, what was said, what was answered."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import TextClause, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY, BYTEA
from sqlalchemy.dialects.postgresql import UUID as PG_UUID
from sqlalchemy.types import Integer, Text

from shared.database.direct import Direct, question_of

_LETTERS = (
    bindparam("ids", type_=ARRAY(PG_UUID)),
    bindparam("subjects", type_=ARRAY(Text)),
    bindparam("bodies", type_=ARRAY(BYTEA)),
)
_ANSWERS = (
    bindparam("keys", type_=ARRAY(Text)),
    bindparam("callers", type_=ARRAY(Text)),
    bindparam("statuses", type_=ARRAY(Integer)),
    bindparam("bodies", type_=ARRAY(BYTEA)),
)
_PLACE = re.compile(r"\$(\d+)")

Put = tuple[TextClause, Mapping[str, Any]]
"""A statement that changes rows and answers nothing, with its values."""


@dataclass(frozen=True, slots=True)
class Closing:
    """The statements that end the transactions of one service."""

    post: TextClause
    keep: TextClause

    @classmethod
    def of(cls, schema: str) -> "Closing":
        """The statements for a service's schema."""
        post = (
            f'INSERT INTO "{schema}".outbox (event_id, subject, body, created_at)'  # noqa: S608 - our own schema name
            " SELECT * FROM unnest(:ids, :subjects, :bodies, array_fill(CAST(:now AS timestamptz), ARRAY[cardinality(:ids)]))"
        )
        keep = (
            f'UPDATE "{schema}".idempotency i SET status = a.status, answer = a.body'  # noqa: S608
            " FROM unnest(:keys, :callers, :statuses, :bodies) AS a(key, caller, status, body)"
            " WHERE i.key = a.key AND i.caller = a.caller"
        )
        return cls(text(post).bindparams(*_LETTERS), text(keep).bindparams(*_ANSWERS))


async def run_together(direct: Direct, puts: Sequence[Put]) -> None:
    """Run statements as one; each sees the rows as they were before all of them. Raises what SQLAlchemy would."""
    if not puts:
        return
    statements = tuple(statement for statement, _ in puts)
    values = [value for statement, given in puts for value in question_of(statement).arguments(given)]
    await direct.run_sql(_joined(statements), values)


@cache
def _joined(statements: tuple[TextClause, ...]) -> str:
    """``WITH a AS (INSERT …), b AS (INSERT …) UPDATE …``, with the places of the values counted through."""
    parts, before = [], 0
    for statement in statements:
        question = question_of(statement)
        parts.append(_moved(question.sql, before))
        before += len(question.names)
    *first, last = parts
    named = ", ".join(f"put_{number} AS ({part})" for number, part in enumerate(first))
    return f"WITH {named} {last}" if named else last


def _moved(sql: str, by: int) -> str:
    return _PLACE.sub(lambda found: f"${int(found[1]) + by}", sql)
