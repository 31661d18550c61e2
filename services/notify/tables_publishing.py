"""What people of the bureau write: texts, rule books, broadcasts; and those outside who follow events."""

from sqlalchemy import JSON, Boolean, Column, Index, Integer, Table, Text, UniqueConstraint, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from services.notify.tables import metadata, moment

templates = Table(
    "templates",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("code", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("body", JSON, nullable=False),  # keeps the order of the variables, which JSONB does not
    Column("state", Text, nullable=False),
    Column("written_by", Text, nullable=False),
    Column("published_by", Text),
    moment("written_at", nullable=False),
    moment("published_at"),
    UniqueConstraint("code", "version", name="one_text"),
)

books = Table(
    "books",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("edition", Text, nullable=False, unique=True),
    Column("body", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("written_by", Text, nullable=False),
    Column("published_by", Text),
    moment("written_at", nullable=False),
    moment("published_at"),
)

broadcasts = Table(
    "broadcasts",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("template", Text, nullable=False),
    Column("template_version", Integer, nullable=False),
    Column("variables", JSONB, nullable=False),
    Column("audience", JSONB, nullable=False),
    Column("state", Text, nullable=False),
    Column("key_kind", Text, nullable=False),
    Column("upto", Uuid),
    Column("planned", Integer, nullable=False),
    Column("ordered_by", Text, nullable=False),
    Column("stopped_by", Text),
    moment("ordered_at", nullable=False),
    moment("send_after", nullable=False),
    moment("ended_at"),
)
Index("broadcasts_open", broadcasts.c.ordered_at, postgresql_where=text("state = 'expanding'"))

subscriptions = Table(
    "subscriptions",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("owner", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("address_hint", Text, nullable=False),
    Column("secrets", ARRAY(Text), nullable=False),
    Column("events", ARRAY(Text), nullable=False),
    Column("levels", ARRAY(Text), nullable=False),
    Column("grids", ARRAY(Uuid), nullable=False),
    Column("sites", ARRAY(Uuid), nullable=False),
    Column("language", Text, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("paused_reason", Text),
    moment("created_at", nullable=False),
    moment("failing_since"),
    moment("paused_at"),
)
Index("subscriptions_active", subscriptions.c.channel, postgresql_where=text("active"))

letters = Table(
    "letters",
    metadata,
    Column("event_id", Uuid, primary_key=True),
    Column("name", Text, nullable=False),
    Column("body", Text, nullable=False),
    moment("heard_at", nullable=False),
)

calls = Table(
    "calls",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("notice_id", Uuid, nullable=False),
    Column("state", Text, nullable=False),
    Column("note", Text),
    Column("done_by", Text),
    moment("opened_at", nullable=False),
    moment("done_at"),
)
Index("calls_open", calls.c.opened_at, postgresql_where=text("state = 'open'"))
