"""The people of parties over HTTP: masked for readers, in full only on record."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter

from services.registry.actions import contacts as actions
from services.registry.desk import Desk
from services.registry.views.parties import (
    Addresses,
    AddressQuestion,
    ContactAddress,
    ContactChanges,
    ContactList,
    ContactView,
    NewContact,
    PartyQuestion,
)
from services.registry.views.shape import READERS, REGISTRARS
from shared.web import Caller, allow

router = APIRouter(tags=["contacts"])


@router.get("/parties/{party_id}/contacts")
async def list_contacts(party_id: UUID, desk: Desk, caller: Annotated[Caller, allow(*READERS)]) -> ContactList:
    """The people of a party, numbers masked."""
    return await desk.read(actions.list_contacts, [party_id], desk.vault, caller)


@router.post("/contacts/of-parties")
async def list_contacts_of_parties(
    body: PartyQuestion, desk: Desk, caller: Annotated[Caller, allow("integrator", "bureau")]
) -> ContactList:
    """The people of up to 500 parties, numbers masked."""
    return await desk.read(actions.list_contacts, body.party_ids, desk.vault, caller)


@router.post("/parties/{party_id}/contacts", status_code=201)
async def add_contact(
    party_id: UUID, body: NewContact, desk: Desk, caller: Annotated[Caller, allow(*REGISTRARS, "tenant")]
) -> ContactView:
    """Add one person to a party."""
    return await desk.do(actions.add_contact, party_id, body, desk.vault, caller)


@router.patch("/contacts/{contact_id}")
async def change_contact(
    contact_id: UUID, body: ContactChanges, desk: Desk, caller: Annotated[Caller, allow(*REGISTRARS, "tenant")]
) -> ContactView:
    """Change a person, or say that he is no longer there."""
    return await desk.do(actions.change_contact, desk.target(contact_id), body, desk.vault, caller)


@router.get("/contacts/{contact_id}/address")
async def read_address(contact_id: UUID, desk: Desk, caller: Annotated[Caller, allow("integrator", "bureau")]) -> ContactAddress:
    """One person's numbers in full, for whoever has to reach him now; the reading is on record."""
    return await desk.reveal(actions.address, contact_id, desk.vault, caller)


@router.post("/contacts/addresses")
async def read_addresses(
    body: AddressQuestion, desk: Desk, caller: Annotated[Caller, allow("integrator", "bureau")]
) -> Addresses:
    """The same for up to 500 people; ids that are unknown or no longer active are left out."""
    return await desk.reveal(actions.addresses, body, desk.vault, caller)
