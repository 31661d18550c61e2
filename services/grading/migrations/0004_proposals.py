"""Decisions that wait for their second person."""

import sqlalchemy as sa
from alembic import op

revision = "grading_0004"
down_revision = "grading_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "proposals",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False, comment="the rule of a lift, the appeal of a verdict; else empty"),
        sa.Column("body", sa.Text(), nullable=False, comment="what was proposed, as JSON"),
        sa.Column("needed", sa.SmallInteger(), nullable=False),
        sa.Column("named", sa.Text(), nullable=False, comment="the accounts that are asked, the proposer among them, as JSON"),
        sa.Column("approvals", sa.Text(), nullable=False, comment="who has agreed by a request of his own, as JSON"),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("proposed_by", sa.Text(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=False, comment="the last day on which it may be confirmed"),
        sa.Column("ended_by", sa.Text()),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.Column("note", sa.Text()),
        sa.PrimaryKeyConstraint("id"),
        schema="grading",
    )
    waiting = sa.text("state = 'pending'")
    columns = ["site_id", "kind", "subject"]
    op.create_index("proposals_pending", "proposals", columns, unique=True, schema="grading", postgresql_where=waiting)
    op.create_index("proposals_expiring", "proposals", ["expires_on"], schema="grading", postgresql_where=waiting)
    op.create_index("proposals_of_site", "proposals", ["site_id"], schema="grading")


def downgrade() -> None:
    op.drop_table("proposals", schema="grading")
