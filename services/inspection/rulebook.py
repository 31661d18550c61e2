"""The rules that come with this release, read once from their versioned files and checked while they are read."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from services.inspection.domain.checklist import Checklist
from services.inspection.domain.conduct import Verification
from services.inspection.domain.deadline import Deadlines, Due
from services.inspection.domain.escalation import Escalation
from services.inspection.domain.finding import FindingRules
from services.inspection.domain.responsibility import Responsibilities
from services.inspection.domain.visit import VisitRules
from shared.calendar import add_working_days

_SHIPPED = Path(__file__).parent / "rules"


@dataclass(frozen=True, slots=True)
class Rulebook:
    """Everything that a bureau may change about inspection, at one version each."""

    checklist: Checklist
    visits: VisitRules
    responsibilities: Responsibilities
    deadlines: Deadlines
    verification: Verification
    escalation: Escalation

    @property
    def finding(self) -> FindingRules:
        """What decides about a finding."""
        return FindingRules(self.responsibilities, self.deadlines, add_working_days)

    def worked(self, due: Due, name: str) -> Due:
        """A deadline of a class of time, off days that are not worked where the class says so."""
        return self.deadlines.worked(due, name, add_working_days)


@cache
def rulebook() -> Rulebook:
    """The rulebook of this release."""
    return Rulebook(
        checklist=Checklist.model_validate(_read("checklist_lf_2026_1")),
        visits=VisitRules.model_validate(_read("visit_types")),
        responsibilities=Responsibilities.model_validate(_read("responsibility")),
        deadlines=Deadlines.model_validate(_read("deadlines")),
        verification=Verification.model_validate(_read("verification")),
        escalation=Escalation.model_validate(_read("escalation")),
    )


def _read(name: str) -> Any:
    return yaml.safe_load((_SHIPPED / f"{name}.yaml").read_text(encoding="utf-8"))
