"""Pictures and label sheets: what is printed is what was issued, in a font that has every character."""

import hashlib
import logging
import re

import pytest
import yaml
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

from services.registry.codes.font import FONT, RECORD
from services.registry.codes.label import Label
from services.registry.codes.pictures import address_of, modules_of, png_of, svg_of
from services.registry.codes.sheet import sheet_of, texts
from services.registry.codes.token import new_token

ORIGIN = "https://safety.example/"


def labels(number: int, name: str = "云荡晨禾五金有限公司") -> list[Label]:
    return [Label(new_token(), "site", name, "恒岭老厂区 1号楼 1F 101") for _ in range(number)]


def test_the_address_is_short_and_has_nothing_but_the_token_in_it() -> None:
    assert address_of("7K3M-Q9XA-2F4C", ORIGIN) == "https://safety.example/c/7K3M-Q9XA-2F4C"


def test_the_svg_draws_exactly_the_dark_modules() -> None:
    token = new_token()
    modules = modules_of(address_of(token, ORIGIN))
    drawn = {
        (int(row), column)
        for start, row, length in re.findall(r"M(\d+) (\d+)h(\d+)v1", svg_of(token, ORIGIN))
        for column in range(int(start), int(start) + int(length))
    }
    assert drawn == {(row, column) for row, line in enumerate(modules) for column, dark in enumerate(line) if dark}


def test_a_quiet_zone_of_four_modules_surrounds_the_code() -> None:
    modules = modules_of("x")
    edge = [*modules[:4], *modules[-4:], *([row[:4] + row[-4:] for row in modules])]
    assert not any(dark for line in edge for dark in line)


def test_both_pictures_carry_the_token_for_people() -> None:
    token = new_token()
    assert f">{token}</text>" in svg_of(token, ORIGIN)
    assert len(png_of(token, ORIGIN)) > 1_000


@pytest.mark.parametrize(("number", "pages"), [(1, 1), (8, 1), (9, 2), (60, 8)])
def test_eight_labels_fit_on_a_page(number: int, pages: int) -> None:
    assert sheet_of(labels(number), ORIGIN, "20261123-01").count(b"/Type /Page\n") == pages


def test_a_very_long_name_is_made_to_fit() -> None:
    assert sheet_of(labels(1, "云荡经济开发区" * 30), ORIGIN, "20261123-01").startswith(b"%PDF")


def test_no_character_of_a_label_is_missing_in_the_font(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        sheet_of(labels(1, "堃喆昇淼垚犇璟骉（集团）·Ⅱ型№1、“甲”"), ORIGIN, "20261123-01")
    assert not [record.message for record in caplog.records if "missing" in record.message]


def test_the_font_is_the_recorded_one_and_covers_gb_2312() -> None:
    record = yaml.safe_load(RECORD.read_text(encoding="utf-8"))
    assert hashlib.sha256(FONT.read_bytes()).hexdigest() == record["sha256"]
    known = TTFont(FONT, lazy=True).getBestCmap()
    common = {bytes((lead, trail)).decode("gb2312", "ignore") for lead in range(0xB0, 0xF8) for trail in range(0xA1, 0xFF)}
    assert not [character for character in common if character and ord(character) not in known]


def test_nothing_on_a_label_tells_a_level() -> None:
    said = " ".join(map(str, texts().values()))
    assert not [word for word in ("红", "橙", "黄", "蓝", "等级", "A级") if word in said]
