"""A channel that costs nothing: each dispatch is one line of JSON in a file that stands for a phone's screen."""

import asyncio
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from services.notify.channels.channel import Accepted, Dispatch, Outcome, TryLater

_MOST = 2000
_LOOK_BACK = 64 << 20


@dataclass(slots=True)
class FileChannel:
    """Writes ``<folder>/<kind>.jsonl``; addresses are masked. It can be asked, because what it wrote it can read."""

    kind: str
    folder: Path
    name: str = "file"
    most: int = _MOST
    _begun: bool = field(default=False)

    @property
    def path(self) -> Path:
        """Where the lines are."""
        return self.folder / f"{self.kind}.jsonl"

    async def send(self, dispatch: Dispatch) -> Outcome:
        """Write one line."""
        return (await self.send_many([dispatch]))[0]

    async def send_many(self, dispatches: Sequence[Dispatch]) -> Sequence[Outcome]:
        """Write many lines with one call of the operating system; a line that is torn does not count."""
        lines = "".join(f"{json.dumps(_screen(dispatch), ensure_ascii=False)}\n" for dispatch in dispatches).encode()
        try:
            self._append(lines)
        except OSError:
            return [TryLater(timedelta(seconds=5), "disk") for _ in dispatches]
        return [Accepted(dispatch.key) for dispatch in dispatches]

    async def ask(self, dispatch: Dispatch) -> Outcome:
        """Whether the line is there."""
        written = await asyncio.to_thread(self._has, dispatch.key)
        return Accepted(dispatch.key) if written else TryLater(timedelta(), "not_received")

    def _append(self, lines: bytes) -> None:
        if not self._begun:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._end_torn_line()
            self._begun = True
        handle = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            while lines:
                lines = lines[os.write(handle, lines) :]
        finally:
            os.close(handle)

    def _end_torn_line(self) -> None:
        """A line that a killed process left half written never counts as sent; what follows begins on its own line."""
        if self.path.exists() and self.path.stat().st_size and self._tail(1) != b"\n":
            with self.path.open("ab") as file:
                file.write(b"\n")

    def _has(self, key: str) -> bool:
        lines = self._tail(_LOOK_BACK).split(b"\n")[:-1] if self.path.exists() else []
        marker = f'"key": "{key}"'.encode()
        return any(marker in line and line.endswith(b"}") for line in reversed(lines))

    def _tail(self, size: int) -> bytes:
        with self.path.open("rb") as file:
            file.seek(-min(size, self.path.stat().st_size), os.SEEK_END)
            return file.read()


def _screen(dispatch: Dispatch) -> dict[str, object]:
    return {
        "at": dispatch.stored_at.isoformat(),
        "key": dispatch.key,
        "notice_id": str(dispatch.notice_id),
        "attempt": dispatch.attempt,
        "channel": dispatch.channel,
        "to": dispatch.address.masked,
        "template": dispatch.template,
        "title": dispatch.title,
        "text": dispatch.text,
        "variables": dict(dispatch.variables),
        "link": dispatch.link,
        "key_kind": str(dispatch.key_kind),
    }
