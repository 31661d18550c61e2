"""What every service forgets in time: what was sent or heard long ago, old answers, settled quarantine, counts of retries."""

from sqlalchemy import text

from shared.service import Station, every

_SENT_DAYS = 7
"""So long a stream that was lost can be filled again; the stream itself keeps events longer."""
_IDEMPOTENCY_DAYS = 30
_SETTLED_DAYS = 180
_AT_ONCE = 20_000


@every(seconds=3600)
async def forget_old_rows(station: Station) -> bool:
    """Delete in small steps; inbox rows outlive every stream, also one that was filled anew: redeliveries are recognised."""
    keep = {
        ("outbox", "sent_at", ""): _SENT_DAYS,
        ("inbox", "heard_at", ""): station.process.stream_max_age_days + _SENT_DAYS + 1,
        ("idempotency", "asked_at", ""): _IDEMPOTENCY_DAYS,
        ("quarantine", "settled_at", " AND state <> 'waiting'"): _SETTLED_DAYS,
        ("retries", "last_at", ""): _SETTLED_DAYS,
    }
    schema = station.database.service
    more = False
    for (table, column, condition), days in keep.items():
        statement = text(
            f'DELETE FROM "{schema}".{table} WHERE ctid = ANY(ARRAY(SELECT ctid FROM "{schema}".{table}'  # noqa: S608 - our own names
            f" WHERE {column} < CAST(:now AS timestamptz) - make_interval(days => :days){condition} LIMIT {_AT_ONCE}))"
        )
        async with station.database.transaction() as tx:
            deleted = await tx.execute(statement, {"now": tx.now, "days": days})
        more = more or deleted == _AT_ONCE
    return more
