"""Which events a subscriber follows: by name, and by the level, the grid or the site that they concern."""

from dataclasses import dataclass
from typing import Any, Self
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Filter:
    """Every part that is not empty has to fit."""

    events: frozenset[str]
    levels: frozenset[str] = frozenset()
    grids: frozenset[UUID] = frozenset()
    sites: frozenset[UUID] = frozenset()

    @classmethod
    def of(cls, row: Any) -> Self:
        """The filter of a stored subscription."""
        return cls(frozenset(row["events"]), frozenset(row["levels"]), frozenset(row["grids"]), frozenset(row["sites"]))

    def lets_pass(self, event: "Followable") -> bool:
        """Whether the subscriber hears of the event."""
        return (
            event.name in self.events
            and (not self.levels or bool(self.levels & event.levels))
            and (not self.grids or event.grid_id in self.grids)
            and (not self.sites or event.site_id in self.sites)
        )


@dataclass(frozen=True, slots=True)
class Followable:
    """What filters look at: ``levels`` are those that the event names (a hazard's, a site's), else the site's own."""

    name: str
    site_id: UUID | None = None
    grid_id: UUID | None = None
    levels: frozenset[str] = frozenset()

    @classmethod
    def of(cls, name: str, facts: Any, place: Any) -> Self:
        """An event with what is known of its place."""
        named = frozenset(str(facts[key]) for key in ("to", "level") if facts.get(key))
        own = frozenset({place["level"]}) if place and place["level"] else frozenset[str]()
        grid = facts.get("grid_id") or (place["grid_id"] if place else None)
        return cls(name, facts.get("site_id"), grid, named or own)
