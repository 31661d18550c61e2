"""Every fault that ``docs/faults.md`` names has a test that plays it and a negative control, and both exist."""

import re
from collections.abc import Iterator
from typing import NamedTuple

import pytest

from tests.architecture.committed import ROOT

_HEADER = "| Fault | Shown by | Negative control |"
_TEST = re.compile(r"`(tests/[\w/]+\.py)`")
_COLUMNS = 3
_FEWEST = 25


class Row(NamedTuple):
    """One fault."""

    fault: str
    shown_by: str
    control: str


def matrix(page: str) -> Iterator[Row]:
    """The rows of every table with the header of the matrix."""
    for table in page.split(_HEADER)[1:]:
        for line in table.splitlines()[2:]:
            if not line.startswith("|"):
                break
            cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
            yield Row(*(cells + [""] * _COLUMNS)[:_COLUMNS])


def gaps(row: Row) -> list[str]:
    """What the row leaves open: no test, no control, one that is not there, or a control in a file that has none."""
    shown, controls = _TEST.findall(row.shown_by), _TEST.findall(row.control)
    found = ["no test"] * (not shown and "*trial*" not in row.shown_by) + ["no control"] * (not controls)
    found += [f"{path} is not there" for path in (*shown, *controls) if not (ROOT / path).is_file()]
    return found + [f"{path} has no control" for path in controls if (ROOT / path).is_file() and not _controls(path)]


def _controls(path: str) -> bool:
    """A trap is a library caught in the act; elsewhere a test or what it uses calls itself a control."""
    return path.startswith("tests/traps/") or "control" in (ROOT / path).read_text("utf-8").casefold()


def test_every_fault_has_a_test_and_a_negative_control() -> None:
    rows = list(matrix((ROOT / "docs" / "faults.md").read_text("utf-8")))
    assert len(rows) >= _FEWEST
    assert {row.fault: found for row in rows if (found := gaps(row))} == {}


@pytest.mark.parametrize(
    ("line", "gap"),
    [
        ("| frozen | `tests/shared/test_runtime.py`: ends | |", "no control"),
        ("| frozen | `tests/shared/test_runtime.py`: ends |", "no control"),
        ("| frozen | `tests/shared/test_runtime.py`: ends | who does not, stays |", "no control"),
        ("| frozen | it ends | `tests/traps/test_nats.py`: stays |", "no test"),
        (
            "| frozen | `tests/shared/test_gone.py` | `tests/traps/test_nats.py`: stays |",
            "tests/shared/test_gone.py is not there",
        ),
        ("| frozen | *trial*: `kill` | `tests/shared/test_gone.py`: stays |", "tests/shared/test_gone.py is not there"),
        ("| frozen | *trial*: `kill` | `tests/shared/test_geo.py`: stays |", "tests/shared/test_geo.py has no control"),
    ],
)
def test_a_row_that_leaves_something_open_is_found(line: str, gap: str) -> None:
    (row,) = matrix(f"{_HEADER}\n|---|---|---|\n{line}\n\nprose | with | bars\n")
    assert gaps(row) == [gap]
