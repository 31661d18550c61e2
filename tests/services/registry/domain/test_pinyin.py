"""Names are found by initials, and two spellings of one name are one name."""

from pathlib import Path

import pytest
from pypinyin import Style, lazy_pinyin

from services.registry.domain import pinyin
from services.registry.domain.pinyin import initials, normalise
from tests.services.registry.domain.make_initials import modules


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("宏达", "hd"),
        ("重庆长安机械", "cqcajx"),
        ("宜兴市宏达（集团）有限公司", "yxshdjtyxgs"),
        ("A1 厂房", "a1cf"),
        ("３号楼", "3hl"),
        ("", ""),
    ],
)
def test_a_name_is_found_by_its_initials(name: str, letters: str) -> None:
    assert initials(name) == letters


def test_brackets_blanks_and_width_do_not_make_another_name() -> None:
    assert normalise("宜兴 宏达(集团)有限公司") == normalise("宜兴宏达（集团）有限公司\u3000")
    assert normalise("ＡＢＣ机械") == normalise("abc机械")


def test_other_characters_make_another_name() -> None:
    assert normalise("宏达一厂") != normalise("宏达二厂")


def test_the_tables_are_what_their_script_makes() -> None:
    folder = Path(pinyin.__file__).parent
    assert {file: (folder / file).read_text(encoding="utf-8") for file in modules()} == modules()


@pytest.mark.parametrize(
    "word", ["重庆", "厦门", "长安", "成长", "银行", "行业", "单县", "曾氏", "解放", "会计", "乐清", "六安", "铅山", "宜兴"]
)
def test_characters_with_several_readings_are_read_as_in_their_phrase(word: str) -> None:
    assert initials(word) == "".join(lazy_pinyin(word, style=Style.FIRST_LETTER))
