"""One statement that saves what the ledger worked out for many sites."""

import json
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, bindparam, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import Text, Uuid

from services.registry.store.rows import any_of
from services.registry.tables import buildings, compounds
from shared.database import Transaction as Tx

_SAVE = text(
    """
    UPDATE registry.sites AS site
    SET derived = CAST(given.derived AS jsonb),
        scope = CAST(given.scope AS text[]),
        overseers = CAST(given.overseers AS uuid[]),
        version = site.version + CASE WHEN site.id = ANY(:fresh) THEN 0 ELSE 1 END,
        changed_at = :now
    FROM unnest(:ids, :derived, :scopes, :overseers) AS given(id, derived, scope, overseers)
    WHERE site.id = given.id
    RETURNING site.*
    """
).bindparams(
    bindparam("ids", type_=ARRAY(Uuid)),
    bindparam("derived", type_=ARRAY(Text)),
    bindparam("scopes", type_=ARRAY(Text)),
    bindparam("overseers", type_=ARRAY(Text)),
    bindparam("fresh", type_=ARRAY(Uuid)),
)


async def lock_neighbourhood(tx: Tx, building_ids: Iterable[UUID]) -> Sequence[UUID]:
    """Lock the compounds of these buildings, in order of id; the ids of all buildings that stand in them."""
    own = select(buildings.c.compound_id).where(buildings.c.id == any_of(building_ids))
    locked = await tx.rows(
        select(compounds.c.id).where(compounds.c.id.in_(own)).order_by(compounds.c.id).with_for_update(key_share=True)
    )
    around = select(buildings.c.id).where(buildings.c.compound_id == any_of(row["id"] for row in locked))
    return [row["id"] for row in await tx.rows(around)]


async def save_settled(tx: Tx, changes: Sequence[dict[str, Any]], fresh: frozenset[UUID]) -> Sequence[RowMapping]:
    """Save ``{id, derived, scope, overseers}`` of many sites; versions rise, except of the fresh ones."""
    if not changes:
        return []
    return await tx.rows(
        _SAVE,
        {
            "ids": [change["id"] for change in changes],
            "derived": [json.dumps(change["derived"], ensure_ascii=False) for change in changes],
            "scopes": [_array(change["scope"]) for change in changes],
            "overseers": [_array(change["overseers"]) for change in changes],
            "fresh": sorted(fresh),
            "now": tx.now,
        },
    )


def _array(words: Sequence[Any]) -> str:
    return "{" + ",".join(map(str, words)) + "}"
