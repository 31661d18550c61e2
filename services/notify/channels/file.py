"""A channel that costs nothing: each dispatch is one line of JSON in a file that stands for a phone's screen."""

import asyncio
import json
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from services.notify.channels.channel import Accepted, Dispatch, Outcome, TryLater

_MOST = 2000
_LOOK_BACK = 64 << 20
_KEY = re.compile(rb'"key": "([^"]+)"')


@dataclass(slots=True)
class FileChannel:
    """Writes ``<folder>/<kind>.jsonl``; addresses are masked. It can be asked, because what it wrote it can read."""

    kind: str
    folder: Path
    name: str = "file"
    most: int = _MOST
    shares_key: bool = False
    _begun: bool = field(default=False)
    _keys: set[str] = field(default_factory=set)
    _read: int = 0

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
        """Whether a whole line of the file's end has the key; what was read once is remembered."""
        size = self.path.stat().st_size if self.path.exists() else 0
        if size > self._read:
            unread = self._tail(min(size - self._read, _LOOK_BACK), size)
            whole = unread[: unread.rfind(b"\n") + 1]
            lines = [line for line in whole.split(b"\n") if line.endswith(b"}")]
            self._keys.update(found.group(1).decode() for line in lines if (found := _KEY.search(line)))
            self._read = size - (len(unread) - len(whole))
        return key in self._keys

    def _tail(self, length: int, size: int | None = None) -> bytes:
        """The last bytes of the file as it was when it had this size."""
        end = self.path.stat().st_size if size is None else size
        with self.path.open("rb") as file:
            file.seek(max(0, end - length))
            return file.read(min(length, end))


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
