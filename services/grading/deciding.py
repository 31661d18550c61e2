"""What people decide becomes a fact like any other: written, journaled, graded and said in one transaction."""

from collections.abc import Sequence
from uuid import UUID

from services.grading.case import Case
from services.grading.casebook import save
from services.grading.domain.registers import Write
from services.grading.rulings import rules_in_force
from services.grading.saying import say_decisions
from services.grading.store import cases as stored
from services.grading.views.matters import ApprovalGiven
from shared.contracts.vocabulary import Approval, GradeCause, Role
from shared.database import Transaction
from shared.errors import Refused
from shared.web import Caller


class ApprovalsMissing(Refused):
    """A decision of this weight needs different persons, and the caller is one of them."""

    code = "approvals_missing"
    zh = "需要{needed}名不同人员审批，且包含提交人本人"
    en = "{needed} different persons must approve, the caller among them"


def named_by(given: Sequence[ApprovalGiven], needed: int, caller: Caller) -> list[str]:
    """The accounts that are to agree; Refused unless they are enough different ones, the caller among them."""
    named = list(dict.fromkeys(approval.by for approval in given))
    if len(named) < needed or caller.subject not in named:
        raise ApprovalsMissing(needed=needed, pointer="/approvals")
    return named


def approval_of(caller: Caller, tx: Transaction) -> Approval:
    """That the caller agrees: nobody else can say it for him."""
    return Approval(by=caller.subject, role=Role.ENFORCER if caller.has("enforcer") else Role.BUREAU, at=tx.now)


def told_by(given: Sequence[ApprovalGiven], named: Sequence[str], caller: Caller, tx: Transaction) -> tuple[Approval, ...]:
    """The approvals as the caller tells of them, where the policy does not ask the second person to sign in."""
    own, moments = approval_of(caller, tx), {approval.by: approval.at for approval in given}
    return tuple(
        own if person == own.by else Approval(by=person, role=own.role, at=moments[person] or tx.now) for person in named
    )


async def settle(tx: Transaction, site_id: UUID, source: UUID, write: Write, cause: GradeCause) -> Case:
    """Write what people decided about a site, and decide anew; whoever reads the site after this sees it."""
    rules = await rules_in_force(tx)
    [row] = await stored.lock_sites(tx, [site_id])
    case = Case.of(row)
    today = tx.today.toordinal()
    case.hear(source, [write], today, rules)
    case.decide(today, rules, None, cause)
    await say_decisions(tx, await save(tx, [case], tx.today), rules)
    await tx.catch_up()
    return case


def next_sequence(case_facts: Case, family: str, name: str) -> int:
    """The version that follows what stands under a key."""
    register = case_facts.course.facts.current.get(family, {}).get(name)
    return 1 if register is None else int(register[0]) + 1
