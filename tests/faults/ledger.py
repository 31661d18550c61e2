"""What customers were promised, on disk before they go on: one line for every final answer."""

import asyncio
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Operation:
    """One request that a customer repeats until it is answered for good.

    ``id`` is its request id, so every event that it causes carries it as correlation id. ``says`` counts the events, by
    wire name, that its acceptance must put into the outbox; ``thing`` is the table and id of what must then be there.
    """

    id: str
    service: str
    kind: str
    path: str
    body: Mapping[str, Any]
    says: Mapping[str, int]
    thing: tuple[str, str] | None = None
    method: str = "POST"
    keyed: bool = True
    token: str = ""
    patience: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Answered:
    """A line of the ledger: the operation, the final status, and when its answer was on disk (seconds since the epoch)."""

    id: str
    service: str
    kind: str
    status: int
    code: str | None
    says: Mapping[str, int]
    thing: tuple[str, str] | None
    asked_at: float
    answered_at: float
    times: int

    @property
    def accepted(self) -> bool:
        """Whether it was promised to be done."""
        return 200 <= self.status < 300


@dataclass(slots=True)
class Ledger:
    """Appends lines in groups, with one fsync for all that wait at the same moment."""

    path: Path
    entries: list[Answered] = field(default_factory=list)
    _waiting: list[tuple[Answered, "asyncio.Future[None]"]] = field(default_factory=list)
    _writing: bool = False

    async def note(self, entry: Answered) -> None:
        """Return when the line is on the disk."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((entry, done))
        if not self._writing:
            await self._write()
        await done

    async def _write(self) -> None:
        self._writing = True
        while self._waiting:
            group, self._waiting = self._waiting, []
            await asyncio.to_thread(self._append, "".join(f"{json.dumps(asdict(entry))}\n" for entry, _ in group))
            self.entries.extend(entry for entry, _ in group)
            for _, done in group:
                done.set_result(None)
        self._writing = False

    def _append(self, lines: str) -> None:
        with self.path.open("a", encoding="utf-8") as file:
            file.write(lines)
            file.flush()
            os.fsync(file.fileno())

    def read(self) -> Iterator[Answered]:
        """Every line as it stands on the disk."""
        if not self.path.exists():
            return
        for line in self.path.read_text(encoding="utf-8").splitlines():
            fields = json.loads(line)
            yield Answered(**fields | {"thing": tuple(fields["thing"]) if fields["thing"] else None})
