"""Leases with the rooms they hold, and the admission gate."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "registry_0002"
down_revision = "registry_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "barred",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("uscc", sa.Text(), nullable=True),
        sa.Column("name_key", sa.Text(), nullable=True),
        sa.Column("industry_prefix", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("effective_from", sa.Date(), nullable=False),
        sa.Column("effective_to", sa.Date(), nullable=True),
        sa.Column("listed_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        schema="registry",
    )
    op.create_index("barred_name", "barred", ["name_key"], unique=False, schema="registry")
    op.create_index("barred_uscc", "barred", ["uscc"], unique=False, schema="registry")
    op.create_table(
        "major_hazards",
        sa.Column("hazard_id", sa.Uuid(), nullable=False),
        sa.Column("building_id", sa.Uuid(), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("hazard_id"),
        schema="registry",
    )
    op.create_index(
        "major_hazards_open",
        "major_hazards",
        ["building_id"],
        unique=False,
        schema="registry",
        postgresql_where=sa.text("is_open"),
    )
    op.create_table(
        "rulebooks",
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("document", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("effective_from", sa.Date(), nullable=True),
        sa.Column("drafted_by", sa.Text(), nullable=False),
        sa.Column("published_by", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("version"),
        schema="registry",
    )
    op.create_table(
        "leases",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("number", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("landlord_party_id", sa.Uuid(), nullable=False),
        sa.Column("tenant_party_id", sa.Uuid(), nullable=False),
        sa.Column("parent_lease_id", sa.Uuid(), nullable=True),
        sa.Column("depth", sa.Integer(), nullable=False),
        sa.Column("building_id", sa.Uuid(), nullable=False),
        sa.Column("rooms", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("area", sa.Numeric(precision=12, scale=2), nullable=False),
        sa.Column("start", sa.Date(), nullable=False),
        sa.Column("end", sa.Date(), nullable=False),
        sa.Column("use", sa.Text(), nullable=False),
        sa.Column("fire_class_declared", sa.Text(), nullable=False),
        sa.Column("dormitory_declared", sa.Boolean(), nullable=True),
        sa.Column("declared", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("is_existing", sa.Boolean(), nullable=False),
        sa.Column("rulebook", sa.Text(), nullable=True),
        sa.Column("agreement", sa.Text(), nullable=False),
        sa.Column("agreement_signed_on", sa.Date(), nullable=True),
        sa.Column("agreement_until", sa.Date(), nullable=True),
        sa.Column("duties", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("sublet_consent_on", sa.Date(), nullable=True),
        sa.Column("filing_no", sa.Text(), nullable=True),
        sa.Column("filed_on", sa.Date(), nullable=True),
        sa.Column("site_id", sa.Uuid(), nullable=True),
        sa.Column("landlord_site_id", sa.Uuid(), nullable=True),
        sa.Column("due", sa.Date(), nullable=True),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("end_reason", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["building_id"],
            ["registry.buildings.id"],
        ),
        sa.ForeignKeyConstraint(
            ["landlord_party_id"],
            ["registry.parties.id"],
        ),
        sa.ForeignKeyConstraint(
            ["landlord_site_id"],
            ["registry.sites.id"],
        ),
        sa.ForeignKeyConstraint(
            ["parent_lease_id"],
            ["registry.leases.id"],
        ),
        sa.ForeignKeyConstraint(
            ["site_id"],
            ["registry.sites.id"],
        ),
        sa.ForeignKeyConstraint(
            ["tenant_party_id"],
            ["registry.parties.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("number"),
        schema="registry",
    )
    op.create_index("leases_building", "leases", ["building_id", "id"], unique=False, schema="registry")
    op.create_index(
        "leases_drafts", "leases", ["changed_at"], unique=False, schema="registry", postgresql_where=sa.text("state = 'draft'")
    )
    op.create_index("leases_landlord", "leases", ["landlord_party_id", "id"], unique=False, schema="registry")
    op.create_index("leases_parent", "leases", ["parent_lease_id"], unique=False, schema="registry")
    op.create_index(
        "leases_running_out",
        "leases",
        ["end"],
        unique=False,
        schema="registry",
        postgresql_where=sa.text("state IN ('active', 'expiring')"),
    )
    op.create_index("leases_site", "leases", ["site_id"], unique=False, schema="registry")
    op.create_index("leases_tenant", "leases", ["tenant_party_id", "id"], unique=False, schema="registry")
    op.create_index(
        "leases_waiting", "leases", ["due"], unique=False, schema="registry", postgresql_where=sa.text("state = 'admission'")
    )
    op.create_table(
        "admission_conditions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("lease_id", sa.Uuid(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("department", sa.Text(), nullable=False),
        sa.Column("condition", sa.Text(), nullable=False),
        sa.Column("met_on", sa.Date(), nullable=True),
        sa.Column("met_by", sa.Text(), nullable=True),
        sa.Column("file_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["lease_id"],
            ["registry.leases.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        schema="registry",
    )
    op.create_index("admission_conditions_lease", "admission_conditions", ["lease_id"], unique=False, schema="registry")
    op.create_table(
        "lease_changes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("lease_id", sa.Uuid(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("changes", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["lease_id"],
            ["registry.leases.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        schema="registry",
    )
    op.create_index(
        "lease_changes_one_open",
        "lease_changes",
        ["lease_id"],
        unique=True,
        schema="registry",
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_table(
        "lease_checks",
        sa.Column("lease_id", sa.Uuid(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("moment", sa.Text(), nullable=False),
        sa.Column("clause", sa.Text(), nullable=False),
        sa.Column("rulebook", sa.Text(), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("reason_en", sa.Text(), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["lease_id"],
            ["registry.leases.id"],
        ),
        sa.PrimaryKeyConstraint("lease_id", "round", "rule"),
        schema="registry",
    )
    op.create_table(
        "lease_documents",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("lease_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=True),
        sa.Column("dated", sa.Date(), nullable=True),
        sa.Column("model", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("filed_by", sa.Text(), nullable=False),
        sa.Column("filed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["lease_id"],
            ["registry.leases.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        schema="registry",
    )
    op.create_index("lease_documents_version", "lease_documents", ["lease_id", "kind", "version"], unique=True, schema="registry")
    op.create_table(
        "lease_spaces",
        sa.Column("lease_id", sa.Uuid(), nullable=False),
        sa.Column("scope", postgresql.INT8RANGE(), nullable=False),
        sa.Column("space", postgresql.INT8RANGE(), nullable=False),
        sa.Column("term", postgresql.DATERANGE(), nullable=False),
        postgresql.ExcludeConstraint(
            (sa.column("scope"), "&&"),
            (sa.column("space"), "&&"),
            (sa.column("term"), "&&"),
            using="gist",
            name="lease_spaces_one_lease_per_room",
        ),
        sa.ForeignKeyConstraint(
            ["lease_id"],
            ["registry.leases.id"],
        ),
        sa.PrimaryKeyConstraint("lease_id", "space"),
        schema="registry",
    )
    op.create_table(
        "lease_steps",
        sa.Column("lease_id", sa.Uuid(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["lease_id"],
            ["registry.leases.id"],
        ),
        sa.PrimaryKeyConstraint("lease_id", "place"),
        schema="registry",
    )
    op.create_table(
        "opinions",
        sa.Column("lease_id", sa.Uuid(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("department", sa.Text(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("due", sa.Date(), nullable=True),
        sa.Column("verdict", sa.Text(), nullable=True),
        sa.Column("conditions", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=True),
        sa.Column("given_by", sa.Text(), nullable=True),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["lease_id"],
            ["registry.leases.id"],
        ),
        sa.PrimaryKeyConstraint("lease_id", "round", "department"),
        schema="registry",
    )
    op.create_index(
        "opinions_waiting",
        "opinions",
        ["department", "due"],
        unique=False,
        schema="registry",
        postgresql_where=sa.text("verdict IS NULL"),
    )


def downgrade() -> None:
    op.drop_table("opinions", schema="registry")
    op.drop_table("lease_steps", schema="registry")
    op.drop_table("lease_spaces", schema="registry")
    op.drop_table("lease_documents", schema="registry")
    op.drop_table("lease_checks", schema="registry")
    op.drop_table("lease_changes", schema="registry")
    op.drop_table("admission_conditions", schema="registry")
    op.drop_table("leases", schema="registry")
    op.drop_table("rulebooks", schema="registry")
    op.drop_table("major_hazards", schema="registry")
    op.drop_table("barred", schema="registry")
