"""What ships with the registry as data: limits, facts, duties, scope, and the gate's clauses; each file names its version."""

from functools import cache
from pathlib import Path
from typing import Any

import yaml

from services.registry.domain.facts import FactSchema

_FOLDER = Path(__file__).parent


def shipped(name: str) -> Any:
    """One of the files of this folder, parsed."""
    return yaml.safe_load((_FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))


@cache
def shipped_facts() -> FactSchema:
    """The questions that ship with this release."""
    return FactSchema.of(shipped("facts"))
