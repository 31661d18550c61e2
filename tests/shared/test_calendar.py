"""Working days, as legal deadlines count them."""

from datetime import date, timedelta
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from shared.calendar import (
    add_working_days,
    is_working_day,
    load_calendar,
    shipped_calendar,
    working_days_between,
)
from shared.holidays import seed

NOTICED_DAYS = st.dates(date(2018, 1, 1), date(2026, 10, 1))


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2026, 11, 23), True),
        (date(2026, 11, 21), False),
        (date(2026, 11, 22), False),
        (date(2026, 2, 16), False),
        (date(2026, 2, 23), False),
        (date(2026, 2, 24), True),
        (date(2025, 10, 8), False),
        (date(2026, 10, 7), False),
        (date(2026, 10, 8), True),
    ],
)
def test_weekdays_are_worked_and_weekends_and_holidays_are_not(day: date, *, works: bool) -> None:
    kind = is_working_day(day)
    assert (bool(kind), kind.certain) == (works, True)


@pytest.mark.parametrize("day", [date(2026, 2, 14), date(2026, 2, 28), date(2026, 5, 9), date(2026, 10, 10)])
def test_a_make_up_saturday_is_worked(day: date) -> None:
    assert day.strftime("%A") == "Saturday"
    assert is_working_day(day).is_working
    assert is_working_day(day).occasion == "调休"


def test_a_day_off_names_its_holiday() -> None:
    assert is_working_day(date(2026, 2, 17)).occasion == "春节"
    assert is_working_day(date(2026, 9, 25)).occasion == "中秋节"


def test_five_working_days_from_a_friday_pass_one_weekend() -> None:
    assert add_working_days(date(2026, 11, 20), 5).date == date(2026, 11, 27)


def test_a_deadline_jumps_over_spring_festival_and_counts_the_make_up_saturdays() -> None:
    assert add_working_days(date(2026, 2, 13), 1).date == date(2026, 2, 14)
    assert add_working_days(date(2026, 2, 13), 2).date == date(2026, 2, 24)
    assert add_working_days(date(2026, 2, 13), 6).date == date(2026, 2, 28)


def test_a_deadline_jumps_over_national_day() -> None:
    assert add_working_days(date(2026, 9, 30), 3).date == date(2026, 10, 10)


def test_a_deadline_on_a_free_day_moves_to_the_next_working_day() -> None:
    assert add_working_days(date(2026, 10, 2), 0).date == date(2026, 10, 8)
    assert add_working_days(date(2026, 11, 23), 0).date == date(2026, 11, 23)


def test_a_deadline_can_be_counted_backwards() -> None:
    assert add_working_days(date(2026, 10, 8), -1).date == date(2026, 9, 30)


def test_new_years_holiday_that_begins_in_december_belongs_to_the_next_notice() -> None:
    assert is_working_day(date(2018, 12, 29)).is_working
    assert not is_working_day(date(2018, 12, 31)).is_working
    assert add_working_days(date(2018, 12, 28), 2).date == date(2019, 1, 2)


def test_a_year_without_a_notice_falls_back_to_weekends_and_says_so() -> None:
    thursday_of_a_festival, saturday = is_working_day(date(2027, 2, 11)), is_working_day(date(2027, 2, 13))
    assert (bool(thursday_of_a_festival), thursday_of_a_festival.certain) == (True, False)
    assert (bool(saturday), saturday.certain) == (False, False)


def test_a_deadline_across_the_end_of_the_last_noticed_year_is_uncertain() -> None:
    assert add_working_days(date(2026, 12, 18), 5).certain
    across = add_working_days(date(2026, 12, 24), 10)
    assert (across.date, across.certain) == (date(2027, 1, 7), False)


def test_the_last_days_of_december_stay_uncertain_until_the_next_notice() -> None:
    assert is_working_day(date(2026, 12, 28)).certain
    assert not is_working_day(date(2026, 12, 29)).certain


@given(NOTICED_DAYS, st.integers(-40, 40))
def test_counting_a_deadline_back_gives_its_number_of_working_days(day: date, number: int) -> None:
    if number == 0:
        return
    due = add_working_days(day, number)
    assert is_working_day(due.date)
    assert working_days_between(day, due.date).days == number


@given(NOTICED_DAYS, st.integers(1, 60))
def test_a_later_deadline_is_never_earlier(day: date, number: int) -> None:
    assert add_working_days(day, number + 1).date > add_working_days(day, number).date


def test_working_days_between_a_day_and_itself_are_none() -> None:
    assert working_days_between(date(2026, 11, 23), date(2026, 11, 23)).days == 0


def test_a_notice_added_to_a_second_folder_makes_its_year_certain(tmp_path: Path) -> None:
    notice = {
        "year": 2027,
        "source": "test",
        "checked_against_notice": False,
        "days_off": [{"name": "元旦", "first": date(2027, 1, 1), "last": date(2027, 1, 4)}],
        "make_up_days": [date(2027, 1, 9)],
    }
    (tmp_path / "2027.yaml").write_text(yaml.safe_dump(notice, allow_unicode=True), encoding="utf-8")

    shipped = Path(seed.__file__).parent
    calendar = load_calendar(shipped, tmp_path)

    assert calendar.is_working_day(date(2026, 12, 30)).certain
    assert not calendar.is_working_day(date(2027, 1, 4))
    assert calendar.is_working_day(date(2027, 1, 9)).certain


def test_the_shipped_files_are_what_the_seeding_script_writes(tmp_path: Path) -> None:
    seed.write_all(tmp_path)
    assert load_calendar(tmp_path) == shipped_calendar()


def test_every_make_up_day_is_a_weekend_day_and_no_holiday() -> None:
    calendar = shipped_calendar()
    assert {day.weekday() for day in calendar.make_up_days} <= {5, 6}
    assert not calendar.make_up_days & set(calendar.days_off)


def test_every_year_has_as_many_working_days_as_its_notice_promises() -> None:
    days = (date(2026, 1, 1) + timedelta(days=number) for number in range(365))
    assert sum(bool(is_working_day(day)) for day in days) == 248
