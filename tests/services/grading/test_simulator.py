"""The simulator invents the same tenants for the same seed, from guesses that each give a reason."""

import json
from typing import Any

import pytest

from services.grading.simulator.__main__ import simulate
from services.grading.simulator.figures import Year
from services.grading.simulator.guesses import Chance, shipped_guesses
from services.grading.simulator.life import Life

GUESSES = shipped_guesses()
KNOWN = set(GUESSES.document["facts"])


def guesses(part: Any, path: str = "") -> list[tuple[str, dict[str, Any]]]:
    """Every table that holds numbers."""
    if not isinstance(part, dict):
        return []
    if any(isinstance(value, (int, float)) for value in part.values()) and path:
        return [(path, part)]
    return [found for name, value in part.items() for found in guesses(value, f"{path}.{name}")]


@pytest.mark.parametrize(("path", "guess"), [entry for entry in guesses(GUESSES.document) if entry[0].split(".")[1] != "conduct"])
def test_every_guess_gives_its_reason(path: str, guess: dict[str, Any]) -> None:
    if path.endswith(".choices"):
        assert sum(guess.values()) == pytest.approx(1, abs=0.06)
        return
    assert len(guess.get("reason", "")) > 15, path


def test_the_same_seed_gives_the_same_year() -> None:
    first, again = simulate(0, 40, 200), simulate(0, 40, 200)
    assert first.as_json() == again.as_json()
    assert first.tenants == 40


def test_tenants_add_up_however_they_are_divided() -> None:
    whole, parts = simulate(0, 30, 120), Year()
    for first in (20, 0, 10):
        parts.add(simulate(first, first + 10, 120))
    assert parts.as_json() == whole.as_json()


def test_a_day_on_which_nothing_bears_on_the_level_need_not_be_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    quick = simulate(0, 30, 365)
    monkeypatch.setattr(Life, "_bears", lambda *_: True)
    assert simulate(0, 30, 365).as_json() == quick.as_json()


def test_a_simulated_year_has_a_sensible_shape() -> None:
    year = simulate(0, 150, 365)
    assert sum(year.levels.values()) == 150
    assert 2 < year.hazards / 150 < 9
    assert year.visits["patrol"] / 150 >= 3.5
    assert year.levels["blue"] > year.levels["red"]
    assert "| Level |" in year.table()
    assert json.loads(json.dumps(year.as_json()))["levels"] == year.levels


def test_chance_keeps_its_shares() -> None:
    chance = Chance(1, 1)
    found = [chance.one_of({"a": 0.5, "b": 0.3, "c": 0.2}) for _ in range(4000)]
    assert found.count("b") / 4000 == pytest.approx(0.3, abs=0.03)
    assert sum(chance.number_of(0.7) for _ in range(4000)) / 4000 == pytest.approx(0.7, abs=0.05)
