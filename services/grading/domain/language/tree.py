"""The tree of a condition, before and after its types are known."""

from dataclasses import dataclass
from enum import StrEnum


class ConditionError(Exception):
    """A condition that cannot be read or makes no sense; ``column`` counts from 1."""

    def __init__(self, text: str, column: int) -> None:
        super().__init__(text)
        self.text = text
        self.column = column


class Kind(StrEnum):
    """What a value is; every kind may also be unknown."""

    TRUTH = "truth"
    CHOICE = "choice"
    CHOICES = "choices"
    NUMBER = "number"
    DATE = "date"
    DAYS = "days"
    """A number of days that grows with time: it can be counted by a rule, and compared with nothing."""
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Type:
    """A kind and, for choices, the words to choose from, in their order."""

    kind: Kind
    words: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.kind} [{', '.join(self.words)}]" if self.words else self.kind.value


TRUTH, NUMBER, DATE = Type(Kind.TRUTH), Type(Kind.NUMBER), Type(Kind.DATE)
DAYS, TEXT = Type(Kind.DAYS), Type(Kind.TEXT)


@dataclass(frozen=True, slots=True)
class Word:
    """A name as written: ``dust``, ``dust.qty``, ``hazard.open`` or a word of a choice."""

    path: tuple[str, ...]
    column: int


@dataclass(frozen=True, slots=True)
class Number:
    """A number as written."""

    value: float
    column: int


@dataclass(frozen=True, slots=True)
class Quoted:
    """A word in quotation marks, for words that are no names."""

    value: str
    column: int


@dataclass(frozen=True, slots=True)
class Span:
    """A length of time in whole days or calendar months."""

    days: int
    months: int
    column: int


@dataclass(frozen=True, slots=True)
class Fact:
    """The value of a declared fact, or its quantity."""

    key: str
    type: Type
    quantity: bool
    column: int


@dataclass(frozen=True, slots=True)
class Field:
    """A field of the site or of a record: ``site.last_drill_on``, ``hazard.due``."""

    owner: str
    name: str
    type: Type
    column: int


@dataclass(frozen=True, slots=True)
class Latest:
    """The latest of several dates, unknown ones left out."""

    dates: tuple["Value", ...]
    column: int


@dataclass(frozen=True, slots=True)
class Count:
    """How many records of a kind meet a condition."""

    owner: str
    where: "Node"
    column: int


@dataclass(frozen=True, slots=True)
class Is:
    """``x is true``, ``is false``, ``is unknown``, ``is known``: never unknown itself."""

    value: "Node"
    word: str
    column: int


@dataclass(frozen=True, slots=True)
class Compare:
    """Two values beside each other; choices compare by their declared order."""

    left: "Node"
    operator: str
    right: "Node"
    column: int


@dataclass(frozen=True, slots=True)
class Among:
    """``x in [a, b]``, or for several choices at once ``x has [a, b]``."""

    value: "Node"
    words: tuple[str | float, ...]
    column: int


@dataclass(frozen=True, slots=True)
class Age:
    """``age(x) > 90 days``: the time since a date against a span."""

    since: "Node"
    operator: str
    span: Span
    column: int


@dataclass(frozen=True, slots=True)
class Passed:
    """``passed(x)``: the date lies before today."""

    date: "Node"
    column: int


@dataclass(frozen=True, slots=True)
class Surely:
    """``surely(x)``: unknown counts as no."""

    value: "Node"
    column: int


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite; unknown stays unknown."""

    value: "Node"
    column: int


@dataclass(frozen=True, slots=True)
class All:
    """Both sides."""

    parts: tuple["Node", ...]
    column: int


@dataclass(frozen=True, slots=True)
class Some:
    """One side or the other."""

    parts: tuple["Node", ...]
    column: int


Value = Fact | Field | Latest | Count | Number | Quoted | Word
Node = Value | Is | Compare | Among | Age | Passed | Surely | Not | All | Some
