"""Who has acknowledged a matter, and at which version of it: an event before that version may be heard afterwards."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "notify_0008"
down_revision = "notify_0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("matters", sa.Column("acknowledged", JSONB(), nullable=True), schema="notify")


def downgrade() -> None:
    op.drop_column("matters", "acknowledged", schema="notify")
