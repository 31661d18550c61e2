"""Cuts the label font out of Noto Sans SC Medium and records it: `python -m services.registry.codes.font.make_font <ttf>`.

The characters are those of GBK: with GB 2312 alone many names of firms and people could not be printed.
"""

import hashlib
import sys
from pathlib import Path
from typing import Final

import yaml
from fontTools import subset  # type: ignore[import-untyped]
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

from services.registry.codes.font import FONT, RECORD

_SOURCE: Final = "npm package @expo-google-fonts/noto-sans-sc 0.4.3, 500Medium/NotoSansSC_500Medium.ttf"
_SOURCE_SHA256: Final = "b30853d205f3ecdde938b1488c735ee15a2e870d31331b992fdc53971e23ec4a"
_UNUSED_TABLES: Final = ["GSUB", "GPOS", "GDEF", "BASE", "STAT", "VORG", "vhea", "vmtx"]


def gbk_characters() -> set[int]:
    """Every character that two bytes of GBK can write, and printable ASCII."""
    pairs = (bytes((lead, trail)).decode("gbk", "ignore") for lead in range(0x81, 0xFF) for trail in range(0x40, 0xFF))
    return {ord(pair) for pair in pairs if len(pair) == 1} | set(range(0x20, 0x7F))


def make_font(source: Path) -> None:
    """Write the font and its record; refuses another input than the recorded one."""
    if hashlib.sha256(source.read_bytes()).hexdigest() != _SOURCE_SHA256:
        sys.exit(f"{source} is not the recorded source")
    font = TTFont(source, recalcTimestamp=False)
    options = subset.Options(layout_features=[], hinting=False, notdef_outline=True)
    options.drop_tables += _UNUSED_TABLES
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=gbk_characters())
    cutter.subset(font)
    font.save(FONT)
    RECORD.write_text(yaml.safe_dump(_record(), allow_unicode=True, sort_keys=False), encoding="utf-8")


def _record() -> dict[str, str | int]:
    return {
        "file": FONT.name,
        "family": "Noto Sans SC Medium",
        "licence": "OFL-1.1 (OFL.txt)",
        "copyright": "Copyright 2014-2021 Adobe, with Reserved Font Name 'Source'",
        "source": _SOURCE,
        "source_sha256": _SOURCE_SHA256,
        "sha256": hashlib.sha256(FONT.read_bytes()).hexdigest(),
        "characters": len(TTFont(FONT).getBestCmap()),
    }


if __name__ == "__main__":
    make_font(Path(sys.argv[1]))
