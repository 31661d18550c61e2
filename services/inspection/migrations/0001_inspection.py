"""Sites as heard, visits with their answers, hazards with their history, files, and the mailbox."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from shared.database.migrations import create_mailbox

revision = "inspection_0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    create_mailbox("inspection")
    op.execute(sa.schema.CreateSequence(sa.Sequence("hazard_numbers", schema="inspection")))
    op.create_table(
        "answers",
        sa.Column("visit_id", sa.Uuid(), nullable=False),
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("file_ids", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.PrimaryKeyConstraint("visit_id", "item", "place"),
        schema="inspection",
    )
    op.create_table(
        "files",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("uploaded_by", sa.Text(), nullable=False),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        schema="inspection",
    )
    op.create_index("files_sha256", "files", ["sha256"], unique=False, schema="inspection")
    op.create_table(
        "hazard_history",
        sa.Column("hazard_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text(), nullable=True),
        sa.Column("role", sa.Text(), nullable=True),
        sa.Column("party_id", sa.Uuid(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("details", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("hazard_id", "version"),
        schema="inspection",
    )
    op.create_table(
        "leases",
        sa.Column("lease_id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=True),
        sa.Column("landlord_party_id", sa.Uuid(), nullable=False),
        sa.Column("tenant_party_id", sa.Uuid(), nullable=False),
        sa.Column("building_id", sa.Uuid(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("lease_id"),
        schema="inspection",
    )
    op.create_index(
        "leases_landlord",
        "leases",
        ["landlord_party_id"],
        unique=False,
        schema="inspection",
        postgresql_where=sa.text("is_active"),
    )
    op.create_index(
        "leases_tenant",
        "leases",
        ["tenant_party_id", "building_id"],
        unique=False,
        schema="inspection",
        postgresql_where=sa.text("is_active"),
    )
    op.create_table(
        "numbering",
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("begins_after", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("year"),
        schema="inspection",
    )
    op.create_table(
        "site_facts",
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("value", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.PrimaryKeyConstraint("site_id", "key"),
        schema="inspection",
    )
    op.create_table(
        "sites",
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("party_id", sa.Uuid(), nullable=False),
        sa.Column("landlord_site_id", sa.Uuid(), nullable=True),
        sa.Column("building_id", sa.Uuid(), nullable=False),
        sa.Column("grid_id", sa.Uuid(), nullable=True),
        sa.Column("lon", sa.Double(), nullable=True),
        sa.Column("lat", sa.Double(), nullable=True),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("site_id"),
        schema="inspection",
    )
    op.create_index("sites_building", "sites", ["building_id", "kind"], unique=False, schema="inspection")
    op.create_index("sites_grid", "sites", ["grid_id"], unique=False, schema="inspection")
    op.create_index("sites_landlord", "sites", ["landlord_site_id"], unique=False, schema="inspection")
    op.create_index("sites_party", "sites", ["party_id"], unique=False, schema="inspection")
    op.create_table(
        "hazards",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("landlord_site_id", sa.Uuid(), nullable=True),
        sa.Column("building_id", sa.Uuid(), nullable=True),
        sa.Column("grid_id", sa.Uuid(), nullable=True),
        sa.Column("visit_id", sa.Uuid(), nullable=True),
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("checklist_version", sa.Text(), nullable=False),
        sa.Column("clause", sa.Text(), nullable=True),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("shared_part", sa.Boolean(), nullable=False),
        sa.Column("immediate", sa.Boolean(), nullable=False),
        sa.Column("ordered", sa.Boolean(), nullable=False),
        sa.Column("responsible", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("photos", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("reported_by", sa.Text(), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deadline_class", sa.Text(), nullable=False),
        sa.Column("due", sa.Date(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_certain", sa.Boolean(), nullable=False),
        sa.Column("next_step_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("overdue_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("repeat_of", sa.Uuid(), nullable=True),
        sa.Column("progress", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["site_id"],
            ["inspection.sites.site_id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("number"),
        schema="inspection",
    )
    op.create_index(
        "hazards_building", "hazards", ["building_id"], unique=False, schema="inspection", postgresql_where=sa.text("shared_part")
    )
    op.create_index("hazards_grid", "hazards", ["grid_id", "told_at", "id"], unique=False, schema="inspection")
    op.create_index("hazards_item", "hazards", ["site_id", "item"], unique=False, schema="inspection")
    op.create_index(
        "hazards_next_step",
        "hazards",
        ["next_step_at"],
        unique=False,
        schema="inspection",
        postgresql_where=sa.text("next_step_at IS NOT NULL"),
    )
    op.create_index(
        "hazards_open",
        "hazards",
        ["told_at", "id"],
        unique=False,
        schema="inspection",
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_index(
        "hazards_overdue",
        "hazards",
        ["told_at"],
        unique=False,
        schema="inspection",
        postgresql_where=sa.text("overdue_at IS NOT NULL AND closed_at IS NULL"),
    )
    op.create_index("hazards_told", "hazards", ["told_at", "id"], unique=False, schema="inspection")
    op.create_table(
        "visits",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=True),
        sa.Column("checklist_version", sa.Text(), nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.Column("people", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("position", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("place_check", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("offline", sa.Boolean(), nullable=False),
        sa.Column("device_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["site_id"],
            ["inspection.sites.site_id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        schema="inspection",
    )
    op.create_index("visits_site", "visits", ["site_id", "finished_at"], unique=False, schema="inspection")
