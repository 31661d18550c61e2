"""How far grading anew by an activated policy has come: its sites in slices, each graded in one transaction."""

from collections.abc import Sequence
from datetime import date
from typing import Final

from sqlalchemy import text

from services.grading.store.arrays import Row
from shared.database import Transaction

_AT_WORK: Final = text(
    "SELECT * FROM grading.activations WHERE finished_at IS NULL AND effective_from <= :today ORDER BY effective_from, id LIMIT 1"
)
_TO_DIVIDE: Final = text("SELECT id FROM grading.activations WHERE id = :id AND total IS NULL FOR UPDATE SKIP LOCKED")
_PATIENTLY: Final = text("SET LOCAL statement_timeout = '10min'")
_DIVIDE: Final = text(
    "INSERT INTO grading.slices (activation, number, first, last)"
    " SELECT :id, (place - 1) / :size, site_id, coalesce(lead(before) OVER (ORDER BY place), greatest_id)"
    " FROM (SELECT site_id, row_number() OVER by_id AS place, lag(site_id) OVER by_id AS before,"
    " last_value(site_id) OVER (by_id ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS greatest_id"
    " FROM grading.sites WHERE is_followed WINDOW by_id AS (ORDER BY site_id)) AS s"
    " WHERE (place - 1) % :size = 0"
)
_TOTAL: Final = text(
    "UPDATE grading.activations SET total = (SELECT count(*) FROM grading.sites WHERE is_followed) WHERE id = :id"
)
_CLAIM: Final = text(
    "SELECT * FROM grading.slices WHERE activation = :id AND graded IS NULL ORDER BY number LIMIT 1 FOR UPDATE SKIP LOCKED"
)
_DONE: Final = text("UPDATE grading.slices SET graded = :graded WHERE activation = :activation AND number = :number")
_FINISH: Final = text(
    "UPDATE grading.activations SET finished_at = :now,"
    " graded = (SELECT coalesce(sum(graded), 0) FROM grading.slices WHERE activation = :id)"
    " WHERE id = :id AND finished_at IS NULL"
    " AND NOT EXISTS (SELECT 1 FROM grading.slices WHERE activation = :id AND graded IS NULL) RETURNING id"
)
_PROGRESS: Final = text("SELECT activation, sum(graded) AS graded FROM grading.slices GROUP BY activation")


async def activation_at_work(tx: Transaction, today: date) -> Row | None:
    """The oldest activation whose day has come and whose sites are not all graded anew."""
    return await tx.row(_AT_WORK, {"today": today})


async def divide(tx: Transaction, activation: int, size: int) -> bool:
    """Write down the slices of an activation, once; False where another grader is just doing it.

    A country's sites are more than the service's statement timeout has time for.
    """
    if await tx.value(_TO_DIVIDE, {"id": activation}) is None:
        return False
    await tx.execute(_PATIENTLY)
    await tx.execute(_DIVIDE, {"id": activation, "size": size})
    await tx.execute(_TOTAL, {"id": activation})
    return True


async def claim_slice(tx: Transaction, activation: int) -> Row | None:
    """A slice that is nobody's, ours until the transaction ends; a grader that is killed gives it back."""
    return await tx.row(_CLAIM, {"id": activation})


async def note_graded(tx: Transaction, part: Row, graded: int) -> None:
    await tx.execute(_DONE, {"activation": part["activation"], "number": part["number"], "graded": graded})


async def finish(tx: Transaction, activation: int) -> bool:
    """Whether all slices are graded; then the activation is at its end."""
    return await tx.value(_FINISH, {"id": activation, "now": tx.now}) is not None


async def progress(tx: Transaction) -> dict[int, int]:
    """Sites that were graded anew, by activation."""
    rows: Sequence[Row] = await tx.rows(_PROGRESS)
    return {row["activation"]: int(row["graded"] or 0) for row in rows}
