"""What a bureau lets anybody see who scans a code, as data with a version."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from shared.contracts.vocabulary import ContactRole


class Names(StrEnum):
    """How much of a responsible person's name is public."""

    FULL = "full"
    INITIAL = "initial"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class PublicPage:
    """One version of the page: what it shows, whom it names, which lines it offers, its words by language."""

    version: str
    level: bool
    names: Names
    mobiles: bool
    responsible: Sequence[ContactRole]
    lines: Sequence[Mapping[str, str]]
    words: Mapping[str, Mapping[str, Any]]

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> "PublicPage":
        """The page in a parsed document."""
        shows = document["shows"]
        return cls(
            version=document["version"],
            level=shows["level"],
            names=Names(shows["names"]),
            mobiles=shows["mobiles"],
            responsible=[ContactRole(role) for role in document["responsible"]],
            lines=document["lines"],
            words=document["words"],
        )


@cache
def public_page() -> PublicPage:
    """The version in force."""
    text = (Path(__file__).parent / "public.yaml").read_text(encoding="utf-8")
    return PublicPage.of(yaml.safe_load(text))
