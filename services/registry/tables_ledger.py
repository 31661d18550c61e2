"""The registry's tables about ledgers sent in: the upload as it waits and is taken, what was wrong in it, what senders said."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, LargeBinary, Table, Text, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB

from services.registry.tables import Moment, metadata

ledger_imports = Table(
    "ledger_imports",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("sender", Text, nullable=False),
    Column("sender_roles", Text, nullable=False),
    Column("filename", Text, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("size", Integer, nullable=False),
    Column("sealed", Text),
    Column("dry_run", Boolean, nullable=False),
    Column("mapping", JSONB, nullable=False),
    Column("columns", JSONB, nullable=False),
    Column("state", Text, nullable=False),
    Column("problem", Text),
    Column("rows", Integer, nullable=False),
    Column("taken_to", Integer, nullable=False),
    Column("done", Integer, nullable=False),
    Column("created", Integer, nullable=False),
    Column("updated", Integer, nullable=False),
    Column("unchanged", Integer, nullable=False),
    Column("refused", Integer, nullable=False),
    Column("claim", Uuid),
    Column("claimed_until", Moment),
    Column("created_at", Moment, nullable=False),
    Column("changed_at", Moment, nullable=False),
)
Index("ledger_imports_open", ledger_imports.c.id, postgresql_where=text("state IN ('waiting', 'taking')"))
Index("ledger_imports_sender", ledger_imports.c.sender, ledger_imports.c.id)
Index("ledger_imports_kept", ledger_imports.c.created_at, postgresql_where=text("sealed IS NOT NULL"))

ledger_problems = Table(
    "ledger_problems",
    metadata,
    Column("import_id", Uuid, ForeignKey("registry.ledger_imports.id", ondelete="CASCADE"), primary_key=True),
    Column("row", Integer, primary_key=True),
    Column("place", Integer, primary_key=True),
    Column("sheet", Text, nullable=False),
    Column("column", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("severity", Text, nullable=False),
)

ledger_mappings = Table(
    "ledger_mappings",
    metadata,
    Column("sender", Text, primary_key=True),
    Column("heading", Text, primary_key=True),
    Column("path", Text, nullable=False),
    Column("remembered_at", Moment, nullable=False),
)
