"""Visits with all their answers in one statement."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic_core import to_json
from sqlalchemy import text

from shared.database import Transaction as Tx

_INSERT = text(
    "WITH v AS (INSERT INTO inspection.visits (id, site_id, type, result, campaign_id, checklist_version, recorded_by, people,"
    " position, place_check, offline, device_time, started_at, finished_at, recorded_at)"
    " SELECT * FROM jsonb_to_record(CAST(:visit AS jsonb)) AS v(id uuid, site_id uuid, type text, result text, campaign_id uuid,"
    " checklist_version text, recorded_by text, people jsonb, position jsonb, place_check jsonb, offline boolean,"
    " device_time timestamptz, started_at timestamptz, finished_at timestamptz, recorded_at timestamptz))"
    " INSERT INTO inspection.answers (visit_id, item, place, answer, note, file_ids)"
    " SELECT :visit_id, a.item, a.place, a.answer, a.note, a.file_ids FROM jsonb_to_recordset(CAST(:answers AS jsonb))"
    " AS a(item text, answer text, place text, note text, file_ids uuid[])"
)


async def insert(tx: Tx, visit: Mapping[str, Any], answers: Sequence[Mapping[str, Any]]) -> None:
    values = {"visit": to_json(visit).decode(), "visit_id": visit["id"], "answers": to_json(answers).decode()}
    await tx.execute(_INSERT, values)
