"""The columns of a ledger as data: what each means, by which words it is headed, which words its cells may use."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import yaml

from services.registry.domain.facts import FactKind, FactSchema
from services.registry.rulebook import industries, shipped_facts

_FILE = Path(__file__).with_name("columns.yaml")
_DECORATION = re.compile(r"[\s*:：_]+")
FACT_GROUP = "facts"


class CellKind(StrEnum):
    """How the cells of a column are read."""

    TEXT = "text"
    NAME = "name"
    CREDIT_CODE = "credit_code"
    MOBILE = "mobile"
    COUNT = "count"
    AREA = "area"
    DATE = "date"
    PERIOD = "period"
    DEGREES = "degrees"
    POINT = "point"
    CRS = "crs"
    REGION = "region"
    INDUSTRY = "industry"
    CHOICE = "choice"
    FACT = "fact"
    QUANTITY = "quantity"


@dataclass(frozen=True, slots=True)
class Column:
    """One column: ``path`` is where its cells go in a row (``tenant.uscc``, ``facts.dust``, ``facts.dust.qty``)."""

    path: str
    group: str
    kind: CellKind
    heading: str
    names: tuple[str, ...] = ()
    short: tuple[str, ...] = ()
    choice: str = ""
    required: bool = False
    in_template: bool = True
    width: int = 12
    note: str = ""
    strict: bool = True


@dataclass(frozen=True, slots=True)
class Group:
    """A family of columns that stand under one heading."""

    name: str
    heading: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Columns:
    """All columns of one version, with the words for cells."""

    version: str
    columns: Mapping[str, Column]
    groups: Mapping[str, Group]
    choices: Mapping[str, Mapping[str, str]]
    labels: Mapping[str, Mapping[str, str]]
    words: Mapping[str, frozenset[str]]
    ignored: frozenset[str]

    def with_words(self, words: Mapping[str, Mapping[str, str]]) -> "Columns":
        """The same columns, whose choices also know these words."""
        more = {name: {plain(word): value for word, value in meanings.items()} for name, meanings in words.items()}
        return replace(self, choices={name: {**known, **more.get(name, {})} for name, known in self.choices.items()})

    def template(self) -> tuple[Column, ...]:
        """The columns that our own sheets have, in order."""
        return tuple(column for column in self.columns.values() if column.in_template)


@lru_cache(maxsize=4096)
def plain(text: str) -> str:
    """A heading or word as it is compared: half-width, lower case, without blanks, colons and stars."""
    return _DECORATION.sub("", unicodedata.normalize("NFKC", text)).casefold()


def columns_of(document: Mapping[str, Any], facts: FactSchema) -> Columns:
    """The columns in a parsed YAML document, and one for every fact."""
    listed = [_column(path, entry) for path, entry in document["columns"].items()]
    ordered = (*listed[:-1], *_fact_columns(document["facts"], facts), listed[-1])
    return Columns(
        version=document["version"],
        columns={column.path: column for column in ordered},
        groups={name: Group(name, entry["zh"], tuple(map(plain, entry["words"]))) for name, entry in document["groups"].items()},
        choices={name: _meanings(values) for name, values in document["choices"].items()},
        labels={name: {value: words[0] for value, words in values.items()} for name, values in document["choices"].items()},
        words={name: frozenset(map(plain, words)) for name, words in document["words"].items()},
        ignored=frozenset(map(plain, document["ignored"])),
    )


def _column(path: str, entry: Mapping[str, Any]) -> Column:
    return Column(
        path=path,
        group=entry["group"],
        kind=CellKind(entry["kind"]),
        heading=entry["zh"],
        names=tuple(map(plain, (entry["zh"], *entry.get("names", ())))),
        short=tuple(map(plain, entry.get("short", ()))),
        choice=entry.get("choice", ""),
        required=entry.get("required", False),
        in_template=entry.get("template", True),
        width=entry.get("width", 12),
        note=entry.get("note", ""),
        strict=entry.get("strict", True),
    )


def _fact_columns(entry: Mapping[str, Any], facts: FactSchema) -> Iterator[Column]:
    for key, fact in facts.keys.items():
        if fact.derived:
            continue
        yield _fact_column(entry, key, fact.zh, CellKind.FACT)
        if fact.unit and fact.kind not in {FactKind.COUNT, FactKind.NUMBER}:
            yield _fact_column(entry, f"{key}.qty", f"{fact.zh}数量", CellKind.QUANTITY)


def _fact_column(entry: Mapping[str, Any], key: str, heading: str, kind: CellKind) -> Column:
    names = (heading, *entry["names"].get(key, ()), key)
    in_template = key in entry["template"]
    return Column(f"facts.{key}", FACT_GROUP, kind, heading, tuple(map(plain, names)), in_template=in_template, width=14)


def _meanings(values: Mapping[str, list[str]]) -> dict[str, str]:
    return {plain(word): value for value, words in values.items() for word in (value, *words)}


@cache
def shipped_columns() -> Columns:
    """The columns that ship with this release."""
    return columns_for(shipped_facts())


def columns_for(facts: FactSchema) -> Columns:
    """The shipped columns, with one for every fact that this schema knows: a bureau adds keys of its own."""
    return columns_of(_document(), facts)


@cache
def _document() -> Any:
    document = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    listed = {word: [word, *more] for word, more in industries().supervision.items()}
    return document | {"choices": document["choices"] | {"supervision_industry": listed}}
