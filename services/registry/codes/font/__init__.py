"""The font of the label sheets, its licence and its record."""

from pathlib import Path
from typing import Final

FONT: Final = Path(__file__).with_name("NotoSansSC-Medium.ttf")
RECORD: Final = Path(__file__).with_name("font.yaml")
