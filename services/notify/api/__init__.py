"""The HTTP door of notify: parse, act, answer."""

from fastapi import APIRouter

from services.notify.api import following, notices, proofs, publishing, quarantine, receipts
from shared.messaging import Subscriptions


def assembled(on: Subscriptions) -> APIRouter:
    """Every endpoint; ``on`` are the handlers to which a quarantined message is replayed."""
    router = APIRouter()
    for part in (notices.router, proofs.router, receipts.router, following.router, publishing.router, quarantine.router_for(on)):
        router.include_router(part)
    return router
