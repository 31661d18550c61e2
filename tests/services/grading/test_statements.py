"""The batch handler costs the same number of statements however many events and sites it is given."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import asyncpg
import pytest

from services.grading import applying
from shared.contracts.event import Event
from shared.identifiers import new_id
from tests.services.grading.builders import OWNER_SITE, facts_changed, hazard_found, landlord_registered, site_registered
from tests.support.service import ServiceUnderTest

SIZES = (2, 40, 400)


@contextmanager
def counted() -> Iterator[list[str]]:
    """The statements that reach the database meanwhile, BEGIN and COMMIT among them."""
    seen: list[str] = []
    driver: Any = asyncpg.Connection
    asked = driver._do_execute, driver.execute

    async def _do_execute(self: Any, query: str, *rest: Any, **more: Any) -> Any:
        seen.append(query)
        return await asked[0](self, query, *rest, **more)

    async def execute(self: Any, query: str, *values: Any, **more: Any) -> Any:
        seen.extend([query] * (not values))  # with values it comes by the other way
        return await asked[1](self, query, *values, **more)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(driver, "_do_execute", _do_execute)
        patch.setattr(driver, "execute", execute)
        yield seen


async def statements(grading: ServiceUnderTest, events: list[Event]) -> int:
    with counted() as seen:
        assert await grading.hears(*events) == "acked"
    return len(seen)


async def warmed(grading: ServiceUnderTest) -> None:
    """The first batch ever installs the policy."""
    await grading.hears(landlord_registered(), site_registered(landlord_site_id=OWNER_SITE))


async def test_registrations_cost_the_same_for_two_sites_and_for_four_hundred(grading: ServiceUnderTest) -> None:
    await warmed(grading)
    found = [
        await statements(grading, [site_registered(new_id(), new_id(), landlord_site_id=OWNER_SITE) for _ in range(size)])
        for size in SIZES
    ]
    assert len(set(found)) == 1, found
    assert 5 < found[0] <= 14, found


async def test_changes_that_move_levels_cost_the_same_for_two_sites_and_for_four_hundred(grading: ServiceUnderTest) -> None:
    await warmed(grading)
    found = []
    for size in SIZES:
        sites = [new_id() for _ in range(size)]
        await grading.hears(*(site_registered(site, new_id(), landlord_site_id=OWNER_SITE) for site in sites))
        vetoes: list[Event] = [facts_changed(site, refused_order=True) for site in sites]
        found.append(await statements(grading, vetoes + [hazard_found(site_id=site, level="serious") for site in sites]))
    assert len(set(found)) == 1, found


async def test_a_handler_that_goes_site_by_site_is_found_out(grading: ServiceUnderTest, monkeypatch: pytest.MonkeyPatch) -> None:
    together = applying.apply_sayings

    async def one_by_one(sayings: dict[Any, Any], tx: Any, today: Any) -> None:
        for site, said in sayings.items():
            await together({site: said}, tx, today)

    await warmed(grading)
    monkeypatch.setattr(applying, "apply_sayings", one_by_one)
    few, many = [await statements(grading, [site_registered(new_id(), new_id()) for _ in range(size)]) for size in SIZES[:2]]
    assert many > few
