"""Coordinates: published vectors within three metres, exact inverses, and no guessing."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.contracts.vocabulary import Crs
from shared.geo import (
    CrsUnknown,
    Point,
    PointNotOnEarth,
    bd09_to_gcj02,
    crs_of,
    distance,
    from_cgcs2000,
    gcj02_to_bd09,
    to_cgcs2000,
    wgs84_to_gcj02,
)

HANGZHOU_GCJ = Point(120.026268, 30.279164)
HANGZHOU_WGS = Point(120.021519, 30.281543)
HANGZHOU_BD = Point(120.032768, 30.285238)
YIXING = Point(119.8206, 31.3402)
SINGAPORE_STRAIT = Point(103.8, 0.5)
TOLERANCE = 3.0

PLACES_IN_CHINA = st.builds(Point, st.floats(75, 134), st.floats(18, 53))


def test_the_published_gcj02_vector_reads_back_within_three_metres() -> None:
    assert distance(to_cgcs2000(HANGZHOU_GCJ.lon, HANGZHOU_GCJ.lat, "gcj02"), HANGZHOU_WGS) <= TOLERANCE


def test_the_published_bd09_vector_reads_back_within_three_metres() -> None:
    assert distance(to_cgcs2000(HANGZHOU_BD.lon, HANGZHOU_BD.lat, "bd09"), HANGZHOU_WGS) <= TOLERANCE
    assert distance(gcj02_to_bd09(HANGZHOU_GCJ), HANGZHOU_BD) <= TOLERANCE


def test_the_inverse_is_the_exact_one_and_not_the_one_step_guess() -> None:
    exact = to_cgcs2000(HANGZHOU_GCJ.lon, HANGZHOU_GCJ.lat, "gcj02")
    assert (round(exact.lon, 7), round(exact.lat, 7)) == (120.0215296, 30.2815557)


def test_in_yixing_gcj02_lies_half_a_kilometre_to_the_south_east() -> None:
    shifted = wgs84_to_gcj02(YIXING)
    east = distance(YIXING, Point(shifted.lon, YIXING.lat))
    south = distance(YIXING, Point(YIXING.lon, shifted.lat))
    assert shifted.lon > YIXING.lon
    assert shifted.lat < YIXING.lat
    assert east == pytest.approx(449, abs=15)
    assert south == pytest.approx(238, abs=15)


@given(PLACES_IN_CHINA, st.sampled_from(Crs))
def test_a_point_in_china_comes_back_from_every_system_within_a_millimetre(place: Point, crs: Crs) -> None:
    shown = from_cgcs2000(place, crs)
    assert distance(to_cgcs2000(shown.lon, shown.lat, crs), place) < 0.001


@given(PLACES_IN_CHINA)
def test_baidus_twist_alone_is_inverted_exactly(place: Point) -> None:
    assert distance(bd09_to_gcj02(gcj02_to_bd09(place)), place) < 0.001


def test_cgcs2000_and_wgs84_are_taken_as_they_are() -> None:
    assert to_cgcs2000(YIXING.lon, YIXING.lat, "cgcs2000") == YIXING
    assert to_cgcs2000(YIXING.lon, YIXING.lat, "wgs84") == YIXING


def test_outside_china_gcj02_is_not_shifted() -> None:
    assert to_cgcs2000(SINGAPORE_STRAIT.lon, SINGAPORE_STRAIT.lat, "gcj02") == SINGAPORE_STRAIT
    assert from_cgcs2000(SINGAPORE_STRAIT, "gcj02") == SINGAPORE_STRAIT


@pytest.mark.parametrize(
    ("spelling", "crs"),
    [
        ("GCJ-02", Crs.GCJ02),
        ("gcj_02", Crs.GCJ02),
        ("高德", Crs.GCJ02),
        ("EPSG:4490", Crs.CGCS2000),
        ("CGCS 2000", Crs.CGCS2000),
        ("天地图", Crs.CGCS2000),
        ("WGS-84", Crs.WGS84),
        ("BD09LL", Crs.BD09),
    ],
)
def test_a_system_is_known_by_the_names_people_write(spelling: str, crs: Crs) -> None:
    assert crs_of(spelling) is crs


@pytest.mark.parametrize("crs", ["", "utm50n", "北京54", "西安80", "gcj03"])
def test_an_unknown_system_is_refused(crs: str) -> None:
    with pytest.raises(CrsUnknown) as refusal:
        to_cgcs2000(YIXING.lon, YIXING.lat, crs)
    assert (refusal.value.code, refusal.value.pointer) == ("crs_unknown", "/crs")
    assert "GCJ-02" in refusal.value.text("zh-CN")


@pytest.mark.parametrize(("lon", "lat"), [(31.3, 119.8), (181.0, 31.0), (math.nan, 31.0), (119.8, math.inf)])
def test_a_point_that_is_not_on_earth_is_refused(lon: float, lat: float) -> None:
    with pytest.raises(PointNotOnEarth):
        to_cgcs2000(lon, lat, "cgcs2000")


def test_distance_is_in_metres() -> None:
    assert distance(YIXING, YIXING) == 0
    assert distance(Point(119.8206, 31.3402), Point(119.8206, 31.3412)) == pytest.approx(111.2, abs=0.5)
    assert distance(Point(0, 0), Point(180, 0)) == pytest.approx(math.pi * 6371008.8)
