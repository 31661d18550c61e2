"""What may be subscribed, and what a subscription becomes on the wire."""

from collections.abc import Sequence
from typing import Any

import pytest
from faststream import Depends

from shared.contracts.inspection import HazardClosed, HazardFound
from shared.contracts.registry import SiteClosed, SiteRegistered
from shared.database import Transaction
from shared.messaging import Subscriptions


async def listens(event: SiteClosed, tx: Transaction) -> None: ...


async def takes_many(events: Sequence[HazardFound | HazardClosed], tx: Transaction) -> None: ...


def test_the_decorator_returns_the_function_and_reads_its_shape() -> None:
    on = Subscriptions("grading")
    assert on(SiteClosed)(listens) is listens
    assert on(HazardFound, HazardClosed, SiteRegistered)(takes_many) is takes_many
    one, many = on
    assert (one.takes_batch, many.takes_batch) == (False, True)
    assert many.consumer == "grading-takes-many"
    assert many.streams() == {
        "INSPECTION": ["inspection.hazard_closed.v1.*", "inspection.hazard_found.v1.*"],
        "REGISTRY": ["registry.site_registered.v1.*"],
    }


def test_an_old_identity_survives_a_rename() -> None:
    on = Subscriptions("grading")
    on(SiteClosed, consumer="old-name")(listens)
    assert next(iter(on)).consumer == "grading-old-name"


def test_two_handlers_never_share_a_consumer() -> None:
    on = Subscriptions("grading")
    on(SiteClosed)(listens)
    with pytest.raises(TypeError, match="two handlers"):
        on(SiteRegistered)(listens)


def test_a_handler_without_a_shape_is_refused() -> None:
    async def shapeless(event, tx) -> None: ...  # type: ignore[no-untyped-def]  # noqa: ANN001

    with pytest.raises(TypeError, match="a handler is"):
        Subscriptions("grading")(SiteClosed)(shapeless)
    with pytest.raises(TypeError, match="nothing"):
        Subscriptions("grading")()(listens)


async def test_what_stands_after_event_and_tx_is_injected_by_faststream() -> None:
    async def policy() -> str:
        return "DEFAULT"

    seen: list[Any] = []

    async def with_policy(event: SiteClosed, tx: Transaction, chosen: str = Depends(policy)) -> None:
        seen.append((event, tx, chosen))

    on = Subscriptions("grading")
    on(SiteClosed)(with_policy)
    await next(iter(on)).function("event", "tx")
    assert seen == [("event", "tx", "DEFAULT")]
