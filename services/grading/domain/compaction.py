"""What may be forgotten: registers on which no answer can depend any more, so that a site does not grow for ever."""

from collections.abc import Callable, Iterable
from typing import Final

from services.grading.domain.days import day_of
from services.grading.domain.registers import HAZARD, HEARD, LEASE, VALUE, Register, Registers

_KEPT_DAYS: Final = 400
"""Longer than anything that a policy may look back on (12 months)."""
_ON_TIME_KEPT: Final = 6
"""A policy may ask for up to so many on-time periods before a missed one is made good."""

Names = dict[str, Register]


def compact(facts: Registers, today: int) -> None:
    """Sweep what is over and done with; the same facts whatever the order in which they came."""
    before = today - _KEPT_DAYS
    for family, finished in _FINISHED.items():
        if names := facts.current.get(family):
            facts.sweep(family, list(finished(names, before)), traced=family in _TRACED)
    hazards = facts.current.get(HAZARD, {})
    for family in _BESIDE_HAZARDS:
        if names := facts.current.get(family):
            alone = [name for name, register in names.items() if name not in hazards and register[HEARD] < before]
            facts.sweep(family, alone, traced=False)


def _hazards(names: Names, before: int) -> Iterable[str]:
    return [
        name
        for name, register in names.items()
        if register[HEARD] < before and (register[VALUE] is None or register[VALUE]["state"] in {"closed", "rejected"})
    ]


def _old(names: Names, before: int) -> Iterable[str]:
    """Things that happened on a day, except the latest of them."""
    if len(names) == 1:
        return ()
    days = {name: day_of(register[VALUE]["on"]) if register[VALUE] else register[HEARD] for name, register in names.items()}
    latest = max(days.values())
    return [name for name, day in days.items() if day < min(before, latest) and names[name][HEARD] < before]


def _self_checks(names: Names, _before: int) -> Iterable[str]:
    """What two later on-time periods have made good."""
    on_time = sorted(
        (register[VALUE]["last"] for register in names.values() if register[VALUE] and register[VALUE]["result"] == "on_time"),
        reverse=True,
    )
    if len(on_time) < _ON_TIME_KEPT:
        return ()
    line = on_time[_ON_TIME_KEPT - 1]
    return [name for name, register in names.items() if register[VALUE] and register[VALUE]["last"] < line]


def _leases(names: Names, before: int) -> Iterable[str]:
    over = {"terminated", "vacated", "rejected", "withdrawn"}
    return [
        name
        for name, register in names.items()
        if register[VALUE] and register[VALUE]["state"] in over and register[HEARD] < before
    ]


_FINISHED: Final[dict[str, Callable[[Names, int], Iterable[str]]]] = {
    HAZARD: _hazards,
    "refusal": _old,
    "contradiction": _old,
    "complaint": _old,
    "drill": _old,
    "self_check": _self_checks,
    LEASE: _leases,
}
_TRACED: Final = frozenset({HAZARD, LEASE})
"""A late repeat must not bring these back to life; the others would be swept again."""
_BESIDE_HAZARDS: Final = ("hazard_ended", "hazard_waiting", "landlord_report")
