"""Notify, wired."""

from services.notify import api, handlers, pages, tables_publishing, tables_relations, tables_verification, workers
from services.notify.lifespan import alive
from services.notify.settings import NotifySettings
from services.notify.tables import mailbox
from shared.contracts.notify import (
    ContactReached,
    ContactUnreachable,
    MobileVerified,
    NoticeAccepted,
    NoticeAcknowledged,
    NoticeDelivered,
    NoticeFailed,
    NoticePlanned,
)
from shared.service import Service

# These modules hang their tables on the mailbox's metadata.
TABLES = (tables_relations.sites, tables_publishing.subscriptions, tables_verification.verifications)

notify = Service(
    name="notify",
    mailbox=mailbox,
    on=handlers.on,
    api=api.assembled(handlers.on),
    says=(
        NoticePlanned,
        NoticeAccepted,
        NoticeDelivered,
        NoticeFailed,
        NoticeAcknowledged,
        ContactUnreachable,
        ContactReached,
        MobileVerified,
    ),
    workers=workers.ALL,
    settings=NotifySettings,
    pages=pages.router,
    lifespan=alive,
    gathers=0.2,
    summary="Who must know: notices, channels, dispatches, escalation",
)
