"""Codes that were sent to verify mobiles."""

import sqlalchemy as sa
from alembic import op

revision = "notify_0007"
down_revision = "notify_0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "verifications",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column("party_id", sa.Uuid(), nullable=False),
        sa.Column("contact_version", sa.Integer(), nullable=False),
        sa.Column("number_mark", sa.LargeBinary(), nullable=False),
        sa.Column("code_mark", sa.LargeBinary(), nullable=False),
        sa.Column("shown", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("tries_left", sa.SmallInteger(), nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("again_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("verified_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        schema="notify",
    )
    for name, columns in _INDEXES:
        op.create_index(name, "verifications", columns, schema="notify")


def downgrade() -> None:
    op.drop_table("verifications", schema="notify")


_INDEXES = (
    ("verifications_of_number", ["number_mark", "asked_at"]),
    ("verifications_of_account", ["asked_by", "asked_at"]),
    ("verifications_of_contact", ["contact_id"]),
    ("verifications_by_age", ["asked_at"]),
)
