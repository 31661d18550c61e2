"""A checklist: versioned items, each with who answers for it, how grave a failure is, how long it may stay, and its basis."""

from collections.abc import Mapping
from datetime import date
from functools import cached_property
from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from services.inspection.domain.rule import Mark, RuleData, Wording
from shared.contracts.vocabulary import HazardCategory, HazardLevel, SiteKind, Word


class Answer(Word):
    """检查结论: what was seen for one item."""

    OK = "ok", "符合"
    FAIL = "fail", "不符合"
    NA = "na", "不适用"
    NOT_CHECKED = "not_checked", "未查"


class Place(Word):
    """部位: in the leased space, or in a part that several use."""

    OWN = "own", "自用部位"
    SHARED = "shared", "公共部位"


class Who(Word):
    """责任主体: whose duty an item is; of two with ``or``, the place decides, and the first where no place is said."""

    LANDLORD = "landlord", "出租方"
    TENANT = "tenant", "承租方"
    BOTH = "both", "双方"
    TENANT_OR_LANDLORD = "tenant_or_landlord", "承租方(公共部位为出租方)"
    LANDLORD_OR_TENANT = "landlord_or_tenant", "出租方(自用部位为承租方)"


class Concern(Word):
    """事项: what makes an item follow a special rule of responsibility."""

    SUBLET = "sublet", "转租分租"
    ACCEPTANCE = "acceptance", "消防验收"
    STRUCTURE = "structure", "建筑结构"


class EvidenceKind(Word):
    """证据形式: how the state of an item is shown."""

    DOCUMENT = "document", "资料"
    PHOTO = "photo", "照片"
    VIDEO = "video", "视频"
    RECORD = "record", "记录"


class Evidence(Wording):
    """What shows that the item is in order."""

    kind: EvidenceKind


class Norm(Wording):
    """A law, a rule or a standard."""

    mark: Mark


class Basis(RuleData):
    """The clause of a norm on which an item stands."""

    norm: str
    clause: str | None = None
    mark: Mark | None = None


class Item(Wording):
    """One question of a checklist. ``days`` is the default time to put a failure right, 0 meaning at once."""

    code: str
    clause: str
    category: str
    who: Who
    concerns: Concern | None = None
    place: Place = Place.OWN
    sites: frozenset[SiteKind] = frozenset(SiteKind)
    only_with: str | None = None
    severity: HazardLevel
    major_candidate: bool = False
    days: Annotated[int, Field(ge=0)]
    longest: int | None = None
    immediate: bool = False
    stop: bool = False
    evidence: tuple[Evidence, ...] = ()
    basis: tuple[Basis, ...] = ()

    @property
    def level(self) -> HazardLevel:
        """The level of a failure: software names candidates, persons say what is major."""
        return HazardLevel.MAJOR_CANDIDATE if self.major_candidate else self.severity

    @property
    def repeats(self) -> bool:
        """Whether a second failure is the same thing again; two that have only their category in common are two things."""
        return bool(self.clause)

    def place_of(self, said: Place | None) -> Place:
        """Where a failure is: as said, else where such a thing usually is."""
        usual = Place.SHARED if self.who is Who.LANDLORD_OR_TENANT else self.place
        return said or usual


class Checklist(Wording):
    """A published version never changes; ``marks`` says how sure each kind of content is."""

    id: str
    version: str
    effective_from: date
    marks: Mapping[str, Mark]
    absent: tuple[bool | int | str, ...]
    categories: Mapping[str, HazardCategory]
    norms: Mapping[str, Norm]
    items: tuple[Item, ...]

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        if len(self.by_code) != len(self.items):
            message = "two items share a code"
            raise ValueError(message)
        unknown = {item.code for item in self.items if item.category not in self.categories}
        unknown |= {item.code for item in self.items for basis in item.basis if basis.norm not in self.norms}
        if unknown:
            message = f"unknown category or norm: {sorted(unknown)}"
            raise ValueError(message)
        return self

    @cached_property
    def by_code(self) -> Mapping[str, Item]:
        """The items by their code."""
        return {item.code: item for item in self.items}

    def applies(self, item: Item, kind: SiteKind, facts: Mapping[str, Any]) -> bool:
        """Whether the item is asked at a site; a fact that nobody knows is asked, because not knowing is a finding."""
        if kind not in item.sites:
            return False
        return item.only_with is None or not self._is_absent(facts.get(item.only_with))

    def _is_absent(self, value: Any) -> bool:
        known = value["value"] if isinstance(value, Mapping) and "value" in value else value
        return known is not None and (known in ([], ()) or known in self.absent)
