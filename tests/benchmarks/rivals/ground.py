"""What every rival of the chain does, so that all do the same: its tables, its rule, its words, and what it is told.

A report is accepted over HTTP (one commit: hazard and letter), a level is decided (inbox, row of the site under lock, decision,
letter where it changed), two people are told (inbox, notices; then a line in a file; then the mark that it was handed over).
No sign-in, no checklist, no policy, no quiet hours, no history: whatever is left out is left out in the rivals' favour.
"""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self
from uuid import UUID

from shared.identifiers import new_id

PATH = "/api/inspection/hazards"
FOUND, CHANGED = "chain.hazard_found", "chain.level_changed"
STREAM = "CHAIN"
LEVEL, NOTICE = "level", "notice"
PEOPLE = ("landlord", "tenant")

TABLES = """
CREATE TABLE hazards (id uuid PRIMARY KEY, site_id uuid NOT NULL, item text NOT NULL, created_at timestamptz NOT NULL);
CREATE TABLE outbox (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, event_id uuid NOT NULL UNIQUE, subject text NOT NULL,
    body bytea NOT NULL, created_at timestamptz NOT NULL, sent_at timestamptz);
CREATE INDEX outbox_unsent ON outbox (id) WHERE sent_at IS NULL;
CREATE TABLE inbox (event_id uuid, handler text, heard_at timestamptz NOT NULL, PRIMARY KEY (event_id, handler));
CREATE TABLE sites (site_id uuid PRIMARY KEY, hazards int NOT NULL, level text NOT NULL);
CREATE TABLE decisions (id uuid PRIMARY KEY, site_id uuid NOT NULL, level text NOT NULL, decided_at timestamptz NOT NULL);
CREATE TABLE notices (id uuid PRIMARY KEY, cause_id uuid NOT NULL, recipient text NOT NULL, body text NOT NULL,
    planned_at timestamptz NOT NULL, accepted_at timestamptz);
CREATE INDEX notices_waiting ON notices (id) WHERE accepted_at IS NULL;
CREATE INDEX notices_cause ON notices (cause_id);
"""


def level_of(hazards: int) -> str:
    """The rule: the more hazards, the worse."""
    return ("low", "general", "larger", "major")[min(3, hazards)]


def words(site_id: UUID | str, item: str, to: str) -> str:
    """What somebody is told."""
    return f"{to}: hazard {item} was found at {site_id}; please put it right and answer."


def body_of(event_id: UUID | str, site_id: UUID | str, item: str) -> bytes:
    """The letter about a hazard."""
    return json.dumps({"id": str(event_id), "site_id": str(site_id), "item": item}).encode()


def changed_of(site_id: UUID | str, level: str) -> bytes:
    """The letter about a level."""
    return json.dumps({"id": str(new_id()), "site_id": str(site_id), "level": level}).encode()


@dataclass(frozen=True, slots=True)
class Told:
    """What a rival's process is told by its environment."""

    port: int
    database: str
    nats: str
    redis: str
    file: Path

    @classmethod
    def by_environment(cls) -> Self:
        """As the stack set it."""
        of = os.environ
        return cls(
            int(of["BENCH_PORT"]), of["BENCH_DATABASE"], of["BENCH_NATS"], of.get("BENCH_REDIS", ""), Path(of["BENCH_FILE"])
        )

    def hand_over(self, notices: list[dict[str, Any]]) -> None:
        """The channel that costs nothing: a line for each notice."""
        with self.file.open("ab") as out:
            out.write(b"".join(json.dumps(notice).encode() + b"\n" for notice in notices))
