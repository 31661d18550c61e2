"""The town of a trial: every site has a party with one contact, and a grid, of which the first so many have one officer."""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import asyncpg

from shared.clock import utc_now
from shared.contracts.event import Envelope, encode, subject_of
from shared.contracts.inspection import HazardFound
from shared.contracts.vocabulary import (
    Duty,
    HazardCategory,
    HazardId,
    HazardLevel,
    HazardSource,
    HazardState,
    Responsible,
    RuleRef,
)
from shared.identifiers import new_id

_SITES, _PARTIES, _GRIDS, _CONTACTS, _OFFICERS = (UUID(f"0192f3a0-000{kind}-7000-8000-000000000000").int for kind in range(1, 6))
_ROOM = 1 << 40
_OFFICER_MOBILES = 500_000_000
_RULE = RuleRef(rule="default_split", clause="7")


def site(number: int) -> Any:
    """The site with this number."""
    return UUID(int=_SITES + number)


def party(number: int) -> Any:
    """The party of the site."""
    return UUID(int=_PARTIES + number)


def grid(number: int) -> Any:
    """The grid of the site."""
    return UUID(int=_GRIDS + number)


def addresses(person: UUID) -> dict[str, str]:
    """Where somebody can be reached: numbers of a range that nobody has, each person's his own."""
    officer = 0 <= person.int - _OFFICERS < _ROOM
    number = person.int - (_OFFICERS if officer else _CONTACTS)
    if officer:
        return {"mobile": f"13{_OFFICER_MOBILES + number:09d}", "wecom_userid": f"officer{number}"}
    return {"mobile": f"13{number:09d}", "wechat_openid": f"openid-of-{number:09d}"}


async def settle(url: str, size: int, officers: int) -> None:
    """Fill notify's copies of who relates to what, as if the registry had told."""
    connection = await asyncpg.connect(url)
    try:
        for table, columns, rows in _tables(size, officers):
            await connection.copy_records_to_table(table, schema_name="notify", columns=columns, records=rows)
        await connection.execute("ANALYZE")
    finally:
        await connection.close()


def _tables(size: int, officers: int) -> Iterator[tuple[str, list[str], Iterable[tuple[Any, ...]]]]:
    numbers, since = range(size), date(2026, 1, 1)
    places = ["site_id", "version", "kind", "party_id", "grid_id", "code", "name", "closed"]
    yield "sites", places, ((site(n), 1, "tenant", party(n), grid(n), f"YX-{n:06d}", f"第{n}号企业", False) for n in numbers)
    yield "parties", ["party_id", "version", "name", "kinds"], ((party(n), 1, f"第{n}号企业", ["tenant"]) for n in numbers)
    people = ["contact_id", "version", "party_id", "role", "active"]
    yield "contacts", people, ((UUID(int=_CONTACTS + n), 1, party(n), "principal", True) for n in numbers)
    duties = ["grid_id", "officer_id", "role", "version", "since"]
    yield "officers", duties, ((grid(n), UUID(int=_OFFICERS + n), "officer", 1, since) for n in numbers[:officers])


def hazard(number: int, turn: int) -> HazardFound:
    """Something at a site that has to be put right at once: no quiet hours hold it."""
    now = utc_now()
    return HazardFound(
        hazard_id=HazardId(new_id()),
        number=f"{turn:06d}",
        site_id=site(number),
        landlord_site_id=None,
        grid_id=grid(number),
        item="LF-12",
        category=HazardCategory.EVACUATION,
        level=HazardLevel.MEDIUM,
        source=HazardSource.PATROL,
        state=HazardState.CONFIRMED,
        immediate=True,
        responsible=(Responsible(party_id=party(number), role=Duty.RESPONSIBLE, rule=_RULE),),
        found_at=now,
        due=(now + timedelta(days=7)).date(),
    )


def letter(event: HazardFound) -> tuple[UUID, str, bytes]:
    """Id, subject and body as inspection's relay would send them."""
    identity = new_id()
    envelope = Envelope(
        id=identity,
        source="/inspection",
        type=event.wire_type(),
        subject=event.site,
        time=utc_now(),
        correlation_id=identity,
        causation_id=None,
        sequence=1,
    )
    return identity, subject_of(event), encode(event, envelope)
