"""What was typed, found: the index on grams is asked for its rarest pieces, the record itself whether it holds it all."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import prod
from typing import Any, Final

from sqlalchemy import ColumnElement, Table, bindparam, func, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import Text

from services.registry.domain.pinyin import normalise
from services.registry.domain.search import asked_grams
from shared.database import Transaction as Tx

_MOST_PIECES: Final = 4
_IN_HALF: Final = 0.5
"""More, or those of most records, only make the index compare long lists: a credit code has sixteen, half in every record."""

_FEW: Final = 0.05
_LOOK_AGAIN: Final = timedelta(minutes=5)
_SHARES: Final = text(
    """
    SELECT unnest(CAST(CAST(most_common_elems AS text) AS text[])) AS gram, unnest(most_common_elem_freqs) AS share
    FROM pg_stats WHERE schemaname = 'registry' AND tablename = :table AND attname = 'grams'
    """
)


@dataclass(frozen=True, slots=True)
class _Common:
    """The grams that many records of a table hold, with their share of the records, as PostgreSQL's statistics knew at a time."""

    shares: Mapping[str, float]
    at: datetime


_common: Final[dict[str, _Common]] = {}


async def typed(tx: Tx, table: Table, words: str) -> ColumnElement[bool]:
    """Rows that hold what was typed in their name, its initials or their code."""
    shares = await _shares(tx, table.name)
    pieces = sorted(asked_grams(words), key=lambda piece: shares.get(piece, 0.0))
    telling = [piece for piece in pieces[:_MOST_PIECES] if shares.get(piece, 0.0) <= _IN_HALF]
    held = table.c.grams.bool_op("@>")(bindparam(None, telling or pieces[:1], type_=ARRAY(Text)))
    return held & (func.strpos(table.c.search, normalise(words)) > 0)


async def in_order(tx: Tx, query: Any, table: Table, words: str | None) -> Any:
    """The query in order of id. Where few rows hold what was typed, no index gives this order.

    PostgreSQL takes such rows for many more than they are, and would walk along the primary key in the hope of meeting enough.
    """
    if words:
        shares = await _shares(tx, table.name)
        if shares and prod(shares.get(piece, 0.0) for piece in asked_grams(words)) < _FEW:
            return query.order_by(func.greatest(table.c.id))
    return query.order_by(table.c.id)


async def _shares(tx: Tx, table: str) -> Mapping[str, float]:
    """Old or none, they cost time and nothing else: what is found does not depend on them."""
    known = _common.get(table)
    if known is None or abs(tx.now - known.at) > _LOOK_AGAIN:
        rows = await tx.rows(_SHARES, {"table": table})
        known = _common[table] = _Common({row["gram"]: row["share"] for row in rows}, tx.now)
    return known.shares
