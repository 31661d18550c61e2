"""The assessment in words: what a landlord or a tenant reads, in Chinese first, from the policy's own texts and phrases."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from services.grading.domain.assessment import LEVELS, Assessment
from services.grading.domain.axes import Contribution
from services.grading.domain.days import iso_of
from services.grading.domain.improvement import Improvement, Step
from services.grading.domain.policy.compiled import BANDS, HUNDREDTHS, Policy
from services.grading.domain.policy.phrases import Phrases

_MOST_REASONS: Final = 5


def points_of(hundredths: int) -> Decimal:
    """Points as people write them: 3, 0.5, 88.25."""
    value = Decimal(hundredths) / HUNDREDTHS
    return value.quantize(Decimal(1)) if value == value.to_integral() else value.normalize()


def rule_text(policy: Policy, rule: str, *, zh: bool = True) -> str:
    """What a rule says, as its policy has it."""
    found: Any = policy.texts.get(rule)
    return rule if found is None else str(found.zh if zh else found.en)


def step_text(policy: Policy, step: Step, *, zh: bool = True) -> str:
    """What there is to do, with the hazard's number where there is one."""
    remedy = policy.remedies[step.rule]
    return (remedy.zh if zh else remedy.en).replace("{number}", step.number or "").strip()


def sentence(assessment: Assessment, improvements: Sequence[Improvement], name: str, since: date, *, zh: bool = True) -> str:
    """One paragraph that tells the level and since when it is shown, why, what would better it, and what comes."""
    return _Teller(assessment, improvements, since, zh).paragraph(name)


@dataclass(slots=True)
class _Teller:
    assessment: Assessment
    improvements: Sequence[Improvement]
    since: date
    zh: bool

    @property
    def policy(self) -> Policy:
        return self.assessment.policy

    @property
    def phrases(self) -> Phrases:
        return self.policy.document.phrases.zh if self.zh else self.policy.document.phrases.en

    def paragraph(self, name: str) -> str:
        return self.phrases.between_sentences.join(self._sentences(name))

    def _sentences(self, name: str) -> Iterator[str]:
        yield self._level(name)
        vetoes = [self._numbered(rule_text(self.policy, veto.rule, zh=self.zh), veto.number) for veto in self.assessment.vetoes]
        if vetoes:
            yield self.phrases.vetoes.format(items=self._several(vetoes, self.phrases.between_steps))
        yield self.phrases.score.format(
            points=points_of(self.assessment.score), items=self._parts(self.phrases.deductions, self.assessment.deductions)
        )
        yield self.phrases.risk.format(
            points=points_of(self.assessment.inherent_points),
            band=self._band(),
            items=self._parts(self.phrases.risks, self.assessment.inherent),
        )
        if self.improvements:
            nearest = self.improvements[0]
            steps = [step_text(self.policy, step, zh=self.zh) for step in nearest.steps]
            yield self.phrases.to_do.format(
                level=self._word(nearest.gives), items=self._several(steps, self.phrases.between_steps)
            )
        yield from self._what_comes()

    def _band(self) -> str:
        """The band, and whose it is where a landlord takes it from his tenants."""
        band, tenants = self.phrases.bands[BANDS[self.assessment.band]], sorted(self.assessment.band_of)
        if not tenants:
            return band
        named = [self.assessment.names.get(tenant, tenant) for tenant in tenants[:_MOST_REASONS]]
        return self.phrases.band_of.format(band=band, items=self._several(named, self.phrases.between))

    def _level(self, name: str) -> str:
        shown, level = self.assessment, LEVELS[self.assessment.level]
        by_hand = shown.override is not None and not shown.vetoes
        return self.phrases.level.format(
            name=name,
            since=self.since.isoformat(),
            level=self._word(shown.level),
            letter=level.letter,
            by_hand=self.phrases.by_hand if by_hand else "",
        )

    def _what_comes(self) -> Iterator[str]:
        warned, rise = self.assessment.warned, self.assessment.rise
        if warned is not None:
            yield self.phrases.warned.format(day=iso_of(warned.day), level=self._word(warned.level))
        elif rise is not None:
            phrase = self.phrases.rise if rise.day > self.assessment.today else self.phrases.rise_now
            missing = [self.phrases.missing.get(name, name) for name in rise.missing]
            yield phrase.format(
                day=iso_of(rise.day), level=self._word(rise.to), items=self._several(missing, self.phrases.between)
            )

    def _parts(self, phrase: str, parts: Iterable[Contribution]) -> str:
        greatest = sorted(parts, key=lambda part: (-part.points, part.since, part.rule, part.fact or ""))[:_MOST_REASONS]
        items = [self.phrases.item.format(text=self._text(part), points=points_of(part.points)) for part in greatest]
        return phrase.format(items=self._several(items, self.phrases.between)) if items else ""

    def _text(self, part: Contribution) -> str:
        text = rule_text(self.policy, part.rule, zh=self.zh)
        fact = self.policy.document.facts.get(part.fact or "") if part.rule == self.policy.unknown_rule else None
        if fact is not None:
            text = self.phrases.fact.format(text=text, fact=fact.zh if self.zh else fact.en)
        elif part.fact in self.assessment.names:
            text = self.phrases.fact.format(text=text, fact=self.assessment.names[part.fact])
        return self._numbered(text, part.number)

    def _numbered(self, text: str, number: str | None) -> str:
        return text if number is None else self.phrases.number.format(text=text, number=number)

    def _word(self, level: int) -> str:
        return self.phrases.levels[LEVELS[level]]

    @staticmethod
    def _several(items: Sequence[str], between: str) -> str:
        return between.join(dict.fromkeys(items))
