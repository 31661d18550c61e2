"""Dispatches that one call may carry: ready for the provider, and grouped by what they are told."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from services.notify.channels.channel import Dispatch

Variables = Mapping[str, str]


@dataclass(frozen=True, slots=True, repr=False)
class Ready:
    """A dispatch with the provider's template and the variables in its order."""

    dispatch: Dispatch
    template: str
    variables: Variables

    @property
    def key(self) -> str:
        """Our key at the provider: the call's where many go together."""
        return self.dispatch.call or self.dispatch.key

    @property
    def values(self) -> str:
        """The variables as the provider takes them."""
        return json.dumps(self.variables, ensure_ascii=False, separators=(",", ":"))


def together(ready: Sequence[Ready], most: int) -> Iterator[Sequence[Ready]]:
    """Those that are told the same under one key, at most so many at once."""
    return (part for group in by_text(ready) for part in parts(group, most))


def by_text(ready: Sequence[Ready]) -> Sequence[Sequence[Ready]]:
    """Groups of one template, the same variables and one key, in the order of their first."""
    found: dict[tuple[str, str, str], list[Ready]] = {}
    for one in ready:
        found.setdefault((one.template, one.values, one.key), []).append(one)
    return tuple(found.values())


def parts(group: Sequence[Ready], most: int) -> Iterator[Sequence[Ready]]:
    """A group in parts of at most so many."""
    return (group[start : start + most] for start in range(0, len(group), most))
