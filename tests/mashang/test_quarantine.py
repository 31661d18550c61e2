"""A person finds what could not be handled, and replays or discards it from the command line."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.inspection.service import inspection
from shared.identifiers import new_id
from shared.messaging.delivery import Delivery, Message, Quarantined
from tests.mashang.command import Said, mashang
from tests.services.inspection.stories import Yard
from tests.support.service import ServiceUnderTest

_MOBILE = "13800138000"


@pytest.fixture
async def heard(tmp_path: Path) -> AsyncIterator[ServiceUnderTest]:
    """Inspection, on a database that the commands are pointed at."""
    async with ServiceUnderTest.of(inspection, tmp_path) as made:
        yield made


async def says(heard: ServiceUnderTest, *words: str) -> Said:
    """What ``mashang quarantine …`` says of inspection's."""
    url = heard.process.database_url.get_secret_value()
    return await asyncio.to_thread(mashang, "quarantine", *words, data=heard.data, database_url=url)


async def waiting(heard: ServiceUnderTest, *more: str) -> list[tuple[str, str]]:
    """Handler and state of every message that is listed."""
    said = await says(heard, "list", "--service", "inspection", "--json", *more)
    return [(row["handler"], row["state"]) for row in said.json]


async def test_a_message_whose_cause_came_too_late_is_replayed(heard: ServiceUnderTest) -> None:
    yard, message = Yard(), new_id()
    while await heard.hears(yard.closed(), message=message) == "retried":
        pass
    assert await waiting(heard) == [("inspection-close-site", "waiting")]

    (row,) = (await says(heard, "list", "--service", "inspection", "--json")).json
    line, count = (await says(heard, "list", "--service", "inspection")).out.splitlines()
    assert line.startswith(f"inspection {row['id']} waiting ")
    assert count.startswith("1 ")
    shown = (await says(heard, "show", "inspection", row["id"])).json
    assert (shown["body"]["id"], shown["event_id"]) == (str(message), str(message))

    again = await says(heard, "replay", "inspection", row["id"])
    assert "it failed again" in again.refusal
    assert await waiting(heard) == [("inspection-close-site", "waiting")]

    await heard.hears(*yard.registered())
    assert (await says(heard, "replay", "inspection", row["id"])).code == 0
    assert await waiting(heard) == []
    assert await waiting(heard, "--all") == [("inspection-close-site", "replayed")]
    (closed,) = [site for site in await heard.table("sites") if site["site_id"] == yard.mill]
    assert closed["closed_on"] == yard.closed().closed_on

    for words in (["replay", "inspection", row["id"]], ["discard", "inspection", row["id"], "--reason", "late"]):
        assert "settled before" in (await says(heard, *words)).refusal


async def test_what_nobody_can_read_is_shown_masked_and_discarded_with_a_reason(heard: ServiceUnderTest) -> None:
    handler = next(iter(inspection.on))
    body = f'{{"specversion": "0.3", "data": {{"phone": "{_MOBILE}"}}}}'.encode()
    (verdict,) = await Delivery(handler, heard.database).deliver([Message(body, "registry.site_registered.v1.-", "REGISTRY", 1)])
    assert isinstance(verdict, Quarantined)

    (row,) = (await says(heard, "list", "--service", "inspection", "--json")).json
    shown = await says(heard, "show", "inspection", row["id"])
    assert shown.json["body"]["data"] == {"phone": "138****8000"}
    assert _MOBILE not in shown.out + str(row)

    assert "failed again" in (await says(heard, "replay", "inspection", row["id"])).refusal
    assert (await says(heard, "discard", "inspection", row["id"], "--reason", "an old sender")).code == 0
    (settled,) = (await says(heard, "list", "--service", "inspection", "--all", "--json")).json
    assert (settled["state"], settled["note"]) == ("discarded", "an old sender")


async def test_an_id_that_is_not_there_is_one_line(heard: ServiceUnderTest) -> None:
    assert "Not found" in (await says(heard, "show", "inspection", str(new_id()))).refusal
