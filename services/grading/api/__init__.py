"""The endpoints of grading: parse, act, answer."""

from fastapi import APIRouter

from services.grading.api import figures, matters, policies, sites

router = APIRouter()
for part in (sites, matters, policies, figures):
    router.include_router(part.router)
