"""Codes that were sent to verify mobiles: what was typed is compared with a keyed digest; neither code nor number is stored."""

from sqlalchemy import Column, Index, Integer, LargeBinary, SmallInteger, Table, Text, Uuid

from services.notify.tables import metadata, moment

verifications = Table(
    "verifications",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("contact_id", Uuid, nullable=False),
    Column("party_id", Uuid, nullable=False),
    Column("contact_version", Integer, nullable=False),
    Column("number_mark", LargeBinary, nullable=False),
    Column("code_mark", LargeBinary, nullable=False),
    Column("shown", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("provider", Text),
    Column("reason", Text),
    Column("tries_left", SmallInteger, nullable=False),
    Column("mistyped", SmallInteger, nullable=False, server_default="0"),
    Column("key_kind", Text, nullable=False, server_default="trial"),
    Column("asked_by", Text, nullable=False),
    moment("asked_at", nullable=False),
    moment("again_at", nullable=False),
    moment("expires_at", nullable=False),
    moment("verified_at"),
)
Index("verifications_of_number", verifications.c.number_mark, verifications.c.asked_at)
Index("verifications_of_account", verifications.c.asked_by, verifications.c.asked_at)
Index("verifications_of_contact", verifications.c.contact_id)
Index("verifications_by_age", verifications.c.asked_at)
