"""Queries about facts: the register of each key, and everything that was ever written into it."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, bindparam, delete, select, text
from sqlalchemy.dialects.postgresql import ARRAY, distinct_on, insert
from sqlalchemy.types import Text

from services.registry.store.rows import add_many, any_of, as_json
from services.registry.tables_facts import fact_history, fact_keys, facts
from shared.database import Transaction as Tx

_PUT = text(
    """
    WITH given AS MATERIALIZED (
        SELECT * FROM jsonb_populate_recordset(CAST(NULL AS registry.facts), CAST(:rows AS jsonb))
    ), kept AS (
        INSERT INTO registry.fact_history (site_id, key, entry, recorded_at)
        SELECT site_id, key, to_jsonb(given) - :identity, recorded_at FROM given
    )
    INSERT INTO registry.facts AS held SELECT * FROM given
    ON CONFLICT (site_id, key) DO UPDATE SET
        value = excluded.value, qty = excluded.qty, unit = excluded.unit, source = excluded.source,
        verified_by = excluded.verified_by, valid_from = excluded.valid_from, valid_to = excluded.valid_to,
        recorded_by = excluded.recorded_by, recorded_at = excluded.recorded_at
    """
).bindparams(bindparam("identity", type_=ARRAY(Text)))


async def facts_of(tx: Tx, site_ids: Iterable[UUID]) -> dict[UUID, dict[str, RowMapping]]:
    """What is known now, by site and key."""
    found: dict[UUID, dict[str, RowMapping]] = {}
    for row in await tx.rows(select(facts).where(facts.c.site_id == any_of(site_ids))):
        found.setdefault(row["site_id"], {})[row["key"]] = row
    return found


async def put_facts(tx: Tx, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write registers of any number of sites, and their history. All rows have the same columns."""
    if not rows:
        return
    stamped = [{**row, "recorded_at": tx.now} for row in rows]
    await tx.execute(_PUT, {"rows": as_json(facts, stamped), "identity": ["site_id", "key", "recorded_at"]})


async def remove_facts(tx: Tx, site_id: UUID, keys: Iterable[str], by: str) -> None:
    """Nothing is known any more under these keys; the history says since when."""
    gone = list(keys)
    await tx.execute(delete(facts).where(facts.c.site_id == site_id, facts.c.key.in_(gone)))
    entry = {"removed": True, "recorded_by": by}
    rows = [{"site_id": site_id, "key": key, "entry": entry, "recorded_at": tx.now} for key in gone]
    await add_many(tx, fact_history, rows)


async def facts_as_known(tx: Tx, site_id: UUID, moment: datetime) -> Sequence[RowMapping]:
    """The last entry of each key that was on record at the moment."""
    query = (
        select(fact_history)
        .ext(distinct_on(fact_history.c.key))
        .where(fact_history.c.site_id == site_id, fact_history.c.recorded_at <= moment)
        .order_by(fact_history.c.key, fact_history.c.recorded_at.desc(), fact_history.c.id.desc())
    )
    return await tx.rows(query)


async def history_of_key(tx: Tx, site_id: UUID, key: str) -> Sequence[RowMapping]:
    query = select(fact_history).where(fact_history.c.site_id == site_id, fact_history.c.key == key)
    return await tx.rows(query.order_by(fact_history.c.id))


async def declare_key(tx: Tx, values: Mapping[str, Any]) -> None:
    row = {**values, "declared_at": tx.now}
    statement = insert(fact_keys).values(row)
    await tx.execute(statement.on_conflict_do_update(index_elements=[fact_keys.c.key], set_=row))


async def declared_keys(tx: Tx) -> Sequence[RowMapping]:
    """Keys that the bureau has added to those that ship."""
    return await tx.rows(select(fact_keys).order_by(fact_keys.c.key))
