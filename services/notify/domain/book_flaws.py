"""What a rule book or a text would trip over while somebody is to be told; found before it is published."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from services.notify.domain.audience import WORDS
from services.notify.domain.book import Book
from services.notify.domain.shelf import Shelf
from services.notify.domain.sms_text import LONGEST_VARIABLE, fit
from services.notify.domain.telling import DateRule, Telling
from services.notify.domain.template import LANGUAGES, Template
from services.notify.domain.values import SOURCES

FactsByEvent = Mapping[str, frozenset[str]]

_FIGURES = frozenset({"date", "grid", "found", "closed", "open", "overdue", "major", "red"})
_DIGEST = "notify.digest"
_VERIFICATION = "notify.verification"
_LISTED = frozenset({"n", "brief", "list"})
GIVEN: Mapping[str, frozenset[str] | None] = {
    "notify.daily_brief": _FIGURES,
    "notify.weekly_brief": _FIGURES,
    "notify.weekly_digest": _LISTED,
    _DIGEST: _LISTED,
    _VERIFICATION: frozenset({"code", "minutes"}),
    "notify.subscription_test": frozenset({"date"}),
    "notify.subscription_paused": frozenset({"n", "date"}),
    "notify.broadcast": None,
}
"""Occasions of our own whose variables come with them; None where whoever orders it gives them all."""

_OWN = frozenset({*GIVEN, "notify.followed", "notify.self_check_expected", "notify.landlord_check_expected"})
_ANY_TEXT = "-"


@dataclass(frozen=True, slots=True)
class Flaw:
    """One thing that is not there, as a code, and where the book speaks of it."""

    code: str
    place: str


def flaws(book: Book, shelf: Shelf, events: FactsByEvent) -> list[Flaw]:
    """Every flaw of a book, in its order; the empty list when it may be published."""
    ours = _OWN | {ladder.occasion for ladder in book.ladders.values()}
    check = _Check(book, shelf, events, ours)
    return [*check.rules(), *check.dates(), *check.endings(), *check.ladders(), *check.briefs(), *check.kinds(), *check.digest()]


def unfilled(template: Template, book: Book) -> list[str]:
    """The variables of a text that nothing would fill where the book tells with it."""
    found: dict[str, None] = {}
    for occasion in _occasions(template.code, book):
        found |= dict.fromkeys(_not_given(template, occasion))
    return list(found)


def _occasions(code: str, book: Book) -> Iterator[str]:
    """Every occasion on which the book tells with a text."""
    for rule in book.rules:
        if any(group.template == code for group in rule.to):
            yield from rule.hears
    for date in book.dates:
        if code in {*(group.template for group in date.to), *(offset.template for offset in date.at)}:
            yield from date.opens
    if code == book.digest_template:
        yield _DIGEST
    if code == book.verification.template:
        yield _VERIFICATION


def _not_given(template: Template, occasion: str) -> list[str]:
    """A digest is filled from its reminders alone, a code stands alone; everything else may look around as well."""
    given = GIVEN.get(occasion, frozenset())
    if given is None:
        return []
    known = given if occasion in {_DIGEST, _VERIFICATION} else given | frozenset(SOURCES)
    return [name for name in template.variables if name not in known]


@dataclass(frozen=True, slots=True)
class _Check:
    book: Book
    shelf: Shelf
    events: FactsByEvent
    ours: frozenset[str]

    def rules(self) -> Iterator[Flaw]:
        """Rules hear what is said, look at what is in it, and tell people who can be found a text that can be filled."""
        for number, rule in enumerate(self.book.rules):
            place = f"rules.{number} ({rule.kind})"
            yield from self._names(rule.hears, f"{place}.hears")
            keys = {**rule.when, **rule.unless, **dict.fromkeys((*rule.present, *rule.absent, *filter(None, [rule.once_per])))}
            yield from self._facts(rule.hears, keys, place)
            for rung, expects in rule.expects.items():
                yield from _expects_flaws(expects, f"{place}.expects.{rung}")
            yield from self._telling(rule, rule.hears, place)

    def dates(self) -> Iterator[Flaw]:
        """Dates are set by events that carry them."""
        for number, date in enumerate(self.book.dates):
            place = f"dates.{number} ({date.kind})"
            yield from self._names((*date.opens, *date.closes), place)
            yield from self._facts(date.opens, (date.thing, date.date), place)
            yield from self._closed(date, place)
            for code in dict.fromkeys(offset.template for offset in date.at if offset.template):
                yield from self._text(code, date.opens, f"{place}.at")
            yield from self._telling(date, date.opens, place)

    def _closed(self, date: DateRule, place: str) -> Iterator[Flaw]:
        for name in date.closes:
            known = self.events.get(name)
            if known is not None and not known & {date.thing, "site_id"}:
                yield Flaw("fact_unknown", f"{place}.closes: {name}.{date.thing}")

    def endings(self) -> Iterator[Flaw]:
        """Endings are events about the thing that ends."""
        for name, ending in self.book.endings.items():
            happenings = [*ending.ends, *ending.begins_again]
            heard = (*(happens.event for happens in happenings), *ending.stops_climbing)
            yield from self._names(heard, f"endings.{name}")
            yield from self._facts(heard, (ending.thing,), f"endings.{name}")
            for happens in happenings:
                yield from self._facts((happens.event,), happens.when, f"endings.{name}")

    def ladders(self) -> Iterator[Flaw]:
        """A rung is told by a rule, to people who can be found, in both languages."""
        for name, ladder in self.book.ladders.items():
            if ladder.occasion not in self.book.by_event:
                yield Flaw("nobody_hears", f"ladders.{name}.occasion: {ladder.occasion}")
            for number, rung in enumerate(ladder.rungs):
                place = f"ladders.{name}.rungs.{number}"
                yield from (Flaw("recipient_unknown", f"{place}: {who}") for who in rung.recipients if not _is_somebody(who))
                yield from (
                    Flaw("language_missing", f"{place}: {word}") for word in ("zh-CN", "en") if not rung.expects.get(word)
                )

    def briefs(self) -> Iterator[Flaw]:
        """Briefs go to people who can be found."""
        for name, brief in (("daily", self.book.daily), ("weekly", self.book.weekly), ("digest", self.book.digest)):
            if brief.occasion not in self.book.by_event:
                yield Flaw("nobody_hears", f"briefs.{name}.occasion: {brief.occasion}")
            yield from (Flaw("recipient_unknown", f"briefs.{name}: {who}") for who in brief.to if not _is_somebody(who))

    def kinds(self) -> Iterator[Flaw]:
        """What is free, or tried more or less often, is something that is told."""
        known = {telling.kind for telling in self.book.tellings()}
        yield from (Flaw("kind_unknown", f"free: {kind}") for kind in sorted(self.book.free - known))
        yield from (Flaw("kind_unknown", f"retries: {kind}") for kind in self.book.retries if kind not in {*known, "otherwise"})

    def digest(self) -> Iterator[Flaw]:
        """The digest has a text of its own, and so has the code that verifies a mobile."""
        yield from self._text(self.book.digest_template, (_DIGEST,), "digest")
        yield from self._text(self.book.verification.template, (_VERIFICATION,), "verification")

    def _telling(self, telling: Telling, occasions: tuple[str, ...], place: str) -> Iterator[Flaw]:
        for number, group in enumerate(telling.to):
            spot = f"{place}.to.{number}"
            yield from (Flaw("recipient_unknown", f"{spot}: {who}") for who in group.who if not _is_somebody(who))
            if not group.route:
                yield Flaw("route_empty", spot)
            yield from self._text(group.template, occasions, spot)
        if telling.ladder is not None or telling.until is not None:
            thing = self.book.endings[telling.until].thing if telling.until else "hazard_id"
            wanted = (thing, "hazard_id") if telling.ladder else (thing,)
            yield from self._facts(occasions, wanted, place)

    def _text(self, code: str, occasions: tuple[str, ...], place: str) -> Iterator[Flaw]:
        if code == _ANY_TEXT:
            return
        if code not in self.shelf.by_code:
            yield Flaw("template_unknown", f"{place}: template {code}")
            return
        template = self.shelf.newest(code)
        missing = dict.fromkeys(name for occasion in occasions for name in _not_given(template, occasion))
        yield from (Flaw("variable_unfilled", f"{place}: {code}.{name}") for name in missing)

    def _names(self, names: tuple[str, ...], place: str) -> Iterator[Flaw]:
        yield from (Flaw("event_unknown", f"{place}: {n}") for n in names if n not in self.events and n not in self.ours)

    def _facts(self, heard: tuple[str, ...], wanted: Mapping[str, object] | tuple[str, ...], place: str) -> Iterator[Flaw]:
        """Every fact that is looked at stands in every event (of a dotted one its first part); our own have what they need."""
        for name in heard:
            known = self.events.get(name)
            if known is not None:
                yield from (
                    Flaw("fact_unknown", f"{place}: {name}.{key}") for key in wanted if key.partition(".")[0] not in known
                )


def _expects_flaws(expects: Mapping[str, str], place: str) -> Iterator[Flaw]:
    """What is expected is said in both languages, in words that travel in a variable as they are."""
    for language in LANGUAGES:
        said = expects.get(language)
        if not said:
            yield Flaw("language_missing", f"{place}: {language}")
        elif fit(said) != said:
            yield Flaw(
                "variable_too_long" if len(said) > LONGEST_VARIABLE else "variable_forbidden_character", f"{place}: {language}"
            )


def _is_somebody(who: str) -> bool:
    return who.partition(".")[0] in WORDS
