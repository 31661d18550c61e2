"""The endpoints of grading: parse, act, answer."""

from fastapi import APIRouter

from services.grading.api import figures, matters, policies, proposals, sites

router = APIRouter()
for part in (sites, matters, proposals, policies, figures):
    router.include_router(part.router)
