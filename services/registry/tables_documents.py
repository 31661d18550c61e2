"""The registry's table of documents about places and parties; those of a lease stand with the leases."""

from sqlalchemy import Column, Date, Index, Integer, Table, Text, Uuid

from services.registry.tables import Moment, metadata

# A row never changes: a newer document of the same kind is the next version, and what hung on the wall then stays readable.
documents = Table(
    "documents",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("holder", Text, nullable=False),
    Column("holder_id", Uuid, nullable=False),
    Column("kind", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("file_id", Uuid),
    Column("number", Text),
    Column("dated", Date),
    Column("valid_until", Date),
    Column("note", Text),
    Column("filed_by", Text, nullable=False),
    Column("filed_at", Moment, nullable=False),
)
Index("documents_version", documents.c.holder_id, documents.c.kind, documents.c.version, unique=True)
