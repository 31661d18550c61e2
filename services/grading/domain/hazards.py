"""Hazards as conditions see them: open or closed, whose they are, and how late."""

from typing import Any, Final

from services.grading.domain.days import day_of
from services.grading.domain.language import Environment
from services.grading.domain.records import Hazard
from services.grading.domain.registers import EVENT, HEARD, MERGED, VALUE, Families, Family, Register

_ENDED: Final = frozenset({"closed", "rejected"})
_WAITING: Final = frozenset({"submitted", "acceptance_requested", "extension_requested", "transferred"})
"""The other side has to act, so the clock of the responsible party stands still."""


def hazards_of(family: Family, current: Families, env: Environment) -> list[Hazard]:
    """The hazards of a family of registers, rejected ones left out."""
    card = current.get("site", {}).get("card")
    party = card[VALUE].get("party") if card else None
    answers_for = {party, *current.get(MERGED, ())}
    waiting, ended = current.get("hazard_waiting", {}), current.get("hazard_ended", {})
    found = []
    for name, register in family.items():
        value = register[VALUE]
        if value is None or value["state"] == "rejected":
            continue
        by = value["by"]
        hazard = _hazard(name, register[EVENT], value, party is None or not by or not answers_for.isdisjoint(by))
        if hazard.state in _ENDED:
            _end(hazard, register, ended.get(name))
        else:
            _delay(hazard, waiting.get(name), env)
        found.append(hazard)
    return found


def _hazard(name: str, event: str, value: dict[str, Any], own: bool) -> Hazard:  # noqa: FBT001 - one of the fields
    """An open hazard that is not late."""
    level = value["level"]
    return Hazard(
        name,
        event,
        value["number"],
        value["item"],
        level,
        value["source"],
        value["state"],
        level == "major",
        own,
        "shared" in value,
        "repeat" in value,
        day_of(value["due"]),
        day_of(value["found"]),
    )


def _end(hazard: Hazard, register: Register, ended: Register | None) -> None:
    hazard.open = False
    if ended is None or ended[VALUE] is None:
        hazard.closed_on = register[HEARD]
        return
    hazard.closed_on = day_of(ended[VALUE]["on"])
    hazard.overdue_days = ended[VALUE]["overdue_days"]
    hazard.late = hazard.overdue_days > 0


def _delay(hazard: Hazard, waiting: Register | None, env: Environment) -> None:
    """Days beyond the due date; how they grow from there is the business of the rule that counts them."""
    stopped = day_of(waiting[VALUE]["on"]) if waiting is not None and hazard.state in _WAITING else None
    hazard.running = stopped is None
    if stopped is None and env.today <= hazard.due:
        env.horizon = min(env.horizon, hazard.due + 1)
        return
    hazard.overdue_days = max(0, (env.today if stopped is None else min(stopped, env.today)) - hazard.due)
    hazard.late = hazard.overdue = hazard.overdue_days > 0
