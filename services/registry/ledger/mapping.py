"""Which column of a sheet means what: proposed from its headings, corrected by what somebody said about that kind of sheet."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any, Final

import yaml

from services.registry.ledger.columns import Column, Columns, plain
from services.registry.ledger.numbers import unit_in

_BRACKETS: Final = re.compile(r"\([^()]*\)|\[[^\]]*\]|【[^】]*】")
_ALIKE: Final = 0.82
SAID, CERTAIN, LIKELY, GUESSED = 2.0, 1.0, 0.8, 0.5


@dataclass(frozen=True, slots=True)
class Heading:
    """One column's heading from top to bottom: ("承租方", "联系电话") where two lines make it."""

    index: int
    parts: tuple[str, ...]
    is_hidden: bool = False

    @property
    def text(self) -> str:
        """As it is shown to people and remembered."""
        return "/".join(" ".join(part.split()) for part in self.parts)


@dataclass(frozen=True, slots=True)
class Match:
    """What a heading is taken for; no column means that it is left alone."""

    heading: Heading
    column: Column | None
    confidence: float = 0.0

    @property
    def unit(self) -> str:
        """The unit of area that the heading names; square metres where it names none."""
        return next(filter(None, map(unit_in, reversed(self.heading.parts))), "m2")


@dataclass(frozen=True, slots=True)
class LedgerMapping:
    """What somebody says about a kind of ledger.

    ``headings`` gives a path by heading ("" leaves the column alone), ``defaults`` a value by path where the sheet has none,
    ``words`` more words for the cells of a choice: {"fire_class": {"丙类厂房": "c"}}.
    """

    headings: Mapping[str, str] = field(default_factory=dict)
    defaults: Mapping[str, str] = field(default_factory=dict)
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def path_of(self, heading: Heading) -> str | None:
        """The path said for the heading or its last line; None when nothing was said."""
        for text in (heading.text, heading.parts[-1] if heading.parts else ""):
            if (said := self._by_plain_heading().get(plain(text))) is not None:
                return said
        return None

    def _by_plain_heading(self) -> dict[str, str]:
        return {plain(heading): path for heading, path in self.headings.items()}


def load_mapping(path: Path) -> LedgerMapping:
    """A mapping file: YAML with ``headings``, ``defaults`` and ``words``."""
    return mapping_of(yaml.safe_load(path.read_text(encoding="utf-8")))


def mapping_of(document: Mapping[str, Any]) -> LedgerMapping:
    """The mapping in a parsed document."""
    return LedgerMapping(document.get("headings") or {}, document.get("defaults") or {}, document.get("words") or {})


def match_headings(
    headings: Sequence[Heading], columns: Columns, mapping: LedgerMapping | None = None, *, guess: bool = True
) -> list[Match]:
    """What each heading is taken for; of two headings for one column, the visible, surer, earlier one has it.

    ``guess`` also takes headings for the column whose name is a typing error away.
    """
    matches: list[Match] = []
    taken: dict[str, float] = {}
    left: Column | None = None
    for heading in headings:
        match = _match(heading, left, columns, mapping or LedgerMapping(), taken)
        if match.column is None and match.confidence < SAID and guess and not _is_ignored(heading, columns):
            match = Match(heading, *_most_alike(plain(heading.parts[-1]), columns))
        if match.column and not heading.is_hidden:
            taken[match.column.path] = max(match.confidence, taken.get(match.column.path, 0.0))
        left = match.column or left
        matches.append(match)
    return _settled(matches)


def _is_ignored(heading: Heading, columns: Columns) -> bool:
    return not heading.parts or plain(heading.parts[-1]) in columns.ignored | {""}


def _match(heading: Heading, left: Column | None, columns: Columns, mapping: LedgerMapping, taken: Mapping[str, float]) -> Match:
    said = mapping.path_of(heading)
    if said is not None:
        return Match(heading, columns.columns.get(said), SAID)
    if _is_ignored(heading, columns):
        return Match(heading, None)
    *above, last = (plain(part) for part in heading.parts)
    for name in dict.fromkeys((last, _BRACKETS.sub("", last))):
        for column, confidence in _candidates(above, name, left, columns):
            if confidence > taken.get(column.path, 0.0):
                return Match(heading, column, confidence)
    return Match(heading, None)


def _candidates(above: Sequence[str], name: str, left: Column | None, columns: Columns) -> Iterator[tuple[Column, float]]:
    """Columns that the heading may mean, the surest first: by its group's heading, its neighbour, its own words."""
    group = _named_group(above, name, columns)
    if left and not group and (mobile := _mobile_beside(left, columns)) and name in mobile.short:
        yield mobile, CERTAIN
    if group:
        rest = _without_group(name, columns.groups[group].words)
        yield from ((column, CERTAIN) for column in _of_group(group, columns) if {name, rest} & {*column.names, *column.short})
    if left:
        yield from ((column, LIKELY) for column in _of_group(left.group, columns) if name in column.short and column is not left)
    yield from ((column, CERTAIN) for column in columns.columns.values() if name in column.names)
    owners = [column for column in columns.columns.values() if name in column.short]
    if len(owners) == 1:
        yield owners[0], LIKELY


def _mobile_beside(left: Column, columns: Columns) -> Column | None:
    """The column for the mobile of the person whose name stands to the left."""
    person = left.path.removesuffix(".name")
    return columns.columns.get(f"{person}.mobile") if person != left.path else None


def _named_group(above: Sequence[str], name: str, columns: Columns) -> str | None:
    """The group that a line above names, or with whose words the heading itself begins."""
    for line in reversed(above):
        for group in columns.groups.values():
            if any(line.startswith(word) for word in group.words):
                return group.name
    begun = [(len(word), group.name) for group in columns.groups.values() for word in group.words if name.startswith(word)]
    return max(begun)[1] if begun else None


def _without_group(name: str, words: Sequence[str]) -> str:
    longest = max((word for word in words if name.startswith(word)), key=len, default="")
    return name.removeprefix(longest)


def _of_group(group: str, columns: Columns) -> Iterator[Column]:
    return (column for column in columns.columns.values() if column.group == group)


def _most_alike(name: str, columns: Columns) -> tuple[Column | None, float]:
    """The column with the most similar heading, if it is similar enough; a typing error away."""
    alike = (
        (SequenceMatcher(None, name, known).ratio(), column)
        for column in columns.columns.values()
        for known in column.names
        if abs(len(known) - len(name)) <= 2  # noqa: PLR2004 - a longer difference is another heading
    )
    best = max(alike, key=lambda pair: pair[0], default=(0.0, None))
    return (best[1], GUESSED) if best[0] >= _ALIKE else (None, 0.0)


def _settled(matches: list[Match]) -> list[Match]:
    """One heading for each column."""
    best: dict[str, Match] = {}
    for match in matches:
        if match.column:
            path = match.column.path
            best[path] = max(best.get(path, match), match, key=_rank)
    return [match if not match.column or best[match.column.path] is match else Match(match.heading, None) for match in matches]


def _rank(match: Match) -> tuple[bool, float, int]:
    return not match.heading.is_hidden, match.confidence, -match.heading.index
