"""Everything that arrived, in an append-only file; what is needed often is kept in memory, the rest is read where it lies."""

import hashlib
import heapq
import json
import os
from array import array
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from services.notify.simulator.messages import End, Message, State


def address_id(provider: str, to: str) -> str:
    """A name for an address that may stand in a URL and shows nothing of it."""
    return hashlib.sha256(f"{provider} {to}".encode()).hexdigest()[:16]


class Ledger:
    """Messages by number, in the order in which they came. Survives a restart, and a last line that was cut off by a kill."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._file = os.open(folder / "messages.jsonl", os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
        self._size = 0
        self._spans: list[tuple[int, int]] = []
        self._times = array("d")
        self._templates, self._texts = array("q"), array("q")
        self._states = bytearray()
        self._ends: dict[int, tuple[int, int]] = {}
        self._by_address: dict[str, array[int]] = {}
        self._replay()

    def __len__(self) -> int:
        return len(self._spans)

    def add(self, message: Message) -> int:
        """Write a message down and number it."""
        span = self._append({"message": message.to_tree()})
        return self._index(message, span)

    def end(self, number: int, end: End) -> None:
        """Write down what became of a message; the latest word counts."""
        tree = {"end": number, "state": int(end.state), "code": end.code, "at": end.at.isoformat()}
        self._states[number], self._ends[number] = int(end.state), self._append(tree)

    def message(self, number: int) -> Message:
        """A message as it was written down."""
        return Message.of_tree(self._read(self._spans[number])["message"])

    def state(self, number: int) -> State:
        """How far it came."""
        return State(self._states[number])

    def end_of(self, number: int) -> End | None:
        """What became of it, if anything has yet."""
        if number not in self._ends:
            return None
        tree = self._read(self._ends[number])
        return End(State(tree["state"]), tree["code"], datetime.fromisoformat(tree["at"]))

    def of(self, provider: str, to: str) -> Sequence[int]:
        """The numbers of everything that went to an address, oldest first."""
        return self._by_address.get(address_id(provider, to), array("q"))

    def of_id(self, address: str) -> Sequence[int]:
        """The same, by the name of the address."""
        return self._by_address.get(address, array("q"))

    def latest_per_address(self, most: int) -> Iterator[tuple[str, int, int]]:
        """For the addresses written to last: name, number of the latest message, and how many there are."""
        newest = heapq.nlargest(most, ((numbers[-1], name) for name, numbers in self._by_address.items()))
        return ((name, number, len(self._by_address[name])) for number, name in newest)

    def latest(self, most: int, before: int | None = None) -> range:
        """Numbers, newest first."""
        top = len(self) if before is None else min(before, len(self))
        return range(top - 1, max(-1, top - 1 - most), -1)

    def sent_since(self, provider: str, to: str, since: datetime, *, template: str | None = None, text: str | None = None) -> int:
        """How many went to an address since then, of one template or one text where that is asked."""
        count, earliest = 0, since.timestamp()
        for number in reversed(self.of(provider, to)):
            if self._times[number] < earliest:
                break
            same = template is None or self._templates[number] == hash(template)
            count += same and (text is None or self._texts[number] == hash(text))
        return count

    def waiting(self) -> list[int]:
        """Numbers of messages about which nothing was said yet."""
        return [number for number, state in enumerate(self._states) if state == State.WAITING]

    def counts(self) -> dict[str, int]:
        """How many messages there are in each state."""
        return {state.name.lower(): self._states.count(int(state)) for state in State}

    def close(self) -> None:
        """Let the file go."""
        os.close(self._file)

    def _replay(self) -> None:
        with os.fdopen(os.dup(self._file), "rb") as file:
            file.seek(0)
            for line in file:
                if not line.endswith(b"\n"):
                    break
                self._replay_line(json.loads(line), (self._size, len(line)))
                self._size += len(line)
        os.ftruncate(self._file, self._size)

    def _replay_line(self, tree: Mapping[str, Any], span: tuple[int, int]) -> None:
        if "message" in tree:
            self._index(Message.of_tree(tree["message"]), span)
        else:
            self._states[tree["end"]], self._ends[tree["end"]] = tree["state"], span

    def _index(self, message: Message, span: tuple[int, int]) -> int:
        number = len(self._spans)
        self._spans.append(span)
        self._times.append(message.at.timestamp())
        self._templates.append(hash(message.template))
        self._texts.append(hash(message.text))
        self._states.append(int(State.WAITING))
        self._by_address.setdefault(address_id(message.provider, message.to), array("q")).append(number)
        return number

    def _append(self, tree: Mapping[str, Any]) -> tuple[int, int]:
        line = f"{json.dumps(tree, ensure_ascii=False, separators=(',', ':'))}\n".encode()
        written = 0
        while written < len(line):
            written += os.write(self._file, line[written:])
        span = (self._size, len(line))
        self._size += len(line)
        return span

    def _read(self, span: tuple[int, int]) -> dict[str, Any]:
        tree: dict[str, Any] = json.loads(os.pread(self._file, span[1], span[0]))
        return tree
