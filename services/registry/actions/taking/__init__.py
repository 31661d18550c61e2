"""Taking rows of a ledger: many at once, each found again by its business key, nothing twice."""

from services.registry.actions.taking.book import AnotherLedger
from services.registry.actions.taking.rows import take_rows

__all__ = ["AnotherLedger", "take_rows"]
