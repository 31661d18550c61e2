"""Under which key a code went and how often it was mistyped, and when the mobile of a contact was last verified."""

import sqlalchemy as sa
from alembic import op

revision = "notify_0009"
down_revision = "notify_0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("verifications", sa.Column("key_kind", sa.Text(), server_default="trial", nullable=False), schema="notify")
    op.add_column("verifications", sa.Column("mistyped", sa.SmallInteger(), server_default="0", nullable=False), schema="notify")
    op.add_column("contacts", sa.Column("verified_at", sa.DateTime(timezone=True), nullable=True), schema="notify")


def downgrade() -> None:
    op.drop_column("contacts", "verified_at", schema="notify")
    op.drop_column("verifications", "mistyped", schema="notify")
    op.drop_column("verifications", "key_kind", schema="notify")
