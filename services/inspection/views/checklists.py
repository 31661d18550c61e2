"""A checklist as phones and desks read it."""

from datetime import date

from pydantic import BaseModel

from services.inspection.domain.checklist import Checklist, Evidence, Item, Place, Who
from services.inspection.domain.rule import Mark
from shared.contracts.vocabulary import HazardCategory, HazardLevel


class BasisView(BaseModel):
    zh: str
    en: str
    clause: str | None
    mark: Mark


class ItemView(BaseModel):
    item: str
    clause: str
    category: HazardCategory
    letter: str
    zh: str
    en: str
    who: Who
    place: Place
    severity: HazardLevel
    major_candidate: bool
    days: int
    longest: int | None
    immediate: bool
    stop: bool
    only_with: str | None
    evidence: list[Evidence]
    basis: list[BasisView]
    applies: bool = True


class ChecklistView(BaseModel):
    id: str
    version: str
    effective_from: date
    zh: str
    en: str
    marks: dict[str, Mark]
    items: list[ItemView]


def item_view(checklist: Checklist, item: Item, *, applies: bool = True) -> ItemView:
    """One item with its norms spelt out."""
    norms = [(checklist.norms[basis.norm], basis) for basis in item.basis]
    return ItemView(
        **item.model_dump(include={"clause", "zh", "en", "who", "place", "severity", "major_candidate", "days", "longest"}),
        **item.model_dump(include={"immediate", "stop", "only_with"}),
        item=item.code,
        category=checklist.categories[item.category],
        letter=item.category,
        evidence=list(item.evidence),
        basis=[BasisView(zh=norm.zh, en=norm.en, clause=basis.clause, mark=basis.mark or norm.mark) for norm, basis in norms],
        applies=applies,
    )
