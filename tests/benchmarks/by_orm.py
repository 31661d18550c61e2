"""One message, one transaction, with SQLAlchemy's ORM as its documentation shows it: the step of the peers."""

from collections.abc import Coroutine, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import DeclarativeBase, Session

from services.grading import tables
from services.grading.case import Case
from services.grading.casebook import _decision, _facts, _notes, _rollups, _row
from services.grading.domain.compaction import compact
from services.grading.domain.course import Rules
from services.grading.domain.registers import Write
from services.grading.domain.translation import writes_of
from services.grading.saying import say_decisions
from shared.clock import shanghai_date
from shared.contracts.event import Event
from tests.benchmarks.by_hand import HANDLER, Voice


class Model(DeclarativeBase):
    """Classes over the tables of grading."""


class Inbox(Model):
    __table__ = tables.mailbox.inbox


class Outbox(Model):
    __table__ = tables.mailbox.outbox


class Site(Model):
    __table__ = tables.sites


class Journal(Model):
    __table__ = tables.journal


class Decided(Model):
    __table__ = tables.decisions


class Rollup(Model):
    __table__ = tables.rollups


class Spoken(Voice):
    """Reads the landlords' parties through the session."""

    async def rows(self, _statement: Any, parameters: Mapping[str, Any]) -> Sequence[Any]:
        """The question that the words ask."""
        session: Session = self.connection  # type: ignore[assignment]
        asked = select(Site.site_id, Site.party_id).where(Site.site_id.in_(parameters["ids"]))  # type: ignore[attr-defined]
        return [{"site_id": site, "party_id": party} for site, party in session.execute(asked) if party]


def grade_one(session: Session, event: Event, rules: Rules) -> None:
    """Inbox, load, fold, decide, save, history, outbox, commit."""
    heard = event.envelope
    with session.begin():
        if session.get(Inbox, (heard.id, HANDLER)) is not None:
            return
        now = session.scalar(select(func.now()))
        assert now is not None
        session.add(Inbox(event_id=heard.id, handler=HANDLER, heard_at=now))
        for site_id, writes in sorted(_by_site(event).items()):
            _grade_site(session, event, (site_id, writes), rules, now)


def _by_site(event: Event) -> dict[UUID, list[Write]]:
    found: dict[UUID, list[Write]] = {}
    for write in writes_of(event, event.envelope):
        found.setdefault(write.site, []).append(write)
    return found


def _grade_site(session: Session, event: Event, about: tuple[UUID, list[Write]], rules: Rules, now: datetime) -> None:
    site = session.get(Site, about[0], with_for_update=True)
    assert site is not None
    today = shanghai_date(now)
    case = Case.of({column.name: getattr(site, column.name) for column in tables.sites.columns})
    case.hear(event.envelope.id, about[1], today.toordinal(), rules)
    if not case.is_changed:
        return
    case.decide(today.toordinal(), rules, event)
    compact(case.course.facts, today.toordinal())
    session.add_all(Journal(**note, day=today, heard_at=now) for note in _notes(case))
    for name, value in (_row(case) | _facts(case) | {"changed_at": now}).items():
        setattr(site, name, value)
    session.add_all(Decided(**_decision(case, kept), decided_at=now) for kept in case.decisions)
    session.add_all(Rollup(kind=kind, subject_id=subject, event_id=source) for kind, subject, source in _rollups(case))
    voice = Spoken(session, now)  # type: ignore[arg-type]
    _run(say_decisions(voice, [case] if case.decisions else [], rules))  # type: ignore[arg-type]
    session.add_all(Outbox(event_id=identity, subject=to, body=body, created_at=now) for identity, to, body in voice.letters)


def _run(coroutine: Coroutine[Any, Any, None]) -> None:
    """Run what never waits."""
    try:
        coroutine.send(None)
    except StopIteration:
        return
    message = "it waits"
    raise RuntimeError(message)
