"""What nobody knows the end of: attempts that were left behind, and questions to the providers."""

from services.notify import asking
from services.notify.domain.states import Happening, NoticeState
from services.notify.office import office_of
from services.notify.store import queue, unsettled
from shared.database import Transaction as Tx
from shared.service import Station, every

QUESTIONS = "questions"
_MOST = 1000


@every(seconds=15)
async def take_left_behind(station: Station) -> bool:
    """Whoever died while sending left attempts; they become questions."""
    return await station.database.run(_take) == _MOST


async def _take(tx: Tx) -> int:
    left = await unsettled.take_left_behind(tx, _MOST)
    if left:
        rows = [{"id": notice, "state": NoticeState.UNKNOWN, "reason": "left"} for notice in sorted(set(left))]
        await queue.raise_notices(tx, rows, Happening.UNKNOWN)
        tx.ring(QUESTIONS)
    return len(left)


@every(seconds=10, bell=QUESTIONS)
async def ask_providers(station: Station) -> bool:
    """Timeouts are questions, never failures."""
    return await asking.ask(office_of(station))
