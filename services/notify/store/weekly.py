"""What each party owes within a week, for those parties that have not been told yet."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import RowMapping, text

from services.notify.store.records import words
from shared.database import Transaction as Tx

_OWED = text("""
    SELECT s.party_id, json_agg(json_build_array(d.kind, d."on") ORDER BY d."on", d.kind) AS owed
      FROM notify.dates d JOIN notify.sites s ON s.site_id = d.site_id
     WHERE d."on" > :now AND d."on" <= :upto AND d.kind = ANY(:kinds) AND NOT s.closed
       AND NOT EXISTS (SELECT 1 FROM notify.notices n
                        WHERE n.party_id = s.party_id AND n.kind = 'weekly_digest' AND n.planned_at >= :since)
     GROUP BY s.party_id ORDER BY s.party_id LIMIT :most""").bindparams(words("kinds"))


async def owed_within_a_week(tx: Tx, kinds: Sequence[str], since: datetime, most: int) -> Sequence[RowMapping]:
    given = {"now": tx.now, "upto": tx.now + timedelta(days=7), "kinds": list(kinds), "since": since, "most": most}
    return await tx.rows(_OWED, given)
