"""Who answers for a hazard as the ledger stands today: a party that was merged, sold or let anew is followed by its successor."""

from sqlalchemy import RowMapping

from services.inspection.domain.checklist import Place
from services.inspection.domain.hazard import Hazard
from services.inspection.domain.lifecycle import OPEN
from services.inspection.rulebook import rulebook
from services.inspection.store.hazards import Stored, hazard_of
from services.inspection.store.tenancies import tenancy_of


def with_parties_of_today(stored: Stored) -> Stored:
    """The same hazard, with the parties that can act on it now."""
    return Stored(hazard_today(stored.row), stored.row)


def hazard_today(row: RowMapping) -> Hazard:
    """The hazard of a row; while it is open and its site is, with the parties that stand there now."""
    hazard = hazard_of(row)
    if hazard.card.state not in OPEN or row["site_closed_on"] is not None:
        return hazard
    rules = rulebook()
    item = rules.checklist.by_code.get(hazard.card.item)
    place = Place.SHARED if hazard.card.shared_part else Place.OWN
    return hazard.with_card(
        responsible=rules.responsibilities.as_they_stand(hazard.card.responsible, item, place, tenancy_of(row))
    )
