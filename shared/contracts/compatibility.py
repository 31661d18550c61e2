"""Which changes of a published contract its hearers survive: a new optional field, a new word, a better description."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from shared.contracts.wire_schema import MEANINGS, resolved

_PROSE = frozenset({"title", "description", "examples"})
_NESTED = frozenset({"items", "additionalProperties", "propertyNames"})
_APART = frozenset({"properties", "required", "enum", MEANINGS, "anyOf", "prefixItems", "patternProperties"})


@dataclass(frozen=True, slots=True)
class Change:
    """One difference between a frozen schema and the class: where, by which rule, and whether hearers survive it."""

    place: str
    rule: str
    compatible: bool = False

    def __str__(self) -> str:
        return f"{self.place or 'the event'}: {self.rule}"


def compare(frozen: dict[str, Any], current: dict[str, Any]) -> list[Change]:
    """Every difference that matters to a hearer; prose is free."""
    return list(_compare(resolved(frozen), resolved(current), ""))


def _compare(old: Any, new: Any, place: str) -> Iterator[Change]:
    if not isinstance(old, dict) or not isinstance(new, dict):
        if old != new:
            yield Change(place, f"was {old!r} and is {new!r}")
        return
    yield from _fields(old, new, place)
    yield from _words(old, new, place)
    yield from _alternatives(old, new, place)
    yield from _nested(old, new, place)
    yield from _keywords(old, new, place)


def _fields(old: dict[str, Any], new: dict[str, Any], place: str) -> Iterator[Change]:
    before, after = old.get("properties", {}), new.get("properties", {})
    needed_before, needed = set(old.get("required", ())), set(new.get("required", ()))
    for name in before:
        where = _inside(place, name)
        if name not in after:
            yield Change(where, "the field was removed or renamed")
            continue
        if (name in needed_before) != (name in needed):
            yield Change(where, "the field became required" if name in needed else "the field became optional")
        yield from _compare(before[name], after[name], where)
    for name in after.keys() - before.keys():
        rule = "a new field is required" if name in needed else "a new optional field"
        yield Change(_inside(place, name), rule, compatible=name not in needed)


def _words(old: dict[str, Any], new: dict[str, Any], place: str) -> Iterator[Change]:
    if "enum" not in old or "enum" not in new:
        if ("enum" in old) != ("enum" in new):
            yield Change(place, "a closed set of words came or went")
        return
    meant, means = old.get(MEANINGS, {}), new.get(MEANINGS, {})
    for word in old["enum"]:
        if word not in new["enum"]:
            yield Change(place, f"the word {word!r} was removed or renamed")
        elif meant.get(word) != means.get(word):
            yield Change(place, f"the word {word!r} changed its meaning")
    for word in new["enum"]:
        if word not in old["enum"]:
            yield Change(place, f"a new word {word!r}: deploy its hearers first", compatible=True)


def _alternatives(old: dict[str, Any], new: dict[str, Any], place: str) -> Iterator[Change]:
    for keyword in ("anyOf", "prefixItems"):
        before, after = old.get(keyword, []), new.get(keyword, [])
        if len(before) != len(after):
            yield Change(place, "the type was narrowed or widened")
            continue
        for one, other in zip(before, after, strict=True):
            yield from _compare(one, other, place)


def _nested(old: dict[str, Any], new: dict[str, Any], place: str) -> Iterator[Change]:
    inner_old = {**{key: old[key] for key in _NESTED & old.keys()}, **old.get("patternProperties", {})}
    inner_new = {**{key: new[key] for key in _NESTED & new.keys()}, **new.get("patternProperties", {})}
    if inner_old.keys() != inner_new.keys():
        yield Change(place, "what the collection holds was changed")
        return
    for key, before in inner_old.items():
        yield from _compare(before, inner_new[key], f"{place}[]")


def _keywords(old: dict[str, Any], new: dict[str, Any], place: str) -> Iterator[Change]:
    apart = _APART | _NESTED | _PROSE
    for keyword in sorted((old.keys() | new.keys()) - apart):
        if old.get(keyword) != new.get(keyword) or (keyword in old) != (keyword in new):
            yield Change(place, f"{keyword} was {old.get(keyword)!r} and is {new.get(keyword)!r}")


def _inside(place: str, name: str) -> str:
    return f"{place}.{name}" if place else name
