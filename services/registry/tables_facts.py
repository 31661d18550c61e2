"""The registry's tables about what is known over time: facts, history, proposals, grids' officers, merges, the audit trail."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    Float,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Numeric,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from services.registry.tables import Moment, Words, metadata

facts = Table(
    "facts",
    metadata,
    Column("site_id", Uuid, ForeignKey("registry.sites.id"), primary_key=True),
    Column("key", Text, primary_key=True),
    Column("value", JSONB, nullable=False),
    Column("qty", Numeric(14, 3)),
    Column("unit", Text),
    Column("source", Text, nullable=False),
    Column("verified_by", Text),
    Column("valid_from", Date, nullable=False),
    Column("valid_to", Date),
    Column("recorded_by", Text, nullable=False),
    Column("recorded_at", Moment, nullable=False),
)
Index("facts_key", facts.c.key, facts.c.site_id)

fact_history = Table(
    "fact_history",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("site_id", Uuid, ForeignKey("registry.sites.id"), nullable=False),
    Column("key", Text, nullable=False),
    Column("entry", JSONB, nullable=False),
    Column("recorded_at", Moment, nullable=False),
)
Index("fact_history_site", fact_history.c.site_id, fact_history.c.key, fact_history.c.recorded_at)

fact_keys = Table(
    "fact_keys",
    metadata,
    Column("key", Text, primary_key=True),
    Column("entry", JSONB, nullable=False),
    Column("declared_by", Text, nullable=False),
    Column("declared_at", Moment, nullable=False),
)

history = Table(
    "history",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("object_id", Uuid, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("card", JSONB, nullable=False),
    Column("by", Text, nullable=False),
    Column("at", Moment, nullable=False),
)

proposals = Table(
    "proposals",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("object_id", Uuid, nullable=False),
    Column("site_id", Uuid, ForeignKey("registry.sites.id")),
    Column("base_version", Integer, nullable=False),
    Column("changes", JSONB, nullable=False),
    Column("state", Text, nullable=False),
    Column("proposed_by", Text, nullable=False),
    Column("proposed_at", Moment, nullable=False),
    Column("decided_by", Text),
    Column("decided_at", Moment),
    Column("reason", Text),
)
Index("proposals_open", proposals.c.proposed_at, postgresql_where=text("state = 'open'"))
Index("proposals_object", proposals.c.object_id)

officers = Table(
    "officers",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("name", Text, nullable=False),
    Column("account_id", Text, unique=True),
    Column("former_accounts", Words, nullable=False, server_default=text("'{}'")),
    Column("mobile_sealed", Text),
    Column("mobile_index", LargeBinary),
    Column("created_at", Moment, nullable=False),
    Column("changed_at", Moment, nullable=False),
)

grid_officers = Table(
    "grid_officers",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("grid_id", Uuid, ForeignKey("registry.grids.id"), nullable=False),
    Column("officer_id", Uuid, ForeignKey("registry.officers.id"), nullable=False),
    Column("role", Text, nullable=False),
    Column("from_day", Date, nullable=False),
    Column("to_day", Date),
    Column("assigned_by", Text, nullable=False),
    Column("assigned_at", Moment, nullable=False),
)
Index("grid_officers_grid", grid_officers.c.grid_id)
Index("grid_officers_officer", grid_officers.c.officer_id)

devices = Table(
    "devices",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("building_id", Uuid, ForeignKey("registry.buildings.id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("label", Text, nullable=False),
    Column("floor", Text),
    Column("is_interlocked", Text, nullable=False),
    Column("has_power", Text, nullable=False),
    Column("last_result", Text),
    Column("last_tested_at", Moment),
    Column("last_video", Text),
    Column("removed_on", Date),
    Column("created_at", Moment, nullable=False),
    Column("changed_at", Moment, nullable=False),
)
Index("devices_building", devices.c.building_id)

merges = Table(
    "merges",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("kept_party_id", Uuid, ForeignKey("registry.parties.id"), nullable=False),
    Column("merged_party_id", Uuid, ForeignKey("registry.parties.id"), nullable=False),
    Column("moved", JSONB, nullable=False),
    Column("reason", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("undone_by", Text),
    Column("undone_at", Moment),
)
Index("merges_merged", merges.c.merged_party_id)

external_names = Table(
    "external_names",
    metadata,
    Column("source", Text, primary_key=True),
    Column("external_id", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("object_id", Uuid, nullable=False),
    Column("heard_at", Moment, nullable=False),
)
Index("external_names_object", external_names.c.object_id)

audit = Table(
    "audit",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("at", Moment, nullable=False),
    Column("subject", Text, nullable=False),
    Column("roles", Text, nullable=False),
    Column("deed", Text, nullable=False),
    Column("object_kind", Text, nullable=False),
    Column("object_id", Uuid),
    Column("note", Text, nullable=False),
    Column("previous", LargeBinary, nullable=False),
    Column("digest", LargeBinary, nullable=False),
)
Index("audit_object", audit.c.object_id)
Index("audit_subject", audit.c.subject, audit.c.id)

map_cells = Table(
    "map_cells",
    metadata,
    Column("zoom", Integer, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("x", Integer, primary_key=True),
    Column("y", Integer, primary_key=True),
    Column("number", Integer, nullable=False),
    Column("lon", Float, nullable=False),
    Column("lat", Float, nullable=False),
    Column("site_id", Uuid),
)

map_state = Table(
    "map_state",
    metadata,
    Column("id", Boolean, primary_key=True),
    Column("refreshed_at", Moment, nullable=False),
)
