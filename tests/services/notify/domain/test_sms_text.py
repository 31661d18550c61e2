"""An SMS as carriers count and refuse it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notify.domain.sms_text import LONGEST_VARIABLE, body_faults, fit, measure, variable_faults


@pytest.mark.parametrize(("characters", "parts"), [(1, 1), (70, 1), (71, 2), (134, 2), (135, 3), (201, 3), (202, 4), (500, 8)])
def test_seventy_characters_are_one_part_and_beyond_that_each_carries_sixty_seven(characters: int, parts: int) -> None:
    signature = "测试"
    body = "字" * (characters - len(signature) - 2) if characters > 4 else ""
    length = measure(signature, body)

    assert (length.characters, length.parts) == (max(characters, 4), parts)


@pytest.mark.parametrize(
    ("body", "codes"),
    [
        ("请于11月30日前整改。", []),
        ("面积30平方米,咨询0510-87891234或12350。", []),
        ("【宜兴】隐患", ["forbidden_character"]),
        ("面积30m²", ["forbidden_character"]),
        ("①整改②上报", ["forbidden_character"]),
        ("→整改", ["forbidden_character"]),
        ("安全隱患", ["traditional_character"]),
        ("电话13912345678", ["mobile_number"]),
        ("电话0510-87891234、0510-87891235、0510-87891236", ["too_many_numbers"]),
        ("收到请回复R", ["reply_code"]),
    ],
)
def test_what_a_text_may_not_contain(body: str, codes: list[str]) -> None:
    assert body_faults(body) == codes


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("", "variable_empty"),
        ("一" * 21, "variable_too_long"),
        ("http://a.cn", "variable_url"),
        ("www.a", "variable_url"),
        ("mashang.gov.cn/n/abc", "variable_url"),
        ("a.b", "variable_forbidden_character"),
        ("隐患。", "variable_forbidden_character"),
        ("{name}", "variable_forbidden_character"),
        ("隐患，", "variable_punctuation_at_the_ends"),
        ("两\n行", "variable_forbidden_character"),
    ],
)
def test_what_a_variable_may_not_be(value: str, code: str) -> None:
    assert code in variable_faults(value)


@pytest.mark.parametrize(
    ("value", "fitted"),
    [
        ("宜兴市华强机械制造有限公司(环科园分公司)", "宜兴市华强机械制造有限公司"),
        ("宜兴华强机械厂(环科园分厂)", "宜兴华强机械厂(环科园分厂)"),
        ("  配电箱前堆物。", "配电箱前堆物"),
        ("超过500㎡", "超过500平方米"),
        ("①号楼", "1号楼"),
        ("《消防》,", "消防"),
        ("…", "无"),
        ("a" * 25, "a" * 20),
    ],
)
def test_a_value_is_made_to_fit(value: str, fitted: str) -> None:
    assert fit(value) == fitted


@given(st.text(max_size=60))
def test_what_was_made_to_fit_fits(value: str) -> None:
    fitted = fit(value)

    assert (
        set(variable_faults(fitted)) <= {"variable_url", "variable_too_long", "variable_forbidden_character"} or fitted == value
    )
    if "variable_url" not in variable_faults(value):
        assert variable_faults(fitted) in ([], ["variable_url"])
        assert len(fitted) <= LONGEST_VARIABLE
