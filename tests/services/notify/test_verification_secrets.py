"""Neither a code nor a number is seen anywhere but on the phone: not in answers, tables, events or logs."""

import json
import logging
from typing import Any

import httpx
import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from services.notify.channels.channel import Concern, Impossible, Outcome
from shared.identifiers import new_id
from tests.services.notify.builders import BOSS, LANDLORD_BOSS, SAFETY
from tests.services.notify.codes import ASK, asks, came, desk, typed, wrong
from tests.services.notify.phones import Phone, install
from tests.services.notify.registry_stand_in import mobile_of
from tests.support.service import ServiceUnderTest

PEOPLE = (BOSS, SAFETY, LANDLORD_BOSS)
"""Six digits may stand in an id or a moment by chance: only what shows the codes of all three has leaked."""


async def stored(office: ServiceUnderTest) -> dict[str, str]:
    """Every row of every table, with what was said and what was answered as it reads."""
    names = text("SELECT tablename FROM pg_tables WHERE schemaname = 'notify'")
    tables = [row["tablename"] for row in await office.database.run(lambda tx: tx.rows(names))]
    return {name: "\n".join(_words(row) for row in await office.table(name)) for name in tables}


def _words(row: Any) -> str:
    return " ".join(value.decode(errors="replace") if isinstance(value, bytes) else str(value) for value in row.values())


async def everything(
    office: ServiceUnderTest, caplog: pytest.LogCaptureFixture, phone: Phone
) -> tuple[dict[str, str], list[str]]:
    """What can be seen of three who are verified with every mistake on the way, by where it stands; and the three codes."""
    install(office, phone)
    answers: list[httpx.Response] = []
    codes = []
    caplog.set_level(logging.DEBUG)
    with capture_logs() as logs:
        async with desk(office) as client:
            for person in PEOPLE:
                body = {"id": str(new_id()), "contact_id": str(person)}
                answers.append(first := await asks(client, office, **body))
                codes.append(came(phone))
                answers += [await asks(client, office, **body), await asks(client, office, contact_id=str(person))]
                answers += [await typed(client, first.json(), f"{codes[-1]}7"), await typed(client, first.json(), wrong(phone))]
                answers.append(await client.get(f"{ASK}/{first.json()['id']}"))
                answers += [await typed(client, first.json(), codes[-1]) for _ in range(2)]
    seen = {f"table {name}": rows for name, rows in (await stored(office)).items()}
    shown = {"answers": "\n".join(f"{answer.headers} {answer.text}" for answer in answers)}
    said = {"events": "\n".join(event.model_dump_json() for event in await office.said())}
    kept = {"logs": json.dumps(logs, default=repr) + caplog.text}
    return seen | shown | said | kept, codes


def leaks(seen: dict[str, str], secrets: list[str]) -> list[str]:
    return [place for place, words in seen.items() if all(secret in words for secret in secrets)]


async def test_neither_a_code_nor_a_number_is_seen_anywhere(office: ServiceUnderTest, caplog: pytest.LogCaptureFixture) -> None:
    seen, codes = await everything(office, caplog, phone := Phone())
    assert all(code in shown for code, shown in zip(codes, phone.texts, strict=True))
    assert len(set(codes)) > 1
    assert leaks(seen, codes) == []
    assert leaks(seen, [mobile_of(person) for person in PEOPLE]) == []
    assert all(str(person) in seen["table outbox"] and str(person) in seen["table idempotency"] for person in PEOPLE)


async def test_negative_control_what_a_provider_would_repeat_is_found(
    office: ServiceUnderTest, caplog: pytest.LogCaptureFixture
) -> None:
    def repeats(dispatch: Any) -> Outcome:
        logging.getLogger("carrier").info("sent %s to %s", dispatch.variables["code"], dispatch.address.value)
        return Impossible(f"no_room_for_{dispatch.variables['code']}", Concern.ADDRESS)

    seen, codes = await everything(office, caplog, Phone(says=repeats))
    assert leaks(seen, codes) == ["table verifications", "answers", "logs"]
    assert leaks(seen, [mobile_of(person) for person in PEOPLE]) == ["logs"]
