"""What the record of a party answers about its sites: the head count of the largest shift, the standardisation level."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from services.registry.domain.party import Standardisation

SOURCE: Final = "ledger"
PEOPLE: Final = "people_on_site"
STANDARDISATION: Final = "standardisation"
_LEVELS: Final = {
    Standardisation.FIRST: "level_1",
    Standardisation.SECOND: "level_2",
    Standardisation.THIRD: "level_3",
    Standardisation.MICRO: "micro",
    Standardisation.NONE: "none",
}


def people_of(party: Mapping[Any, Any]) -> int | None:
    """How many work in the largest shift; all employees where nobody has told the shift."""
    shift = party["details"].get("largest_shift")
    found: int | None = party["employees"] if shift is None else shift
    return found


def told_by_party(party: Mapping[Any, Any]) -> dict[str, dict[str, Any]]:
    """The answers by key; a key is left out where the record does not tell."""
    people, level = people_of(party), party["standardisation"]
    expires = party["details"].get("standardisation_expires_on")
    until = {"valid_to": date.fromisoformat(expires)} if expires else {}
    found = {PEOPLE: {"value": people}} if people is not None else {}
    return found | ({STANDARDISATION: {"value": _LEVELS[Standardisation(level)], **until}} if level else {})


def stands(key: str, held: Mapping[Any, Any] | None) -> bool:
    """Whether an answer on file stands over the party's: one verified or counted on site; the level is the party's own."""
    return held is not None and key != STANDARDISATION and (held["verified_by"] is not None or held["source"] != SOURCE)
