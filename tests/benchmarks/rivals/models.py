"""The rivals' tables as SQLAlchemy classes, and the two steps behind a report as the ORM's documentation would write them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from shared.identifiers import new_id
from tests.benchmarks.rivals import ground


class Model(DeclarativeBase):
    """What stands in a table."""


class Hazard(Model):
    __tablename__ = "hazards"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    site_id: Mapped[UUID]
    item: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(default=func.now())


class Outbox(Model):
    __tablename__ = "outbox"
    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[UUID]
    subject: Mapped[str]
    body: Mapped[bytes]
    created_at: Mapped[datetime] = mapped_column(default=func.now())
    sent_at: Mapped[datetime | None]


class Inbox(Model):
    __tablename__ = "inbox"
    event_id: Mapped[UUID] = mapped_column(primary_key=True)
    handler: Mapped[str] = mapped_column(primary_key=True)
    heard_at: Mapped[datetime] = mapped_column(default=func.now())


class Site(Model):
    __tablename__ = "sites"
    site_id: Mapped[UUID] = mapped_column(primary_key=True)
    hazards: Mapped[int]
    level: Mapped[str]


class Decision(Model):
    __tablename__ = "decisions"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    site_id: Mapped[UUID]
    level: Mapped[str]
    decided_at: Mapped[datetime] = mapped_column(default=func.now())


class Notice(Model):
    __tablename__ = "notices"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    cause_id: Mapped[UUID]
    recipient: Mapped[str]
    body: Mapped[str]
    planned_at: Mapped[datetime] = mapped_column(default=func.now())
    accepted_at: Mapped[datetime | None]


def report(asked: dict[str, Any]) -> tuple[Hazard, Outbox]:
    """The rows of one report."""
    hazard = Hazard(id=UUID(asked["id"]), site_id=UUID(asked["site_id"]), item=asked["item"])
    body = ground.body_of(hazard.id, hazard.site_id, hazard.item)
    return hazard, Outbox(event_id=hazard.id, subject=ground.FOUND, body=body)


def heard_before(session: Session, event: dict[str, Any], handler: str) -> bool:
    """The inbox."""
    key = (UUID(event["id"]), handler)
    if session.get(Inbox, key) is not None:
        return True
    session.add(Inbox(event_id=key[0], handler=handler))
    return False


def decide(session: Session, event: dict[str, Any]) -> None:
    """Inbox, the site under lock, its level, the decision and the letter where it changed; one commit."""
    with session.begin():
        if heard_before(session, event, ground.LEVEL):
            return
        about = UUID(event["site_id"])
        site = session.get(Site, about, with_for_update=True)
        if site is None:
            site = Site(site_id=about, hazards=0, level="low")
            session.add(site)
        site.hazards += 1
        level = ground.level_of(site.hazards)
        if level != site.level:
            site.level = level
            identity = new_id()
            session.add(Decision(id=identity, site_id=about, level=level))
            session.add(Outbox(event_id=identity, subject=ground.CHANGED, body=ground.changed_of(about, level)))


def plan(session: Session, event: dict[str, Any]) -> list[dict[str, Any]]:
    """Inbox and the notices, one commit; what has to be handed over."""
    with session.begin():
        if heard_before(session, event, ground.NOTICE):
            return []
        texts = {to: ground.words(event["site_id"], event["item"], to) for to in ground.PEOPLE}
        notices = [Notice(id=new_id(), cause_id=UUID(event["id"]), recipient=to, body=text) for to, text in texts.items()]
        session.add_all(notices)
        return [{"id": notice.id, "to": notice.recipient, "body": notice.body} for notice in notices]


def handed(session: Session, notices: list[dict[str, Any]]) -> None:
    """The mark; one commit."""
    with session.begin():
        ids = [notice["id"] for notice in notices]
        for notice in session.scalars(select(Notice).where(Notice.id.in_(ids))):
            notice.accepted_at = func.clock_timestamp()
