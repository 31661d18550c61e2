"""What notify does when others speak: it follows who relates to what, and plans who must know."""

from collections.abc import Sequence

from services.notify import hearing, planner, relations
from shared.contracts.event import Event
from shared.contracts.grading import GradeChanged
from shared.contracts.guidance import HandbookPublished
from shared.contracts.registry import (
    ContactChanged,
    LeaseActivated,
    LeaseChanged,
    LeaseEnded,
    LeaseExpiring,
    OfficerAssigned,
    PartyChanged,
    PartyRegistered,
    SiteChanged,
    SiteClosed,
    SiteFactsChanged,
    SiteRegistered,
)
from shared.database import Transaction as Tx
from shared.messaging import Subscriptions

on = Subscriptions("notify")


PlaceEvent = SiteRegistered | SiteChanged | SiteClosed | SiteFactsChanged | PartyRegistered | PartyChanged | ContactChanged


@on(SiteRegistered, SiteChanged, SiteClosed, SiteFactsChanged, PartyRegistered, PartyChanged, ContactChanged)
async def follow_places(events: Sequence[PlaceEvent], tx: Tx) -> None:
    """Who operates where and through whom he is reached; heard by one reader, so that a known site has known people."""
    await relations.follow_parties(tx, events)
    await relations.follow_sites(tx, events)


@on(LeaseActivated, LeaseChanged, LeaseExpiring, LeaseEnded)
async def follow_leases(events: Sequence[LeaseActivated | LeaseChanged | LeaseExpiring | LeaseEnded], tx: Tx) -> None:
    """Who rents from whom, up the chain."""
    await relations.follow_leases(tx, events)


@on(OfficerAssigned)
async def follow_officers(events: Sequence[OfficerAssigned], tx: Tx) -> None:
    """Who answers for a grid, and since when."""
    await relations.follow_officers(tx, events)


@on(HandbookPublished)
async def follow_handbook(events: Sequence[HandbookPublished], tx: Tx) -> None:
    """What a checklist item is called, in the version of the day."""
    await relations.follow_handbook(tx, events)


@on(GradeChanged, consumer="follow-levels", gathers=0.2)
async def follow_levels(events: Sequence[GradeChanged], tx: Tx) -> None:
    """The colour of each site, for briefs and filters."""
    await relations.follow_levels(tx, events)


@on(*hearing.HAZARDS, gathers=0.015)
async def tell_of_hazards(events: Sequence[Event], tx: Tx) -> None:
    """The right people hear of a hazard at the same moment, and no longer once it has ended."""
    await planner.plan_batch(tx, events)


@on(*hearing.LEVELS, gathers=0.1)
async def tell_of_levels(events: Sequence[Event], tx: Tx) -> None:
    """A party hears of its level with the reason, its landlord too."""
    await planner.plan_batch(tx, events)


@on(*hearing.DUTIES)
async def tell_of_duties(events: Sequence[Event], tx: Tx) -> None:
    """Parties hear what they owe, officers what they are to do."""
    await planner.plan_batch(tx, events)


@on(*hearing.LEASES)
async def tell_of_leases(events: Sequence[Event], tx: Tx) -> None:
    """Landlord and applicant hear what the review advises, and when a lease, a check or an insurance is due."""
    await planner.plan_batch(tx, events)


@on(*hearing.LEARNING)
async def tell_of_learning(events: Sequence[Event], tx: Tx) -> None:
    """A party hears before a training, a certificate or a drill runs out."""
    await planner.plan_batch(tx, events)
