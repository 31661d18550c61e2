"""Notify, wired."""

from services.notify import api, handlers, pages, tables_publishing, tables_relations, workers
from services.notify.lifespan import alive
from services.notify.settings import NotifySettings
from services.notify.tables import mailbox
from shared.contracts.notify import (
    ContactReached,
    ContactUnreachable,
    NoticeAccepted,
    NoticeAcknowledged,
    NoticeDelivered,
    NoticeFailed,
    NoticePlanned,
)
from shared.service import Service

TABLES = (tables_relations.sites, tables_publishing.subscriptions)  # both modules hang their tables on the mailbox's metadata

notify = Service(
    name="notify",
    mailbox=mailbox,
    on=handlers.on,
    api=api.assembled(handlers.on),
    says=(NoticePlanned, NoticeAccepted, NoticeDelivered, NoticeFailed, NoticeAcknowledged, ContactUnreachable, ContactReached),
    workers=workers.ALL,
    settings=NotifySettings,
    pages=pages.router,
    lifespan=alive,
    gathers=0.2,
    summary="Who must know: notices, channels, dispatches, escalation",
)
