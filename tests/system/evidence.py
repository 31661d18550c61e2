"""What a system holds when everything has arrived: read from its servers, because events and notices are compared whole."""

from collections import Counter
from dataclasses import dataclass
from uuid import UUID

import asyncpg
import nats

from services.__main__ import NAMES, load
from shared.messaging.streams import consumer_info

_FOLLOWS_THE_HOUR = frozenset({"notify.notice_accepted.v1", "notify.notice_delivered.v1", "notify.notice_failed.v1"})
_SAID = " UNION ALL ".join(f'SELECT subject, sent_at FROM "{name}".outbox' for name in NAMES)


@dataclass(frozen=True, slots=True)
class Evidence:
    """One site's part of it, by type of event and by kind and recipient of notice; ``is_quiet`` when nothing is on its way."""

    events: Counter[str]
    notices: Counter[tuple[str, str]]
    is_quiet: bool


async def evidence_of(database_url: str, nats_url: str, site: str) -> Evidence:
    """What was said and planned about a site.

    Whether a notice has left already depends on the hour, because nights are quiet; that it was planned does not.
    """
    delivered = await _all_delivered(nats_url)
    connection = await asyncpg.connect(database_url)
    try:
        rows = await connection.fetch(f"SELECT subject FROM ({_SAID}) AS said WHERE subject LIKE '%.' || $1", site)
        notices = await connection.fetch("SELECT kind, recipient FROM notify.notices WHERE site_id = $1", UUID(site))
        unsent = await connection.fetchval(f"SELECT count(*) FROM ({_SAID}) AS said WHERE sent_at IS NULL")
    finally:
        await connection.close()
    events = Counter(str(row["subject"]).rpartition(".")[0] for row in rows)
    return Evidence(
        Counter({name: count for name, count in events.items() if name not in _FOLLOWS_THE_HOUR}),
        Counter((str(row["kind"]), str(row["recipient"])) for row in notices),
        delivered and not unsent,
    )


async def _all_delivered(nats_url: str) -> bool:
    client = await nats.connect(nats_url)
    try:
        for handler in (handler for service in load() for handler in service.on):
            for stream in handler.streams():
                info = await consumer_info(client, stream, handler.consumer)
                if info is None or info["num_pending"] or info["num_ack_pending"]:
                    return False
    finally:
        await client.close()
    return True
