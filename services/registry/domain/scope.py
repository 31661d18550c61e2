"""Why a site counts as a factory within a factory: the bureau's definition as data, applied to a compound as it stands."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from services.registry.domain.building import Answer
from services.registry.domain.conditions import Condition, ConditionWrong, answer, names
from shared.contracts.vocabulary import ScopeFlag


@dataclass(frozen=True, slots=True)
class Standing:
    """What the flags ask about one building in its compound."""

    building_tenants: int
    whole_building_let: bool | None
    compound_tenants: int
    compound_industrial_tenants: int
    park_in_park: bool | None
    self_built_house: bool | None


KNOWN: Final = frozenset(Standing.__dataclass_fields__)


@dataclass(frozen=True, slots=True)
class ScopeTest:
    """The flags with their conditions, and the industry sections that count as industrial."""

    version: str
    flags: tuple[tuple[ScopeFlag, Condition], ...]
    industrial: tuple[str, ...]

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> "ScopeTest":
        """The test in a parsed document. Raises ConditionWrong where a flag asks for what nobody knows."""
        flags = tuple((ScopeFlag(entry["flag"]), entry["when"]) for entry in document["flags"])
        for flag, condition in flags:
            if not names(condition) <= KNOWN:
                message = f"{flag} asks for {sorted(names(condition) - KNOWN)}"
                raise ConditionWrong(message)
        return cls(document["version"], flags, tuple(document["industrial"]))

    def flags_of(self, standing: Standing) -> tuple[str, ...]:
        """The flags that hold, in the definition's order; one that nobody can decide does not."""
        facts = {name: getattr(standing, name) for name in KNOWN}
        return tuple(flag.value for flag, condition in self.flags if answer(condition, facts) is Answer.YES)

    def is_industrial(self, industry_code: str | None) -> bool:
        """Whether the code counts as industry; a tenant without a code does, until somebody says otherwise."""
        return industry_code is None or industry_code[:1] in self.industrial
