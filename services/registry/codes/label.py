"""What goes on a label, and how a sheet of labels is asked for without loading the PDF library before somebody prints."""

import importlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast


@dataclass(frozen=True, slots=True)
class Label:
    """One label: whose code, what it is called, where it is."""

    token: str
    holder: str
    name: str
    place: str


def printed(labels: Sequence[Label], origin: str, batch: str) -> bytes:
    """The PDF of a sheet; its library takes 66 MB and most of a second to load, and most processes never print."""
    sheet = importlib.import_module("services.registry.codes.sheet")
    return cast("bytes", sheet.sheet_of(labels, origin, batch))
