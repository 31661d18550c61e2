"""What is carried from one day to the next: the level that stands, since when, and what is on its way."""

from collections.abc import Iterable
from typing import Any, NamedTuple


class VetoInForce(NamedTuple):
    """One reason to be red at once: the rule, what it is about (a hazard or a fact), and who said so."""

    rule: str
    subject: str
    event: str | None
    since: int
    number: str | None


class Notice(NamedTuple):
    """From this day on the level may be as bad as this, unless something is done."""

    level: int
    day: int


def drops(notices: Iterable[Notice], shown: int) -> tuple[Notice, ...]:
    """The drops that will be seen, in order of their days: each worse than the level that is shown and than those before it."""
    found: list[Notice] = []
    for notice in sorted(notices, key=lambda notice: (notice.day, -notice.level)):
        if notice.level > (found[-1].level if found else shown):
            found.append(notice)
    return tuple(found)


class Standing(NamedTuple):
    """The state between two days. Levels are ranks, 0 blue to 3 red; bands 0 for r4 to 3 for r1; days are ordinals.

    ``by_veto``: the level is red because of a veto and for nothing else. As JSON it is a list that ``of_list`` reads.
    """

    day: int
    level: int
    since: int
    by_veto: bool
    band: int
    notices: tuple[Notice, ...] = ()
    vetoes: tuple[VetoInForce, ...] = ()

    @classmethod
    def of_list(cls, found: list[Any]) -> "Standing":
        """The standing that its JSON tells."""
        day, level, since, by_veto, band, notices, vetoes = found
        coming = tuple([Notice(*notice) for notice in notices])
        return cls(day, level, since, by_veto, band, coming, tuple([VetoInForce(*veto) for veto in vetoes]))
