"""What reached people, by the simulator's own ledger, and what notify believes of it, by its own tables."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

Way = tuple[str, str]
"""A notice and the channel over which it is told."""

CHANNELS = {"aliyun": "sms", "tencent": "sms", "wechat_mini": "mini_program", "wecom_app": "wecom"}
ASKABLE = frozenset({"aliyun", "wecom_app"})
"""Providers that tell at any time, and for certain, whether they have something."""

_DISPATCHES = """
    SELECT d.id, d.notice_id, d.channel, d.attempt, d.state, d.provider, d.asked, d.started_at, n.token, n.state AS notice
      FROM notify.dispatches d JOIN notify.notices n ON n.id = d.notice_id"""


@dataclass(frozen=True, slots=True)
class Message:
    """One message that a provider took."""

    provider: str
    key: str
    link: str
    to: str
    at: datetime


def messages_in(ledger: Path) -> Iterator[Message]:
    """Every message of the ledger; a line that is being written does not count yet."""
    with ledger.open("rb") as lines:
        for line in lines:
            if line.endswith(b"\n") and (tree := json.loads(line).get("message")):
                yield Message(tree["provider"], tree["key"], tree["link"], tree["to"], datetime.fromisoformat(tree["at"]))


@dataclass(frozen=True, slots=True)
class Screens:
    """How often each notice stands on a phone, over each channel."""

    times: Mapping[Way, int]
    first: Mapping[Way, datetime]
    strangers: int
    dispatches: tuple[Mapping[str, Any], ...]

    def by_provider(self) -> dict[str, dict[str, int]]:
        """Ways by the provider that was last to carry them: told once, never, more than once, and still uncertain."""
        last = {(str(row["notice_id"]), row["channel"]): row for row in sorted(self.dispatches, key=lambda row: row["attempt"])}
        found: dict[str, Counter[str]] = {}
        for way, row in last.items():
            times, counts = self.times.get(way, 0), found.setdefault(row["provider"] or "none", Counter())
            counts["once" if times == 1 else "never" if not times else "more than once"] += 1
            counts["uncertain"] += row["state"] == "unknown"
            counts["asked about"] += row["asked"] > 0
        return {provider: dict(counts) for provider, counts in sorted(found.items())}

    def forgotten(self) -> set[str]:
        """Those of them of which no attempt is left uncertain at a provider that cannot be asked: somebody should have known."""
        doubted = {row["notice_id"] for row in self.dispatches if row["state"] == "unknown" and row["provider"] not in ASKABLE}
        return self.untold() - {str(notice) for notice in doubted}

    def untold(self) -> set[str]:
        """Notices that stand on no phone at all."""
        return {str(row["notice_id"]) for row in self.dispatches} - {notice for notice, _ in self.times}


async def screens(rows: Any, ledger: Path) -> Screens:
    """Every message beside the dispatch that it came from: by our key, or by the notice's token in its link."""
    dispatches = tuple(dict(row) for row in await rows.fetch(_DISPATCHES))
    by_key = {row["id"].hex: (str(row["notice_id"]), row["channel"]) for row in dispatches}
    by_token = {row["token"]: str(row["notice_id"]) for row in dispatches}
    times, first, strangers = Counter[Way](), dict[Way, datetime](), 0
    for message in messages_in(ledger):
        notice = by_token.get(message.link.replace("=", "/").rpartition("/")[2], "")
        way = by_key.get(message.key) or (notice, CHANNELS[message.provider])
        strangers += not way[0]
        times[way] += 1
        first.setdefault(way, message.at)
    return Screens(times, first, strangers, dispatches)
