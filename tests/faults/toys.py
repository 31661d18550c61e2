"""The post office on trial: two toy services that show the event path alone, without anybody's business."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from shared.database import make_engine
from shared.service import Service
from tests.faults.casts import Cast, Tokens
from tests.faults.desk import Desk, fresh_id
from tests.faults.evidence import Evidence, Violation
from tests.faults.ledger import Operation
from tests.support.post_office import create_tables, receiver, sender
from tests.support.service import settings_for

READ_TWICE, NOT_READ = "a letter read more than once", "a letter posted and never read"
_ERRANDS = 5


@dataclass(frozen=True, slots=True)
class Letters:
    """How often the receiver has read each letter, and which letters there are."""

    posted: frozenset[str]
    read: Mapping[str, int]


class Toys:
    """Letters are posted over HTTP, and each must be read once."""

    name = "toys"
    services = ("sender", "receiver")
    asked = ("sender",)

    def load(self, *names: str) -> tuple[Service, ...]:
        """Sender and receiver."""
        every = {"sender": sender, "receiver": receiver}
        return tuple(every[name] for name in names or self.services)

    async def prepare(self, url: str) -> None:
        """Both schemas."""
        engine = make_engine(settings_for(url, Path()), "tables")
        await create_tables(engine)
        await engine.dispose()

    def environment(self, addresses: Mapping[str, str], tokens: Tokens) -> Mapping[str, str]:
        """Nothing beyond the common settings."""
        return {}

    async def story(self, desk: Desk, tokens: Tokens, chance: Random) -> None:
        """A few letters: some with an id of the customer's, some known by their key alone."""
        token = tokens("bureau")
        for _ in range(_ERRANDS):
            identity = fresh_id()
            named = chance.random() < 0.5
            operation = Operation(
                id=identity,
                service="sender",
                kind="post_letter",
                path="/api/sender/letters",
                body={"id": identity} if named else {},
                says={"sender.letter_posted.v1": 1},
                thing=("sender.letters", identity) if named else None,
                keyed=not named or chance.random() < 0.5,
                token=token,
            )
            await desk.ask(operation)

    async def busy(self, connection: Any) -> Sequence[str]:
        """Toys have no workers."""
        return ()

    async def collect(self, connection: Any, data: Path) -> Letters:
        """What was posted and what was read."""
        posted = await connection.fetch("SELECT id::text FROM sender.letters")
        read = await connection.fetch("SELECT letter_id::text, times FROM receiver.read")
        return Letters(frozenset(row["id"] for row in posted), {row["letter_id"]: row["times"] for row in read})

    def judge(self, evidence: Evidence, facts: Letters) -> tuple[list[Violation], dict[str, int]]:
        """Every letter is read once."""
        twice = (Violation(READ_TWICE, f"{letter} {times} times") for letter, times in facts.read.items() if times != 1)
        never = (Violation(NOT_READ, letter) for letter in facts.posted - facts.read.keys())
        return list(itertools.chain(twice, never)), {"letters": len(facts.posted)}


CAST: Cast = Toys()
