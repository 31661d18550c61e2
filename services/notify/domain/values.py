"""What stands in the placeholders: one small function per variable, over the occurrence and what is known around it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from services.notify.domain.sms_text import fit
from services.notify.domain.surroundings import Occurrence, Site, Surroundings
from shared.clock import SHANGHAI, shanghai_date
from shared.contracts.vocabulary import HazardCategory, Level, SiteKind, Word

Words = Mapping[str, Mapping[str, Mapping[str, str]]]


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything that a variable may look at."""

    occurrence: Occurrence
    around: Surroundings
    words: Words
    language: str

    @property
    def facts(self) -> Mapping[str, Any]:
        """The facts of the occurrence."""
        return self.occurrence.facts

    def word(self, shelf: str, code: Any) -> str | None:
        """The short word for a code, or None."""
        entry = self.words.get(shelf, {}).get(str(code))
        return entry[self.language] if entry else None

    def fallback(self, key: str) -> str:
        """What is said where nothing is known."""
        return self.words["fallbacks"][key][self.language]


def values(names: Iterable[str], scene: Scene) -> dict[str, str]:
    """The values of the named variables, each as it may travel in an SMS; KeyError for a variable that nobody can fill."""
    given: Mapping[str, Any] = scene.facts.get("variables") or {}
    return {name: str(given[name]) if name in given else fit(SOURCES[name](scene)) for name in names}


def day(value: Any, language: str) -> str:
    """A day as people say it: 11月30日, or 30 Nov."""
    moment = value.astimezone(SHANGHAI) if isinstance(value, datetime) else value
    if not isinstance(moment, date):
        return str(value)
    name = moment.strftime("%-d %b") if language == "en" else f"{moment.month}月{moment.day}日"
    return f"{name} {moment:%H:%M}" if isinstance(moment, datetime) else name


def _term(word: Any, language: str) -> str:
    """An enumeration's member in the reader's language."""
    if isinstance(word, Level):
        return word.value if language == "en" else f"{word.zh}色"
    if isinstance(word, Word):
        return word.value.replace("_", " ") if language == "en" else word.zh
    return str(word)


def _name(scene: Scene) -> str:
    site = _site(scene)
    return site.name if site and site.name else scene.fallback("site")


def _site(scene: Scene) -> Site | None:
    site_id = scene.occurrence.site_id
    return scene.around.sites.get(site_id) if site_id else None


def _building(scene: Scene) -> str:
    site = _site(scene)
    above = scene.facts.get("landlord_site_id") or (site.landlord_site_id if site else None)
    landlord = scene.around.sites.get(above) if above else None
    named = landlord.name if landlord and landlord.kind is not SiteKind.TENANT else ""
    return named.partition("（")[0] or scene.fallback("building")


def _brief(scene: Scene) -> str:
    item, category = scene.facts.get("item"), scene.facts.get("category")
    named = scene.word("items", item) or scene.around.titles.get(str(item))
    if named or category is None:
        return named or str(item)
    return _term(HazardCategory(category), scene.language)


def _days(scene: Scene) -> str:
    """Days left until the date of a reminder, or days since a hazard was due."""
    if "days" in scene.facts:
        return str(scene.facts["days"])
    due = scene.facts.get("due")
    day_due = shanghai_date(due) if isinstance(due, datetime) else due
    return str(abs((day_due - shanghai_date(scene.occurrence.at)).days)) if isinstance(day_due, date) else "0"


def _why(scene: Scene) -> str:
    """Of a level that dropped the first veto, else the heaviest reason; that things are better, of one that rose."""
    facts = scene.facts
    if _is_better(facts):
        return scene.word("reasons", "improved") or ""
    if facts.get("vetoes"):
        return scene.word("reasons", facts["vetoes"][0]["rule"]) or scene.word("reasons", "veto") or ""
    costly = [reason for reason in facts.get("reasons") or () if not reason["rule"].startswith("bonus.")]
    reasons = sorted(costly, key=lambda reason: -abs(reason["points"]))
    named = [scene.word("reasons", reason["rule"]) for reason in reasons]
    known = [word for word in named if word]
    return known[0] if known else _term(facts.get("cause") or scene.word("reasons", "score"), scene.language)


def _is_better(facts: Mapping[str, Any]) -> bool:
    before, after = facts.get("from"), facts.get("to")
    return isinstance(before, Level) and isinstance(after, Level) and after.rank < before.rank


def _result(scene: Scene) -> str:
    facts = scene.facts
    if "granted" in facts:
        return {True: ("同意", "granted"), False: ("不同意", "not granted")}[facts["granted"]][scene.language == "en"]
    return _term(facts.get("decision"), scene.language)


def _number(scene: Scene) -> str:
    """The readable number, else the last characters of the identity (the random part of a UUIDv7)."""
    facts = scene.facts
    identity = next((facts[key] for key in ("lease_id", "complaint_id", "appeal_id") if facts.get(key)), scene.occurrence.id)
    return str(facts["number"]) if facts.get("number") else str(identity)[-6:].upper()


def _date_of(*fields: str) -> Callable[[Scene], str]:
    def find(scene: Scene) -> str:
        return day(next((scene.facts[name] for name in fields if scene.facts.get(name)), scene.occurrence.at), scene.language)

    return find


def _term_of(*fields: str) -> Callable[[Scene], str]:
    return lambda scene: _term(next((scene.facts[name] for name in fields if scene.facts.get(name)), ""), scene.language)


def _count(scene: Scene) -> str:
    """How many: items of a contradiction, an officer's targets, else one."""
    facts = scene.facts
    if facts.get("items"):
        return str(len(facts["items"]))
    return str(facts["targets"]) if "targets" in facts else "1"


def _certificate(scene: Scene) -> str:
    code = scene.facts.get("certificate_type")
    return scene.word("certificates", code) or str(code)


SOURCES: dict[str, Callable[[Scene], str]] = {
    "name": _name,
    "party": _name,
    "bld": _building,
    "brief": _brief,
    "d": _days,
    "why": _why,
    "result": _result,
    "no": _number,
    "n": _count,
    "due": _date_of("due", "finish_by", "valid_to", "next_due", "end"),
    "date": _date_of("scheduled_on", "starts", "held_on"),
    "until": _date_of("notice_until", "ends"),
    "a": _term_of("from", "level"),
    "b": _term_of("to", "level"),
    "level": _term_of("level"),
    "reason": _term_of("reason"),
    "channel": _term_of("channel"),
    "topic": lambda scene: scene.facts.get("name") or scene.word("events", scene.occurrence.name) or scene.occurrence.name,
    "cert": _certificate,
    "person": lambda scene: scene.fallback("person"),
    "expects": lambda scene: (scene.facts.get("expects") or {}).get(scene.language) or scene.fallback("expects"),
    "hours": lambda scene: str(scene.facts.get("hours", 4)),
    "tel": lambda scene: str(scene.facts.get("tel", "")),
}
