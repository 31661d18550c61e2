"""The gate's rules over time: shipped as a sample, replaced by what the bureau publishes, never changed once used."""

import json
from datetime import date
from functools import lru_cache
from typing import Any

from services.registry.domain.application import KNOWN_FACTS
from services.registry.domain.conditions import ConditionWrong
from services.registry.domain.gate import Rulebook
from services.registry.rulebook import shipped_gate
from services.registry.store.admission import rulebook_in_force, rulebook_of
from services.registry.store.rows import Row
from shared.database import Transaction as Tx
from shared.errors import Refused


class RulebookWrong(Refused):
    """A rulebook that nobody could apply."""

    code = "rulebook_wrong"
    zh = "规则集无法使用：{reason}"
    en = "The rulebook cannot be applied: {reason}"


async def rulebook_today(tx: Tx) -> Rulebook:
    """The rulebook in force today."""
    row = await rulebook_in_force(tx, tx.today)
    return read_rulebook(row["document"]) if row else shipped_gate()


async def rulebook_for(lease: Row, tx: Tx) -> Rulebook:
    """The rulebook by which a lease was judged, or the one in force while it was not."""
    if lease["rulebook"] is None or lease["rulebook"] == shipped_gate().version:
        return await rulebook_today(tx) if lease["rulebook"] is None else shipped_gate()
    row = await rulebook_of(tx, lease["rulebook"])
    return read_rulebook(row["document"]) if row else shipped_gate()


def read_rulebook(document: dict[str, Any]) -> Rulebook:
    """The rulebook in a document. Raises RulebookWrong with what is wrong in it."""
    return _read(json.dumps(document, ensure_ascii=False, sort_keys=True, default=str))


@lru_cache(maxsize=16)
def _read(text: str) -> Rulebook:
    try:
        return Rulebook.of(_dated(json.loads(text)), KNOWN_FACTS)
    except (ConditionWrong, KeyError, TypeError, ValueError, AttributeError) as error:
        raise RulebookWrong(reason=str(error), pointer="/document") from None


def _dated(node: Any) -> Any:
    """The document with its dates as dates again."""
    if isinstance(node, list):
        return [_dated(item) for item in node]
    if not isinstance(node, dict):
        return node
    return {key: _date(value) if key.startswith("effective_") else _dated(value) for key, value in node.items()}


def _date(value: Any) -> Any:
    return date.fromisoformat(value) if isinstance(value, str) else value
