"""The four services on trial: registry, inspection, grading and notify, with real customers and a file for every phone."""

import contextlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from random import Random
from typing import Any

from services.__main__ import load
from shared.database import make_engine
from shared.database.migrations import migrate
from shared.service import Service
from tests.faults.casts import Cast, Tokens
from tests.faults.clock import SHIFT, shift, trial_now
from tests.faults.desk import Desk
from tests.faults.evidence import Evidence, Violation
from tests.faults.house_facts import HouseFacts, collected, judged
from tests.faults.house_load import RefusedError, Yard
from tests.support.service import settings_for

_LEASE_SECONDS = 10
_BUSY = {
    "roll-ups": "SELECT count(*) FROM grading.rollups",
    "dispatches": "SELECT count(*) FROM notify.dispatches WHERE state IN ('sending', 'unknown')"
    " OR (state = 'due' AND due_at <= now() + make_interval(secs => {shift}))",
}


class House:
    """Who is where, what was seen, what it means, who must know."""

    name = "house"
    services = ("registry", "inspection", "grading", "notify")
    asked = ("registry", "inspection")

    def load(self, *names: str) -> tuple[Service, ...]:
        """The named services, as ``python -m services`` loads them."""
        return load(*(names or self.services))

    async def prepare(self, url: str) -> None:
        """Every service at its newest migration."""
        await migrate(make_engine(settings_for(url, Path()), "migrate"), self.services)

    def environment(self, addresses: Mapping[str, str], tokens: Tokens) -> Mapping[str, str]:
        """Notify asks the registry for addresses, whichever process that is; leases outlive every pause of a trial."""
        return {
            "MASHANG_NOTIFY_REGISTRY_URL": addresses["registry"],
            "MASHANG_NOTIFY_REGISTRY_TOKEN": tokens("integrator", subject="notify", source="notify"),
            "MASHANG_NOTIFY_LEASE_SECONDS": str(_LEASE_SECONDS),
            SHIFT: str(shift().total_seconds()),
        }

    async def story(self, desk: Desk, tokens: Tokens, chance: Random) -> None:
        """One yard, from its landlord to the last hazard; who is refused goes home."""
        yard = Yard(desk, tokens, chance, trial_now())
        with contextlib.suppress(RefusedError):
            for site, party in await yard.settle():
                await yard.work(site, party)

    async def busy(self, connection: Any) -> Sequence[str]:
        """Roll-ups and dispatches that somebody still has to take."""
        counts = {what: await connection.fetchval(query.format(shift=shift().total_seconds())) for what, query in _BUSY.items()}
        return [f"{count} {what}" for what, count in counts.items() if count]

    async def collect(self, connection: Any, data: Path) -> HouseFacts:
        """Copies of sites, levels, hazards, dispatches and the phones' screens."""
        return await collected(connection, data, trial_now())

    def judge(self, evidence: Evidence, facts: HouseFacts) -> tuple[list[Violation], dict[str, int]]:
        """Every copy agrees with its owner, every level follows from the facts, every notice reached one screen once."""
        return judged(evidence, facts)


CAST: Cast = House()
