"""What every review needs: asking departments, who speaks for them, reading their answers, and keeping the steps."""

from collections.abc import Iterable, Sequence
from typing import Any

from services.registry.domain.admission import AdmissionState, Opinion, Verdict, opened
from services.registry.domain.gate import Check, Department
from services.registry.store.admission import ask_departments, checks_of, take_step
from services.registry.store.history import remember
from services.registry.store.rows import Row
from shared.calendar import shipped_calendar
from shared.contracts.vocabulary import CheckResult, RuleCheck, RuleRef
from shared.database import Transaction as Tx
from shared.errors import Forbidden
from shared.web import Caller


async def ask(lease: Row, departments: Sequence[Department], tx: Tx) -> None:
    """Ask some departments in the lease's present round; the first step's answers are due from today, in working days."""
    asked = [Opinion(place.code, AdmissionState(place.step)) for place in departments]
    due = opened(asked, departments, tx.today, shipped_calendar())
    blank: dict[str, Any] = {"verdict": None, "conditions": [], "file_id": None, "given_by": None, "given_at": None}
    own = {"lease_id": lease["id"], "round": lease["round"], **blank}
    rows = [{**own, "department": place.code, "step": place.step, "due": due.get(place.code)} for place in departments]
    await ask_departments(tx, rows)


def as_opinions(rows: Iterable[Row]) -> list[Opinion]:
    """The rows as the rules of the review take them."""
    return [
        Opinion(row["department"], AdmissionState(row["step"]), Verdict(row["verdict"]) if row["verdict"] else None, row["due"])
        for row in rows
    ]


async def enter(row: Row, by: str, tx: Tx, note: str | None = None) -> None:
    """Keep where the lease stands now."""
    await take_step(tx, row, by, note)
    await remember(tx, "lease", by, row)


def rule_checks(checks: Iterable[Check]) -> tuple[RuleCheck, ...]:
    """Checks as they travel: the rule, its clause, the result."""
    return tuple(RuleCheck(rule=RuleRef(rule=check.rule, clause=check.clause), result=check.result) for check in checks)


async def held_checks(lease: Row, tx: Tx) -> tuple[RuleCheck, ...]:
    """The checks of the lease's present round, as they travel."""
    rows = await checks_of(tx, lease["id"], lease["round"])
    return tuple(
        RuleCheck(rule=RuleRef(rule=row["rule"], clause=row["clause"]), result=CheckResult(row["result"])) for row in rows
    )


def require_speaks_for(caller: Caller, department: str) -> None:
    """A department speaks for itself; the bureau enters what it got on paper; a grid officer checks on site."""
    if caller.has("bureau", "admin"):
        return
    on_site = department in {"site_check", "village"} and caller.has("grid_officer")
    if not on_site and not (caller.has("department") and caller.department == department):
        raise Forbidden
