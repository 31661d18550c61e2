"""Providers' shares of a channel's traffic, and the figures that move them."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import RowMapping, text

from services.notify.domain.providers import Statistics, Weight
from services.notify.store.records import as_json
from shared.database import Transaction as Tx

_SEED = text("""
    INSERT INTO notify.providers SELECT * FROM json_populate_recordset(NULL::notify.providers, CAST(:rows AS json))
    ON CONFLICT (channel, provider) DO NOTHING""")
_ALL = text("SELECT * FROM notify.providers ORDER BY channel, provider FOR UPDATE")
_SEEN = text("SELECT channel, provider, points, resting, moved_at, stopped_at FROM notify.providers ORDER BY channel, provider")
_SAVE = text("""
    UPDATE notify.providers p SET points = r.points, moved_at = r.moved_at
      FROM json_to_recordset(CAST(:rows AS json)) AS r(channel text, provider text, points smallint, moved_at timestamptz)
     WHERE p.channel = r.channel AND p.provider = r.provider""")
_FIGURES = text("""
    SELECT channel, provider,
           count(*) FILTER (WHERE state IN ('accepted', 'delivered', 'read', 'failed')) AS sent,
           count(*) FILTER (WHERE state IN ('accepted', 'delivered', 'read', 'failed')
                              AND coalesce(delivered_at, CAST(:now AS timestamptz)) - started_at > :slow) AS slow,
           count(*) FILTER (WHERE ended_at > :minute AND state = 'not_sent' AND concerns = 'provider') AS errors
      FROM notify.dispatches
     WHERE ended_at > :since AND provider IS NOT NULL AND started_at IS NOT NULL GROUP BY channel, provider""")
_CHANGE = text("""
    UPDATE notify.providers SET resting = coalesce(:resting, resting), stopped_at = :stopped, reason = :reason, moved_at = :now
     WHERE channel = :channel AND provider = :provider
     RETURNING channel, provider, points, resting, moved_at, stopped_at, reason""")


async def seed_providers(tx: Tx, channels: Sequence[tuple[str, Sequence[str]]]) -> None:
    """Every provider has a row; those of one channel rest at equal shares of a hundred."""
    rows = [
        {"channel": kind, "provider": name, "points": 100 // len(names), "resting": 100 // len(names), "moved_at": tx.now}
        for kind, names in channels
        for name in names
    ]
    if rows:
        await tx.execute(_SEED, {"rows": as_json(rows)})


async def lock_weights(tx: Tx) -> dict[str, list[Weight]]:
    return _by_channel(await tx.rows(_ALL))


async def seen_weights(tx: Tx) -> tuple[dict[str, list[Weight]], set[tuple[str, str]]]:
    """The shares as they stand, and the providers that somebody has stopped."""
    rows = await tx.rows(_SEEN)
    return _by_channel(rows), {(row["channel"], row["provider"]) for row in rows if row["stopped_at"]}


def _by_channel(rows: Sequence[RowMapping]) -> dict[str, list[Weight]]:
    found: dict[str, list[Weight]] = {}
    for row in rows:
        found.setdefault(row["channel"], []).append(Weight(row["provider"], row["points"], row["resting"], row["moved_at"]))
    return found


async def save_weights(tx: Tx, channel: str, weights: Sequence[Weight]) -> None:
    rows = [{"channel": channel, "provider": w.provider, "points": w.points, "moved_at": w.moved_at} for w in weights]
    await tx.execute(_SAVE, {"rows": as_json(rows)})


async def figures(tx: Tx, window: timedelta, slow: timedelta) -> dict[str, list[Statistics]]:
    """What each provider did inside the window: a dispatch without a receipt counts as slow once it has waited too long."""
    given = {"now": tx.now, "since": tx.now - window, "minute": tx.now - timedelta(minutes=1), "slow": slow}
    found: dict[str, list[Statistics]] = {}
    for row in await tx.rows(_FIGURES, given):
        found.setdefault(row["channel"], []).append(Statistics(row["provider"], row["sent"], row["slow"], row["errors"]))
    return found


async def change_provider(  # noqa: PLR0913 - the columns of the row
    tx: Tx, channel: str, provider: str, *, resting: int | None, stopped: datetime | None, reason: str | None
) -> RowMapping | None:
    given = {"channel": channel, "provider": provider, "resting": resting, "stopped": stopped, "reason": reason, "now": tx.now}
    return await tx.row(_CHANGE, given)


async def all_providers(tx: Tx) -> Sequence[RowMapping]:
    return await tx.rows(text("SELECT * FROM notify.providers ORDER BY channel, provider"))
