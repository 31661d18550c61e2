"""The two clocks: UTC for storage, Asia/Shanghai for the page and for legal days. Domain code is given the result."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")


def utc_now() -> datetime:
    """The clock of this machine; where a row decides, the database's clock (``tx.now``) is used instead."""
    return datetime.now(UTC)


def shanghai_date(moment: datetime) -> date:
    """The legal day of a moment (China Standard Time)."""
    return moment.astimezone(SHANGHAI).date()
