"""Days of the tests: a Monday without a holiday near it, and days around it."""

from datetime import date

from services.grading.domain.course import Rules
from services.grading.rulings import shipped_policy, working_days

MONDAY = date(2026, 3, 9).toordinal()
POLICY = shipped_policy()
RULES = Rules(((0, POLICY),), working_days)


def iso(day: int) -> str:
    """The day as it stands in a fact."""
    return date.fromordinal(day).isoformat()
