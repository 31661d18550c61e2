"""Parties over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from services.registry.actions import parties as actions
from services.registry.actions.industries import industry_lists
from services.registry.desk import Desk
from services.registry.views.industries import IndustryLists
from services.registry.views.parties import (
    NewParty,
    PartyChanges,
    PartyFilter,
    PartyLine,
    PartyList,
    PartySearch,
    PartyView,
    PersonalNumber,
)
from services.registry.views.shape import OFFICIALS, READERS, REGISTRARS
from shared.web import Caller, Page, Paging, allow

router = APIRouter(tags=["parties"])


@router.post("/parties", status_code=201)
async def register_party(body: NewParty, desk: Desk, caller: Annotated[Caller, allow(*REGISTRARS)]) -> PartyView:
    """Register a party with its contacts. A doubtful credit code is taken with a warning, a malformed one refused."""
    return await desk.do(actions.register_party, body, desk.vault, caller)


@router.get("/parties", response_model=Page[PartyLine])
async def list_parties(
    asked: Annotated[PartyFilter, Query()], desk: Desk, paging: Paging, caller: Annotated[Caller, allow(*READERS)]
) -> Response:
    """Parties that the caller may see, by name, code or pinyin initials."""
    return Response(await desk.unit.read(actions.list_parties, asked, paging, caller), media_type="application/json")


@router.get("/industries")
async def list_industries(caller: Annotated[Caller, allow(*READERS)]) -> IndustryLists:  # noqa: ARG001
    """Sections and divisions of GB/T 4754, and the supervised industries: what may be said of a party's line of work."""
    return industry_lists()


@router.post("/parties/find")
async def find_person(body: PartySearch, desk: Desk, caller: Annotated[Caller, allow("bureau")]) -> PartyList:
    """The parties of a mobile or an ID number; who searched is on record."""
    return await desk.reveal(actions.find_person, body, desk.vault, caller)


@router.get("/parties/{party_id}")
async def get_party(party_id: UUID, desk: Desk, caller: Annotated[Caller, allow(*READERS)]) -> PartyView:
    """One party; numbers of persons are masked."""
    return await desk.read(actions.party, party_id, desk.vault, caller)


@router.patch("/parties/{party_id}")
async def change_party(party_id: UUID, body: PartyChanges, desk: Desk, caller: Annotated[Caller, allow(*OFFICIALS)]) -> PartyView:
    """Change what was said of a party."""
    return await desk.do(actions.change_party, desk.target(party_id), body, desk.vault, caller)


@router.post("/parties/{party_id}/reveal-id-number")
async def reveal_id_number(party_id: UUID, desk: Desk, caller: Annotated[Caller, allow("bureau")]) -> PersonalNumber:
    """A natural person's ID number in full; who asked is on record."""
    return await desk.reveal(actions.reveal_id_number, party_id, desk.vault, caller)
