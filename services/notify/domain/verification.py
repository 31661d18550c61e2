"""核验手机号: a code that was sent to a number and is typed back shows that whoever has it can be reached there."""

import hmac
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from pydantic import Field

from services.notify.domain.telling import Entry

DIGITS = 6
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)


class Verification(Entry):
    """How long a code holds, how often it may be mistyped, and how many may be asked for; a default of ours, to be confirmed."""

    template: str = "MOBILE_CODE"
    minutes: int = Field(default=5, ge=1, le=30)
    tries: int = Field(default=5, ge=1, le=10)
    again_seconds: int = Field(default=60, ge=1, le=600, description="between two codes to one number")
    per_hour: int = Field(default=5, ge=1, le=20, description="codes to one number")
    per_day: int = Field(default=10, ge=1, le=50, description="codes to one number; Aliyun takes 50 a day")
    wrong_per_day: int = Field(default=20, ge=1, le=100, description="wrong codes for one number, whoever types them")
    per_account_hour: int = Field(default=60, ge=1, le=1_000, description="codes that one account may ask for")
    per_account_day: int = Field(default=200, ge=1, le=10_000, description="the same in a day, of an official or a system")
    per_party_account_day: int = Field(default=20, ge=1, le=1_000, description="and of a landlord or tenant")


class Stage(StrEnum):
    """Where a verification stands. ``uncertain``: the provider did not answer, so the code may have come."""

    SENDING = "sending"
    SENT = "sent"
    UNCERTAIN = "uncertain"
    FAILED = "failed"
    REPLACED = "replaced"
    VERIFIED = "verified"


class Verdict(StrEnum):
    """What a code that was typed comes to."""

    RIGHT = "right"
    WRONG = "wrong"
    OVER = "over"
    SPENT = "spent"


def wait(asked: Sequence[datetime], now: datetime, rules: Verification) -> timedelta:
    """How long until one more code may go to a number to which codes went at these moments; zero where it may go now."""
    pause = timedelta(seconds=rules.again_seconds)
    return _longest(asked, now, ((1, pause), (rules.per_hour, _HOUR), (rules.per_day, _DAY)))


def wait_of_account(asked: Sequence[datetime], now: datetime, rules: Verification, *, is_official: bool) -> timedelta:
    """The same for the account that asks, whatever the numbers."""
    a_day = rules.per_account_day if is_official else rules.per_party_account_day
    return _longest(asked, now, ((rules.per_account_hour, _HOUR), (a_day, _DAY)))


def wait_of_guesses(codes: Iterable[tuple[datetime, int]], now: datetime, rules: Verification) -> timedelta:
    """How long nobody may guess at a number whose codes were asked for then and mistyped so often; zero where he may."""
    wrong = 0
    for asked_at, mistyped in sorted(codes, reverse=True):
        wrong += mistyped
        if wrong >= rules.wrong_per_day:
            return max(timedelta(), asked_at + _DAY - now)
    return timedelta()


def judge(row: Mapping[str, Any], mark: bytes, now: datetime) -> Verdict:
    """What a typed code, as its ``mark``, comes to; whatever is over stays over, even for the right code."""
    if row["state"] in {Stage.FAILED, Stage.REPLACED} or now >= row["expires_at"]:
        return Verdict.OVER
    if row["tries_left"] <= 0:
        return Verdict.SPENT
    return Verdict.RIGHT if hmac.compare_digest(row["code_mark"], mark) else Verdict.WRONG


def _longest(asked: Sequence[datetime], now: datetime, windows: Iterable[tuple[int, timedelta]]) -> timedelta:
    """Until there is room in each of the windows, which hold so many."""
    moments = sorted(asked, reverse=True)
    ends = [moments[most - 1] + window for most, window in windows if len(moments) >= most]
    return max([timedelta(), *(end - now for end in ends)])
