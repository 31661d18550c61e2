"""Turns a checked tree into nested closures: three-valued, and remembering the first day on which time alone changes the answer."""

import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from services.grading.domain.days import NEVER, after, day_of
from services.grading.domain.language.tree import (
    Age,
    All,
    Among,
    Compare,
    Count,
    Fact,
    Field,
    Is,
    Kind,
    Latest,
    Node,
    Not,
    Number,
    Passed,
    Quoted,
    Some,
    Surely,
    Type,
)

_VALUE: Final = 3
"""Where a register keeps its value; the registers come as JSON lists (see ``registers``)."""

_ANSWERS: Final[Mapping[str, Any]] = {"true": True, "false": False, "unknown": None}
_EQUAL: Final = frozenset({"==", "!="})
_OPERATORS: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


class Environment:
    """What a condition sees while it is asked; ``horizon`` and ``became`` are what it leaves behind.

    ``answers`` are the values of the facts that are known; ``facts`` the registers in which they stand, with quantities.
    ``horizon`` is the first later day on which time alone could change an answer given so far; ``became`` the day since
    which time alone has made the last one true, where it did.
    """

    __slots__ = (
        "alarm",
        "answers",
        "became",
        "certificate",
        "complaint",
        "contradiction",
        "drill",
        "facts",
        "hazard",
        "horizon",
        "lease",
        "records",
        "refusal",
        "self_check",
        "site",
        "tenant",
        "today",
        "training",
    )

    answers: dict[str, Any]
    facts: Mapping[str, Any]
    site: Any
    records: Mapping[str, Sequence[Any]]
    today: int
    horizon: int
    became: int

    def __init__(
        self, facts: Mapping[str, Any], answers: dict[str, Any], site: Any, records: Mapping[str, Sequence[Any]], today: int
    ) -> None:
        self.answers = answers
        self.facts = facts
        self.site = site
        self.records = records
        self.today = today
        self.horizon = NEVER
        self.became = 0


Condition = Callable[[Environment], Any]
"""True, False or None for unknown; for a value, the value or None."""


def condition_of(node: Node) -> Condition:  # noqa: PLR0911 - one line for each kind of node
    """The closure that answers a checked condition or gives a checked value."""
    match node:
        case Fact():
            return _fact(node)
        case Field():
            return operator.attrgetter(f"{node.owner}.{node.name}")
        case Number() | Quoted():
            return _constant(node.value)
        case Latest():
            return _latest([condition_of(date) for date in node.dates])
        case Count():
            return _count(node.owner, condition_of(node.where))
        case Is(value=Fact(key=key, quantity=False), word=word) if word in _ANSWERS:
            return _is_answer(key, _ANSWERS[word])
        case Is():
            return _is(condition_of(node.value), node.word)
        case Compare(left=Fact(key=key, quantity=False), operator="==", right=Quoted(value=word)):
            return _is_word(key, word)
        case Compare():
            return _compare(node)
        case Among(value=Fact(key=key, quantity=False, type=Type(kind=Kind.CHOICE)), words=words):
            return _is_among(key, frozenset(words))
        case Among():
            return _among(condition_of(node.value), frozenset(node.words))
        case Age():
            return _age(condition_of(node.since), node.span.days, node.span.months, older=node.operator == ">")
        case Passed():
            return _age(condition_of(node.date), 0, 0, older=True)
        case Surely():
            return _surely(condition_of(node.value))
        case Not():
            return _not(condition_of(node.value))
        case All():
            return _all([condition_of(part) for part in node.parts])
        case Some():
            return _some([condition_of(part) for part in node.parts])
        case _:
            message = f"unchecked {node!r}"
            raise TypeError(message)


def _constant(value: Any) -> Condition:
    return lambda _: value


def _fact(node: Fact) -> Condition:
    key = node.key

    def quantity(env: Environment) -> Any:
        return env.facts[key][_VALUE].get("qty") if key in env.answers else None

    def date_of_fact(env: Environment) -> Any:
        value = env.answers.get(key)
        return None if value is None else day_of(value)

    if node.quantity:
        return quantity
    return date_of_fact if node.type.kind is Kind.DATE else lambda env: env.answers.get(key)


def _latest(dates: list[Condition]) -> Condition:
    def latest(env: Environment) -> Any:
        return max((day for date in dates if (day := date(env)) is not None), default=None)

    return latest


def _count(owner: str, where: Condition) -> Condition:
    def count(env: Environment) -> int:
        total = 0
        for record in env.records.get(owner, ()):
            setattr(env, owner, record)
            total += where(env) is True
        return total

    return count


def _is_answer(key: str, answer: Any) -> Condition:
    """``fact is true``, the commonest condition, without a call in between."""
    return lambda env: env.answers.get(key) is answer


def _is_word(key: str, word: str) -> Condition:
    """``fact == word``, the next commonest."""

    def is_word(env: Environment) -> bool | None:
        value = env.answers.get(key)
        return None if value is None else bool(value == word)

    return is_word


def _is_among(key: str, words: frozenset[Any]) -> Condition:
    """``fact in [word, word]``."""

    def is_among(env: Environment) -> bool | None:
        value = env.answers.get(key)
        return None if value is None else value in words

    return is_among


def _is(value: Condition, word: str) -> Condition:
    wanted = _ANSWERS.get(word)
    if word == "known":
        return lambda env: value(env) is not None
    return lambda env: value(env) is wanted


def _compare(node: Compare) -> Condition:
    words = getattr(getattr(node.left, "type", None), "words", ())
    rank = {word: place for place, word in enumerate(words)}.__getitem__ if words and node.operator not in _EQUAL else None
    compared = _OPERATORS[node.operator]
    if rank is None and isinstance(node.right, (Number, Quoted)):
        return _compare_constant(condition_of(node.left), compared, node.right.value)
    left, right = condition_of(node.left), condition_of(node.right)

    def compare(env: Environment) -> bool | None:
        first, second = left(env), right(env)
        if first is None or second is None:
            return None
        return compared(rank(first), rank(second)) if rank else compared(first, second)

    return compare


def _compare_constant(left: Condition, compared: Callable[[Any, Any], bool], second: Any) -> Condition:
    def compare(env: Environment) -> bool | None:
        first = left(env)
        return None if first is None else compared(first, second)

    return compare


def _among(value: Condition, words: frozenset[Any]) -> Condition:
    def among(env: Environment) -> bool | None:
        found = value(env)
        if found is None:
            return None
        return not words.isdisjoint(found) if isinstance(found, (list, tuple)) else found in words

    return among


def _age(since: Condition, days: int, months: int, *, older: bool) -> Condition:
    def age(env: Environment) -> bool | None:
        start = since(env)
        if start is None:
            return None
        limit = after(start, days, months)
        if env.today > limit:
            env.became = limit + 1
            return older
        env.horizon = min(env.horizon, limit + 1)
        return not older

    return age


def _surely(value: Condition) -> Condition:
    return lambda env: value(env) is True


def _not(value: Condition) -> Condition:
    def negated(env: Environment) -> bool | None:
        found = value(env)
        return None if found is None else not found

    return negated


def _all(parts: list[Condition]) -> Condition:
    if len(parts) == 2:  # noqa: PLR2004
        return _two(*parts)

    def every(env: Environment) -> bool | None:
        answer: bool | None = True
        for part in parts:
            found = part(env)
            if found is False:
                return False
            if found is None:
                answer = None
        return answer

    return every


def _two(first: Condition, second: Condition) -> Condition:
    def both(env: Environment) -> bool | None:
        left = first(env)
        if left is False:
            return False
        right = second(env)
        return False if right is False else True if left and right else None

    return both


def _some(parts: list[Condition]) -> Condition:
    if len(parts) == 2:  # noqa: PLR2004
        return _either(*parts)

    def some(env: Environment) -> bool | None:
        answer: bool | None = False
        for part in parts:
            found = part(env)
            if found is True:
                return True
            if found is None:
                answer = None
        return answer

    return some


def _either(first: Condition, second: Condition) -> Condition:
    def either(env: Environment) -> bool | None:
        left = first(env)
        if left is True:
            return True
        right = second(env)
        return True if right is True else False if left is False and right is False else None

    return either
