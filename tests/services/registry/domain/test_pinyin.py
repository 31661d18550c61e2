"""Names are found by initials, and two spellings of one name are one name."""

import pytest

from services.registry.domain.pinyin import initials, normalise


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
