"""The life of a code: issued, posted, and one day replaced or void; where it may hang, and when a scan deserves a warning."""

from enum import StrEnum
from typing import Final

from shared.contracts.vocabulary import PlaceCheck, PlaceVerdict
from shared.errors import Refused
from shared.geo import Point, distance


class CodeState(StrEnum):
    """Where a code stands; the first two are live, and a holder has one live code."""

    ISSUED = "issued"
    POSTED = "posted"
    REPLACED = "replaced"
    VOID = "void"


class ScanWarning(StrEnum):
    """What somebody who scans a code is told."""

    NONE = "none"
    NOT_POSTED = "not_posted"
    ELSEWHERE = "elsewhere"
    REPLACED = "replaced"
    VOID = "void"


LIVE: Final = frozenset({CodeState.ISSUED, CodeState.POSTED})

WARNINGS: Final = {
    ScanWarning.NONE: "",
    ScanWarning.NOT_POSTED: "此码已印发但尚未登记张贴,请核对后登记",
    ScanWarning.ELSEWHERE: "扫码位置与张贴位置不符,此码可能被复制或移走,请核实",
    ScanWarning.REPLACED: "此码已换发新码,请以新码为准并取下旧码",
    ScanWarning.VOID: "此码已作废,请勿采信并报告网格员",
}


class CodeEnded(Refused):
    """Nothing more happens to a code that was replaced or voided."""

    code = "code_ended"
    status = 409
    zh = "此码已作废或已换发"
    en = "This code was voided or replaced"


def require_live(state: str) -> None:
    """Refuse to do anything with a code that has ended."""
    if state not in LIVE:
        raise CodeEnded(pointer="/code")


def check_place(stood: Point | None, expected: Point | None, within_metres: float) -> PlaceCheck:
    """Whether somebody stood where the code belongs; unknown where either place is."""
    if stood is None or expected is None:
        return PlaceCheck(verdict=PlaceVerdict.UNKNOWN)
    metres = round(distance(stood, expected), 1)
    return PlaceCheck(verdict=PlaceVerdict.WITHIN if metres <= within_metres else PlaceVerdict.OUTSIDE, metres=metres)


def warning_of(state: str, place: PlaceCheck) -> ScanWarning:
    """What to tell the person who scanned: the code's own end first, then its place."""
    match CodeState(state):
        case CodeState.VOID:
            return ScanWarning.VOID
        case CodeState.REPLACED:
            return ScanWarning.REPLACED
        case CodeState.ISSUED:
            return ScanWarning.NOT_POSTED
        case CodeState.POSTED:
            return ScanWarning.ELSEWHERE if place.verdict is PlaceVerdict.OUTSIDE else ScanWarning.NONE
