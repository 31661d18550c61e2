"""Policies: drafted and checked, rehearsed, activated from a day; an activated one never changes."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final
from uuid import UUID

from pydantic_core import from_json

from services.grading.deciding import approval_of, named_by
from services.grading.domain.policy import Policy, compile_policy, read_policy
from services.grading.domain.rehearsal import Tally
from services.grading.rehearsing import Asked, rehearse_at_once, told
from services.grading.rulings import policy_of, rules_in_force
from services.grading.store import figures, regrades
from services.grading.store import policies as stored
from services.grading.store.arrays import Row
from services.grading.views.policies import (
    Activate,
    ActivationView,
    PolicyChecked,
    PolicyText,
    PolicyView,
    Rehearsal,
    Rehearse,
)
from shared.contracts.grading import PolicyActivated
from shared.database import Transaction as Tx
from shared.errors import Missing, Refused
from shared.identifiers import new_id
from shared.web import Caller

MOST_AT_ONCE: Final = 5_000
"""Sites up to which a rehearsal is done while one waits."""


class PolicyTaken(Refused):
    """An activated version never changes; another text is another version."""

    code = "policy_taken"
    status = 409
    zh = "版本“{id}”已启用，不可修改；请使用新的版本号"
    en = "The version {id} is active and cannot change; use another id"


class ActivationTooEarly(Refused):
    """A policy grades from today on at the earliest."""

    code = "activation_too_early"
    zh = "启用日期不得早于今天"
    en = "A policy cannot grade from a day before today"


async def draft_policy(text: str, caller: Caller, tx: Tx) -> PolicyChecked:
    """Check a policy and keep it as a draft; a draft of the same id is replaced."""
    policy = compile_policy(*read_policy(text))
    new = stored.NewPolicy(policy.id, policy.document.zh, text)
    if not await stored.add_policy(tx, new, state="draft", by=caller.subject):
        known = await stored.policy(tx, policy.id, lock=True)
        if known is not None and known["state"] != "draft" and known["digest"] != new.digest:
            raise PolicyTaken(id=policy.id)
        await stored.replace_draft(tx, new)
    row = await _policy(tx, policy.id)
    return checked(policy, row["state"], row["digest"])


def checked(policy: Policy, state: str, digest: str) -> PolicyChecked:
    """What a sound policy contains."""
    document = policy.document
    return PolicyChecked(
        id=policy.id,
        name=document.zh,
        state=state,
        digest=digest,
        rules=len(document.all_rules()) - len(document.vetoes),
        vetoes=len(document.vetoes),
        summary={
            "inherent": len(document.inherent.rules),
            "deductions": len(document.management.rules),
            "bonuses": len(document.management.bonuses.rules),
            "facts": len(document.facts),
            "proposed_facts": sorted(key for key, fact in document.facts.items() if fact.proposed),
            "effective_from": document.effective_from.isoformat(),
        },
    )


async def rehearse_policy(policy_id: str, body: Rehearse, caller: Caller, tx: Tx) -> Rehearsal:
    """Who would move under a draft; for very many sites it goes on in the background."""
    draft = await policy_of(tx, policy_id)
    total = await figures.followed_sites(tx)
    if total <= MOST_AT_ONCE:
        tally = await rehearse_at_once(tx, Asked(draft, body.days, tx.today))
        return await told(tx, draft, body.days, tally, {"total": total, "finished_at": tx.now})
    row = {"id": new_id(), "policy": policy_id, "days": body.days, "by": caller.subject, "total": total}
    await stored.add_rehearsal(tx, row)
    tx.ring("rehearsals")
    return await told(tx, draft, body.days, Tally(), row)


async def read_rehearsal(rehearsal_id: UUID, _caller: Caller, tx: Tx) -> Rehearsal:
    """How far a rehearsal has come and what it has found."""
    row = await stored.rehearsal(tx, rehearsal_id)
    if row is None:
        raise Missing
    return await told(tx, await policy_of(tx, row["policy"]), row["days"], Tally(**from_json(row["result"])), row)


async def activate_policy(policy_id: str, body: Activate, caller: Caller, tx: Tx) -> PolicyView:
    """Let a policy grade from a day on; the sites are graded anew in the background."""
    if body.from_ < tx.today:
        raise ActivationTooEarly(pointer="/from")
    await stored.policy(tx, policy_id, lock=True)
    policy = await policy_of(tx, policy_id)
    previous = (await rules_in_force(tx)).on(body.from_.toordinal()).id
    await stored.activate(tx, policy_id, body.from_, caller.subject)
    if body.approvals:
        named_by(body.approvals, 1, caller)
    approvals = (approval_of(caller, tx),)
    tx.say(
        PolicyActivated(
            policy=policy.id, previous=previous, name=policy.document.zh, effective_from=body.from_, approvals=approvals
        )
    )
    tx.ring("activations")
    return await read_policy_view(policy_id, caller, tx)


async def read_policy_view(policy_id: str, _caller: Caller, tx: Tx) -> PolicyText:
    """A policy with its text, and from when it grades."""
    row = await _policy(tx, policy_id)
    view = _view(row, await stored.activations(tx), await regrades.progress(tx), tx.today)
    return PolicyText(**view.model_dump(), document=row["document"])


async def list_policies(_caller: Caller, tx: Tx) -> list[PolicyView]:
    """Every policy, the oldest first."""
    activations, progress = await stored.activations(tx), await regrades.progress(tx)
    return [_view(row, activations, progress, tx.today) for row in await stored.policies(tx)]


async def _policy(tx: Tx, policy_id: str) -> Row:
    row = await stored.policy(tx, policy_id)
    if row is None:
        raise Missing
    return row


def _view(row: Row, activations: Sequence[Row], progress: Mapping[int, int], today: date) -> PolicyView:
    mine = [_activation(each, progress, today) for each in activations if each["policy"] == row["id"]]
    known = {key: row[key] for key in ("id", "name", "state", "digest", "created_at")}
    return PolicyView(**known, activations=mine)


def _activation(row: Row, progress: Mapping[int, int], today: date) -> ActivationView:
    known = {key: row[key] for key in ("effective_from", "activated_at", "total", "finished_at")}
    return ActivationView(**known, graded=progress.get(row["id"], row["graded"]), due=row["effective_from"] <= today)
