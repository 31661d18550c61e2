"""Grids as areas on the map: which one holds a point, and whether an area is one at all.

Shapely, and numpy under it, are loaded with the first area: a seventh of a process's start, and most never see one.
"""

# ruff: noqa: PLC0415

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from shared.errors import Refused

if TYPE_CHECKING:
    from shapely import STRtree  # type: ignore[import-untyped]

_MOST_CORNERS = 20_000
_AREAS = frozenset({"Polygon", "MultiPolygon"})
_DATE_LINE, _POLE = 180, 90


class AreaWrong(Refused):
    """Not a polygon in longitude and latitude, or one that crosses itself."""

    code = "area_wrong"
    zh = "范围应为 GeoJSON 面（Polygon 或 MultiPolygon），经纬度有效且边界不自相交"
    en = "An area is a GeoJSON Polygon or MultiPolygon in degrees that does not cross itself"


def read_area(document: Mapping[str, Any], *, pointer: str = "/area") -> dict[str, Any]:
    """The GeoJSON geometry in its plain form. Raises AreaWrong."""
    from shapely import get_num_coordinates
    from shapely.errors import ShapelyError  # type: ignore[import-untyped]
    from shapely.geometry import shape  # type: ignore[import-untyped]

    try:
        area = shape(document)
        west, south, east, north = area.bounds
    except (ShapelyError, AttributeError, KeyError, TypeError, ValueError, IndexError):
        raise AreaWrong(pointer=pointer) from None
    on_earth = -_DATE_LINE <= west <= east <= _DATE_LINE and -_POLE <= south <= north <= _POLE
    if area.geom_type not in _AREAS or not area.is_valid or not on_earth or get_num_coordinates(area) > _MOST_CORNERS:
        raise AreaWrong(pointer=pointer)
    return {"type": document["type"], "coordinates": document["coordinates"]}


def frame_of(area: Mapping[str, Any]) -> tuple[float, float, float, float]:
    """West, south, east, north of an area that was read."""
    from shapely.geometry import shape

    west, south, east, north = shape(area).bounds
    return west, south, east, north


class BoxWrong(Refused):
    """A box is west, south, east, north."""

    code = "bbox_wrong"
    zh = "bbox 应为 西,南,东,北（经纬度）"
    en = "A bbox is west,south,east,north in degrees"


def read_box(text: str, *, pointer: str = "/bbox") -> tuple[float, float, float, float]:
    """West, south, east, north. Raises BoxWrong."""
    try:
        west, south, east, north = map(float, text.split(","))
    except ValueError:
        raise BoxWrong(pointer=pointer) from None
    if not (west <= east and south <= north):
        raise BoxWrong(pointer=pointer)
    return west, south, east, north


@dataclass(frozen=True, slots=True)
class GridMap:
    """All grids with an area, ready to be asked many times."""

    identities: tuple[UUID, ...]
    tree: "STRtree | None"

    @classmethod
    def of(cls, areas: Iterable[tuple[UUID, Mapping[str, Any]]]) -> "GridMap":
        """A map of ``(grid id, GeoJSON)``; where areas overlap, the first wins."""
        known = tuple(areas)
        if not known:
            return cls((), None)
        from shapely import STRtree
        from shapely.geometry import shape

        return cls(tuple(identity for identity, _ in known), STRtree([shape(area) for _, area in known]))

    def grid_at(self, lon: float | None, lat: float | None) -> UUID | None:
        """The grid that holds the point, borders included, or None."""
        if lon is None or lat is None or self.tree is None:
            return None
        from shapely import Point

        found = self.tree.query(Point(lon, lat), predicate="intersects")
        return self.identities[min(found)] if len(found) else None
