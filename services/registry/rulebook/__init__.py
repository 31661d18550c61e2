"""What ships with the registry as data: limits, facts, duties, scope, lines of work, the gate's clauses; each has a version."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from services.registry.domain.application import KNOWN_FACTS
from services.registry.domain.duty import DutySplit
from services.registry.domain.facts import FactSchema
from services.registry.domain.gate import Rulebook
from services.registry.domain.industry import Industries
from services.registry.domain.limits import Limits
from services.registry.domain.scope import ScopeTest

_FOLDER = Path(__file__).parent


def shipped(name: str) -> Any:
    """One of the files of this folder, parsed."""
    return yaml.safe_load((_FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))


@cache
def shipped_facts() -> FactSchema:
    """The questions that ship with this release."""
    return FactSchema.of(shipped("facts"))


@cache
def shipped_gate() -> Rulebook:
    """The sample rulebook, in force until the bureau publishes its own."""
    return Rulebook.of(shipped("gate"), KNOWN_FACTS)


@cache
def limits() -> Limits:
    """The numbers in force."""
    return Limits.of(shipped("limits"))


@cache
def scope_test() -> ScopeTest:
    """The definition in force of what counts as a factory within a factory."""
    return ScopeTest.of(shipped("scope"))


@cache
def industries() -> Industries:
    """The standard's sections and divisions, and the supervised industries."""
    return Industries.of(shipped("industries"))


@cache
def words() -> Mapping[str, Any]:
    """Chinese words for values that the vocabulary does not carry."""
    found: Mapping[str, Any] = shipped("words")
    return found


@cache
def duty_split() -> DutySplit:
    """Who answers for what where a lease does not say otherwise."""
    return DutySplit.of(shipped("duties"))
