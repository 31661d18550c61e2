"""What is said about ledgers over HTTP."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from pydantic import Field

from services.registry.ledger.limits import ledger_limits
from services.registry.ledger.read import row_in_sheet
from services.registry.views.shape import Answer, Question


class ImportState(StrEnum):
    """How far a ledger has come."""

    WAITING = "waiting"
    TAKING = "taking"
    DONE = "done"
    FAILED = "failed"


class SaidMapping(Question):
    """What the sender says of his columns: a path by heading, values where a column is missing, more words for choices."""

    headings: dict[str, str] = Field(default_factory=dict, max_length=500)
    defaults: dict[str, str] = Field(default_factory=dict, max_length=100)
    words: dict[str, dict[str, str]] = Field(default_factory=dict, max_length=50)


class SentLedger(Question):
    """What was said of an upload."""

    filename: str
    said: SaidMapping = SaidMapping()
    source: str | None = None
    dry_run: bool = False


class ExportAsked(Question):
    """What to export; ``personal`` adds names and numbers of people, which is on record."""

    grid_id: UUID | None = None
    building_id: UUID | None = None
    personal: bool = False


class ImportProblem(Answer):
    """Something to put right: the row and column as the sender sees them, and what to do; never what the cell held."""

    row: int
    column: str
    code: str
    detail: str
    severity: str = "error"
    sheet: str = ""


class ColumnTaken(Answer):
    """What a column was taken for; no path: left alone. Below a confidence of 1 a person should look."""

    sheet: str
    heading: str
    path: str | None
    confidence: float


class ImportView(Answer):
    """One ledger sent in. Every row is exactly one of created, updated, unchanged and refused once it is ``done``."""

    id: UUID
    version: int
    state: ImportState
    dry_run: bool
    filename: str
    rows: int
    done: int
    created: int
    updated: int
    unchanged: int
    refused: int
    errors: list[ImportProblem]
    errors_total: int
    columns: list[ColumnTaken]
    problem: str | None = None
    result_file: str
    created_at: datetime


class ImportLine(Answer):
    """One ledger in a list."""

    id: UUID
    state: ImportState
    dry_run: bool
    filename: str
    sender: str
    rows: int
    done: int
    refused: int
    created_at: datetime


class KnownColumn(Answer):
    """A column that a ledger may have."""

    path: str
    group: str
    heading: str
    kind: str
    required: bool
    note: str
    words: list[str]


def import_view(row: Any, problems: list[Any], total: int) -> ImportView:
    """An import as it stands, with its first problems."""
    own = {name: row[name] for name in ImportView.model_fields if name in row and name != "columns"}
    return ImportView(
        **own,
        errors=[problem_view(problem) for problem in problems[: ledger_limits().problems_in_an_answer]],
        errors_total=total,
        columns=[ColumnTaken.model_validate(column) for column in row["columns"]],
        result_file=f"/api/registry/imports/{row['id']}/result.xlsx",
    )


def problem_view(row: Any) -> ImportProblem:
    """One problem, at the row that the sender sees."""
    own = {name: row[name] for name in ImportProblem.model_fields if name != "row"}
    return ImportProblem(row=row_in_sheet(row["row"]), **own)
