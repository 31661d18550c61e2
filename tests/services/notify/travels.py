"""What would be sent, and when: notices with their dispatches and the steps that may follow, as a test reads them."""

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from services.notify import workers
from shared.clock import SHANGHAI, utc_now
from tests.services.notify.phones import notices
from tests.support.service import ServiceUnderTest

NOW = "now"
LATER_SMS_2H = ("sms", 7200.0, "read")
OTHERWISE_SMS = ("sms", None, None)
PHONE_CALL = ("voice", 1800.0, "acknowledged")


@dataclass(frozen=True, slots=True)
class Travel:
    """One notice on its way: what starts when (``now``, or the hour of the Shanghai clock), and what may follow."""

    template: str
    starts: dict[str, str]
    later: tuple[tuple[str, float | None, str | None], ...]
    in_app: bool
    lane: str


async def travels(notify: ServiceUnderTest, kind: str) -> dict[Any, Travel]:
    """Person (``group`` for a chat group) → how the newest notice of a kind travels to him."""
    queue = await notify.table("dispatches")
    now = clock(notify)
    found = {}
    for row in await notices(notify, kind=kind):
        starts = {d["channel"]: _moment(d["due_at"], now) for d in queue if d["notice_id"] == row["id"]}
        later = tuple((step["channel"], step["after"], step["unless"]) for step in row["later"])
        person = "group" if row["recipient"] == "subscriber" else row["person_id"]
        found[person] = Travel(row["template"], starts, later, row["in_app"], row["lane"])
    return found


def _moment(due: datetime, now: datetime) -> str:
    local = due.astimezone(SHANGHAI)
    if due <= now:
        return NOW
    days = (local.date() - now.astimezone(SHANGHAI).date()).days
    return f"{local:%H:%M}" + (f"+{days}" if days else "")


def clock(notify: ServiceUnderTest) -> datetime:
    """The moment on the moved clock."""
    return utc_now() + notify.database.shift


async def at(notify: ServiceUnderTest, day: date, hour: int, minute: int = 0) -> None:
    """Move the clock to a moment of Shanghai, and let the reminders of that moment be planned."""
    notify.database.shift += datetime.combine(day, time(hour, minute, 1), SHANGHAI) - clock(notify)
    await notify.works(workers.remind_of_dates)


def of(template: str, *later: Any, lane: str = "ordinary", in_app: bool = True, **starts: str) -> Travel:
    """What a test expects: ``of("HZ_NEW", LATER_SMS_2H, mini_program=NOW)``."""
    return Travel(template, starts, later, in_app, lane)
