"""Codes that verify a mobile: how often one may be asked for, and what a typed one comes to."""

import itertools
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notify.domain.verification import Stage, Verdict, Verification, judge, wait, wait_of_account, wait_of_guesses

NOW = datetime(2026, 11, 28, 3, 0, tzinfo=UTC)
RULES = Verification()
ROW = {"state": Stage.SENT, "expires_at": NOW + timedelta(minutes=5), "tries_left": 5, "code_mark": b"right"}


def ago(**duration: float) -> datetime:
    return NOW - timedelta(**duration)


@pytest.mark.parametrize(
    ("asked", "left"),
    [
        ([], timedelta()),
        ([ago(seconds=10)], timedelta(seconds=50)),
        ([ago(seconds=60)], timedelta()),
        ([ago(minutes=n) for n in (2, 10, 20, 30, 50)], timedelta(minutes=10)),
        ([ago(minutes=n) for n in (2, 10, 20, 30, 61)], timedelta()),
        ([ago(hours=n) for n in range(2, 12)], timedelta(hours=13)),
    ],
)
def test_a_number_is_sent_few_codes(asked: list[datetime], left: timedelta) -> None:
    assert wait(asked, NOW, RULES) == left


@given(st.lists(st.integers(1, 5_400), min_size=1, max_size=60))
def test_who_waits_as_long_as_he_is_told_never_gets_more_than_the_rules_allow(gaps: list[int]) -> None:
    sent: list[datetime] = []
    for gap in gaps:
        now = (sent[-1] if sent else NOW) + timedelta(seconds=gap)
        sent.append(now + wait(sent, now, RULES))
    assert all(later - earlier >= timedelta(minutes=1) for earlier, later in itertools.pairwise(sent))
    for most, window in ((RULES.per_hour, timedelta(hours=1)), (RULES.per_day, timedelta(days=1))):
        assert all(later - earlier >= window for earlier, later in zip(sent, sent[most:], strict=False))


@pytest.mark.parametrize(
    ("asked", "is_official", "left"),
    [
        ([ago(minutes=1), ago(minutes=2)], True, timedelta()),
        ([ago(minutes=1), ago(minutes=2), ago(minutes=50)], True, timedelta(minutes=10)),
        ([ago(minutes=1), ago(minutes=2), ago(minutes=70)], True, timedelta()),
        ([ago(hours=n) for n in range(1, 6)], True, timedelta(hours=19)),
        ([ago(hours=n) for n in range(1, 5)], True, timedelta()),
        ([ago(hours=n) for n in range(1, 5)], False, timedelta(hours=20)),
        ([ago(hours=n) for n in (1, 2, 3, 25)], False, timedelta()),
    ],
)
def test_an_account_asks_for_few_whatever_the_numbers(asked: list[datetime], *, is_official: bool, left: timedelta) -> None:
    rules = Verification(per_account_hour=3, per_account_day=5, per_party_account_day=4)
    assert wait_of_account(asked, NOW, rules, is_official=is_official) == left


@pytest.mark.parametrize(
    ("codes", "left"),
    [
        ([], timedelta()),
        ([(ago(hours=n), 5) for n in (1, 2, 3)] + [(ago(hours=4), 4)], timedelta()),
        ([(ago(hours=n), 5) for n in (3, 1, 2, 4)], timedelta(hours=20)),
        ([(ago(hours=n), 5) for n in (1, 2, 3, 4, 5)], timedelta(hours=20)),
        ([(ago(hours=n), 5) for n in (1, 2, 3, 25)], timedelta()),
    ],
)
def test_a_number_at_which_somebody_guesses_is_left_alone_until_the_day_is_over(
    codes: list[tuple[datetime, int]], left: timedelta
) -> None:
    assert wait_of_guesses(codes, NOW, RULES) == left


@pytest.mark.parametrize(
    ("changed", "typed", "verdict"),
    [
        ({}, b"right", Verdict.RIGHT),
        ({}, b"wrong", Verdict.WRONG),
        ({"state": Stage.SENDING}, b"right", Verdict.RIGHT),
        ({"state": Stage.UNCERTAIN}, b"right", Verdict.RIGHT),
        ({"expires_at": NOW}, b"right", Verdict.OVER),
        ({"state": Stage.REPLACED}, b"right", Verdict.OVER),
        ({"state": Stage.FAILED}, b"right", Verdict.OVER),
        ({"tries_left": 0}, b"right", Verdict.SPENT),
        ({"tries_left": 1}, b"right", Verdict.RIGHT),
    ],
)
def test_what_is_over_stays_over_even_for_the_right_code(changed: dict[str, object], typed: bytes, verdict: Verdict) -> None:
    assert judge({**ROW, **changed}, typed, NOW) is verdict
