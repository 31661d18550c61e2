"""What a trial is about, and how it ended."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.faults.evidence import Evidence, Violation
from tests.faults.nemesis import Planned


@dataclass(frozen=True, slots=True)
class Terms:
    """What is tried: who plays, in how many processes, how much is asked of them, and what befalls them."""

    cast: str
    seed: int
    operations: int
    kills: int = 0
    besides: int = 0
    blows: tuple[Planned, ...] = ()
    customers: int = 8
    gap: float = 0.5
    together: bool = False
    cold: bool = False
    variant: str = ""
    ack_wait: float = 3.0
    patience: float = 120.0
    silence: float = 180.0
    pace: float = 0.0
    away: float = 4.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a trial ended."""

    terms: Terms
    evidence: Evidence
    violations: tuple[Violation, ...]
    outcomes: Mapping[str, int]
    figures: Mapping[str, int] = field(default_factory=dict)
    seconds: float = 0.0
    quiet_seconds: float = 0.0

    @property
    def broken(self) -> Counter[str]:
        """How often which promise was broken."""
        return Counter(violation.promise for violation in self.violations)

    def told(self) -> str:
        """The first few of each kind, for whoever reads a failed test."""
        lines = [f"seed {self.terms.seed}: {dict(self.broken)}"]
        for promise in self.broken:
            lines += [f"  {v.promise}: {v.detail}" for v in self.violations if v.promise == promise][:5]
        return "\n".join(lines)
