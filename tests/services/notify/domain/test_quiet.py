"""Quiet hours on the Shanghai clock."""

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notify.domain.quiet import Quiet, next_at
from shared.clock import SHANGHAI

NIGHT = Quiet(time(21), time(8))
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis adds it


def at(hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, 23, hour, minute, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("moment", "quiet"),
    [(at(20, 59), False), (at(21), True), (at(23, 59), True), (at(0), True), (at(7, 59), True), (at(8), False)],
)
def test_the_night_holds_from_nine_to_eight(moment: datetime, *, quiet: bool) -> None:
    assert NIGHT.holds(moment) is quiet


def test_an_evening_waits_for_the_next_morning_and_an_early_morning_for_the_same() -> None:
    assert NIGHT.over(at(22)) == at(8) + timedelta(days=1)
    assert NIGHT.over(at(3)) == at(8)
    assert NIGHT.over(at(12)) == at(12)


@given(MOMENTS, st.times(), st.times())
def test_nobody_is_ever_disturbed_inside_his_quiet_hours(moment: datetime, start: time, end: time) -> None:
    quiet = Quiet(start.replace(second=0, microsecond=0), end.replace(second=0, microsecond=0))
    over = quiet.over(moment)

    assert not quiet.holds(over) or quiet.start == quiet.end
    assert moment <= over <= moment + timedelta(days=1)


def test_longer_quiet_hours_cover_the_common_ones_and_shorter_ones_do_not() -> None:
    assert Quiet(time(20), time(9)).covers(NIGHT)
    assert NIGHT.covers(NIGHT)
    assert not Quiet(time(22), time(8)).covers(NIGHT)
    assert not Quiet(time(1), time(5)).covers(NIGHT)


@given(MOMENTS, st.times())
def test_the_next_time_a_clock_shows_an_hour_is_within_a_day(moment: datetime, clock: time) -> None:
    found = next_at(moment, clock.replace(microsecond=0))

    assert moment <= found < moment + timedelta(days=1, seconds=1)
    assert found.astimezone(SHANGHAI).time() == clock.replace(microsecond=0)
