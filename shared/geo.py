"""Coordinates: everything is stored as CGCS2000 degrees, and what phones and map pickers give is converted at the edge.

Mainland map services publish shifted coordinates: GCJ-02 (Amap, Tencent, WeChat) and BD-09 (Baidu, a second twist on GCJ-02).
CGCS2000 and WGS-84 differ by less than a phone can measure and are taken as equal.
"""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass

from shared.contracts.vocabulary import Crs
from shared.errors import Refused

_SEMI_MAJOR_AXIS = 6378245.0
_ECCENTRICITY_SQUARED = 0.00669342162296594323
_BAIDU_TURN = math.pi * 3000 / 180
_EARTH_RADIUS = 6371008.8
_WEST, _SOUTH, _EAST, _NORTH = 72.004, 0.8293, 137.8347, 55.8271
_POLE, _DATE_LINE = 90, 180
_PRECISE_DEGREES = 1e-10
_MOST_ROUNDS = 50


class CrsUnknown(Refused):
    """A shift of half a kilometre is worse than no point at all, so nobody guesses."""

    code = "crs_unknown"
    zh = "坐标系不明:请注明 CGCS2000、WGS-84、GCJ-02 或 BD-09"
    en = "Unknown coordinate system: say CGCS2000, WGS-84, GCJ-02 or BD-09"


class PointNotOnEarth(Refused):
    """Longitude and latitude are out of range, or changed places."""

    code = "point_not_on_earth"
    zh = "经度应在-180至180之间,纬度应在-90至90之间,请检查是否填反"
    en = "Longitude must be within ±180 and latitude within ±90; were they swapped?"


@dataclass(frozen=True, slots=True)
class Point:
    """Degrees east and north."""

    lon: float
    lat: float


_NAMES = {
    "cgcs2000": Crs.CGCS2000,
    "cgcs": Crs.CGCS2000,
    "epsg4490": Crs.CGCS2000,
    "2000国家大地坐标系": Crs.CGCS2000,
    "国家2000": Crs.CGCS2000,
    "天地图": Crs.CGCS2000,
    "wgs84": Crs.WGS84,
    "epsg4326": Crs.WGS84,
    "gps": Crs.WGS84,
    "gcj02": Crs.GCJ02,
    "火星坐标": Crs.GCJ02,
    "高德": Crs.GCJ02,
    "腾讯": Crs.GCJ02,
    "bd09": Crs.BD09,
    "bd09ll": Crs.BD09,
    "百度": Crs.BD09,
}


def crs_of(text: str) -> Crs:
    """The system that ``text`` names, however it is spelt (``GCJ-02``, ``EPSG:4490``, 百度); CrsUnknown for anything else."""
    try:
        return _NAMES[re.sub(r"[\s:_\-]", "", text).casefold()]
    except KeyError:
        raise CrsUnknown(pointer="/crs") from None


def to_cgcs2000(lon: float, lat: float, crs: str) -> Point:
    """The point as stored, from the system it came in; refuses an unknown system and places that are not on Earth."""
    given = _on_earth(lon, lat)
    match crs_of(crs):
        case Crs.GCJ02:
            return gcj02_to_wgs84(given)
        case Crs.BD09:
            return gcj02_to_wgs84(bd09_to_gcj02(given))
        case Crs.CGCS2000 | Crs.WGS84:
            return given


def from_cgcs2000(point: Point, crs: str) -> Point:
    """The stored point as a map in the system ``crs`` shows it."""
    match crs_of(crs):
        case Crs.GCJ02:
            return wgs84_to_gcj02(point)
        case Crs.BD09:
            return gcj02_to_bd09(wgs84_to_gcj02(point))
        case Crs.CGCS2000 | Crs.WGS84:
            return point


def distance(one: Point, other: Point) -> float:
    """Metres over the ground on a mean sphere: within half a percent, enough to tell 150 m from 300 m."""
    south, north = math.radians(one.lat), math.radians(other.lat)
    half_lat, half_lon = (north - south) / 2, math.radians(other.lon - one.lon) / 2
    chord = math.sin(half_lat) ** 2 + math.cos(south) * math.cos(north) * math.sin(half_lon) ** 2
    return 2 * _EARTH_RADIUS * math.asin(min(1.0, math.sqrt(chord)))


def is_shifted(point: Point) -> bool:
    """Whether GCJ-02 shifts the point: a box around China; outside it GCJ-02 is WGS-84."""
    return _WEST <= point.lon <= _EAST and _SOUTH <= point.lat <= _NORTH


def wgs84_to_gcj02(point: Point) -> Point:
    """The shift that mainland maps apply; outside their box the point stays."""
    return _shift(point) if is_shifted(point) else point


def gcj02_to_wgs84(point: Point) -> Point:
    """The exact inverse of the shift, found by iteration (better than 0.1 mm)."""
    return _invert(_shift, point) if is_shifted(point) else point


def gcj02_to_bd09(point: Point) -> Point:
    """Baidu's twist over GCJ-02."""
    radius = math.hypot(point.lon, point.lat) + 0.00002 * math.sin(point.lat * _BAIDU_TURN)
    angle = math.atan2(point.lat, point.lon) + 0.000003 * math.cos(point.lon * _BAIDU_TURN)
    return Point(radius * math.cos(angle) + 0.0065, radius * math.sin(angle) + 0.006)


def bd09_to_gcj02(point: Point) -> Point:
    """The exact inverse of Baidu's twist."""
    return _invert(gcj02_to_bd09, point)


def _on_earth(lon: float, lat: float) -> Point:
    """Both comparisons are false for NaN, which is refused with the rest."""
    if not abs(lat) <= _POLE:
        raise PointNotOnEarth(pointer="/lat")
    if not abs(lon) <= _DATE_LINE:
        raise PointNotOnEarth(pointer="/lon")
    return Point(float(lon), float(lat))


def _shift(point: Point) -> Point:
    """WGS-84 to GCJ-02: metres of a fixed wavy field, turned into degrees on the Krasovsky ellipsoid."""
    east, north = point.lon - 105.0, point.lat - 35.0
    latitude = math.radians(point.lat)
    flattening = 1 - _ECCENTRICITY_SQUARED * math.sin(latitude) ** 2
    meridian = _SEMI_MAJOR_AXIS * (1 - _ECCENTRICITY_SQUARED) / flattening**1.5
    parallel = _SEMI_MAJOR_AXIS / math.sqrt(flattening) * math.cos(latitude)
    return Point(
        point.lon + math.degrees(_metres_east(east, north) / parallel),
        point.lat + math.degrees(_metres_north(east, north) / meridian),
    )


def _metres_east(x: float, y: float) -> float:
    slope = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * math.sqrt(abs(x))
    return slope + _ripple(x) + (20 * _sin(x) + 40 * _sin(x / 3) + 150 * _sin(x / 12) + 300 * _sin(x / 30)) * 2 / 3


def _metres_north(x: float, y: float) -> float:
    slope = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * math.sqrt(abs(x))
    return slope + _ripple(x) + (20 * _sin(y) + 40 * _sin(y / 3) + 160 * _sin(y / 12) + 320 * _sin(y / 30)) * 2 / 3


def _ripple(x: float) -> float:
    return (20 * _sin(6 * x) + 20 * _sin(2 * x)) * 2 / 3


def _sin(half_turns: float) -> float:
    return math.sin(half_turns * math.pi)


def _invert(forward: Callable[[Point], Point], target: Point) -> Point:
    """The point that ``forward`` maps to ``target``: walk back by the remaining error until nothing is left of it."""
    guess = target
    for _ in range(_MOST_ROUNDS):
        reached = forward(guess)
        east, north = reached.lon - target.lon, reached.lat - target.lat
        if max(abs(east), abs(north)) < _PRECISE_DEGREES:
            break
        guess = Point(guess.lon - east, guess.lat - north)
    return guess
