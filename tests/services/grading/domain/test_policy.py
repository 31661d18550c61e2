"""A policy file is checked before it grades anybody, and what is wrong is told with its line and its rule."""

import hashlib
import re

import pytest

from services.grading.domain.policy import PolicyInvalid, compile_policy, read_policy
from services.grading.domain.policy.text import Problem
from services.grading.rulings import shipped_text

SHIPPED = shipped_text()


def problems(text: str) -> list[Problem]:
    with pytest.raises(PolicyInvalid) as refused:
        compile_policy(*read_policy(text))
    return list(refused.value.problems)


def changed(old: str, new: str) -> str:
    assert SHIPPED.count(old) >= 1
    return SHIPPED.replace(old, new, 1)


def line_of(text: str, part: str) -> int:
    return text[: text.index(part)].count("\n") + 1


def test_the_shipped_policy_is_sound() -> None:
    policy = compile_policy(*read_policy(SHIPPED))
    assert (policy.id, policy.document.mark) == ("DEFAULT-2026.2", "D")
    assert all(re.search(r"[\u4e00-\u9fff]", rule.zh) and rule.en for rule in policy.document.all_rules())


@pytest.mark.parametrize("identity", ["DEFAULT-2026.1", "DEFAULT-2026.2"])
def test_a_shipped_policy_is_the_one_that_was_activated(identity: str) -> None:
    """An activated policy never changes: another text is another version in another file."""
    text = shipped_text(identity)
    assert hashlib.sha256(text.encode()).hexdigest() == FROZEN[identity]
    assert compile_policy(*read_policy(text)).id == identity


@pytest.mark.parametrize(
    ("old", "new", "rule", "says"),
    [
        ('when: "dust == metal"', 'when: "dust == mettal"', "inherent.dust_metal", "is not one of none, metal, wood"),
        ('when: "hazwaste is true"', 'when: "hazwste is true"', "inherent.hazwaste", "did you mean 'hazwaste'"),
        ("points: 35", "points: -35", "inherent.dust_metal", "greater than or equal to 0"),
        ("points: 35", "pionts: 35", "inherent.dust_metal", "Extra inputs are not permitted"),
        ("id: inherent.ammonia", "id: inherent.lithium", "inherent.lithium", "is used twice"),
        ("for: complaint", "for: complain", "management.complaint", "there are no records of kind 'complain'"),
        (
            "points: 8\n",
            "points: 8\n      growth: {days: x, every: 1, points: 1, most: 2}\n",
            "management.self_check_contradicted",
            "exactly one of points",
        ),
        ("after: hazard.closed_on", "after: hazard.level", "hazard.overdue", "expected the name of a date"),
    ],
)
def test_a_mistake_in_a_rule_is_told_with_its_line_and_its_id(old: str, new: str, rule: str | None, says: str) -> None:
    text = changed(old, new)
    found = next(problem for problem in problems(text) if says in problem.text)
    assert -2 <= line_of(text, new) - found.line <= 5
    if rule:
        assert found.rule == rule
        assert rule in str(found)


def test_every_problem_is_told_at_once() -> None:
    text = changed('when: "dust == metal"', 'when: "dust == mettal"').replace('when: "hazwaste is true"', 'when: "hazwste"', 1)
    assert len(problems(text)) == 2


def test_a_matrix_in_which_a_better_score_worsens_the_level_is_refused() -> None:
    text = changed("{score: 90, r4: blue, r3: blue,", "{score: 90, r4: orange, r3: orange,")
    assert any("greater risk gives a better level" in problem.text or "worse level" in problem.text for problem in problems(text))


def test_a_matrix_with_a_hole_at_the_bottom_is_refused() -> None:
    assert [problem.text for problem in problems(changed("{score: 0, ", "{score: 10, "))] == ["the lowest row begins at score 0"]


def test_what_is_no_yaml_is_told_with_its_line() -> None:
    assert problems("id: X\nfacts: [")[0].line >= 2


def test_a_small_file_that_unfolds_without_end_is_refused() -> None:
    bomb = "a: &a [x, x]\n" + "\n".join(
        f"{name}: &{name} [*{before}, *{before}]" for before, name in zip("abcdefghijklmnop", "bcdefghijklmnopq", strict=True)
    )
    assert problems(bomb)


def test_a_phrase_that_forgets_a_part_is_refused() -> None:
    text = changed("管理得分{points}分{items}。", "管理得分{points}分。")
    assert any("name items, points" in problem.text for problem in problems(text))


FROZEN = {
    "DEFAULT-2026.1": "b15f71026d4ec6b023caede64cc32e608281d320b42bf86f47e541f1aef32695",
    "DEFAULT-2026.2": "575c8de54d41719a02c952e6f8bd74da7a143946fca113c9f9d96c303be93dc1",
}
