"""The facts about one application that the gate's rules may ask for, worked out from the ledger."""

from dataclasses import asdict, dataclass
from typing import Any, Final

from services.registry.domain.building import fits
from shared.contracts.vocabulary import FireAcceptance, FireClass, PartyStatus, PartyType


@dataclass(frozen=True, slots=True)
class Application:
    """What the ledger knows about a lease that wants in; None is "nobody knows"."""

    tenant_type: PartyType
    tenant_has_code: bool
    tenant_status: PartyStatus
    tenant_barred: bool
    tenant_fire_class: FireClass
    tenant_safety_officer: bool
    building_fire_class: FireClass
    building_fire_acceptance: FireAcceptance
    building_illegal_construction: str
    building_one_key_alarm: str
    building_open_major_hazards: int
    building_several_parties: bool
    building_unified_manager: bool
    dormitory_declared: bool | None
    rooms_taken: bool
    rooms_stated: bool
    let_beyond_floor_area: bool
    is_sublet: bool
    agreement_signed: bool
    agreement_run_out: bool
    handover: str
    duty_split_filed: bool
    sublet_consent_filed: bool
    fire_class_declaration_filed: bool
    same_risk_count: int
    stacked_risk_kinds: int

    def facts(self) -> dict[str, Any]:
        """By the names that rules use."""
        plain = {name: value for name, value in asdict(self).items() if name != "tenant_has_code"}
        return plain | {
            "tenant_licensed": self._is_licensed(),
            "tenant_type": self.tenant_type.value,
            "tenant_status": self.tenant_status.value,
            "fire_class_fits": fits(self.tenant_fire_class, self.building_fire_class).value,
        }

    def _is_licensed(self) -> bool:
        """Whether there is a licence that still stands: a firm that was struck off (注销) keeps its code and has none."""
        is_struck_off = self.tenant_status is PartyStatus.DEREGISTERED
        return self.tenant_has_code and self.tenant_type is not PartyType.UNLICENSED and not is_struck_off


KNOWN_FACTS: Final = (frozenset(Application.__dataclass_fields__) - {"tenant_has_code"}) | {"tenant_licensed", "fire_class_fits"}
