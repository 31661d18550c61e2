"""What events say of a record: its whole card, by ids; a natural person is an id and nothing more."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from services.registry.domain.facts import UNKNOWN
from services.registry.rulebook import shipped_facts
from services.registry.store.rows import Row
from shared.contracts.vocabulary import FactValue, PartyType, Point

_LONGEST_ANSWER = 200


def party_card(row: Row) -> dict[str, Any]:
    """The fields of PartyRegistered and PartyChanged."""
    is_person = row["party_type"] == PartyType.NATURAL_PERSON
    return {
        "party_id": row["id"],
        "party_type": row["party_type"],
        "kinds": tuple(row["kinds"]),
        "name": None if is_person else row["name"],
        "uscc": None if is_person else row["uscc"],
        "industry_code": row["industry_code"],
        "scale": row["scale"],
        "status": row["status"],
    }


def site_card(row: Row) -> dict[str, Any]:
    """The fields of SiteRegistered and SiteChanged."""
    return {
        "site_id": row["id"],
        "code": row["code"],
        "kind": row["kind"],
        "party_id": row["party_id"],
        "landlord_site_id": row["landlord_site_id"],
        "building_id": row["building_id"],
        "compound_id": row["compound_id"],
        "grid_id": row["grid_id"],
        "name": row["name"],
        "point": None if row["lon"] is None else Point(lon=row["lon"], lat=row["lat"], crs=row["crs"]),
        "scope": tuple(row["scope"]),
    }


def lease_card(row: Row) -> dict[str, Any]:
    """The fields that every event about a lease carries."""
    return {
        "lease_id": row["id"],
        "site_id": row["site_id"],
        "landlord_site_id": row["landlord_site_id"],
        "landlord_party_id": row["landlord_party_id"],
        "tenant_party_id": row["tenant_party_id"],
        "parent_lease_id": row["parent_lease_id"],
        "depth": row["depth"],
        "building_id": row["building_id"],
        "rooms": tuple(row["rooms"]),
        "area": float(row["area"]),
        "start": row["start"],
        "end": row["end"],
        "use": row["use"],
        "fire_class": row["fire_class_declared"],
        "state": row["state"],
        "agreement": row["agreement"],
        "agreement_until": row["agreement_until"],
    }


def fact_value(row: Row) -> FactValue:
    """A fact as it travels: lists of things are only said to be there, with how many, or with how much where that counts."""
    value, qty, unit = row["value"], row["qty"], row["unit"]
    if isinstance(value, list) and any(isinstance(item, dict) for item in value):
        qty, unit = _quantity(row["key"], value) if qty is None else (qty, unit)
        value = True
    if isinstance(value, str):
        value = value[:_LONGEST_ANSWER]
    told = tuple(value) if isinstance(value, list) else value
    days = row["valid_from"], row["valid_to"]
    return _fact_value(told, (None if qty is None else float(qty), unit), (row["source"], row["verified_by"]), days)


def _quantity(key: str, things: Sequence[Any]) -> tuple[float | None, str | None]:
    declared = shipped_facts().keys.get(key)
    if declared is None or declared.total is None:
        return len(things), "item"
    amounts = [thing.get(declared.total) for thing in things]
    known = [amount for amount in amounts if isinstance(amount, (int, float))]
    return (sum(known), declared.unit) if len(known) == len(amounts) else (None, None)


def derived_value(value: Any, today: Any) -> FactValue:
    """A fact that the ledger worked out itself."""
    told = tuple(value) if isinstance(value, list) else value
    return _fact_value(UNKNOWN if told is None else told, (None, None), ("ledger", None), (today, None))


@lru_cache(maxsize=4096, typed=True)
def _fact_value(value: Any, amount: Any, whence: Any, days: Any) -> FactValue:
    """Thousands of sites of a ledger give the same few answers; one object, frozen, stands for all equal ones."""
    (qty, unit), (source, verified_by), (valid_from, valid_to) = amount, whence, days
    return FactValue(
        value=value, qty=qty, unit=unit, source=source, verified_by=verified_by, valid_from=valid_from, valid_to=valid_to
    )
