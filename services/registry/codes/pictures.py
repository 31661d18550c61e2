"""A code as a picture: the QR of its address and, under it, the token for people whose phone cannot read it.

What draws is loaded with the first picture.
"""

# ruff: noqa: PLC0415

from collections.abc import Iterator
from functools import cache
from io import BytesIO
from itertools import groupby
from typing import TYPE_CHECKING, Final

from services.registry.codes.font import FONT

if TYPE_CHECKING:
    from PIL import Image, ImageFont

_QUIET_ZONE: Final = 4
_TEXT_HEIGHT: Final = 6
_PIXELS: Final = 12

Modules = list[list[bool]]


def address_of(token: str, origin: str) -> str:
    """What the QR says: an HTTPS address with nothing in it but the token."""
    return f"{origin.rstrip('/')}/c/{token}"


def modules_of(text: str) -> Modules:
    """The dark and light modules, quiet zone included; a quarter of them may be worn off (level Q)."""
    import qrcode  # type: ignore[import-untyped]
    from qrcode.constants import ERROR_CORRECT_Q  # type: ignore[import-untyped]

    code = qrcode.QRCode(error_correction=ERROR_CORRECT_Q, border=_QUIET_ZONE)
    code.add_data(text)
    code.make(fit=True)
    return [[bool(module) for module in row] for row in code.get_matrix()]


def svg_of(token: str, origin: str) -> str:
    """A scalable picture, ten modules to the centimetre when printed as it is."""
    modules = modules_of(address_of(token, origin))
    size, height = len(modules), len(modules) + _TEXT_HEIGHT
    dark = "".join(f"M{start} {row}h{length}v1h-{length}z" for row, start, length in _runs(modules))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {height}" width="{size}mm" height="{height}mm">'
        f'<title>{token}</title><rect width="{size}" height="{height}" fill="#fff"/><path d="{dark}" fill="#000"/>'
        f'<text x="{size / 2}" y="{size + 2}" text-anchor="middle" font-family="monospace" font-size="4.2">{token}</text></svg>'
    )


def png_of(token: str, origin: str) -> bytes:
    """The same as pixels."""
    from PIL import Image, ImageDraw

    modules = modules_of(address_of(token, origin))
    side = len(modules) * _PIXELS
    picture = Image.new("L", (side, side + _TEXT_HEIGHT * _PIXELS), 255)
    picture.paste(qr_image(modules).resize((side, side), Image.Resampling.NEAREST), (0, 0))
    ImageDraw.Draw(picture).text((side / 2, side + _PIXELS), token, fill=0, font=_font(4 * _PIXELS), anchor="mm")
    buffer = BytesIO()
    picture.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def qr_image(modules: Modules) -> "Image.Image":
    """One pixel for each module."""
    from PIL import Image

    picture = Image.new("L", (len(modules), len(modules)), 255)
    picture.putdata([0 if dark else 255 for row in modules for dark in row])
    return picture


def _runs(modules: Modules) -> Iterator[tuple[int, int, int]]:
    """Row, start and length of every run of dark modules."""
    for row, line in enumerate(modules):
        start = 0
        for dark, run in groupby(line):
            length = len(list(run))
            if dark:
                yield row, start, length
            start += length


@cache
def _font(size: int) -> "ImageFont.FreeTypeFont":
    from PIL import ImageFont

    return ImageFont.truetype(FONT, size)
