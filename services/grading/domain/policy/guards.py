"""What must have been answered before a condition can hold: a rule whose guard does not stand is not asked at all.

A guard may only say less than its condition: where it stands, the condition decides; where it does not, the condition
cannot be true today, and time alone cannot make it so.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from operator import attrgetter
from typing import Any, NamedTuple

from services.grading.domain.language import Kind, Type
from services.grading.domain.language.tree import Age, All, Among, Compare, Fact, Field, Is, Node, Passed, Quoted, Some, Surely
from services.grading.domain.policy.compiled import Asked, RecordGuard


class Guard(NamedTuple):
    """A fact that must be known and, unless any answer will do, the answers one of which it must have."""

    key: str
    words: frozenset[Any] | None = None
    decides: bool = False
    """The condition asks nothing else."""


def guard_of(node: Node) -> Guard | None:
    """The narrowest guard of a checked condition, or None where it may hold whatever is known."""
    match node:
        case Surely(value=value):
            return _not_alone(guard_of(value))
        case All(parts=parts):
            return _not_alone(min(_guards(parts), key=_width, default=None))
        case Some(parts=parts):
            return _either(list(_guards(parts)), len(parts))
    return _deciding(node) or _knowing(node)


def record_guard_of(node: Node) -> RecordGuard | None:
    """How fields of a record must stand before a checked condition about it can hold, where it says so of any."""
    wanted = dict(_fields_wanted(node))
    if not wanted:
        return None
    values = tuple(wanted.values())
    return RecordGuard(attrgetter(*wanted), values if len(values) > 1 else values[0])


def _fields_wanted(node: Node) -> Iterator[tuple[str, Any]]:
    match node:
        case All(parts=parts):
            for part in parts:
                yield from _fields_wanted(part)
        case Field(owner=owner, name=name, type=Type(kind=Kind.TRUTH)) if owner != "site":
            yield name, True
        case Compare(left=Field(owner=owner, name=name, type=Type(kind=Kind.CHOICE)), operator="==", right=Quoted(value=word)):
            if owner != "site":
                yield name, word


def _deciding(node: Node) -> Guard | None:
    """Conditions that are about the answers of one fact and nothing else."""
    match node:
        case Is(value=Fact(key=key, quantity=False), word="true" | "false" as word):
            return Guard(key, frozenset({word == "true"}), decides=True)
        case Compare(left=Fact(key=key, quantity=False, type=Type(kind=Kind.CHOICE)), operator="==", right=Quoted(value=word)):
            return Guard(key, frozenset({word}), decides=True)
        case Among(value=Fact(key=key, quantity=False, type=Type(kind=Kind.CHOICE)), words=words):
            return Guard(key, frozenset(words), decides=True)
    return None


def _knowing(node: Node) -> Guard | None:
    """Conditions that are never true while a fact is unknown."""
    match node:
        case Is(value=Fact(key=key), word="true" | "false" | "known"):
            return Guard(key)
        case Compare(left=Fact(key=key)) | Compare(right=Fact(key=key)):
            return Guard(key)
        case Among(value=Fact(key=key)) | Age(since=Fact(key=key)) | Passed(date=Fact(key=key)):
            return Guard(key)
    return None


def _guards(parts: tuple[Node, ...]) -> Iterator[Guard]:
    return (guard for part in parts if (guard := guard_of(part)) is not None)


def _width(guard: Guard) -> float:
    return float("inf") if guard.words is None else len(guard.words)


def _not_alone(guard: Guard | None) -> Guard | None:
    return None if guard is None else guard._replace(decides=False)


def _either(guards: list[Guard], parts: int) -> Guard | None:
    """One side or the other has a guard only where all sides ask about the same fact."""
    if len(guards) < parts or len({guard.key for guard in guards}) > 1:
        return None
    if any(guard.words is None for guard in guards):
        return Guard(guards[0].key)
    return Guard(guards[0].key, frozenset[Any]().union(*(guard.words or () for guard in guards)))


def asked(rules: Iterable[tuple[Guard | None, Any]]) -> Asked:
    """Rules behind their guards, in the order of the file."""
    always: list[Any] = []
    known: dict[str, list[Any]] = defaultdict(list)
    by_answer: dict[str, dict[Any, tuple[Any, ...]]] = defaultdict(dict)
    for guard, rule in rules:
        if guard is None:
            always.append(rule)
        elif guard.words is None:
            known[guard.key].append(rule)
        else:
            for word in guard.words:
                by_answer[guard.key][word] = (*by_answer[guard.key].get(word, ()), rule)
    return Asked(tuple(always), tuple((key, tuple(rules)) for key, rules in known.items()), tuple(by_answer.items()))
