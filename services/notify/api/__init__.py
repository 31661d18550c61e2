"""The HTTP door of notify: parse, act, answer."""

from fastapi import APIRouter

from services.notify.api import notices, receipts

router = APIRouter()
for part in (notices.router, receipts.router):
    router.include_router(part)
