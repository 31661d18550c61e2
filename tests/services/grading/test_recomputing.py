"""Invariant 4: every stored decision is found again from its stored inputs and policy, byte for byte."""

from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from sqlalchemy import text

from services.grading import workers
from services.grading.actions import asking
from services.grading.rulings import rules_in_force
from services.grading.store import history
from shared.contracts.event import Envelope, Event, encode
from shared.database import Transaction
from shared.identifiers import new_id
from shared.messaging.delivery import Delivery, Message
from tests.services.grading.asking import got
from tests.services.grading.builders import MILL, facts_changed, site_registered, visit_recorded
from tests.services.grading.domain.sayings import Saying, stories
from tests.support.service import ServiceUnderTest

STORIES = 90
LONG = 5


def told() -> list[list[Saying]]:
    """Stories of many sites in which something happens, the same in every run."""
    found: list[list[Saying]] = []
    much = [HealthCheck.too_slow, HealthCheck.data_too_large]
    tried = settings(
        max_examples=4 * STORIES, deadline=None, derandomize=True, phases=[Phase.generate], suppress_health_check=much
    )
    tried(given(stories(longest=14))(lambda story: found.append([part for part in story if isinstance(part, Saying)])))()
    return [story for story in found if len(story) >= LONG][:STORIES]


def elsewhere(saying: Saying, site: UUID) -> Event:
    """The same saying about another site."""
    event = saying.event
    moved = {name: site for name in ("site_id", "landlord_site_id") if getattr(event, name, None) == MILL}
    return type(event).model_validate(dict(event) | moved)


async def hear(grading: ServiceUnderTest, site: UUID, sayings: list[Saying]) -> None:
    [handler] = grading.service.on
    messages = []
    for place, saying in enumerate(sayings):
        event, heard = elsewhere(saying, site), saying.envelope
        envelope = Envelope(new_id(), "/test", event.wire_type(), event.site, heard.time, heard.id, None, heard.sequence)
        messages.append(Message(encode(event, envelope), "test", event.stream(), place))
    await Delivery(handler, grading.database, grading.delays).deliver(messages)


async def recomputed(tx: Transaction) -> list[tuple[UUID, int, bool]]:
    """Every decision that is kept, and whether the same bytes come out again."""
    rules = await rules_in_force(tx)
    found = []
    for row in await tx.rows(text("SELECT * FROM grading.decisions ORDER BY site_id, revision")):
        _, answer = await asking.recomputed(tx, row, rules)
        found.append((row["site_id"], row["revision"], answer.substance().decode() == row["substance"]))
    return found


async def test_hundreds_of_decisions_of_many_lives_are_found_again_with_the_same_bytes(grading: ServiceUnderTest) -> None:
    lives = [(new_id(), story) for story in told()]
    for start, end, days in ((0, 3, 2), (3, 6, 40), (6, 9, 95), (9, None, 500)):
        for site, story in lives:
            if part := story[start:end]:
                await hear(grading, site, part)
        grading.time_passes(days=days)
        while await grading.works(workers.review_due_sites):
            pass
    found = await grading.database.run(recomputed)

    assert [line for line in found if not line[2]] == []
    assert len(lives) == STORIES
    assert len(found) >= 3 * STORIES


@pytest.mark.parametrize("table", ["journal", "decisions"])
async def test_a_changed_input_or_answer_is_found_out(grading: ServiceUnderTest, table: str) -> None:
    await grading.hears(site_registered(), visit_recorded())
    await grading.hears(facts_changed(refused_order=True), sequence=2)
    column, old, new = {
        "journal": ("writes", '"value":true', '"value":false'),
        "decisions": ("substance", '"level":"red"', '"level":"blue"'),
    }[table]
    forge = text(f"UPDATE grading.{table} SET {column} = replace({column}, :old, :new)")
    await grading.database.run(lambda tx: tx.execute(forge, {"old": old, "new": new}))
    newest: dict[str, Any] = (await got(grading, f"/sites/{MILL}/history"))["items"][0]

    assert (await got(grading, f"/sites/{MILL}/history/{newest['revision']}"))["same_bytes"] is False


async def test_a_decision_is_found_again_by_the_policy_of_its_day(grading: ServiceUnderTest) -> None:
    await grading.hears(site_registered(), visit_recorded())
    rows = await grading.database.run(lambda tx: history.decisions_of(tx, MILL, 100, 10))
    assert {row["policy"] for row in rows} == {"DEFAULT-2026.2"}
