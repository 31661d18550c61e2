"""Everything a trial leaves behind, as plain data: what was promised, said, stored, heard, set aside, and how processes ended."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tests.faults.ledger import Answered


@dataclass(frozen=True, slots=True)
class Violation:
    """A promise that was broken: which, and where."""

    promise: str
    detail: str


@dataclass(frozen=True, slots=True)
class Said:
    """One row of an outbox. ``aggregate`` is what its sequence counts."""

    service: str
    row: int
    event_id: str
    type: str
    subject: str
    digest: bytes
    aggregate: str
    sequence: int
    correlation_id: str
    causation_id: str | None
    created_at: datetime
    sent: bool
    stream_seq: int | None


@dataclass(frozen=True, slots=True)
class Stored:
    """One message of a stream. ``trick`` says which of ours it is: a copy, a shuffled original, a poison; None is the relay's."""

    stream: str
    seq: int
    subject: str
    event_id: str | None
    digest: bytes
    trick: str | None = None


@dataclass(frozen=True, slots=True)
class Listener:
    """One durable: what it hears on which stream."""

    service: str
    consumer: str
    stream: str
    subjects: tuple[str, ...]

    def hears(self, subject: str) -> bool:
        """Whether a subject passes its filter; ``*`` stands for one token."""
        tokens = subject.split(".")
        return any(_fits(pattern.split("."), tokens) for pattern in self.subjects)


def _fits(pattern: list[str], tokens: list[str]) -> bool:
    return len(pattern) == len(tokens) and all(p in ("*", t) for p, t in zip(pattern, tokens, strict=True))


@dataclass(frozen=True, slots=True)
class Heard:
    """One row of an inbox."""

    service: str
    handler: str
    event_id: str
    heard_at: datetime


@dataclass(frozen=True, slots=True)
class Parked:
    """One row of a quarantine."""

    service: str
    handler: str
    stream: str
    seq: int
    reason: str


@dataclass(frozen=True, slots=True)
class Exit:
    """How one life of a process ended; ``cause`` is the blow that explains it, or None."""

    process: str
    at: float
    code: int
    cause: str | None


@dataclass(frozen=True, slots=True)
class Blow:
    """One fault that was played. ``seen`` tells, where the blow itself expects something, whether it happened."""

    kind: str
    target: str
    at: float
    deadly: bool
    seen: bool | None = None
    detail: str = ""
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """One trial's whole evidence; the checker reads nothing else."""

    answered: tuple[Answered, ...] = ()
    asked: frozenset[str] = frozenset()
    things: Mapping[str, frozenset[str]] = field(default_factory=dict)
    said: tuple[Said, ...] = ()
    stored: tuple[Stored, ...] = ()
    listeners: tuple[Listener, ...] = ()
    heard: tuple[Heard, ...] = ()
    parked: tuple[Parked, ...] = ()
    exits: tuple[Exit, ...] = ()
    blows: tuple[Blow, ...] = ()
    deliveries: Mapping[str, int] = field(default_factory=dict)
    facts: Any = None
    shift: float = 0.0
    """By how many seconds the services' clocks ran ahead."""
