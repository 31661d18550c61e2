"""What a site can be asked: keys, kinds of value and units as data, and the check of an answer against them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any, Final

from shared.errors import Refused

UNKNOWN: Final = "unknown"
_LONGEST_TEXT: Final = 500
_MOST_ITEMS: Final = 200


class FactKind(StrEnum):
    """What kind of value a key takes; every kind also takes "unknown"."""

    TRISTATE = "tristate"
    CHOICE = "choice"
    CHOICES = "choices"
    COUNT = "count"
    NUMBER = "number"
    DATE = "date"
    TEXT = "text"
    ITEMS = "items"


class FactKeyUnknown(Refused):
    """The schema has no such key."""

    code = "fact_key_unknown"
    zh = "没有名为“{key}”的要素"
    en = "There is no fact named {key}"


class FactDerived(Refused):
    """The ledger fills this key itself."""

    code = "fact_derived"
    zh = "要素“{key}”由台账自动得出，不能填报"
    en = "The fact {key} is filled by the ledger and cannot be set"


class FactValueWrong(Refused):
    """The answer is not one that the key takes."""

    code = "fact_value_wrong"
    zh = "要素“{key}”的取值应为：{rule}"
    en = "The fact {key} takes: {rule}"


@dataclass(frozen=True, slots=True)
class RiskKind:
    """Which answers of a key make the site a risk of a kind."""

    kind: str
    when: tuple[Any, ...] = ()
    unless: tuple[Any, ...] = ()

    def met_by(self, value: Any) -> bool:
        """Whether the answer is such a risk; unknown is not."""
        if value in (None, UNKNOWN):
            return False
        if isinstance(value, list):
            return any(part not in self.unless for part in value)
        return value in self.when if self.when else value not in self.unless


@dataclass(frozen=True, slots=True)
class FactKey:
    """One question: its kind of answer, its unit, its name in two languages."""

    key: str
    kind: FactKind
    zh: str
    en: str
    values: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    unit: str | None = None
    fields: Mapping[str, FactKind] = field(default_factory=dict)
    required: bool = False
    derived: bool = False
    risk: RiskKind | None = None
    total: str | None = None
    """The field of a list's things whose sum is the quantity, where it is not how many they are."""

    def label(self, value: Any) -> str:
        """The answer as a Chinese reader expects it."""
        if isinstance(value, list):
            return "、".join(self.label(part) for part in value)
        return str(self.labels.get(value) or {True: "是", False: "否", UNKNOWN: "不明", None: ""}.get(value, value))


@dataclass(frozen=True, slots=True)
class FactSchema:
    """All questions of one version."""

    version: str
    keys: Mapping[str, FactKey]

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> "FactSchema":
        """The schema in a parsed YAML document."""
        return cls(document["version"], {key: fact_key(key, entry) for key, entry in document["facts"].items()})

    def read(self, key: str, value: Any, *, pointer: str | None = None) -> Any:
        """The answer in its stored form (JSON values only); refused where the key does not take it."""
        declared = self.keys.get(key)
        if declared is None:
            raise FactKeyUnknown(key=key, pointer=pointer)
        if declared.derived:
            raise FactDerived(key=key, pointer=pointer)
        return read_value(declared, value, pointer=pointer)

    def unanswered(self, facts: Mapping[str, Any]) -> tuple[str, ...]:
        """Required keys that nobody has answered, or only with "unknown": each is a finding."""
        required = (key for key, declared in self.keys.items() if declared.required and not declared.derived)
        return tuple(key for key in required if facts.get(key, UNKNOWN) == UNKNOWN)

    def risk_kinds(self, facts: Mapping[str, Any]) -> frozenset[str]:
        """The kinds of risk that the answers amount to."""
        return frozenset(
            declared.risk.kind for key, declared in self.keys.items() if declared.risk and declared.risk.met_by(facts.get(key))
        )


def fact_key(key: str, entry: Mapping[str, Any]) -> FactKey:
    """One key from its YAML entry."""
    risk = entry.get("risk")
    return FactKey(
        key=key,
        kind=FactKind(entry["type"]),
        zh=entry["zh"],
        en=entry["en"],
        values=tuple(entry.get("values", ())),
        labels=entry.get("labels", {}),
        unit=entry.get("unit"),
        fields={name: FactKind(kind) for name, kind in entry.get("fields", {}).items()},
        required=entry.get("required", False),
        derived=entry.get("derived", False),
        risk=RiskKind(risk["kind"], tuple(risk.get("when", ())), tuple(risk.get("unless", ()))) if risk else None,
        total=entry.get("total"),
    )


def read_value(declared: FactKey, value: Any, *, pointer: str | None = None) -> Any:
    """The answer in its stored form; refused with the rule, never with the value."""
    if value == UNKNOWN:
        return UNKNOWN
    try:
        return _READERS[declared.kind](declared, value)
    except (ValueError, TypeError, InvalidOperation):
        raise FactValueWrong(key=declared.key, rule=_rule_of(declared), pointer=pointer) from None


def _read_tristate(_declared: FactKey, value: Any) -> bool:
    return _require(value, isinstance(value, bool))  # type: ignore[no-any-return]


def _read_choice(declared: FactKey, value: Any) -> str:
    return _require(value, isinstance(value, str) and value in declared.values)  # type: ignore[no-any-return]


def _read_choices(declared: FactKey, value: Any) -> list[str]:
    parts = [value] if isinstance(value, str) else list(value)
    chosen = sorted({_read_choice(declared, part) for part in parts}, key=declared.values.index)
    return _require(chosen, bool(chosen) and not (len(chosen) > 1 and "none" in chosen))  # type: ignore[no-any-return]


def _read_count(_declared: FactKey, value: Any) -> int:
    number = Decimal(str(value))
    return int(_require(number, not isinstance(value, bool) and number >= 0 and number == int(number)))


def _read_number(_declared: FactKey, value: Any) -> float:
    number = Decimal(str(value))
    return float(_require(number, not isinstance(value, bool) and number.is_finite() and number >= 0))


def _read_date(_declared: FactKey, value: Any) -> str:
    return (value if isinstance(value, date) else date.fromisoformat(value)).isoformat()


def _read_text(_declared: FactKey, value: Any) -> str:
    return _require(value, isinstance(value, str) and len(value) <= _LONGEST_TEXT)  # type: ignore[no-any-return]


def _read_items(declared: FactKey, value: Any) -> Any:
    if isinstance(value, bool):
        return value
    items = [_read_item(declared, item) for item in value]
    return _require(items, 0 < len(items) <= _MOST_ITEMS)


def _read_item(declared: FactKey, item: Mapping[str, Any]) -> dict[str, Any]:
    _require(item, set(item) <= set(declared.fields))
    plain = {name: FactKey(name, kind, name, name) for name, kind in declared.fields.items()}
    return {name: read_value(plain[name], value) for name, value in item.items() if value is not None}


def _require(value: Any, fine: bool) -> Any:  # noqa: FBT001 - reads as a sentence where it is used
    if not fine:
        raise ValueError
    return value


_READERS: Final = {
    FactKind.TRISTATE: _read_tristate,
    FactKind.CHOICE: _read_choice,
    FactKind.CHOICES: _read_choices,
    FactKind.COUNT: _read_count,
    FactKind.NUMBER: _read_number,
    FactKind.DATE: _read_date,
    FactKind.TEXT: _read_text,
    FactKind.ITEMS: _read_items,
}


def _rule_of(declared: FactKey) -> str:
    if declared.values:
        return " | ".join((*declared.values, UNKNOWN))
    if declared.fields:
        return f"true | false | unknown | [{{{', '.join(declared.fields)}}}]"
    return {"tristate": "true | false | unknown", "count": "0, 1, 2 …", "number": "≥ 0", "date": "YYYY-MM-DD", "text": "≤ 500"}[
        declared.kind
    ]
