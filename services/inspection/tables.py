"""The tables of inspection: what is known of sites, what was seen on visits, hazards with their history, and files."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Double,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Sequence,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from shared.messaging.mailbox import Mailbox

metadata = MetaData(schema="inspection")
mailbox = Mailbox(metadata)

Moment = DateTime(timezone=True)

sites = Table(
    "sites",
    metadata,
    Column("site_id", Uuid, primary_key=True),
    Column("sequence", BigInteger, nullable=False),
    Column("code", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("party_id", Uuid, nullable=False),
    Column("landlord_site_id", Uuid),
    Column("building_id", Uuid, nullable=False),
    Column("grid_id", Uuid),
    Column("lon", Double),
    Column("lat", Double),
    Column("closed_on", Date),
)
Index("sites_party", sites.c.party_id)
Index("sites_landlord", sites.c.landlord_site_id)
Index("sites_building", sites.c.building_id, sites.c.kind)
Index("sites_grid", sites.c.grid_id)

site_facts = Table(
    "site_facts",
    metadata,
    Column("site_id", Uuid, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("sequence", BigInteger, nullable=False),
    Column("value", JSONB),
)

leases = Table(
    "leases",
    metadata,
    Column("lease_id", Uuid, primary_key=True),
    Column("sequence", BigInteger, nullable=False),
    Column("site_id", Uuid),
    Column("landlord_party_id", Uuid, nullable=False),
    Column("tenant_party_id", Uuid, nullable=False),
    Column("building_id", Uuid, nullable=False),
    Column("is_active", Boolean, nullable=False),
)
Index("leases_tenant", leases.c.tenant_party_id, leases.c.building_id, postgresql_where=text("is_active"))
Index("leases_landlord", leases.c.landlord_party_id, postgresql_where=text("is_active"))

visits = Table(
    "visits",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("site_id", Uuid, ForeignKey("inspection.sites.site_id"), nullable=False),
    Column("type", Text, nullable=False),
    Column("result", Text, nullable=False),
    Column("campaign_id", Uuid),
    Column("checklist_version", Text, nullable=False),
    Column("recorded_by", Text, nullable=False),
    Column("people", JSONB, nullable=False),
    Column("position", JSONB),
    Column("place_check", JSONB, nullable=False),
    Column("offline", Boolean, nullable=False),
    Column("device_time", Moment, nullable=False),
    Column("started_at", Moment, nullable=False),
    Column("finished_at", Moment, nullable=False),
    Column("recorded_at", Moment, nullable=False),
)
Index("visits_site", visits.c.site_id, visits.c.finished_at)

# No foreign key: the answers of a visit are written beside it in one statement, forty-six at a time.
answers = Table(
    "answers",
    metadata,
    Column("visit_id", Uuid, primary_key=True),
    Column("item", Text, primary_key=True),
    Column("place", Text, primary_key=True),
    Column("answer", Text, nullable=False),
    Column("note", Text),
    Column("file_ids", ARRAY(Uuid), nullable=False),
)

hazard_numbers = Sequence("hazard_numbers", metadata=metadata)
numbering = Table(
    "numbering",
    metadata,
    Column("year", Integer, primary_key=True, autoincrement=False),
    Column("begins_after", BigInteger, nullable=False),
)

hazards = Table(
    "hazards",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("number", Text, nullable=False, unique=True),
    Column("site_id", Uuid, ForeignKey("inspection.sites.site_id"), nullable=False),
    Column("landlord_site_id", Uuid),
    Column("building_id", Uuid),
    Column("grid_id", Uuid),
    Column("visit_id", Uuid),
    Column("item", Text, nullable=False),
    Column("checklist_version", Text, nullable=False),
    Column("clause", Text),
    Column("category", Text, nullable=False),
    Column("level", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("shared_part", Boolean, nullable=False),
    Column("immediate", Boolean, nullable=False),
    Column("ordered", Boolean, nullable=False),
    Column("responsible", JSONB, nullable=False),
    Column("note", Text),
    Column("photos", ARRAY(Text), nullable=False),
    Column("reported_by", Text, nullable=False),
    Column("found_at", Moment, nullable=False),
    Column("told_at", Moment, nullable=False),
    Column("deadline_class", Text, nullable=False),
    Column("due", Date, nullable=False),
    Column("due_at", Moment, nullable=False),
    Column("due_certain", Boolean, nullable=False),
    Column("next_step_at", Moment),
    Column("overdue_at", Moment),
    Column("closed_at", Moment),
    Column("repeat_of", Uuid),
    Column("progress", JSONB, nullable=False),
)
Index("hazards_item", hazards.c.site_id, hazards.c.item)
Index("hazards_told", hazards.c.told_at, hazards.c.id)
Index("hazards_open", hazards.c.told_at, hazards.c.id, postgresql_where=text("closed_at IS NULL"))
Index("hazards_grid", hazards.c.grid_id, hazards.c.told_at, hazards.c.id)
Index("hazards_overdue", hazards.c.told_at, postgresql_where=text("overdue_at IS NOT NULL AND closed_at IS NULL"))
Index("hazards_building", hazards.c.building_id, postgresql_where=text("shared_part"))
Index("hazards_next_step", hazards.c.next_step_at, postgresql_where=text("next_step_at IS NOT NULL"))

hazard_history = Table(
    "hazard_history",
    metadata,
    Column("hazard_id", Uuid, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("step", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("actor", Text),
    Column("role", Text),
    Column("party_id", Uuid),
    Column("note", Text),
    Column("details", JSONB, nullable=False),
)

files = Table(
    "files",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("sha256", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("media_type", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("uploaded_by", Text, nullable=False),
    Column("uploaded_at", Moment, nullable=False),
)
Index("files_sha256", files.c.sha256)
