"""What no single field of a policy can tell: ids used twice, a matrix with holes, remedies for facts that nobody declared."""

from collections.abc import Iterator
from itertools import pairwise

from services.grading.domain.policy.compiled import BANDS
from services.grading.domain.policy.document import PolicyDocument
from services.grading.domain.policy.parts import Rule, Veto
from services.grading.domain.policy.text import Path
from shared.contracts.vocabulary import Level, VisitType

Complaint = tuple[Path, str]


def complaints(document: PolicyDocument) -> Iterator[Complaint]:
    """Everything that is wrong with a document as a whole."""
    yield from _ids(document)
    yield from _remedies(document)
    yield from _matrix(document)
    missing = [level.value for level in Level if VisitType.PATROL not in document.frequencies.get(level, {})]
    if missing:
        yield ("frequencies",), f"no patrol for {', '.join(missing)}"


def _ids(document: PolicyDocument) -> Iterator[Complaint]:
    seen: set[str] = set()
    for path, rule in _placed(document):
        if rule.id in seen:
            yield path, f"the id {rule.id!r} is used twice"
        seen.add(rule.id)


def _remedies(document: PolicyDocument) -> Iterator[Complaint]:
    for path, rule in _placed(document):
        strangers = [key for key in (rule.remedy.facts if rule.remedy else ()) if key not in document.facts]
        if strangers:
            yield (*path, "remedy"), f"unknown fact {strangers[0]!r}"
        if isinstance(rule, Rule) and rule.cases and rule.when and rule.for_ is None:
            yield path, "a rule with cases has a condition of its own only together with for"


def _matrix(document: PolicyDocument) -> Iterator[Complaint]:
    rows = sorted(document.matrix, key=lambda row: row.score)
    if rows[0].score != 0:
        yield ("matrix",), "the lowest row begins at score 0"
    for worse, better in pairwise(rows):
        if worse.score == better.score:
            yield ("matrix",), f"two rows begin at score {worse.score:g}"
        if any(getattr(better, band.value).rank > getattr(worse, band.value).rank for band in BANDS):
            yield ("matrix",), f"score {better.score:g} gives a worse level than score {worse.score:g}"


def _placed(document: PolicyDocument) -> Iterator[tuple[Path, Rule | Veto]]:
    management = document.management
    tables: tuple[tuple[Path, tuple[Rule, ...]], ...] = (
        (("inherent", "rules"), document.inherent.rules),
        (("management", "rules"), management.rules),
        (("management", "bonuses", "rules"), management.bonuses.rules),
    )
    for path, rules in tables:
        for place, rule in enumerate(rules):
            yield (*path, place), rule
    for place, veto in enumerate(document.vetoes):
        yield ("vetoes", place), veto
