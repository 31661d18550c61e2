"""A proposal: what somebody would change in the ledger, until an officer has looked at old and new."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from shared.errors import Refused


class ProposalKind(StrEnum):
    """About what."""

    SITE = "site"
    PARTY = "party"


class ProposalState(StrEnum):
    """Where a proposal stands."""

    OPEN = "open"
    ACCEPTED = "accepted"
    REJECTED = "rejected"


class NothingProposed(Refused):
    """A proposal changes something."""

    code = "nothing_proposed"
    zh = "提交的内容与台账一致，无需变更"
    en = "The ledger says this already"


class ProposalDecided(Refused):
    """A proposal is decided once."""

    code = "proposal_decided"
    status = 409
    zh = "该变更申请已处理"
    en = "This proposal was decided already"


@dataclass(frozen=True, slots=True)
class Difference:
    """One field that would change."""

    field: str
    old: Any
    new: Any


def differences(held: Mapping[str, Any], proposed: Mapping[str, Any]) -> tuple[Difference, ...]:
    """The fields that would be other than they are."""
    return tuple(Difference(name, held.get(name), value) for name, value in proposed.items() if held.get(name) != value)
