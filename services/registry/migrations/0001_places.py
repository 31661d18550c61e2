"""Parties, contacts, grids, compounds, buildings and sites, and the mailbox."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from shared.database.migrations import create_mailbox

revision = "registry_0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    create_mailbox("registry")
    op.execute(sa.schema.CreateSequence(sa.Sequence("site_numbers", schema="registry")))
    op.create_table(
        "grids",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("region_code", sa.Text(), nullable=True),
        sa.Column("area", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name"),
        schema="registry",
    )
    op.create_table(
        "parties",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("party_type", sa.Text(), nullable=False),
        sa.Column("kinds", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", sa.Text(), nullable=False),
        sa.Column("search", sa.Text(), nullable=False),
        sa.Column("grams", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("uscc", sa.Text(), nullable=True),
        sa.Column("uscc_doubts", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("uscc_override", sa.Text(), nullable=True),
        sa.Column("id_number_sealed", sa.Text(), nullable=True),
        sa.Column("id_number_index", sa.LargeBinary(), nullable=True),
        sa.Column("industry_code", sa.Text(), nullable=True),
        sa.Column("supervision_industry", sa.Text(), nullable=True),
        sa.Column("scale", sa.Text(), nullable=True),
        sa.Column("employees", sa.Integer(), nullable=True),
        sa.Column("standardisation", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("registered_address", sa.Text(), nullable=True),
        sa.Column("actual_address", sa.Text(), nullable=True),
        sa.Column("details", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("merged_into", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["merged_into"],
            ["registry.parties.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        schema="registry",
    )
    op.create_index("parties_grams", "parties", ["grams"], unique=False, schema="registry", postgresql_using="gin")
    op.create_index("parties_id_number", "parties", ["id_number_index"], unique=False, schema="registry")
    op.create_index("parties_name_key", "parties", ["name_key"], unique=False, schema="registry")
    op.create_index(
        "parties_uscc", "parties", ["uscc"], unique=True, schema="registry", postgresql_where=sa.text("merged_into IS NULL")
    )
    op.create_table(
        "compounds",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", sa.Text(), nullable=False),
        sa.Column("search", sa.Text(), nullable=False),
        sa.Column("grams", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("region_code", sa.Text(), nullable=False),
        sa.Column("lon", sa.Float(), nullable=True),
        sa.Column("lat", sa.Float(), nullable=True),
        sa.Column("crs", sa.Text(), nullable=True),
        sa.Column("boundary", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("landlord_party_id", sa.Uuid(), nullable=False),
        sa.Column("grid_id", sa.Uuid(), nullable=True),
        sa.Column("park_in_park", sa.Boolean(), nullable=True),
        sa.Column("self_built_house", sa.Boolean(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["grid_id"],
            ["registry.grids.id"],
        ),
        sa.ForeignKeyConstraint(
            ["landlord_party_id"],
            ["registry.parties.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("landlord_party_id", "name_key"),
        schema="registry",
    )
    op.create_index("compounds_grams", "compounds", ["grams"], unique=False, schema="registry", postgresql_using="gin")
    op.create_table(
        "contacts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("party_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("mobile_sealed", sa.Text(), nullable=True),
        sa.Column("mobile_index", sa.LargeBinary(), nullable=True),
        sa.Column("email_sealed", sa.Text(), nullable=True),
        sa.Column("wechat_openid_sealed", sa.Text(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("reachable", sa.Boolean(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["party_id"],
            ["registry.parties.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        schema="registry",
    )
    op.create_index("contacts_mobile", "contacts", ["mobile_index"], unique=False, schema="registry")
    op.create_index("contacts_party", "contacts", ["party_id"], unique=False, schema="registry")
    op.create_table(
        "buildings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("number", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("compound_id", sa.Uuid(), nullable=False),
        sa.Column("building_no", sa.Text(), nullable=False),
        sa.Column("no_key", sa.Text(), nullable=False),
        sa.Column("structure", sa.Text(), nullable=False),
        sa.Column("floors_above", sa.SmallInteger(), nullable=True),
        sa.Column("floors_below", sa.SmallInteger(), nullable=True),
        sa.Column("floor_area", sa.Numeric(precision=12, scale=2), nullable=True),
        sa.Column("footprint", sa.Numeric(precision=12, scale=2), nullable=True),
        sa.Column("height", sa.Numeric(precision=6, scale=2), nullable=True),
        sa.Column("fire_resistance", sa.Text(), nullable=False),
        sa.Column("fire_class_design", sa.Text(), nullable=False),
        sa.Column("fire_acceptance", sa.Text(), nullable=False),
        sa.Column("sandwich_panel", sa.Text(), nullable=False),
        sa.Column("illegal_construction", sa.Text(), nullable=False),
        sa.Column("shared_escape", sa.Text(), nullable=False),
        sa.Column("one_key_alarm", sa.Text(), nullable=False),
        sa.Column("lon", sa.Float(), nullable=True),
        sa.Column("lat", sa.Float(), nullable=True),
        sa.Column("crs", sa.Text(), nullable=True),
        sa.Column("unified_manager_party_id", sa.Uuid(), nullable=True),
        sa.Column("details", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["compound_id"],
            ["registry.compounds.id"],
        ),
        sa.ForeignKeyConstraint(
            ["unified_manager_party_id"],
            ["registry.parties.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("compound_id", "no_key"),
        sa.UniqueConstraint("number"),
        schema="registry",
    )
    op.create_index("buildings_unified_manager", "buildings", ["unified_manager_party_id"], unique=False, schema="registry")
    op.create_table(
        "sites",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("party_id", sa.Uuid(), nullable=False),
        sa.Column("building_id", sa.Uuid(), nullable=False),
        sa.Column("compound_id", sa.Uuid(), nullable=False),
        sa.Column("landlord_site_id", sa.Uuid(), nullable=True),
        sa.Column("grid_id", sa.Uuid(), nullable=True),
        sa.Column("grid_by_hand", sa.Boolean(), nullable=False),
        sa.Column("overseers", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("search", sa.Text(), nullable=False),
        sa.Column("grams", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("floor", sa.Text(), nullable=True),
        sa.Column("room", sa.Text(), nullable=True),
        sa.Column("area", sa.Numeric(precision=12, scale=2), nullable=True),
        sa.Column("lon", sa.Float(), nullable=True),
        sa.Column("lat", sa.Float(), nullable=True),
        sa.Column("crs", sa.Text(), nullable=True),
        sa.Column("scope", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("derived", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("closing_reason", sa.Text(), nullable=True),
        sa.Column("confirmed_on", sa.Date(), nullable=False),
        sa.Column("confirm_due", sa.Date(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["building_id"],
            ["registry.buildings.id"],
        ),
        sa.ForeignKeyConstraint(
            ["compound_id"],
            ["registry.compounds.id"],
        ),
        sa.ForeignKeyConstraint(
            ["grid_id"],
            ["registry.grids.id"],
        ),
        sa.ForeignKeyConstraint(
            ["landlord_site_id"],
            ["registry.sites.id"],
        ),
        sa.ForeignKeyConstraint(
            ["party_id"],
            ["registry.parties.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("code"),
        schema="registry",
    )
    op.create_index("sites_building", "sites", ["building_id", "id"], unique=False, schema="registry")
    op.create_index("sites_changed", "sites", ["changed_at"], unique=False, schema="registry")
    op.create_index("sites_compound", "sites", ["compound_id"], unique=False, schema="registry")
    op.create_index(
        "sites_confirm_due", "sites", ["confirm_due"], unique=False, schema="registry", postgresql_where=sa.text("is_open")
    )
    op.create_index("sites_grams", "sites", ["grams"], unique=False, schema="registry", postgresql_using="gin")
    op.create_index("sites_grid", "sites", ["grid_id", "id"], unique=False, schema="registry")
    op.create_index("sites_landlord", "sites", ["landlord_site_id"], unique=False, schema="registry")
    op.create_index(
        "sites_one_per_party",
        "sites",
        ["party_id", "building_id", "kind"],
        unique=True,
        schema="registry",
        postgresql_where=sa.text("is_open"),
    )
    op.create_index("sites_overseers", "sites", ["overseers"], unique=False, schema="registry", postgresql_using="gin")
    op.create_index(
        "sites_place",
        "sites",
        [sa.literal_column("point(lon, lat)")],
        unique=False,
        schema="registry",
        postgresql_using="gist",
        postgresql_where=sa.text("is_open AND lon IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_table("sites", schema="registry")
    op.drop_table("buildings", schema="registry")
    op.drop_table("contacts", schema="registry")
    op.drop_table("compounds", schema="registry")
    op.drop_table("parties", schema="registry")
    op.drop_table("grids", schema="registry")
    op.execute(sa.schema.DropSequence(sa.Sequence("site_numbers", schema="registry")))
