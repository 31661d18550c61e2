"""What the registry does when others speak."""

from collections.abc import Sequence
from typing import TypeAlias

from services.registry.actions.hearing import (
    note_alarm_test,
    note_external_name,
    note_levels,
    note_major_hazard,
    note_reachable,
    note_verified_mobile,
)
from shared.contracts.grading import GradeChanged
from shared.contracts.inspection import (
    AlarmTested,
    HazardClosed,
    HazardRejected,
    HazardReopened,
    MajorHazardConfirmed,
    MajorHazardDelisted,
    MajorHazardListed,
)
from shared.contracts.intake import ExternalEventMatched
from shared.contracts.notify import ContactReached, ContactUnreachable, MobileVerified
from shared.database import Transaction as Tx
from shared.messaging import Subscriptions

on = Subscriptions("registry")

MajorNews: TypeAlias = (
    MajorHazardConfirmed | MajorHazardListed | MajorHazardDelisted | HazardClosed | HazardReopened | HazardRejected
)


@on(MajorHazardConfirmed, MajorHazardListed, MajorHazardDelisted, HazardClosed, HazardReopened, HazardRejected)
async def follow_major_hazards(event: MajorNews, tx: Tx) -> None:
    """Nobody new moves into a building with an open major hazard."""
    await note_major_hazard(event, tx)


@on(AlarmTested)
async def follow_alarm_tests(event: AlarmTested, tx: Tx) -> None:
    """A tested one-key alarm is a device of its building, working or not."""
    await note_alarm_test(event, tx)


@on(ExternalEventMatched)
async def learn_external_names(event: ExternalEventMatched, tx: Tx) -> None:
    """Under which name another system knows a party or a site of ours."""
    await note_external_name(event, tx)


@on(MobileVerified)
async def keep_verified_mobiles(event: MobileVerified, tx: Tx) -> None:
    """A contact's mobile is verified: his number, not one that replaced it since."""
    await note_verified_mobile(event, tx)


@on(ContactUnreachable, ContactReached)
async def keep_reachable_contacts(event: ContactUnreachable | ContactReached, tx: Tx) -> None:
    """Whether a contact can be reached, as notify has found."""
    await note_reachable(event, tx)


@on(GradeChanged, gathers=0.2)
async def follow_levels(events: Sequence[GradeChanged], tx: Tx) -> None:
    """The level of a site, for whoever scans its code."""
    await note_levels(events, tx)
