"""Documents of compounds, buildings and parties over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter

from services.registry.actions.documents import file_about, list_about
from services.registry.desk import Desk
from services.registry.domain.document import Holder
from services.registry.views.documents import NewPlaceDocument, PlaceDocuments
from services.registry.views.shape import READERS, REGISTRARS
from shared.web import Caller, allow

router = APIRouter(tags=["documents"])


@router.get("/compounds/{compound_id}/documents")
async def list_documents_of_compound(compound_id: UUID, desk: Desk, caller: Annotated[Caller, allow(*READERS)]) -> PlaceDocuments:
    """Everything on file about a compound, every version."""
    return await desk.read(list_about, Holder.COMPOUND, compound_id, caller)


@router.post("/compounds/{compound_id}/documents", status_code=201)
async def file_document_of_compound(
    compound_id: UUID, body: NewPlaceDocument, desk: Desk, caller: Annotated[Caller, allow(*REGISTRARS)]
) -> PlaceDocuments:
    """File the next version of a document about a compound."""
    return await desk.do(file_about, Holder.COMPOUND, compound_id, body, caller)


@router.get("/buildings/{building_id}/documents")
async def list_documents_of_building(building_id: UUID, desk: Desk, caller: Annotated[Caller, allow(*READERS)]) -> PlaceDocuments:
    """Everything on file about a building, every version."""
    return await desk.read(list_about, Holder.BUILDING, building_id, caller)


@router.post("/buildings/{building_id}/documents", status_code=201)
async def file_document_of_building(
    building_id: UUID, body: NewPlaceDocument, desk: Desk, caller: Annotated[Caller, allow(*REGISTRARS)]
) -> PlaceDocuments:
    """File the next version of a document about a building."""
    return await desk.do(file_about, Holder.BUILDING, building_id, body, caller)


@router.get("/parties/{party_id}/documents")
async def list_documents_of_party(party_id: UUID, desk: Desk, caller: Annotated[Caller, allow(*READERS)]) -> PlaceDocuments:
    """Everything on file about a party, every version."""
    return await desk.read(list_about, Holder.PARTY, party_id, caller)


@router.post("/parties/{party_id}/documents", status_code=201)
async def file_document_of_party(
    party_id: UUID, body: NewPlaceDocument, desk: Desk, caller: Annotated[Caller, allow(*REGISTRARS)]
) -> PlaceDocuments:
    """File the next version of a document about a party."""
    return await desk.do(file_about, Holder.PARTY, party_id, body, caller)
