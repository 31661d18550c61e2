"""Facts as data: every answer checked against its key, a new key without a migration."""

from typing import Any

import pytest

from services.registry.domain.facts import FactDerived, FactKeyUnknown, FactSchema, FactValueWrong
from services.registry.rulebook import shipped_facts

SCHEMA = shipped_facts()


@pytest.mark.parametrize(
    ("key", "given", "stored"),
    [
        ("spray", "solvent", "solvent"),
        ("spray", "unknown", "unknown"),
        ("mixed_use", False, False),
        ("gas", "lpg", ["lpg"]),
        ("gas", ["oxygen", "lpg"], ["lpg", "oxygen"]),
        ("people_on_site", 12, 12),
        ("combustible_stack_height", "2.5", 2.5),
        ("electrical_thermal_scan_on", "2026-05-01", "2026-05-01"),
        ("hazchem", True, True),
        ("hazchem", [{"name": "油漆", "max_qty": 20, "toxic": False}], [{"name": "油漆", "max_qty": 20.0, "toxic": False}]),
    ],
)
def test_an_answer_is_stored_in_its_plain_form(key: str, given: Any, stored: Any) -> None:
    assert SCHEMA.read(key, given) == stored


@pytest.mark.parametrize(
    ("key", "given"),
    [
        ("spray", "gold"),
        ("spray", True),
        ("mixed_use", "yes"),
        ("gas", []),
        ("gas", ["none", "lpg"]),
        ("people_on_site", -1),
        ("people_on_site", 1.5),
        ("people_on_site", True),
        ("combustible_stack_height", "NaN"),
        ("electrical_thermal_scan_on", "May"),
        ("hazchem", []),
        ("hazchem", [{"phone": "13912345678"}]),
        ("hazchem", "many"),
    ],
)
def test_an_answer_that_a_key_does_not_take_is_refused_without_repeating_it(key: str, given: Any) -> None:
    with pytest.raises(FactValueWrong) as caught:
        SCHEMA.read(key, given)
    assert caught.value.facts["key"] == key
    assert "13912345678" not in caught.value.text()


def test_an_unknown_key_and_a_derived_key_are_refused() -> None:
    with pytest.raises(FactKeyUnknown):
        SCHEMA.read("mood", "good")
    with pytest.raises(FactDerived):
        SCHEMA.read("building_tenants", 3)


def test_a_new_key_is_a_new_entry_and_nothing_else() -> None:
    entry = {
        "type": "choice",
        "values": ["none", "laser"],
        "zh": "激光",
        "en": "Laser",
        "risk": {"kind": "laser", "unless": ["none"]},
    }
    schema = FactSchema.of({"version": "X", "facts": {"laser": entry}})
    assert schema.read("laser", "laser") == "laser"
    assert schema.risk_kinds({"laser": "laser"}) == {"laser"}


def test_what_nobody_has_answered_is_a_finding_and_so_is_unknown() -> None:
    unanswered = SCHEMA.unanswered({"spray": "none", "dust": "unknown"})
    assert "spray" not in unanswered
    assert {"dust", "hazchem", "people_on_site"} <= set(unanswered)


def test_the_minimum_keys_of_the_ledger_ship() -> None:
    minimum = (
        "fire_class_actual hazchem hazwaste dust confined_space spray molten_metal ammonia lithium gas hot_work mixed_use"
        " boiler_pressure_crane_forklift press_shear_woodwork special_ops_people env_treatment pp_foam_sponge_textile_paper"
    )
    assert set(minimum.split()) <= SCHEMA.keys.keys()
    assert any(key.startswith("electrical_") for key in SCHEMA.keys)
    assert any(key.startswith("occupancy_") for key in SCHEMA.keys)


def test_only_what_is_there_is_a_risk() -> None:
    assert SCHEMA.risk_kinds({"spray": "none", "dust": "unknown", "hazchem": False, "gas": ["none"]}) == frozenset()
    assert SCHEMA.risk_kinds({"spray": "water", "hazchem": True, "gas": ["lpg"]}) == {"spray", "hazchem", "gas"}
