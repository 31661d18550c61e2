"""Sheets of labels on A4, eight to a page with cutting marks: name, place, code, hotline; nothing that tells a level."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import yaml
from fpdf import FPDF
from PIL import Image

from services.registry.codes.font import FONT
from services.registry.codes.label import Label
from services.registry.codes.pictures import address_of, modules_of, qr_image

_COLUMNS, _ROWS = 2, 4
_WIDTH, _HEIGHT = 95.0, 69.0
_LEFT, _TOP = 10.0, 10.5
_PAD = 4.0
_QR = 44.0
_MARK = 3.0
Ink = tuple[int, int, int]

_INK: Final[Ink] = (20, 30, 40)
_FAINT: Final[Ink] = (120, 130, 140)
_POINT_IN_MM: Final = 0.3528
_LEADING: Final = 1.25
_PIXELS: Final = 8
_PAGE_HEIGHT: Final = 297
_PIECES: Final = re.compile(r"[A-Za-z0-9\-./]+|.", re.DOTALL)
_NEVER_FIRST: Final = "、,。;:!?)》」』】〕”’），；：！？"


@cache
def texts() -> dict[str, Any]:
    """What stands on every label."""
    shipped: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("label.yaml").read_text(encoding="utf-8"))
    return shipped


def sheet_of(labels: Sequence[Label], origin: str, batch: str) -> bytes:
    """The PDF; ``batch`` stands at the foot of every page, so that a stray sheet can be traced."""
    pdf = FPDF("P", "mm", "A4")
    pdf.set_auto_page_break(auto=False)
    pdf.add_font("label", "", FONT)
    pdf.set_title(f"{texts()['title']} {batch}")
    per_page = _COLUMNS * _ROWS
    pages = range(0, len(labels), per_page)
    for number, first in enumerate(pages, start=1):
        pdf.add_page()
        for place, label in enumerate(labels[first : first + per_page]):
            row, column = divmod(place, _COLUMNS)
            _draw(pdf, label, origin, _LEFT + column * _WIDTH, _TOP + row * _HEIGHT)
        _foot(pdf, f"{batch}　{number}/{len(pages)}")
    return bytes(pdf.output())


def _draw(pdf: FPDF, label: Label, origin: str, x: float, y: float) -> None:
    _cutting_marks(pdf, x, y)
    said, right = texts(), x + _PAD + _QR + _PAD
    column = Column(pdf, right, x + _WIDTH - _PAD - right, y + _PAD + 2)
    pdf.image(_qr(address_of(label.token, origin)), x + _PAD, y + _PAD, _QR, _QR)
    Column(pdf, x + _PAD, _QR, y + _PAD + _QR + 1).write(label.token, 11, align="C")
    column.write(said["title"], 19)
    column.write(said["holders"][label.holder], 10, gap=1, ink=_FAINT)
    column.fit(label.name, (13, 11, 9.5, 8), 3, gap=3)
    column.fit(label.place, (9, 8, 7), 2, gap=1.5, ink=_FAINT)
    foot = Column(pdf, x + _PAD, _WIDTH - 2 * _PAD, y + _HEIGHT - _PAD - 8)
    foot.write(said["hint"], 8)
    foot.write("　".join(filter(None, (said["hotline"], said["issuer"]))), 8)


def _qr(text: str) -> BytesIO:
    picture = qr_image(modules_of(text))
    side = picture.width * _PIXELS
    buffer = BytesIO()
    picture.resize((side, side), Image.Resampling.NEAREST).convert("1").save(buffer, "PNG")
    return buffer


@dataclass(slots=True)
class Column:
    """A column of text that grows downwards from ``y``; all lengths in millimetres, sizes in points."""

    pdf: FPDF
    x: float
    width: float
    y: float

    def write(self, text: str, size: float, *, gap: float = 0, align: str = "L", ink: Ink = _INK) -> None:
        """One line for each line of the text."""
        height = size * _POINT_IN_MM * _LEADING
        self.y += gap
        self.pdf.set_font("label", size=size)
        self.pdf.set_text_color(*ink)
        for line in text.split("\n"):
            self.pdf.set_xy(self.x, self.y)
            self.pdf.cell(self.width, height, line, align=align)
            self.y += height

    def fit(self, text: str, sizes: Sequence[float], lines: int, *, gap: float, ink: Ink = _INK) -> None:
        """The text in the largest size in which it takes no more than ``lines``; in the smallest it is cut with an ellipsis."""
        broken, chosen = self._broken(text, sizes[-1]), sizes[-1]
        for size in sizes:
            if len(tried := self._broken(text, size)) <= lines:
                broken, chosen = tried, size
                break
        if len(broken) > lines:
            broken = [*broken[: lines - 1], broken[lines - 1][:-1] + "…"]
        self.write("\n".join(broken), chosen, gap=gap, ink=ink)

    def _broken(self, text: str, size: float) -> list[str]:
        """Lines that fit; Chinese may be broken anywhere, a number or word nowhere, and no line begins with a closing sign."""
        self.pdf.set_font("label", size=size)
        lines = [""]
        for piece in _PIECES.findall(text):
            fitting = [piece] if self.pdf.get_string_width(piece) <= self.width else list(piece)
            for part in fitting:
                if self.pdf.get_string_width(lines[-1] + part) > self.width and lines[-1]:
                    carried = lines[-1][-1] if part in _NEVER_FIRST else ""
                    lines[-1] = lines[-1].removesuffix(carried).rstrip()
                    lines.append(carried)
                lines[-1] += part if lines[-1] else part.lstrip()
        return lines


def _cutting_marks(pdf: FPDF, x: float, y: float) -> None:
    pdf.set_draw_color(*_FAINT)
    pdf.set_line_width(0.1)
    for corner_x, corner_y in ((x, y), (x + _WIDTH, y), (x, y + _HEIGHT), (x + _WIDTH, y + _HEIGHT)):
        pdf.line(corner_x - _MARK / 2, corner_y, corner_x + _MARK / 2, corner_y)
        pdf.line(corner_x, corner_y - _MARK / 2, corner_x, corner_y + _MARK / 2)


def _foot(pdf: FPDF, text: str) -> None:
    Column(pdf, _LEFT, _COLUMNS * _WIDTH, _PAGE_HEIGHT - 8).write(text, 7, align="C", ink=_FAINT)
