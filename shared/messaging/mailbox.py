"""A service's mailbox: the tables that make hearing and saying part of its own commit."""

from dataclasses import dataclass, field

from sqlalchemy import BigInteger, Column, DateTime, Identity, Index, Integer, LargeBinary, MetaData, Table, Text, Uuid, text


@dataclass(frozen=True)
class Mailbox:
    """Outbox, inbox, retries, quarantine and idempotency tables in one service's schema."""

    metadata: MetaData
    outbox: Table = field(init=False)
    inbox: Table = field(init=False)
    retries: Table = field(init=False)
    quarantine: Table = field(init=False)
    idempotency: Table = field(init=False)

    def __post_init__(self) -> None:
        for name, make in (
            ("outbox", _outbox),
            ("inbox", _inbox),
            ("retries", _retries),
            ("quarantine", _quarantine),
            ("idempotency", _idempotency),
        ):
            object.__setattr__(self, name, make(self.metadata))


def _moment(name: str, *, nullable: bool = False) -> "Column[object]":
    return Column(name, DateTime(timezone=True), nullable=nullable)


def _outbox(metadata: MetaData) -> Table:
    """What was said: sent in order of ``id``; ``sent_at`` and ``stream_seq`` once JetStream has it; kept for days."""
    table = Table(
        "outbox",
        metadata,
        Column("id", BigInteger, Identity(always=True), primary_key=True),
        Column("event_id", Uuid, nullable=False, unique=True),
        Column("subject", Text, nullable=False),
        Column("body", LargeBinary, nullable=False),
        _moment("created_at"),
        _moment("sent_at", nullable=True),
        Column("stream_seq", BigInteger),
    )
    Index("outbox_unsent", table.c.id, postgresql_where=text("sent_at IS NULL"))
    Index("outbox_sent", table.c.sent_at, postgresql_where=text("sent_at IS NOT NULL"))
    return table


def _inbox(metadata: MetaData) -> Table:
    """What was heard, by whom: a second row for the same event and handler cannot be."""
    table = Table(
        "inbox",
        metadata,
        Column("event_id", Uuid, primary_key=True),
        Column("handler", Text, primary_key=True),
        _moment("heard_at"),
    )
    Index("inbox_heard", table.c.heard_at)
    return table


def _retries(metadata: MetaData) -> Table:
    """How often a handler failed on a message: our own count, so that an outage or a kill costs no attempt."""
    return Table(
        "retries",
        metadata,
        Column("event_id", Uuid, primary_key=True),
        Column("handler", Text, primary_key=True),
        Column("attempts", Integer, nullable=False),
        Column("reason", Text, nullable=False),
        _moment("first_at"),
        _moment("last_at"),
    )


def _quarantine(metadata: MetaData) -> Table:
    """Messages that a person must look at; the body is complete, so it can be replayed as it is."""
    table = Table(
        "quarantine",
        metadata,
        Column("id", Uuid, primary_key=True),
        Column("handler", Text, nullable=False),
        Column("subject", Text, nullable=False),
        Column("event_id", Uuid),
        Column("stream", Text, nullable=False),
        Column("stream_seq", BigInteger, nullable=False),
        Column("body", LargeBinary, nullable=False),
        Column("reason", Text, nullable=False),
        Column("attempts", Integer, nullable=False),
        Column("state", Text, nullable=False, server_default="waiting"),
        Column("note", Text),
        _moment("quarantined_at"),
        _moment("settled_at", nullable=True),
    )
    Index("quarantine_message", table.c.handler, table.c.stream, table.c.stream_seq, unique=True)
    Index("quarantine_waiting", table.c.quarantined_at, postgresql_where=text("state = 'waiting'"))
    return table


def _idempotency(metadata: MetaData) -> Table:
    """Answers already given, by key: asking again gives the same answer and does nothing twice."""
    table = Table(
        "idempotency",
        metadata,
        Column("key", Text, primary_key=True),
        Column("caller", Text, primary_key=True),
        Column("request", LargeBinary, nullable=False),
        Column("status", Integer),
        Column("answer", LargeBinary),
        _moment("asked_at"),
    )
    Index("idempotency_asked", table.c.asked_at)
    return table
