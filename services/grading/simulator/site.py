"""What an invented tenant's site is on the first day: its facts, and what it has done until then."""

from typing import TYPE_CHECKING, Any
from uuid import UUID

from services.grading.domain.days import iso_of
from services.grading.domain.registers import Write

if TYPE_CHECKING:
    from services.grading.simulator.life import Life

_CHOSEN = (
    "fire_class_actual",
    "spray",
    "printing",
    "ammonia",
    "building_fire_resistance",
    "building_fire_class_design",
    "building_sandwich_panel",
    "standardisation",
)
_SHARED = (
    "hazchem",
    "hazchem_above_store_limit",
    "hazwaste",
    "confined_space",
    "occupancy_night_production",
    "occupancy_sleeping",
    "building_shared_escape",
    "building_fire_system_absent",
    "landlord_monitoring",
)


def first_facts(life: "Life", day: int) -> list[Write]:
    """Everything that is known on the first day."""
    since = iso_of(day - life.guesses["registered_days_before"])
    known = _answers(life)
    required = {key for key, fact in life.rules.on(day).document.facts.items() if fact.required}
    missing = {key for key in sorted(required) if life.chance.happens(life.guess("unknown"))}
    writes = [
        _write(life, "site", "card", _card(life.chance.number)),
        _write(life, "site", "registered", {"on": since}),
        _write(life, "visit", "patrol", {"on": iso_of(day - life.chance.day_within(60))}),
    ]
    for key, (value, quantity) in known.items():
        answer: dict[str, Any] = {"since": since} | ({} if quantity is None else {"qty": quantity})
        writes.append(_write(life, "fact", key, answer | ({} if key in missing or value is None else {"value": value})))
    return writes


def _card(number: int) -> dict[str, str]:
    """Fifty tenants to a grid, one to a party."""
    grid, party = UUID(int=number // 50 + 1), UUID(int=number + 1)
    return {"kind": "tenant", "name": f"tenant {number}", "party": str(party), "grid": str(grid), "code": f"T-{number}"}


def _answers(life: "Life") -> dict[str, tuple[Any, float | None]]:
    guesses, chance = life.guesses["facts"], life.chance
    found: dict[str, tuple[Any, float | None]] = {}
    for key in _CHOSEN:
        lost = chance.happens(guesses[key].get("unknown", 0))
        found[key] = (None if lost else chance.one_of(guesses[key]["choices"]), None)
    for key in _SHARED:
        found[key] = (chance.happens(guesses[key]["share"]), None)
    found["confined_space_toxic"] = (
        found["confined_space"][0] and chance.happens(guesses["confined_space_toxic"]["share"]),
        None,
    )
    found["mixed_use"] = (False, None)
    found["dust"] = (chance.one_of(guesses["dust"]["choices"]), round(chance.amount(guesses["dust_workers"]["mean"])))
    found["dust_collector"] = (chance.one_of(guesses["dust_collector"]["choices"]), None)
    found["dust_cleaned_each_shift"] = (chance.happens(guesses["dust_cleaned_each_shift"]["share"]), None)
    tonnes = round(chance.amount(guesses["molten_metal_tonnes"]["mean"]), 2)
    found["molten_metal"] = (chance.happens(guesses["molten_metal"]["share"]), tonnes)
    found["lithium"] = ([chance.one_of(guesses["lithium"]["choices"])], None)
    found["boiler_pressure_crane_forklift"] = (True, chance.number_of(guesses["special_equipment"]["mean"]))
    found["hot_work"] = (chance.happens(guesses["hot_work"]["share"]), chance.number_of(guesses["hot_work_per_month"]["mean"]))
    found["combustible_stock_area"] = (round(chance.amount(guesses["combustible_stock_area"]["mean"])), None)
    found["people_on_site"] = (max(1, round(chance.amount(guesses["people_on_site"]["mean"]))), None)
    found["building_tenants"] = (1 + chance.number_of(guesses["building_tenants"]["mean"] - 1), None)
    for key in ("floor", "sublet_depth"):
        found[key] = (int(chance.one_of(guesses[key]["choices"])), None)
    return _admitted(found)


def _admitted(found: dict[str, tuple[Any, float | None]]) -> dict[str, tuple[Any, float | None]]:
    """Admission keeps a class above the building's out, so a tenant sits in a building that suits it."""
    actual, built = found["fire_class_actual"][0], found["building_fire_class_design"][0]
    if built is not None and actual is not None and actual < built:
        found["building_fire_class_design"] = (actual, None)
    return found


def _write(life: "Life", family: str, name: str, value: dict[str, Any]) -> Write:
    return Write(life.site, family, name, 1, event_of(1), value)


def event_of(sequence: int) -> str:
    """The id of an event that nobody has said."""
    return f"00000000-0000-7000-8000-{sequence:012d}"
