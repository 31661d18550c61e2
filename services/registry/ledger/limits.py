"""Numbers of the import and export that a bureau may change."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml


@dataclass(frozen=True, slots=True)
class LedgerLimits:
    """The numbers of one version; what each means stands beside it in ``limits.yaml``."""

    version: str
    mark: str
    rows_while_the_sender_waits: int
    rows_in_a_chunk: int
    problems_in_an_answer: int
    upload_kept_days: int
    rows_in_an_export: int


@cache
def ledger_limits() -> LedgerLimits:
    """The numbers in force."""
    return LedgerLimits(**yaml.safe_load(Path(__file__).with_name("limits.yaml").read_text(encoding="utf-8")))
