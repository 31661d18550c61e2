"""The registry's tables about leases: the chain, the rooms they hold, and what the admission gate asked and heard."""

from sqlalchemy import BigInteger, Boolean, Column, Date, ForeignKey, Identity, Index, Integer, Numeric, Table, Text, Uuid, text
from sqlalchemy.dialects.postgresql import DATERANGE, INT8RANGE, JSONB, ExcludeConstraint

from services.registry.tables import Moment, Words, metadata

leases = Table(
    "leases",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("number", BigInteger, Identity(always=True), nullable=False, unique=True),
    Column("landlord_party_id", Uuid, ForeignKey("registry.parties.id"), nullable=False),
    Column("tenant_party_id", Uuid, ForeignKey("registry.parties.id"), nullable=False),
    Column("parent_lease_id", Uuid, ForeignKey("registry.leases.id")),
    Column("depth", Integer, nullable=False),
    Column("building_id", Uuid, ForeignKey("registry.buildings.id"), nullable=False),
    Column("rooms", Words, nullable=False),
    Column("area", Numeric(12, 2), nullable=False),
    Column("start", Date, nullable=False),
    Column("end", Date, nullable=False),
    Column("use", Text, nullable=False),
    Column("fire_class_declared", Text, nullable=False),
    Column("dormitory_declared", Boolean),
    Column("declared", JSONB, nullable=False),
    Column("state", Text, nullable=False),
    Column("step", Text, nullable=False),
    Column("round", Integer, nullable=False),
    Column("is_existing", Boolean, nullable=False),
    Column("rulebook", Text),
    Column("agreement", Text, nullable=False),
    Column("agreement_signed_on", Date),
    Column("agreement_until", Date),
    Column("duties", JSONB, nullable=False),
    Column("sublet_consent_on", Date),
    Column("filing_no", Text),
    Column("filed_on", Date),
    Column("rent_monthly", Numeric(14, 2)),
    Column("outline", JSONB(none_as_null=True)),
    Column("site_id", Uuid, ForeignKey("registry.sites.id")),
    Column("landlord_site_id", Uuid, ForeignKey("registry.sites.id")),
    Column("due", Date),
    Column("ended_on", Date),
    Column("end_reason", Text),
    Column("created_at", Moment, nullable=False),
    Column("changed_at", Moment, nullable=False),
)
Index("leases_landlord", leases.c.landlord_party_id, leases.c.id)
Index("leases_tenant", leases.c.tenant_party_id, leases.c.id)
Index("leases_building", leases.c.building_id, leases.c.id)
Index("leases_parent", leases.c.parent_lease_id)
Index("leases_site", leases.c.site_id)
Index("leases_running_out", leases.c.end, postgresql_where=text("state IN ('active', 'expiring')"))
Index("leases_drafts", leases.c.changed_at, postgresql_where=text("state = 'draft'"))
Index("leases_waiting", leases.c.due, postgresql_where=text("state = 'admission'"))

# A row is here exactly while its lease keeps its rooms. ``scope`` is the building for leases from the owner, and the lease
# above for sublets, so that a sublet may lie within the lease it comes from. Ranges alone suffice: no extension is needed.
lease_spaces = Table(
    "lease_spaces",
    metadata,
    Column("lease_id", Uuid, ForeignKey("registry.leases.id"), primary_key=True),
    Column("scope", INT8RANGE, nullable=False),
    Column("space", INT8RANGE, primary_key=True),
    Column("term", DATERANGE, nullable=False),
    ExcludeConstraint(("scope", "&&"), ("space", "&&"), ("term", "&&"), name="lease_spaces_one_lease_per_room", using="gist"),
)
lease_checks = Table(
    "lease_checks",
    metadata,
    Column("lease_id", Uuid, ForeignKey("registry.leases.id"), primary_key=True),
    Column("round", Integer, primary_key=True),
    Column("rule", Text, primary_key=True),
    Column("place", Integer, nullable=False),
    Column("moment", Text, nullable=False),
    Column("clause", Text, nullable=False),
    Column("rulebook", Text, nullable=False),
    Column("result", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("reason_en", Text, nullable=False),
    Column("checked_at", Moment, nullable=False),
)

opinions = Table(
    "opinions",
    metadata,
    Column("lease_id", Uuid, ForeignKey("registry.leases.id"), primary_key=True),
    Column("round", Integer, primary_key=True),
    Column("department", Text, primary_key=True),
    Column("step", Text, nullable=False),
    Column("due", Date),
    Column("verdict", Text),
    Column("conditions", Words, nullable=False),
    Column("file_id", Uuid),
    Column("given_by", Text),
    Column("given_at", Moment),
)
Index("opinions_waiting", opinions.c.department, opinions.c.due, postgresql_where=text("verdict IS NULL"))

admission_conditions = Table(
    "admission_conditions",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("lease_id", Uuid, ForeignKey("registry.leases.id"), nullable=False),
    Column("round", Integer, nullable=False),
    Column("department", Text, nullable=False),
    Column("condition", Text, nullable=False),
    Column("met_on", Date),
    Column("met_by", Text),
    Column("file_id", Uuid),
)
Index("admission_conditions_lease", admission_conditions.c.lease_id)

lease_steps = Table(
    "lease_steps",
    metadata,
    Column("lease_id", Uuid, ForeignKey("registry.leases.id"), primary_key=True),
    Column("place", Integer, primary_key=True),
    Column("step", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("note", Text),
    Column("taken_at", Moment, nullable=False),
)

lease_documents = Table(
    "lease_documents",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("lease_id", Uuid, ForeignKey("registry.leases.id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("file_id", Uuid),
    Column("dated", Date),
    Column("model", Text),
    Column("result", Text),
    Column("note", Text),
    Column("filed_by", Text, nullable=False),
    Column("filed_at", Moment, nullable=False),
)
Index("lease_documents_version", lease_documents.c.lease_id, lease_documents.c.kind, lease_documents.c.version, unique=True)

lease_changes = Table(
    "lease_changes",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("lease_id", Uuid, ForeignKey("registry.leases.id"), nullable=False),
    Column("round", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("changes", JSONB, nullable=False),
    Column("state", Text, nullable=False),
    Column("asked_by", Text, nullable=False),
    Column("asked_at", Moment, nullable=False),
    Column("decided_at", Moment),
)
Index("lease_changes_one_open", lease_changes.c.lease_id, unique=True, postgresql_where=text("state = 'open'"))

rulebooks = Table(
    "rulebooks",
    metadata,
    Column("version", Text, primary_key=True),
    Column("document", JSONB, nullable=False),
    Column("state", Text, nullable=False),
    Column("effective_from", Date),
    Column("drafted_by", Text, nullable=False),
    Column("published_by", Text),
    Column("created_at", Moment, nullable=False),
)

barred = Table(
    "barred",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("uscc", Text),
    Column("name_key", Text),
    Column("industry_prefix", Text),
    Column("reason", Text, nullable=False),
    Column("basis", Text, nullable=False),
    Column("effective_from", Date, nullable=False),
    Column("effective_to", Date),
    Column("listed_by", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
)
Index("barred_uscc", barred.c.uscc)
Index("barred_name", barred.c.name_key)

major_hazards = Table(
    "major_hazards",
    metadata,
    Column("hazard_id", Uuid, primary_key=True),
    Column("building_id", Uuid, nullable=False),
    Column("is_open", Boolean, nullable=False),
    Column("sequence", Integer, nullable=False),
)
Index("major_hazards_open", major_hazards.c.building_id, postgresql_where=text("is_open"))
