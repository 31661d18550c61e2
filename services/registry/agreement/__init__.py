"""The model safety agreement between landlord and tenant, filled from the ledger as a Word file."""

import io
from pathlib import Path
from typing import Any, Final

from jinja2 import StrictUndefined
from jinja2.sandbox import SandboxedEnvironment

MODEL: Final = "MODEL-2026.1"
MEDIA_TYPE: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_TEMPLATE: Final = Path(__file__).with_name("model.docx")


def filled(words: dict[str, Any]) -> bytes:
    """The agreement with its blanks filled; a blank that nobody fills is a mistake."""
    from docxtpl import DocxTemplate  # type: ignore[import-untyped]  # noqa: PLC0415 - heavy, and most processes write none

    template = DocxTemplate(_TEMPLATE)
    template.render(words, SandboxedEnvironment(undefined=StrictUndefined, autoescape=True), autoescape=True)
    written = io.BytesIO()
    template.save(written)
    return written.getvalue()
