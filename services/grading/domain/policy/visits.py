"""How often a level is visited: the rows of a policy's frequencies, made ready once."""

from collections.abc import Sequence
from typing import Final

from services.grading.domain.policy.compiled import CompiledFrequency, Conditional, Frequencies
from services.grading.domain.policy.document import FrequencyRow
from shared.contracts.vocabulary import Period, VisitType

_SPANS: Final = {Period.DAY: (1, 0), Period.WEEK: (7, 0), Period.MONTH: (0, 1), Period.QUARTER: (0, 3), Period.YEAR: (0, 12)}
_DAYS_OF_A_MONTH: Final = 30


def filtered(frequencies: Frequencies, *, conditional: bool) -> Frequencies:
    """The types of visit whose rows have conditions, or those whose rows have none."""
    tables = {
        level: {visit: rows for visit, rows in table.items() if any(row.holds for row in rows) is conditional}
        for level, table in frequencies.items()
    }
    return {level: table for level, table in tables.items() if table or not conditional}


def conditional(visit: VisitType, rows: Sequence[CompiledFrequency]) -> Conditional:
    """The rows of one type of visit of which conditions choose: one of the alternatives, and those that come on top."""
    alternatives, also = ([row for row in rows if row.row.also is on_top] for on_top in (False, True))
    return Conditional(visit, visit.value, tuple(alternatives), tuple(also))


def within(row: FrequencyRow) -> tuple[int, int] | None:
    """Days and months within which one visit lies, for a row with a period."""
    if row.period is None:
        return None
    days, months = (part * row.every for part in _SPANS[row.period])
    return (days, months) if row.times == 1 else ((days + months * _DAYS_OF_A_MONTH) // row.times, 0)
