"""Words have one meaning everywhere: lower-case English on the wire, a Chinese term beside it."""

import pickle
import re
from enum import Enum

import pytest
from pydantic import TypeAdapter, ValidationError

from shared.contracts import vocabulary
from shared.contracts.vocabulary import FactValue, Level, Word

SETS = [kind for kind in vars(vocabulary).values() if isinstance(kind, type) and issubclass(kind, Word) and kind is not Word]


@pytest.mark.parametrize("words", SETS, ids=lambda words: words.__name__)
def test_every_word_is_lower_case_english_with_a_chinese_term(words: type[Word]) -> None:
    assert issubclass(words, Enum)
    for word in words:
        assert re.fullmatch(r"[a-z][a-z0-9_]*", word.value), word
        assert word.zh
    assert len({word.zh for word in words}) == len(words)


def test_a_word_is_found_by_its_value_and_prints_as_it() -> None:
    assert Level("red") is Level.RED
    assert f"{Level.RED}" == "red"
    assert pickle.loads(pickle.dumps(Level.RED)) is Level.RED  # noqa: S301 - a test's own bytes


def test_levels_are_ordered_and_lettered() -> None:
    assert [(level.value, level.letter, level.rank) for level in Level] == [
        ("blue", "A", 0),
        ("yellow", "B", 1),
        ("orange", "C", 2),
        ("red", "D", 3),
    ]


@pytest.mark.parametrize("value", [True, False, "unknown", "wood", 12, 0.5, ("oxygen", "acetylene")])
def test_a_fact_keeps_the_type_of_its_value(value: object) -> None:
    fact = FactValue.model_validate({"value": value, "source": "patrol", "valid_from": "2026-03-02"})
    again = FactValue.model_validate_json(fact.model_dump_json())
    assert again.value == value
    assert type(again.value) is type(value)


@pytest.mark.parametrize("code", ["", "两 个", "王小明", "a b", "-x", "x" * 101])
def test_a_code_is_no_sentence_and_no_name(code: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(vocabulary.Code).validate_python(code)


@pytest.mark.parametrize("code", ["LF-12", "hazard:LF-12", "responsibility.leased_space", "DEFAULT-2026.1", "0142"])
def test_a_code_is_a_machines_word(code: str) -> None:
    assert TypeAdapter(vocabulary.Code).validate_python(code) == code
