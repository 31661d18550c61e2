"""Reminders that wait for the same person on the same channel: few go one by one, several become one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid5

Row = Mapping[str, Any]
_COUNTED_FROM = 2


@dataclass(frozen=True, slots=True)
class Digest:
    """Several reminders as one: of a template that counts (``n``) where all are of one kind, else of the digest's own."""

    rows: Sequence[Row]
    template: str
    counted: bool

    @property
    def occasion(self) -> UUID:
        """The same for the same reminders, so that a digest is written once."""
        first = min(row["notice_id"] for row in self.rows)
        return uuid5(first, ",".join(sorted(str(row["notice_id"]) for row in self.rows)))

    @property
    def variables(self) -> dict[str, str]:
        """The first one's variables with the count, or the count with what the first is about and the list of all."""
        first = self.rows[0]
        if self.counted:
            return {**first["variables"], "n": str(len(self.rows))}
        titles = [row["title"] for row in self.rows]
        return {"n": str(len(self.rows)), "brief": titles[0], "list": "\n".join(titles)}


def digests(rows: Sequence[Row], least: int, template: str) -> tuple[list[Digest], list[Row]]:
    """The digests to write, and what goes by itself."""
    groups: dict[tuple[UUID, str], list[Row]] = {}
    for row in rows:
        groups.setdefault((row["person_id"], row["channel"]), []).append(row)
    found: list[Digest] = []
    alone: list[Row] = []
    for group in groups.values():
        written, left = _of_one_person(group, least, template)
        found += written
        alone += left
    return found, alone


def _of_one_person(group: Sequence[Row], least: int, template: str) -> tuple[list[Digest], list[Row]]:
    same: dict[str, list[Row]] = {}
    for row in group:
        same.setdefault(row["template"], []).append(row)
    counted = [rows for rows in same.values() if len(rows) >= _COUNTED_FROM and "n" in rows[0]["variables"]]
    rest = [row for rows in same.values() if rows not in counted for row in rows]
    written = [Digest(rows, rows[0]["template"], counted=True) for rows in counted]
    if len(rest) >= least:
        return [*written, Digest(rest, template, counted=False)], []
    return written, rest
