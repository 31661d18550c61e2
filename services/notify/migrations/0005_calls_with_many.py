"""The key of a call that carries many dispatches; access tokens, which providers keep stable themselves, need no table."""

import sqlalchemy as sa
from alembic import op

revision = "notify_0005"
down_revision = "notify_0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("dispatches", sa.Column("call", sa.Text(), nullable=True), schema="notify")
    op.drop_table("tokens", schema="notify")


def downgrade() -> None:
    op.create_table(
        "tokens",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("fetching_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("name"),
        schema="notify",
    )
    op.drop_column("dispatches", "call", schema="notify")
