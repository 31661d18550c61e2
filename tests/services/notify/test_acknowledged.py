"""Who has acknowledged a hazard in inspection is not climbed over, in whatever order and company that is heard."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest
from sqlalchemy import text

from services.notify import planner, workers
from shared.contracts.inspection import HazardAcknowledged
from tests.services.notify import matters
from tests.services.notify.builders import LANDLORD, TENANT, hazard, heard, named, people
from tests.services.notify.phones import notices
from tests.support.running import until
from tests.support.service import ServiceUnderTest


def found(version: int = 1) -> Any:
    return heard(hazard(immediate=True), version)


def acknowledged(version: int = 2, party: Any = TENANT) -> Any:
    return heard(hazard(HazardAcknowledged, by_party_id=party, acknowledged_at=datetime.now(UTC)), version)


def major(version: int = 3) -> Any:
    return heard(matters.major(), version)


async def plans(notify: ServiceUnderTest, *batches: Sequence[Any]) -> None:
    for batch in batches:
        await notify.database.run(partial(planner.plan_batch, events=batch))


async def climbed(notify: ServiceUnderTest) -> set[str]:
    """Of which kinds somebody up the ladder is told a day later."""
    notify.time_passes(hours=25)
    await notify.works(workers.climb_ladders)
    return {row["kind"] for row in await notices(notify) if row["rung"]}


ORDERS: list[tuple[str, Any]] = [
    ("one after the other", lambda: ([found()], [acknowledged()])),
    ("together", lambda: ([found(), acknowledged()],)),
    ("together and turned round", lambda: ([acknowledged(), found()],)),
    ("the finding afterwards", lambda: ([acknowledged()], [found()])),
    ("the finding after something newer", lambda: ([acknowledged()], [heard(matters.overdue(), 3)], [found()])),
    ("the landlord too", lambda: ([acknowledged(), acknowledged(3, LANDLORD)], [found()])),
]


@pytest.mark.parametrize("order", [order for _, order in ORDERS], ids=[name for name, _ in ORDERS])
async def test_an_acknowledged_hazard_is_not_climbed_in_whatever_order_it_is_heard(notify: ServiceUnderTest, order: Any) -> None:
    await notify.hears(*people())
    await plans(notify, *order())

    tenants = {row["state"] for row in await notices(notify, kind="hazard_found", party_id=TENANT)}
    assert tenants == {"acknowledged"}
    assert await climbed(notify) == set()


@pytest.mark.parametrize(
    "batches",
    [
        lambda: ([found()],),
        lambda: ([found(), acknowledged(party=LANDLORD)],),
        lambda: ([acknowledged(party=LANDLORD)], [found()]),
        lambda: ([found(), heard(hazard(HazardAcknowledged, hazard_id=named("x"), **by_tenant()), 2)],),
    ],
    ids=["nobody", "the landlord", "the landlord before", "another hazard"],
)
async def test_a_hazard_that_the_responsible_party_has_not_acknowledged_is_climbed(
    notify: ServiceUnderTest, batches: Any
) -> None:
    await notify.hears(*people())
    await plans(notify, *batches())

    assert {row["state"] for row in await notices(notify, kind="hazard_found", party_id=TENANT)} == {"planned"}
    assert await climbed(notify) == {"hazard_unacknowledged"}


def by_tenant() -> dict[str, Any]:
    return {"by_party_id": TENANT, "acknowledged_at": datetime.now(UTC)}


@pytest.mark.parametrize(
    "batches",
    [
        lambda: ([found()], [acknowledged()], [major()]),
        lambda: ([found(), acknowledged(), major()],),
        lambda: ([acknowledged(), major()], [found()]),
        lambda: ([found(), major()], [acknowledged()]),
    ],
    ids=["one after the other", "together", "the finding last", "the acknowledgement last"],
)
async def test_what_became_worse_after_the_acknowledgement_is_to_be_acknowledged_anew(
    notify: ServiceUnderTest, batches: Any
) -> None:
    await notify.hears(*people())
    await plans(notify, *batches())

    (kind,) = {row["kind"] for row in await notices(notify) if row["cause"] == "inspection.major_hazard_confirmed"}
    assert "acknowledged" not in {row["state"] for row in await notices(notify, kind=kind)}
    assert await climbed(notify) == {"major_unacknowledged"}


async def test_a_finding_that_is_planned_beside_the_acknowledgement_waits_for_it(notify: ServiceUnderTest) -> None:
    await notify.hears(*people())
    async with notify.database.transaction() as tx:
        await planner.plan_batch(tx, [acknowledged()])
        planning = asyncio.create_task(plans(notify, [found()]))
        await until(lambda: _blocked(notify))
    await planning

    assert await climbed(notify) == set()


async def _blocked(notify: ServiceUnderTest) -> bool:
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    return bool(await notify.database.run(lambda tx: tx.value(text(waiting))))
