"""Why a site counts as a factory within a factory."""

from dataclasses import replace

import pytest

from services.registry.domain.conditions import ConditionWrong
from services.registry.domain.scope import ScopeTest, Standing
from services.registry.rulebook import scope_test

ALONE = Standing(
    building_tenants=1,
    whole_building_let=False,
    compound_tenants=1,
    compound_industrial_tenants=1,
    park_in_park=None,
    self_built_house=None,
)


@pytest.mark.parametrize(
    ("changes", "flags"),
    [
        ({}, ("sole_tenant",)),
        ({"whole_building_let": True}, ("whole_building_let", "sole_tenant")),
        ({"building_tenants": 2, "compound_tenants": 2}, ("single_building_split", "compound_multi_unit")),
        ({"compound_tenants": 2}, ("compound_multi_unit",)),
        ({"park_in_park": True, "self_built_house": True}, ("sole_tenant", "park_in_park", "self_built_house")),
        ({"building_tenants": 0, "compound_tenants": 0}, ()),
    ],
)
def test_the_flags_follow_what_stands_in_the_compound(changes: dict[str, object], flags: tuple[str, ...]) -> None:
    assert scope_test().flags_of(replace(ALONE, **changes)) == flags  # type: ignore[arg-type]


def test_another_definition_is_another_file() -> None:
    industrial = {"fact": "compound_industrial_tenants", "at_least": 2}
    document = {"version": "X", "flags": [{"flag": "compound_multi_unit", "when": industrial}], "industrial": ["C"]}
    test = ScopeTest.of(document)
    assert test.flags_of(replace(ALONE, compound_tenants=5)) == ()
    assert test.flags_of(replace(ALONE, compound_industrial_tenants=2)) == ("compound_multi_unit",)
    assert (test.is_industrial("C3311"), test.is_industrial("F5111"), test.is_industrial(None)) == (True, False, True)


def test_a_definition_that_asks_for_what_nobody_knows_is_refused() -> None:
    with pytest.raises(ConditionWrong, match="moon"):
        ScopeTest.of({"version": "X", "flags": [{"flag": "sole_tenant", "when": {"fact": "moon", "is": 1}}], "industrial": []})
