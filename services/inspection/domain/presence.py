"""Whether somebody stood at the site, and whether his device knew the time; both are shown, neither blocks a report."""

from datetime import datetime, timedelta

from shared.contracts.vocabulary import PlaceCheck, PlaceVerdict
from shared.geo import Point, distance

_SKEW = timedelta(minutes=10)


def place_check(stood: Point | None, site: Point | None, near_metres: float) -> PlaceCheck:
    """How far from the site somebody stood; unknown where either point is missing."""
    if stood is None or site is None:
        return PlaceCheck(verdict=PlaceVerdict.UNKNOWN)
    metres = distance(stood, site)
    verdict = PlaceVerdict.WITHIN if metres <= near_metres else PlaceVerdict.OUTSIDE
    return PlaceCheck(verdict=verdict, metres=round(metres, 1))


def is_clock_wrong(device: datetime, now: datetime, *, offline: bool) -> bool:
    """Whether the device's time cannot be right: ahead of ours, or behind it although it was online."""
    return device - now > _SKEW or (not offline and now - device > _SKEW)
