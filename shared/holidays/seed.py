"""Writes one holiday file a year from the chinesecalendar package: `python -m shared.holidays.seed`, when it knows a new year."""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import chinese_calendar.constants as notices  # type: ignore[import-untyped]
import yaml

from shared.calendar import notice_year

FIRST_YEAR = 2018
_NAMES = {
    "New Year's Day": "元旦",
    "Spring Festival": "春节",
    "Tomb-sweeping Day": "清明节",
    "Labour Day": "劳动节",
    "Dragon Boat Festival": "端午节",
    "Mid-autumn Festival": "中秋节",
    "National Day": "国庆节",
}
_HEADER = (
    "# 国务院办公厅关于部分节假日安排的通知 {year}; days near the end of December belong to the notice of the next year.\n"
    "# Taken from a package, not from the notice itself: set checked_against_notice once somebody has compared them.\n"
)


def years() -> range:
    """The years for which the package knows a notice."""
    return range(FIRST_YEAR, max(notices.holidays).year + 1)


def notice_of(year: int) -> dict[str, Any]:
    """The content of one year's file."""
    holidays = sorted((day, _NAMES[name]) for day, name in notices.holidays.items() if notice_year(day) == year)
    return {
        "year": year,
        "source": "chinesecalendar 1.11.0",
        "checked_against_notice": False,
        "days_off": [{"name": name, "first": first, "last": last} for name, first, last in _runs(holidays)],
        "make_up_days": sorted(day for day in notices.workdays if notice_year(day) == year),
    }


def _runs(holidays: list[tuple[date, str]]) -> Iterator[tuple[str, date, date]]:
    """Neighbouring days of one holiday as (name, first, last)."""
    if not holidays:
        return
    first = holidays[0][0]
    for (day, name), (following, next_name) in pairwise(holidays):
        if following - day > timedelta(days=1) or name != next_name:
            yield name, first, day
            first = following
    yield holidays[-1][1], first, holidays[-1][0]


def write_all(folder: Path) -> None:
    """One file a year into ``folder``."""
    for year in years():
        text = yaml.safe_dump(notice_of(year), allow_unicode=True, sort_keys=False)
        (folder / f"{year}.yaml").write_text(_HEADER.format(year=year) + text, encoding="utf-8")


if __name__ == "__main__":
    write_all(Path(__file__).parent)
