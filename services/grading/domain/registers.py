"""Facts about one site as last-writer-wins registers: whatever the order in which events arrive, the same facts stand.

A register stands under a family and a name, such as ``fact/dust`` or ``hazard/0192…``; the write with the greatest
``(sequence, event id)`` wins, and a value of None is a tombstone. Registers are plain JSON lists, because a grader reads
and writes thousands of them a second.

Some values that were written over are remembered in ``past``: those that can have made a veto, for the rest of the day,
so that a veto that came and went within one day has been there whatever the order; and what was declared of the site,
for months, because a declaration that a visit disproves counts that long.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from pydantic_core import from_json, to_json

from shared.contracts.event import Envelope

Value = dict[str, Any]
Register = list[Any]
"""``[sequence, event id, day heard, value or None]``, and ``sequence, event id`` of what stood that morning, if it did."""

Family = dict[str, Register]
Families = dict[str, Family]

SEQUENCE, EVENT, HEARD, VALUE, MORNING = 0, 1, 2, 3, 4

FACT: Final = "fact"
HAZARD: Final = "hazard"
LEASE: Final = "lease"
MERGED: Final = "merged"
PAST_DAYS: Final = 100
"""How long an overwritten answer about the site is remembered; a policy cannot look back further."""

_REMEMBERED: Final[Mapping[str, Callable[[Value], bool]]] = {
    FACT: lambda _: True,
    LEASE: lambda _: True,
    HAZARD: lambda value: value["level"] == "major",
}

OF_PARTY: Final = ("trained", "certificate", "unreached", MERGED)
"""Families that are said of a party, and stand at each of its sites."""


class Write(NamedTuple):
    """What one event says about one site under one key."""

    site: UUID
    family: str
    name: str
    sequence: int
    event: str
    value: Value | None


class Overwritten(NamedTuple):
    """A value that no longer stands, and the day on which it ceased to."""

    day: int
    family: str
    name: str
    sequence: int
    event: str
    value: Value


@dataclass(slots=True)
class Registers:
    """All that is known of one site."""

    current: Families = field(default_factory=dict)
    past: list[Overwritten] = field(default_factory=list)
    gone: dict[str, dict[str, int]] = field(default_factory=dict)
    """Sequences of registers that were swept because nothing can depend on them any more."""

    @classmethod
    def of_json(cls, text: str | bytes) -> "Registers":
        """The registers as ``json`` wrote them."""
        found = from_json(text)
        return cls(found["current"], [Overwritten(*entry) for entry in found["past"]], found["gone"])

    def json(self) -> bytes:
        """One line of JSON; the same facts that arrived in another order may give other bytes."""
        return to_json({"current": self.current, "past": self.past, "gone": self.gone})

    def values(self, family: str) -> Iterator[tuple[str, Value, Register]]:
        """Name, value and register of everything in a family that stands."""
        for name, register in self.current.get(family, {}).items():
            if register[VALUE] is not None:
                yield name, register[VALUE], register

    def value(self, family: str, name: str) -> Value | None:
        """What stands under a key, or None."""
        register = self.current.get(family, {}).get(name)
        return None if register is None else register[VALUE]

    def fold(self, writes: Iterable[Write], today: int) -> bool:
        """Take in what events say; True where anything is known now that was not."""
        if self.past:
            self._forget(today)
        changed = False
        for write in writes:
            changed |= self._take(write, today)
        return changed

    def _take(self, write: Write, today: int) -> bool:
        _, family, name, sequence, event, value = write
        if self.gone and self.gone.get(family, {}).get(name, 0) >= sequence:
            return False
        registers = self.current.get(family)
        if registers is None:
            registers = self.current[family] = {}
        standing = registers.get(name)
        if standing is None:
            registers[name] = [sequence, event, today, value]
            return True
        if sequence > standing[SEQUENCE] or (sequence == standing[SEQUENCE] and event > standing[EVENT]):
            morning = standing[MORNING:] if standing[HEARD] == today else standing[:HEARD]
            registers[name] = [sequence, event, today, value, *morning]
            self._remember(Overwritten(today, family, name, standing[SEQUENCE], standing[EVENT], standing[VALUE]))
            return True
        if event == standing[EVENT] or standing[HEARD] != today or standing[MORNING:] >= [sequence, event]:
            return False  # a repeat, or about a time before this morning: no news
        return self._remember(Overwritten(today, family, name, sequence, event, value or {}))

    def _remember(self, overwritten: Overwritten) -> bool:
        family, value = overwritten.family, overwritten.value
        if not value or family not in _REMEMBERED or not _REMEMBERED[family](value) or overwritten in self.past:
            return False
        self.past.append(overwritten)
        return True

    def _forget(self, today: int) -> None:
        since = today - PAST_DAYS
        self.past = [entry for entry in self.past if entry.day == today or (entry.family == FACT and entry.day > since)]

    def sweep(self, family: str, names: Iterable[str], *, traced: bool) -> None:
        """Drop registers; ``traced`` remembers their sequences, so that a late repeat does not bring them back."""
        for name in names:
            register = self.current[family].pop(name)
            if traced:
                self.gone.setdefault(family, {})[name] = register[SEQUENCE]

    def facts(self) -> dict[str, Any]:
        """Everything that stands or is remembered, in an order of its own: equal for any order of arrival."""
        return {
            "current": {family: dict(sorted(names.items())) for family, names in sorted(self.current.items()) if names},
            "past": sorted(self.past, key=lambda entry: entry[:5]),
        }


def write(site: UUID, family: str, name: object, heard: Envelope, value: Value | None) -> Write:
    """What an event says under a key; where only the latest counts, a ``Write`` is made with the moment as its sequence."""
    return Write(site, family, str(name), heard.sequence, str(heard.id), known(value))


def known(value: Value | None) -> Value | None:
    """A value without what is not known."""
    return None if value is None else {key: item for key, item in value.items() if item is not None}


def not_ahead(moment: datetime, heard: Envelope) -> datetime:
    """When something happened, by the clock of a telephone: not after it was told, or it hid all that follows."""
    return min(moment, heard.time)
