"""The next step of a route: taken when nobody has read or acknowledged in time, left out when somebody has."""

from services.notify import followups, library
from services.notify.domain.states import NoticeState
from services.notify.store import waiting
from services.notify.store.records import Row
from shared.database import Transaction as Tx

_OVER = {NoticeState.CANCELLED, NoticeState.EXPIRED, NoticeState.MERGED, NoticeState.ACKNOWLEDGED}


async def take_next_steps(tx: Tx, most: int) -> int:
    """Start what is due; how many notices were looked at."""
    rows = await waiting.lock_next_steps(tx, most)
    if not rows:
        return 0
    book = (await library.in_force(tx)).book
    wanted = [row for row in rows if _is_wanted(row) and row["expires_at"] > tx.now]
    await followups.start_next(tx, wanted, book)
    await waiting.take_no_step(tx, [row["id"] for row in rows if row not in wanted])
    return len(rows)


def _is_wanted(row: Row) -> bool:
    """Whether nothing has happened that makes the step unnecessary."""
    if row["state"] in _OVER or not row["later"]:
        return False
    unless = row["later"][0]["unless"]
    return not (unless == "read" and (row["read_at"] or row["acknowledged_at"]))
