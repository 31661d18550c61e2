"""A landlord, his second landlord and their tenants end the same in whatever order, portions and repetitions the news arrives."""

import random
from dataclasses import dataclass
from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest
from pydantic_core import from_json, to_json

from services.grading.domain.registers import Registers
from shared.clock import utc_now
from shared.contracts.event import Envelope, Event, encode
from shared.contracts.notify import ContactReached
from shared.identifiers import new_id
from shared.messaging.delivery import Delivery, Message
from tests.services.grading import builders as usual
from tests.services.grading.asking import level, roll_up
from tests.services.grading.builders import today
from tests.services.grading.domain.test_order import last_to_arrive_wins
from tests.support.service import ServiceUnderTest

ORDERS = 8


@dataclass(frozen=True)
class World:
    """The same small compound under ids of its own, so that several fit into one database."""

    owner: UUID
    second: UUID
    tenant: UUID
    subtenant: UUID
    party: UUID
    hazard: UUID
    major: UUID
    lease: UUID
    boss: UUID
    deputy: UUID

    @classmethod
    def new(cls) -> "World":
        return cls(*(new_id() for _ in range(10)))

    def told(self) -> list[tuple[int, Event]]:
        """Everything that happens, in order, each with the version of its aggregate."""
        risky: dict[str, Any] = {"dust": "metal", "dust_collector": "wet", "ammonia": "nitriding"}
        mine = {"site_id": self.tenant, "landlord_site_id": self.second, "by": self.party}
        over = {"site_id": self.subtenant, "landlord_site_id": self.second}
        boss = {"contact_id": self.boss, "party_id": self.party, "role": "principal"}
        return [
            (1, usual.landlord_registered(self.owner, new_id())),
            (1, usual.landlord_registered(self.second, new_id(), landlord_site_id=self.owner)),
            (1, usual.site_registered(self.tenant, self.party, landlord_site_id=self.second)),
            (1, usual.site_registered(self.subtenant, new_id(), landlord_site_id=self.second)),
            (1, usual.hazard_found(self.hazard, level="serious", due=today(), **mine)),
            (
                1,
                usual.lease_activated(
                    site_id=self.tenant, landlord_site_id=self.second, lease_id=self.lease, agreement="missing"
                ),
            ),
            (2, usual.facts_changed(self.subtenant, refused_order=True)),
            (3, usual.facts_changed(self.subtenant, refused_order=False)),
            (2, usual.facts_changed(self.tenant, **risky)),
            (1, usual.major_hazard_confirmed(self.major, **over)),
            (2, usual.hazard_closed(self.major, level="major", item="LF-12", **over)),
            (2, usual.hazard_closed(self.hazard, level="serious", overdue_days=0, **mine)),
            (1, usual.alarm_tested(self.owner, result="no_power")),
            (1, usual.visit_recorded(self.subtenant)),
            (1, usual.person_trained(until=today(), site_id=None, party_id=self.party)),
            (4, usual.facts_changed(self.subtenant, spray="solvent", removed=("dust",))),
            (1, usual.contact_unreachable(self.party, contact_id=self.boss)),
            (2, ContactReached.model_validate(boss | {"reached_on": today()})),
            (3, usual.contact_unreachable(self.party, contact_id=self.boss)),
            (1, usual.contact_unreachable(self.party, contact_id=self.deputy, role="principal")),
            (2, ContactReached.model_validate(boss | {"contact_id": self.deputy, "reached_on": today()})),
        ]

    def sites(self) -> tuple[UUID, ...]:
        return self.owner, self.second, self.tenant, self.subtenant

    def plain(self, text: str) -> str:
        """The same text with names instead of ids."""
        for name, identity in vars(self).items():
            text = text.replace(str(identity), name)
        return text


def messages(world: World) -> list[Message]:
    """In the order in which they were said, which is also that of their ids."""
    found = []
    for place, (sequence, event) in enumerate(world.told()):
        envelope = Envelope(new_id(), "/test", event.wire_type(), event.site, utc_now(), new_id(), None, sequence)
        found.append(Message(encode(event, envelope), "test", event.stream(), place))
    return found


def rearranged(told: list[Message], chance: random.Random) -> list[list[Message]]:
    again = [*told, *chance.sample(told, 5)]
    chance.shuffle(again)
    cuts = sorted({0, len(again), *(chance.randrange(len(again)) for _ in range(4))})
    return [again[start:end] for start, end in pairwise(cuts)]


async def lived(grading: ServiceUnderTest, world: World, batches: list[list[Message]], *, looks: bool) -> None:
    [handler] = grading.service.on
    for batch in batches:
        await Delivery(handler, grading.database, grading.delays).deliver(batch)
        if looks:
            await roll_up(grading)
    await roll_up(grading)


async def outcome(grading: ServiceUnderTest, world: World) -> dict[str, Any]:
    """Level, both axes with their reasons, vetoes and the tenants that are rolled up, by the names of this world's sites."""
    found = {}
    rows = {row["site_id"]: row for row in await grading.table("sites")}
    for site in world.sites():
        told = await level(grading, site)
        kept = {name: told[name] for name in ("level", "cell", "warned", "rise", "frequencies")}
        reasons = [
            [part["rule"], part["fact"], part["points"], part["since"]]
            for part in (*told["inherent"]["facts"], *told["management"]["deductions"], *told["vetoes"])
            if "points" in part or part.setdefault("points", None) is None
        ]
        tenants = Registers.of_json(rows[site]["facts"]).current.get("tenant", {})
        below = {name: register[3] for name, register in sorted(tenants.items())}
        text = world.plain(to_json({**kept, "reasons": sorted(reasons, key=str), "below": below}).decode())
        found[world.plain(str(site))] = from_json(text)
    return found


def ordered(found: dict[str, Any]) -> dict[str, Any]:
    """Ids differ from world to world, and so does what is sorted by them."""
    return {
        site: told | {"reasons": sorted(told["reasons"], key=str), "below": dict(sorted(told["below"].items()))}
        for site, told in found.items()
    }


async def ends_the_same(grading: ServiceUnderTest, *, looks: bool) -> None:
    chance = random.Random(20260309)
    plain = World.new()
    await lived(grading, plain, [[message] for message in messages(plain)], looks=looks)
    expected = ordered(await outcome(grading, plain))
    assert expected["owner"]["below"].keys() == {"second", "tenant", "subtenant"}
    assert ["management.unreachable", "boss", 3, today().isoformat()] in expected["tenant"]["reasons"]
    assert (expected["tenant"]["cell"], expected["second"]["cell"][:2]) == ("r1:80-89", "r1")

    for _ in range(ORDERS):
        world = World.new()
        await lived(grading, world, rearranged(messages(world), chance), looks=looks)
        assert ordered(await outcome(grading, world)) == expected


async def test_a_lease_chain_ends_the_same_in_any_order(grading: ServiceUnderTest) -> None:
    await ends_the_same(grading, looks=False)


async def test_and_whenever_landlords_are_looked_at(grading: ServiceUnderTest) -> None:
    await ends_the_same(grading, looks=True)


async def test_registers_in_which_the_last_to_arrive_wins_are_found_out(
    grading: ServiceUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Registers, "_take", last_to_arrive_wins)
    with pytest.raises(AssertionError):
        await ends_the_same(grading, looks=False)
