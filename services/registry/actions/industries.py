"""Lines of work at the edge: what a caller says of them is read by the lists that ship with the registry."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from services.registry.domain.industry import Industries
from services.registry.rulebook import industries, shipped
from services.registry.views.industries import Division, IndustryLists, Section, SupervisionList
from shared.errors import Refused

_READERS: Final[Mapping[str, Callable[[Industries, str], str]]] = {
    "industry_code": Industries.code,
    "industry_prefix": Industries.prefix,
    "supervision_industry": Industries.supervised,
}


def lines_of_work(told: Mapping[str, Any]) -> dict[str, str]:
    """Those of the fields that name a line of work, as the lists write them; a Refused names its field."""
    return {name: _read(name, told[name]) for name in _READERS if told.get(name) is not None}


def _read(name: str, text: str) -> str:
    try:
        return _READERS[name](industries(), text)
    except Refused as refusal:
        refusal.pointer = f"/{name}"
        raise


def industry_lists() -> IndustryLists:
    """Both lists, with where they come from."""
    document = shipped("industries")
    sections = [
        Section(
            letter=letter, zh=part["zh"], divisions=[Division(division=number, zh=zh) for number, zh in part["divisions"].items()]
        )
        for letter, part in document["sections"].items()
    ]
    listed = document["supervision"]
    supervision = SupervisionList(version=listed["version"], mark=listed["mark"], words=list(listed["words"]))
    return IndustryLists(edition=document["edition"], mark=document["mark"], sections=sections, supervision=supervision)
