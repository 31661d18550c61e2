"""From an occurrence to intentions: one for each person and kind, with its text, its route and its times."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from services.notify.domain.audience import Addressee, addressees
from services.notify.domain.book import Book
from services.notify.domain.quiet import next_at
from services.notify.domain.routes import Journey, Silence, chosen, journey
from services.notify.domain.shelf import Shelf
from services.notify.domain.surroundings import Occurrence, Preference, Surroundings
from services.notify.domain.telling import Group, Route, Rule, Step, Telling, Urgency
from services.notify.domain.values import Scene, Words, values


@dataclass(frozen=True, slots=True)
class Library:
    """What is needed to plan: the rule book, the texts, the short words; and which events anybody outside follows."""

    book: Book
    shelf: Shelf
    words: Words
    followed: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Intention:
    """One person is to be told one kind of thing because of one occasion; never planned twice.

    ``occasion`` is the event, or the matter itself for kinds that are told once in its life.
    """

    occasion: UUID
    occurrence: Occurrence
    addressee: Addressee
    telling: Telling
    template: str
    template_version: int
    language: str
    variables: Mapping[str, str]
    clause: str | None
    journey: Journey
    silence: Silence
    expires: datetime
    acknowledge_by: datetime | None

    @property
    def key(self) -> tuple[UUID, UUID, str]:
        """What makes it one intention."""
        return self.occasion, self.addressee.person_id, self.telling.kind

    @property
    def send_after(self) -> datetime:
        """The first moment at which something leaves; the moment of planning for the inbox alone."""
        return min((start.due for start in self.journey.starts), default=self.occurrence.at)


@dataclass(frozen=True, slots=True)
class Planner:
    """Plans with one library in one surrounding at one moment."""

    library: Library
    around: Surroundings
    now: datetime

    def plan(self, occurrence: Occurrence) -> list[Intention]:
        """Every intention that the rules see in an occurrence; who stands in two of them under one kind hears the first."""
        rules = self.library.book.by_event.get(occurrence.name, ())
        found = [i for rule in rules if rule.concerns(occurrence.facts) for i in self._told_by(rule, occurrence)]
        return list({intention.key: intention for intention in reversed(found)}.values())[::-1]

    def _told_by(self, rule: Rule, occurrence: Occurrence) -> Iterator[Intention]:
        occasion = occurrence.facts[rule.once_per] if rule.once_per else occurrence.id
        moment = next_at(self.now, rule.at) if rule.at is not None else self.now
        expects = rule.expects.get(occurrence.facts.get("rung", 0))
        told = replace(occurrence, facts={**occurrence.facts, "expects": expects}) if expects else occurrence
        yield from self.tell(rule, Occasion(occasion, told, moment))

    def tell(self, telling: Telling, occasion: "Occasion") -> Iterator[Intention]:
        """One intention for each person of each group; who stands in two groups hears the first text."""
        seen: set[UUID] = set()
        for group in telling.to:
            for addressee in self._people(group, occasion.occurrence):
                if addressee.person_id not in seen and self._wants(telling, addressee):
                    yield self._intention(telling, group, addressee, occasion)
                seen.add(addressee.person_id)

    def _people(self, group: Group, occurrence: Occurrence) -> Iterator[Addressee]:
        for who in group.who:
            yield from addressees(who, occurrence, self.around)

    def _wants(self, telling: Telling, addressee: Addressee) -> bool:
        preference = self.around.preferences.get(addressee.chooser)
        return not (preference and telling.kind in self.library.book.free and telling.kind in preference.off)

    def _intention(self, telling: Telling, group: Group, addressee: Addressee, occasion: "Occasion") -> Intention:
        book, occurrence = self.library.book, occasion.occurrence
        preference = self.around.preferences.get(addressee.chooser)
        language = str(occurrence.facts.get("language") or (preference.language if preference else "zh-CN"))
        template = self.library.shelf.newest(str(occurrence.facts.get("template") or group.template))
        silence = Silence.of(book, telling.urgency, preference)
        route = self._route(telling, group, preference, occasion)
        unreachable = self.around.unreachable.get(addressee.person_id, frozenset())
        return Intention(
            occasion=occasion.id,
            occurrence=occurrence,
            addressee=addressee,
            telling=telling,
            template=template.code,
            template_version=template.version,
            language=language,
            variables=values(template.variables, Scene(occurrence, self.around, self.library.words, language)),
            clause=clause_of(occurrence.facts, self.around),
            journey=journey(route, occasion.moment, silence, unreachable),
            silence=silence,
            expires=occasion.moment + telling.expires,
            acknowledge_by=occasion.moment + book.ladders[telling.ladder].rungs[0].after if telling.ladder else None,
        )

    def _route(self, telling: Telling, group: Group, preference: Preference | None, occasion: "Occasion") -> Route:
        if only := occasion.occurrence.facts.get("only_on"):
            return (Step.model_validate({"channel": only}),)
        route = group.sms_route if occasion.sms and group.sms_route else group.route
        is_free = telling.kind in self.library.book.free and telling.urgency is Urgency.ORDINARY
        return chosen(route, preference) if is_free else route


@dataclass(frozen=True, slots=True)
class Occasion:
    """Why and when somebody is told: ``id`` makes it once only; ``sms`` says that a reminder may end in an SMS."""

    id: UUID
    occurrence: Occurrence
    moment: datetime
    sms: bool = False


def facts_of(event: Any) -> dict[str, Any]:
    """An event's facts by the names that they have on the wire, with dates and identities as they are."""
    dumped: dict[str, Any] = event.model_dump(mode="python", by_alias=True)
    return dumped


def clause_of(facts: Mapping[str, Any], around: Surroundings) -> str | None:
    """The handbook's clause with its version, as it stands on the day of the notice: the event's own, else the item's."""
    clause = facts.get("clause")
    if not clause:
        return around.clauses.get(str(facts.get("item")))
    number, version = clause["clause"] or clause["rule"], facts.get("clause_version")
    return f"{number}@{version}" if version else number
