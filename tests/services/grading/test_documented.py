"""What the documents show of one red site is what the program answers."""

import json
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from services.grading.domain.assessment import assess
from services.grading.domain.course import Course
from services.grading.domain.policy import PolicyInvalid, compile_policy, read_policy
from services.grading.presenting import Shown, graded
from services.grading.rulings import shipped_text
from services.grading.views.graded import Graded
from shared.contracts.vocabulary import FactValue
from tests.services.grading import builders as usual
from tests.services.grading.builders import MILL, RISKY
from tests.services.grading.domain.days import MONDAY, RULES, iso
from tests.services.grading.domain.sayings import said

ROOT = Path(__file__).parents[3]
EXIT, PANEL = UUID("0192f300-0000-7000-8000-000000000142"), UUID("0192f300-0000-7000-8000-000000000137")


def red_site() -> Graded:
    """A joiner's shop that was yellow: a panel that is a week late, and today an exit that was locked during work."""
    facts = RISKY | {"dust": usual.answer("wood", qty=12, valid_from=iso(MONDAY - 40)), "dust_collector": "dry"}
    known = {
        key: value if isinstance(value, FactValue) else usual.answer(value, valid_from=iso(MONDAY - 40))
        for key, value in facts.items()
    }
    found = {"found_at": f"{iso(MONDAY - 20)}T10:00:00+08:00", "due": iso(MONDAY - 7)}
    course = Course()
    for number, event, day in (
        (1, usual.site_registered(known=known, name="宜兴市第一木业坊"), MONDAY - 40),
        (2, usual.hazard_found(PANEL, number="0137", **found), MONDAY - 20),
        (3, usual.facts_changed(safety_agreement=usual.answer("missing", valid_from=iso(MONDAY - 10))), MONDAY - 10),
        (4, usual.major_hazard_confirmed(EXIT, number="0142", found_at=f"{iso(MONDAY)}T09:30:00+08:00", due=iso(MONDAY)), MONDAY),
    ):
        course.hear(said(event, number, 1 if number in {2, 4} else number, day).writes(), day, RULES)
    answer = assess(course.facts, RULES.on(MONDAY), MONDAY, course.anchor, RULES.working_days)
    return graded(
        Shown(MILL, course, answer, course.anchor, {"revision": 4, "level_since": date.fromordinal(answer.standing.since)}), RULES
    )


def shortened(site: Graded) -> dict[str, Any]:
    """What a reader needs: Chinese texts only, and of the frequencies the patrols."""
    whole = site.model_dump(mode="json")

    def part(told: dict[str, Any]) -> dict[str, Any]:
        kept = {"rule": told["rule"], "text": told["text"]["zh"], "fact": told["fact"], "points": told.get("points")}
        more = {name: told[name] for name in ("since", "number", "clause", "event_id")}
        return {name: value for name, value in (kept | more).items() if value is not None}

    return {
        "level": whole["level"],
        "letter": whole["letter"],
        "since": whole["since"],
        "vetoes": [part(veto) for veto in whole["vetoes"]],
        "inherent": {
            "points": whole["inherent"]["points"],
            "band": whole["inherent"]["band"],
            "facts": [part(fact) for fact in whole["inherent"]["facts"]],
        },
        "management": {
            "score": whole["management"]["score"],
            "deductions": [part(deduction) for deduction in whole["management"]["deductions"]],
        },
        "cell": whole["cell"],
        "policy": whole["policy"],
        "valid_until": whole["valid_until"],
        "to_improve": [
            {"gives": way["gives"], "change": [step["text"]["zh"] for step in way["change"]]} for way in whole["to_improve"]
        ],
        "patrols": [
            {name: row[name] for name in ("times", "every", "period")}
            for row in whole["frequencies"]
            if row["visit_type"] == "patrol"
        ],
    }


def lines(shown: dict[str, Any]) -> str:
    """One line for each part, as it stands in the document."""

    def line(value: Any) -> str:
        return json.dumps(value, ensure_ascii=False)

    def several(values: list[Any], indent: str) -> str:
        inside = f",\n{indent}  ".join(line(value) for value in values)
        return f"[\n{indent}  {inside}\n{indent}]" if values else "[]"

    inherent, management = shown["inherent"], shown["management"]
    facts = several(inherent["facts"], " ")
    return "\n".join(
        (
            f'{{"level": {line(shown["level"])}, "letter": {line(shown["letter"])}, "since": {line(shown["since"])},',
            f' "vetoes": {several(shown["vetoes"], " ")},',
            f' "inherent": {{"points": {line(inherent["points"])}, "band": {line(inherent["band"])}, "facts": {facts}}},',
            f' "management": {{"score": {line(management["score"])}, "deductions": {several(management["deductions"], " ")}}},',
            f' "cell": {line(shown["cell"])}, "policy": {line(shown["policy"])}, "valid_until": {line(shown["valid_until"])},',
            f' "to_improve": {several(shown["to_improve"], " ")},',
            f' "patrols": {line(shown["patrols"])}}}',
        )
    )


def test_the_json_of_the_document_is_the_answer() -> None:
    site = red_site()
    shown = lines(shortened(site))

    assert json.loads(shown) == shortened(site)
    for document in ("docs/grading.md", "README.md"):
        assert f"```json\n{shown}\n```" in (ROOT / document).read_text(encoding="utf-8"), document


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_sentence_of_the_document_is_the_answer(language: str) -> None:
    told: str = getattr(red_site().explanation, language)
    assert f"\n> {told}\n" in (ROOT / "docs/grading.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["README.md", "README.zh-CN.md"])
def test_where_a_readme_quotes_the_sentence_it_quotes_all_of_it(name: str) -> None:
    file = ROOT / name
    text = file.read_text(encoding="utf-8") if file.exists() else ""
    quoted = [line for line in text.splitlines() if "「宜兴市第一木业坊」" in line]
    assert all(red_site().explanation.zh in line for line in quoted)


def test_the_mistake_of_the_document_is_what_is_told() -> None:
    misspelt = shipped_text().replace('when: "dust == metal"', 'when: "dust == mettal"')
    with pytest.raises(PolicyInvalid) as refused:
        compile_policy(*read_policy(misspelt))
    assert f"\n> {refused.value.problems[0]}\n" in (ROOT / "docs/grading.md").read_text(encoding="utf-8")
