"""How a hazard is shown: with its texts, the rule that chose its parties, and what the reader may do next."""

from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping

from services.inspection.domain.escalation import days_late
from services.inspection.domain.hazard import Hazard
from services.inspection.domain.lifecycle import HazardStep
from services.inspection.rulebook import Rulebook
from services.inspection.store.hazards import Stored
from services.inspection.views.hazards import FoundView, HazardView, HistoryView, RuleView
from shared.contracts.vocabulary import Duty


def found_fields(hazard: Hazard, rules: Rulebook) -> dict[str, Any]:
    """The fields that every answer about a hazard has."""
    card = hazard.card
    return {
        "id": card.hazard_id,
        "number": card.number,
        "item": card.item,
        "level": card.level,
        "state": card.state,
        "due": card.due,
        "responsible": list(card.responsible),
        "rule": rule_view(hazard, rules),
        "repeat_of": card.repeat_of,
    }


def rule_view(hazard: Hazard, rules: Rulebook) -> RuleView:
    """The rule behind the responsible party, as it reads today."""
    chosen = next(side.rule for side in hazard.card.responsible if side.role is Duty.RESPONSIBLE)
    wording = rules.responsibilities.wording.get(chosen.rule)
    return RuleView(rule=chosen.rule, clause=chosen.clause, zh=wording.zh if wording else "", en=wording.en if wording else "")


def found_view(hazard: Hazard, rules: Rulebook) -> FoundView:
    """A hazard as the answer to a report."""
    return FoundView(**found_fields(hazard, rules))


def hazard_fields(stored: Stored, rules: Rulebook, now: datetime, language: str) -> dict[str, Any]:
    """The fields of a hazard in a list."""
    hazard, row, card = stored.hazard, stored.row, stored.hazard.card
    return found_fields(hazard, rules) | {
        "site_id": card.site_id,
        "site_name": row["site_name"],
        "site_code": row["site_code"],
        "landlord_site_id": card.landlord_site_id,
        "building_id": card.building_id,
        "grid_id": card.grid_id,
        "visit_id": row["visit_id"],
        "title": title(hazard, rules, language),
        "category": card.category,
        "source": card.source,
        "shared_part": card.shared_part,
        "immediate": card.immediate,
        "found_at": card.found_at,
        "overdue": is_overdue(hazard, now),
        "days_late": 0 if hazard.closed_at else days_late(card.due, hazard.progress.paused_at or now),
        "closed_at": hazard.closed_at,
        "version": hazard.version,
    }


def hazard_view(stored: Stored, rules: Rulebook, now: datetime, language: str) -> HazardView:
    """A hazard in a list."""
    return HazardView(**hazard_fields(stored, rules, now, language))


def title(hazard: Hazard, rules: Rulebook, language: str) -> str:
    """What is wrong, in one line: the item's text, or the category where no item fits."""
    item = rules.checklist.by_code.get(hazard.card.item)
    if item is None:
        return hazard.card.category.value.replace("_", " ") if language == "en" else hazard.card.category.zh
    return item.en if language == "en" else item.zh


def is_overdue(hazard: Hazard, now: datetime) -> bool:
    """Whether the last day is over and it is not closed; said at once, before the sweep says it to others."""
    return hazard.closed_at is None and (hazard.overdue_at is not None or (hazard.is_ticking and now >= hazard.due_at))


def history_view(row: RowMapping) -> HistoryView:
    """One line of the past."""
    fields = {name: row[name] for name in ("version", "step", "state", "at", "actor", "role", "party_id", "note", "details")}
    return HistoryView(**fields, step_zh=HazardStep(row["step"]).zh)
