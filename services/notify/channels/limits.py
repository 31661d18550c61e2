"""What each provider allows, read from ``limits.yaml``: the sender keeps to it and the simulator enforces it."""

from functools import cache
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict


class PerNumber(BaseModel):
    """At most ``count`` in ``seconds`` to one number (or member), counted per template, per text, or in all."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    count: int
    seconds: int
    scope: Literal["number", "template", "content"]
    calendar_day: bool = False
    source: str = "D"


class Limits(BaseModel):
    """The limits of one provider; what a provider does not know stays None."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    source: str
    calls_per_second: int | None = None
    calls_per_day: int | None = None
    most_per_call: int = 1
    most_different_per_call: int = 1
    text_longest: int | None = None
    text_longest_bytes: int | None = None
    markdown_longest_bytes: int | None = None
    variable_longest: int | None = None
    per_number: tuple[PerNumber, ...] = ()
    per_member: tuple[PerNumber, ...] = ()
    ask_after_seconds: int = 30
    absence_proves_after_seconds: int | None = None
    ask_for_days: int = 30
    clock_tolerance_seconds: int = 300
    same_id_seconds: int = 0
    same_content_seconds: int = 0
    forced_renewals_per_day: int = 20
    forced_renewal_seconds: int = 30
    robot_per_minute: int = 20
    robot_pause_seconds: int = 65
    account_days: int | None = None
    answer_seconds: int = 10
    answer_longest_bytes: int = 1024 * 1024


@cache
def limits_of(provider: str) -> Limits:
    """The limits of one provider; KeyError for one that is not in the file."""
    path = Path(__file__).with_name("limits.yaml")
    return Limits.model_validate(yaml.safe_load(path.read_text(encoding="utf-8"))["providers"][provider])
