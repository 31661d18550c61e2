"""The endpoints of inspection, one module for each idea."""

from fastapi import APIRouter

from services.inspection.api import determination, files, hazards, rectification, visits

router = APIRouter()
for part in (visits, hazards, rectification, determination, files):
    router.include_router(part.router)
