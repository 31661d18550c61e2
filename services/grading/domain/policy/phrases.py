"""The phrases in which an assessment is told: each names the parts that are filled in, and no others."""

from string import Formatter
from typing import Final, Self

from pydantic import model_validator

from services.grading.domain.policy.parts import Part
from shared.contracts.vocabulary import Level, RiskBand

_FILLED: Final = {
    "level": {"name", "since", "level", "letter", "by_hand"},
    "vetoes": {"items"},
    "score": {"points", "items"},
    "deductions": {"items"},
    "risk": {"points", "band", "items"},
    "risks": {"items"},
    "item": {"text", "points"},
    "number": {"text", "number"},
    "fact": {"text", "fact"},
    "band_of": {"band", "items"},
    "to_do": {"level", "items"},
    "warned": {"level", "day"},
    "rise": {"level", "day", "items"},
    "rise_now": {"level", "items"},
}


class Phrases(Part):
    """The phrases of one language."""

    level: str
    by_hand: str
    vetoes: str
    score: str
    deductions: str
    risk: str
    risks: str
    item: str
    number: str
    fact: str
    band_of: str
    to_do: str
    warned: str
    rise: str
    rise_now: str
    between: str
    between_steps: str
    between_sentences: str
    missing: dict[str, str]
    levels: dict[Level, str]
    bands: dict[RiskBand, str]

    @model_validator(mode="after")
    def names_its_parts(self) -> Self:
        """A phrase names every part that it tells, and no part that it is not given."""
        for phrase, parts in _FILLED.items():
            named = {name for _, name, _, _ in Formatter().parse(getattr(self, phrase)) if name is not None}
            if named != parts:
                message = f"{phrase}: name {', '.join(sorted(parts))}, each in braces"
                raise ValueError(message)
        if len(self.levels) < len(Level) or len(self.bands) < len(RiskBand):
            message = "levels and bands: give each its word"
            raise ValueError(message)
        return self


class AllPhrases(Part):
    """The phrases of both languages."""

    zh: Phrases
    en: Phrases
