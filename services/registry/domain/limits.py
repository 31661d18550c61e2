"""Numbers that a bureau may change, read from data."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any


@dataclass(frozen=True, slots=True)
class Limits:
    """Terms, tolerances and distances of one version."""

    version: str
    lease_expiring_within: timedelta
    lease_area_tolerance: Decimal
    lease_chain_longest: int
    lease_draft_kept: timedelta
    ledger_confirmed_every: timedelta
    code_position_check_metres: float

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> "Limits":
        """The limits in a parsed document."""
        return cls(
            version=document["version"],
            lease_expiring_within=timedelta(days=document["lease_expiring_within_days"]),
            lease_area_tolerance=Decimal(document["lease_area_tolerance"]),
            lease_chain_longest=document["lease_chain_longest"],
            lease_draft_kept=timedelta(days=document["lease_draft_kept_days"]),
            ledger_confirmed_every=timedelta(days=document["ledger_confirmed_every_days"]),
            code_position_check_metres=document["code_position_check_metres"],
        )
