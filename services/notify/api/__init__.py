"""The HTTP door of notify: parse, act, answer."""

from fastapi import APIRouter

from services.notify.api import following, notices, proofs, publishing, quarantine, receipts

router = APIRouter()
for part in (notices.router, receipts.router, following.router, publishing.router, quarantine.router, proofs.router):
    router.include_router(part)
