"""Counts what became of the rows of a ledger, and words what there is to tell about them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Self

from services.registry.domain.ledger_row import RowOutcome
from services.registry.ledger.problems import RowError
from services.registry.ledger.read import Fate, OpenLedger, ReadItem

_BEHIND_READING: Final = 1000
"""Places of problems met while taking a row come behind those met while reading it."""

Told = dict[str, Any]


@dataclass(slots=True)
class Tally:
    """Every row is exactly one of the four."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    refused: int = 0
    problems: list[Told] = field(default_factory=list)

    @classmethod
    def of(cls, items: Sequence[ReadItem], outcomes: Sequence[RowOutcome], ledger: OpenLedger) -> Self:
        """The rows of a chunk: those that reading decided about, and the outcomes of the others."""
        tally = cls()
        for item in items:
            tally.refused += item.fate is Fate.REFUSED
            tally.unchanged += item.fate is Fate.REPEATED
            tally.problems.extend(_told(item.number, item.problems))
        for outcome in outcomes:
            tally._count(outcome)
            tally.problems.extend(_told_while_taking(outcome, ledger))
        return tally

    @property
    def counts(self) -> dict[str, int]:
        """The four by name."""
        return {"created": self.created, "updated": self.updated, "unchanged": self.unchanged, "refused": self.refused}

    def add(self, other: Self) -> None:
        """Count another chunk too."""
        self.created += other.created
        self.updated += other.updated
        self.unchanged += other.unchanged
        self.refused += other.refused
        self.problems.extend(other.problems)

    def _count(self, outcome: RowOutcome) -> None:
        if outcome.problems:
            self.refused += 1
        elif outcome.created:
            self.created += 1
        elif outcome.updated:
            self.updated += 1
        else:
            self.unchanged += 1


def told_about_sheets(ledger: OpenLedger) -> list[Told]:
    """What there is to tell about the sheets as such."""
    by_number: dict[int, list[RowError]] = {}
    for error in ledger.errors():
        by_number.setdefault(ledger.number_of(error.sheet, error.row), []).append(error)
    return [told for number, errors in by_number.items() for told in _told(number, errors)]


def _told(number: int, errors: Sequence[RowError]) -> Iterator[Told]:
    for place, error in enumerate(errors):
        own = {"column": error.column, "code": error.code, "detail": error.detail, "severity": error.severity}
        yield {"row": number, "place": place, "sheet": error.sheet, **own}


def _told_while_taking(outcome: RowOutcome, ledger: OpenLedger) -> Iterator[Told]:
    sheet, _ = ledger.place_of(outcome.number)
    told = [*((problem, "error") for problem in outcome.problems), *((warning, "warning") for warning in outcome.warnings)]
    for place, (problem, severity) in enumerate(told, start=_BEHIND_READING):
        own = {"column": ledger.heading_of(sheet, problem.column), "code": problem.code, "detail": problem.detail}
        yield {"row": outcome.number, "place": place, "sheet": sheet, "severity": severity, **own}
