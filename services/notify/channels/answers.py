"""What a provider's code means for us: a table per provider, kept as data, so that a new code is a line and not a release."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Literal, Self

import structlog
import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator

from services.notify.channels.channel import Concern, Impossible, Outcome, TryLater, Unknown
from shared.clock import SHANGHAI
from shared.contracts.vocabulary import NoticeFailure

_FOLDER = Path(__file__).with_name("answers")
_NO_CODE = re.compile(r"[^A-Za-z0-9._:-]|\d{7,}")
_LONGEST_CODE = 60
UNLISTED = "unlisted:"
"""How the reason of a code begins that nobody listed: it may concern one number only, so it shuts no provider by itself."""
_UNLISTED_WAIT = timedelta(minutes=10)
_LOG = structlog.get_logger(__name__)


class Row(BaseModel):
    """One code of one provider. ``code`` ending in ``*`` is a family; ``says`` tells variants of one code apart by their message.

    ``after`` is seconds, or the start of the next day or month in Asia/Shanghai. ``renews`` marks codes that a new access
    token may cure. ``source`` is the public source, or ``M`` where the row was written from memory and is to be confirmed.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: str
    reason: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    outcome: Literal["try_later", "impossible", "unknown"]
    zh: str
    en: str
    source: str
    says: str | None = None
    after: int | Literal["next_day", "next_month"] = 0
    concerns: Concern = Concern.PROVIDER
    failure: NoticeFailure | None = None
    alarm: bool = False
    renews: bool = False

    @model_validator(mode="after")
    def _is_complete(self) -> Self:
        if (self.outcome == "impossible") != (self.failure is not None) or (self.outcome != "impossible" and not self.after):
            message = f"{self.code}: impossible names its failure, the others name when"
            raise ValueError(message)
        return self

    @property
    def is_memory(self) -> bool:
        """Whether the row waits to be confirmed against the provider's own text."""
        return self.source == "M"

    def fits(self, code: str, message: str) -> bool:
        """Whether the row speaks of this answer."""
        same = code.startswith(self.code[:-1]) if self.code.endswith("*") else code == self.code
        return same and (self.says is None or re.search(self.says, message) is not None)

    def wait(self, now: datetime) -> timedelta:
        """How long from ``now`` until ``after``."""
        return timedelta(seconds=self.after) if isinstance(self.after, int) else _start_of(self.after, now) - now

    def outcome_at(self, now: datetime, detail: str = "") -> Outcome:
        """The outcome in the channel's words; ``detail`` (a field's name) follows the reason after a colon."""
        reason = f"{self.reason}:{detail}" if detail else self.reason
        if self.outcome == "impossible":
            return Impossible(reason, self.concerns)
        if self.outcome == "unknown":
            return Unknown(self.wait(now), reason)
        return TryLater(self.wait(now), reason, self.concerns)


class Answers(BaseModel):
    """The table of one provider, most particular row first."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    provider: str
    version: str
    answers: tuple[Row, ...]

    def row(self, code: str, message: str = "") -> Row | None:
        """The row that speaks of this answer: an exact code before a family, a longer family before a shorter one."""
        fitting = [row for row in self.answers if row.fits(code, message)]
        return max(fitting, key=_particularity, default=None)

    def outcome(self, code: str, message: str, now: datetime, *, detail: str = "", provider: str | None = None) -> Outcome:
        """What to do next after this answer; a code that nobody listed is tried again in a while, with an alarm."""
        row = self.row(code, message)
        if row is None or row.alarm:
            reason = row.reason if row else "unlisted"
            _LOG.error("provider_alarm", provider=provider or self.provider, code=tame(code), reason=reason)
        return TryLater(_UNLISTED_WAIT, f"{UNLISTED}{tame(code)}") if row is None else row.outcome_at(now, detail)


def tame(code: str) -> str:
    """A code of somebody else's as far as it is one: short, plain, and without a number long enough to be a person's."""
    return _NO_CODE.sub("_", code)[:_LONGEST_CODE]


@cache
def answers_of(provider: str) -> Answers:
    """The table of ``aliyun``, ``tencent``, ``wechat``, ``wecom`` or ``general`` (what befalls every provider)."""
    return Answers.model_validate(yaml.safe_load((_FOLDER / f"{provider}.yaml").read_text(encoding="utf-8")))


def explain(table: str, reason: str, language: str = "zh-CN") -> str:
    """A reason in words for people; the reason itself where nobody wrote words for it."""
    row = _by_reason(table).get(reason.partition(":")[0])
    if row is None:
        return reason
    return row.en if language.startswith("en") else row.zh


def failure_of(table: str, reason: str) -> NoticeFailure:
    """The word that events use for a reason."""
    row = _by_reason(table).get(reason.partition(":")[0])
    return (row.failure if row else None) or NoticeFailure.OTHER


def is_alarm(table: str, reason: str) -> bool:
    """Whether somebody has to look at the account, the balance or the template behind this reason."""
    row = _by_reason(table).get(reason.partition(":")[0])
    return row.alarm if row else reason.startswith("unlisted")


@cache
def _by_reason(table: str) -> Mapping[str, Row]:
    own = answers_of(table).answers if (_FOLDER / f"{table}.yaml").exists() else ()
    return {row.reason: row for row in (*answers_of("general").answers, *own)}


def _particularity(row: Row) -> tuple[bool, int, bool]:
    return not row.code.endswith("*"), len(row.code), row.says is not None


def _start_of(what: Literal["next_day", "next_month"], now: datetime) -> datetime:
    midnight = now.astimezone(SHANGHAI).replace(hour=0, minute=0, second=0, microsecond=0)
    if what == "next_day":
        return midnight + timedelta(days=1)
    return (midnight.replace(day=1) + timedelta(days=32)).replace(day=1)
