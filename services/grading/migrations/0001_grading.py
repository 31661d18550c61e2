"""Sites, what was heard of them, decisions, policies and their activation, and the mailbox."""

import sqlalchemy as sa
from alembic import op

from shared.database.migrations import create_mailbox

revision = "grading_0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    create_mailbox("grading")
    op.create_table(
        "sites",
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text()),
        sa.Column("party_id", sa.Uuid()),
        sa.Column("landlord_site_id", sa.Uuid()),
        sa.Column("building_id", sa.Uuid()),
        sa.Column("compound_id", sa.Uuid()),
        sa.Column("grid_id", sa.Uuid()),
        sa.Column("name", sa.Text()),
        sa.Column("is_followed", sa.Boolean(), nullable=False, server_default=sa.text("false")),
        sa.Column(
            "facts",
            sa.Text(),
            nullable=False,
            comment="the registers as JSON: one row per site, so that a batch loads it in one statement",
        ),
        sa.Column(
            "heard", sa.Integer(), nullable=False, server_default=sa.text("0"), comment="number of the last row in the journal"
        ),
        sa.Column("revision", sa.Integer(), nullable=False, server_default=sa.text("0")),
        sa.Column("policy", sa.Text()),
        sa.Column("day", sa.Date(), comment="of the last decision"),
        sa.Column("standing", sa.Text(), comment="after the last decision"),
        sa.Column("anchor", sa.Text(), comment="when the day of the last decision began"),
        sa.Column("override", sa.Text()),
        sa.Column("level", sa.Text()),
        sa.Column("level_since", sa.Date()),
        sa.Column("band", sa.Text()),
        sa.Column("points", sa.Integer(), comment="hundredths"),
        sa.Column("score", sa.Integer(), comment="hundredths"),
        sa.Column("overdue", sa.Integer(), comment="hundredths"),
        sa.Column("check_days", sa.SmallInteger()),
        sa.Column("check_months", sa.SmallInteger()),
        sa.Column("substance", sa.Text()),
        sa.Column("valid_until", sa.Date()),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("site_id"),
        schema="grading",
    )
    # A site's state is rewritten as a whole with every batch: kept in the row, compressing it would cost more than it saves.
    op.execute("ALTER TABLE grading.sites SET (toast_tuple_target = 8160, autovacuum_vacuum_scale_factor = 0.05)")
    for column in ("facts", "substance"):
        op.execute(f"ALTER TABLE grading.sites ALTER COLUMN {column} SET STORAGE EXTERNAL")
    op.create_index("sites_due", "sites", ["valid_until"], schema="grading", postgresql_where=sa.text("valid_until IS NOT NULL"))
    op.create_index("sites_of_landlord", "sites", ["landlord_site_id"], schema="grading")
    op.create_index("sites_of_building", "sites", ["building_id"], schema="grading")
    op.create_index("sites_of_party", "sites", ["party_id"], schema="grading")
    op.create_index("sites_of_grid", "sites", ["grid_id", "level"], schema="grading")
    op.create_table(
        "journal",
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False, comment="1, 2, 3 … of the site"),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False, comment="on which it was heard"),
        sa.Column("heard_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("writes", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("site_id", "number"),
        schema="grading",
    )
    op.create_table(
        "decisions",
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("policy", sa.Text(), nullable=False),
        sa.Column("heard", sa.Integer(), nullable=False, comment="the facts are those of the journal up to this number"),
        sa.Column("anchor", sa.Text()),
        sa.Column("before", sa.Text()),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("substance", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("site_id", "revision"),
        schema="grading",
    )
    op.create_index(
        "decisions_moves", "decisions", ["day"], schema="grading", postgresql_where=sa.text("before IS DISTINCT FROM level")
    )
    op.create_table(
        "policies",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("created_by", sa.Text()),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        schema="grading",
    )
    op.create_table(
        "activations",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("policy", sa.Text(), nullable=False),
        sa.Column("effective_from", sa.Date(), nullable=False),
        sa.Column("activated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("activated_by", sa.Text()),
        sa.Column("cursor", sa.Uuid(), comment="the last site that was graded anew in the background"),
        sa.Column("graded", sa.Integer(), nullable=False, server_default=sa.text("0")),
        sa.Column("total", sa.Integer()),
        sa.Column("finished_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id"),
        schema="grading",
    )
    op.create_table(
        "rollups",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column(
            "kind",
            sa.Text(),
            nullable=False,
            comment="landlord: a site whose tenants have changed; party: a party of which something was heard",
        ),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid()),
        sa.PrimaryKeyConstraint("id"),
        schema="grading",
    )
