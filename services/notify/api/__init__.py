"""The HTTP door of notify: parse, act, answer."""

from fastapi import APIRouter

from services.notify.api import following, notices, proofs, publishing, quarantine, receipts, verifications
from shared.messaging import Subscriptions


def assembled(on: Subscriptions) -> APIRouter:
    """Every endpoint; ``on`` are the handlers to which a quarantined message is replayed."""
    router = APIRouter()
    parts = (notices, proofs, receipts, following, publishing, verifications)
    for endpoints in (*(part.router for part in parts), quarantine.router_for(on)):
        router.include_router(endpoints)
    return router
