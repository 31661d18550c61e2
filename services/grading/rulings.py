"""Which policies grade, out of the database: compiled once per process, chosen by day."""

from datetime import date
from functools import cache
from importlib import resources
from typing import Final

from services.grading.domain.course import Rules
from services.grading.domain.policy import Policy, compile_policy, read_policy
from services.grading.store import policies as stored
from shared.calendar import add_working_days
from shared.database import Transaction
from shared.errors import Missing

DEFAULT: Final = "DEFAULT-2026.2"

_compiled: dict[str, Policy] = {}
"""By digest of its text."""


@cache
def shipped_text(identity: str = DEFAULT) -> str:
    """The text of a policy that comes with this release."""
    return resources.files("services.grading.policies").joinpath(f"{identity}.yaml").read_text(encoding="utf-8")


@cache
def shipped_policy(identity: str = DEFAULT) -> Policy:
    """A policy that comes with this release, compiled."""
    return compile_policy(*read_policy(shipped_text(identity)))


@cache
def working_days(day: int, number: int) -> int:
    """The number-th working day after a day, both as ordinals."""
    return add_working_days(date.fromordinal(day), number).date.toordinal()


async def rules_in_force(tx: Transaction) -> Rules:
    """The policies by the day from which each grades; before the first is activated, the one that is shipped.

    Whoever writes installs it; whoever only reads is answered by it.
    """
    activated = await stored.activations(tx)
    if not activated:
        policy = shipped_policy()
        if await stored.only_reads(tx):
            return Rules(((policy.document.effective_from.toordinal(), policy),), working_days)
        await stored.install_policy(
            tx, stored.NewPolicy(policy.id, policy.document.zh, shipped_text()), policy.document.effective_from
        )
        activated = await stored.activations(tx)
    policies = [
        (row["effective_from"].toordinal(), _compiled.get(row["digest"]) or await policy_of(tx, row["policy"]))
        for row in activated
    ]
    return Rules(tuple(policies), working_days)


async def policy_of(tx: Transaction, identity: str) -> Policy:
    """A stored policy, compiled once per process and text: an activated one never changes, a draft may."""
    row = await stored.policy(tx, identity)
    if row is None:
        raise Missing
    if row["digest"] not in _compiled:
        _compiled[row["digest"]] = compile_policy(*read_policy(row["document"]))
    return _compiled[row["digest"]]
