"""The rule book: who is told what, when and how, as versioned data that a bureau edits and this module checks."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import time
from functools import cached_property
from typing import Any, Self

import yaml
from pydantic import Field, model_validator

from services.notify.domain.providers import Failover
from services.notify.domain.quiet import Quiet
from services.notify.domain.retries import RetryTable
from services.notify.domain.telling import Brief, DateRule, Ending, Entry, Ladder, Rule, Telling
from services.notify.domain.verification import Verification

MOST_DAYS = 30


class Unreachable(Entry):
    """When a contact is said to be unreachable; a book from before this part was there has its defaults."""

    days: int = Field(default=2, ge=1, le=MOST_DAYS, description="different Shanghai days on which a phone was tried in vain")
    provider_proven_hours: int = Field(default=3, ge=1, le=72, description="within which its provider must have reached somebody")


class Book(Entry):
    """One edition, checked as a whole."""

    edition: str
    quiet: Quiet
    quiet_channels: frozenset[str]
    digest_least: int = Field(ge=2)
    digest_template: str
    sms_cap: int = Field(ge=1)
    unreachable: Unreachable = Unreachable()
    verification: Verification = Verification()
    rules: tuple[Rule, ...]
    dates: tuple[DateRule, ...]
    endings: Mapping[str, Ending]
    ladders: Mapping[str, Ladder]
    daily: Brief
    weekly: Brief
    digest: Brief
    free: frozenset[str]
    retries: Mapping[str, RetryTable]
    failover: Failover

    @classmethod
    def read(cls, text: str) -> Self:
        """Read an edition from YAML; raises ValueError (or pydantic's ValidationError) that names the place."""
        try:
            raw = yaml.safe_load(text)
        except yaml.YAMLError as error:
            message = f"not YAML: line {getattr(getattr(error, 'problem_mark', None), 'line', 0) + 1}"
            raise ValueError(message) from None
        if not isinstance(raw, dict):
            message = "not a mapping"
            raise TypeError(message)
        return cls.model_validate(_flattened(raw))

    @model_validator(mode="after")
    def names_what_is_there(self) -> Self:
        """A ladder, an ending or a kind that the book speaks of stands in it."""
        for telling in self.tellings():
            if telling.ladder is not None and telling.ladder not in self.ladders:
                message = f"{telling.kind}: no ladder {telling.ladder!r}"
                raise ValueError(message)
            if telling.until is not None and telling.until not in self.endings:
                message = f"{telling.kind}: no ending {telling.until!r}"
                raise ValueError(message)
        if "otherwise" not in self.retries:
            message = "retries: no row `otherwise`"
            raise ValueError(message)
        return self

    def tellings(self) -> Iterator[Telling]:
        """Every rule and every reminder."""
        yield from self.rules
        yield from self.dates

    @cached_property
    def by_event(self) -> Mapping[str, Sequence[Rule]]:
        """Wire name → rules that hear it, in the order of the book."""
        names = {name for rule in self.rules for name in rule.hears}
        return {name: tuple(rule for rule in self.rules if name in rule.hears) for name in names}

    @cached_property
    def dates_by_event(self) -> Mapping[str, Sequence[DateRule]]:
        """Wire name → reminders whose date it sets or ends."""
        names = {name for rule in self.dates for name in (*rule.opens, *rule.closes)}
        return {name: tuple(rule for rule in self.dates if name in (*rule.opens, *rule.closes)) for name in names}

    @cached_property
    def dates_by_kind(self) -> Mapping[str, DateRule]:
        """Kind → reminder."""
        return {rule.kind: rule for rule in self.dates}

    @cached_property
    def kinds_of_rungs(self) -> frozenset[str]:
        """The kinds that ladders tell."""
        return frozenset(rule.kind for ladder in self.ladders.values() for rule in self.by_event.get(ladder.occasion, ()))

    @property
    def templates(self) -> frozenset[str]:
        """Every template that the book names."""
        named = {group.template for telling in self.tellings() for group in telling.to}
        of_days = {offset.template for date in self.dates for offset in date.at if offset.template}
        return frozenset(named | of_days | {self.digest_template, self.verification.template}) - {"-"}

    def retry(self, kind: str) -> RetryTable:
        """How often a notice of a kind is tried."""
        return self.retries.get(kind) or self.retries["otherwise"]


def _flattened(raw: Mapping[str, Any]) -> dict[str, Any]:
    """The file's shape, which suits people, as the fields of the book."""
    quiet, digest, briefs = raw["quiet"], raw["digest"], raw["briefs"]
    retries = {kind: RetryTable.of(row) for kind, row in raw["retries"].items() if kind != "mark"}
    return {
        "edition": raw["edition"],
        "quiet": Quiet(time.fromisoformat(quiet["from"]), time.fromisoformat(quiet["to"])),
        "quiet_channels": frozenset(quiet["channels"]),
        "digest_least": digest["least"],
        "digest_template": digest["template"],
        "sms_cap": raw["caps"]["sms"],
        **{part: _unmarked(raw.get(part, {})) for part in ("unreachable", "verification")},
        **{name: raw[name] for name in ("rules", "dates", "endings", "ladders", "free")},
        "daily": briefs["daily"],
        "weekly": briefs["weekly"],
        "digest": briefs["digest"],
        "retries": retries,
        "failover": Failover.of(_unmarked(raw["failover"])),
    }


def _unmarked(part: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in part.items() if name != "mark"}
