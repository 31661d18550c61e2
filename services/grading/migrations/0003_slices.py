"""Grading anew in slices that several graders share."""

import sqlalchemy as sa
from alembic import op

revision = "grading_0003"
down_revision = "grading_0002"
branch_labels = None
depends_on = None

_COMMENTS = {"graded": "sites, once it is finished", "total": "sites, once they are divided into slices"}


def upgrade() -> None:
    op.create_table(
        "slices",
        sa.Column("activation", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("first", sa.Uuid(), nullable=False),
        sa.Column("last", sa.Uuid(), nullable=False),
        sa.Column("graded", sa.Integer(), comment="sites that were graded anew; NULL until then"),
        sa.PrimaryKeyConstraint("activation", "number"),
        schema="grading",
    )
    op.drop_column("activations", "cursor", schema="grading")
    for column, comment in _COMMENTS.items():
        op.alter_column("activations", column, comment=comment, schema="grading")


def downgrade() -> None:
    for column in _COMMENTS:
        op.alter_column("activations", column, comment=None, schema="grading")
    op.add_column("activations", sa.Column("cursor", sa.Uuid()), schema="grading")
    op.drop_table("slices", schema="grading")
