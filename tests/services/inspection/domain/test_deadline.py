"""Until when: the classes, the working-day calendar, the clock that stands still."""

from datetime import UTC, date, datetime, timedelta

import pytest

from services.inspection.domain.deadline import Due
from services.inspection.rulebook import rulebook
from shared.calendar import add_working_days
from shared.clock import SHANGHAI
from shared.contracts.vocabulary import HazardLevel
from tests.services.inspection.domain.builders import MONDAY, Case, found

DEADLINES = rulebook().deadlines


def due(found_at: datetime, name: str, **how: object) -> Due:
    return DEADLINES.due(found_at, name, add_working_days, **how)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("level", "days", "name"),
    [
        (HazardLevel.MINOR, None, "minor"),
        (HazardLevel.MEDIUM, 7, "medium"),
        (HazardLevel.SERIOUS, None, "serious"),
        (HazardLevel.MAJOR_CANDIDATE, 15, "serious"),
        (HazardLevel.SERIOUS, 30, "works"),
        (HazardLevel.SERIOUS, 0, "immediate"),
        (HazardLevel.MAJOR, 0, "major"),
    ],
)
def test_level_and_days_choose_the_class(level: HazardLevel, days: int | None, name: str) -> None:
    assert DEADLINES.class_of(level, days) == name


@pytest.mark.parametrize(
    ("name", "last"), [("minor", date(2026, 11, 26)), ("medium", date(2026, 11, 30)), ("serious", date(2026, 12, 8))]
)
def test_a_class_gives_its_days_until_the_end_of_the_last_one(name: str, last: date) -> None:
    given = due(MONDAY, name)
    assert given.on == last
    assert given.at == datetime.combine(last + timedelta(days=1), datetime.min.time(), SHANGHAI)


def test_at_once_means_within_24_hours_whatever_day_it_is() -> None:
    saturday = datetime(2026, 11, 28, 6, 0, tzinfo=UTC)
    given = due(saturday, "immediate", days=0)
    assert given.at == saturday + timedelta(hours=24)
    assert given.on == date(2026, 11, 29)


def test_a_last_day_on_a_weekend_moves_to_monday() -> None:
    thursday = datetime(2026, 11, 26, 2, 0, tzinfo=UTC)
    assert due(thursday, "minor").on == date(2026, 11, 30)


def test_a_last_day_in_the_national_holiday_moves_behind_it() -> None:
    before = datetime(2026, 9, 28, 2, 0, tzinfo=UTC)
    assert due(before, "medium").on == date(2026, 10, 8)


def test_a_make_up_working_saturday_is_a_last_day_like_any_other() -> None:
    assert due(datetime(2026, 10, 3, 2, 0, tzinfo=UTC), "medium").on == date(2026, 10, 10)


def test_an_order_counts_working_days() -> None:
    assert due(MONDAY, "medium", days=7, in_working_days=True).on == date(2026, 12, 2)


def test_a_year_without_a_notice_gives_an_uncertain_day() -> None:
    assert not due(datetime(2026, 12, 28, 2, 0, tzinfo=UTC), "medium").certain
    assert due(MONDAY, "medium").certain


def test_just_before_midnight_in_utc_is_the_next_day_in_shanghai() -> None:
    assert due(datetime(2026, 11, 23, 16, 30, tzinfo=UTC), "minor").on == date(2026, 11, 27)


def test_an_items_own_days_come_before_those_of_its_class() -> None:
    assert found(Case(item="LF-22")).card.due == date(2026, 11, 26)


def test_a_hazard_found_on_an_inspection_counts_in_working_days() -> None:
    assert found(Case(item="LF-21", orders=True)).card.due == date(2026, 12, 2)


def test_the_time_that_others_take_is_given_back() -> None:
    given = Due.end_of(date(2026, 11, 30))
    later = given.resumed(MONDAY, MONDAY + timedelta(days=2))
    assert later.on == date(2026, 12, 2)


def test_what_was_overdue_before_the_clock_stopped_stays_overdue() -> None:
    given = Due.end_of(date(2026, 11, 20))
    assert given.resumed(MONDAY, MONDAY + timedelta(days=9)) == given
