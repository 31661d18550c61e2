"""What a delivery asks of its service's mailbox: what is new, how often something failed, what is set apart."""

from dataclasses import dataclass

from sqlalchemy import TextClause, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import UUID as PG_UUID


@dataclass(frozen=True, slots=True)
class Inbox:
    """The statements for one schema. ``fresh`` opens a transaction: it answers with the clock and the ids not heard before."""

    fresh: TextClause
    forget: TextClause
    count: TextClause
    quarantine: TextClause

    @classmethod
    def of(cls, schema: str) -> "Inbox":
        """The statements for a service's schema."""
        ids = bindparam("ids", type_=ARRAY(PG_UUID))
        return cls(
            fresh=text(
                f'WITH new AS (INSERT INTO "{schema}".inbox SELECT id, :handler, now() + CAST(:shift AS interval)'  # noqa: S608 - our own name
                " FROM unnest(:ids) AS u(id) ORDER BY id ON CONFLICT DO NOTHING RETURNING event_id)"
                " SELECT now() AS now, ARRAY(SELECT event_id FROM new) AS fresh"
            ).bindparams(ids),
            forget=text(f'DELETE FROM "{schema}".retries WHERE handler = :handler AND event_id = ANY(:ids)').bindparams(ids),  # noqa: S608
            count=text(
                f'INSERT INTO "{schema}".retries AS r (event_id, handler, attempts, reason, first_at, last_at)'  # noqa: S608
                " VALUES (:id, :handler, 1, :reason, :now, :now) ON CONFLICT (event_id, handler) DO UPDATE"
                " SET attempts = r.attempts + 1, reason = excluded.reason, last_at = excluded.last_at RETURNING attempts"
            ),
            quarantine=text(
                f'INSERT INTO "{schema}".quarantine'  # noqa: S608
                " (id, handler, subject, event_id, stream, stream_seq, body, reason, attempts, quarantined_at)"
                " VALUES (:id, :handler, :subject, :event_id, :stream, :stream_seq, :body, :reason, :attempts, :now)"
                " ON CONFLICT (handler, stream, stream_seq) DO UPDATE SET state = 'waiting', settled_at = NULL, note = NULL,"
                " reason = excluded.reason, attempts = excluded.attempts, subject = excluded.subject,"
                " event_id = excluded.event_id, body = excluded.body"  # in a stream made anew another message stands there
            ),
        )
