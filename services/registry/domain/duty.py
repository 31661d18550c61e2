"""Who answers for what between landlord and tenant: the default of the rules, unless the lease says otherwise in writing."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from shared.errors import Refused


class DutyHolder(StrEnum):
    """On whom a duty lies."""

    LANDLORD = "landlord"
    TENANT = "tenant"
    BOTH = "both"


class DutyUnknown(Refused):
    """The split names things that the rules know."""

    code = "duty_unknown"
    zh = "责任划分中没有“{item}”这一项"
    en = "There is no duty named {item}"


@dataclass(frozen=True, slots=True)
class Duty:
    """One thing that somebody must answer for."""

    item: str
    holder: DutyHolder
    zh: str
    en: str
    basis: str


@dataclass(frozen=True, slots=True)
class DutySplit:
    """All duties of one version with their default holders."""

    version: str
    duties: Mapping[str, Duty]

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> "DutySplit":
        """The split in a parsed document."""
        duties = (
            Duty(entry["item"], DutyHolder(entry["holder"]), entry["zh"], entry["en"], entry.get("basis", ""))
            for entry in document["duties"]
        )
        return cls(document["version"], {duty.item: duty for duty in duties})

    def agreed(self, written: Mapping[str, DutyHolder]) -> dict[str, DutyHolder]:
        """Who holds each duty: as written, otherwise by default. Raises DutyUnknown."""
        for item in written:
            if item not in self.duties:
                raise DutyUnknown(item=item, pointer=f"/duties/{item}")
        return {item: written.get(item, duty.holder) for item, duty in self.duties.items()}
