"""A call is the fold of its events: they are kept, and beside the call what they make of it. What was kept before has no
events and is over.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

IDENTITY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    for column in (
        sa.Column("contact_id", IDENTITY, nullable=True),
        sa.Column("phase", sa.Text(), server_default="over", nullable=False),
        sa.Column("language", sa.Text(), server_default="", nullable=False),
        sa.Column("unrecorded", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("wrapped_at", sa.BigInteger(), nullable=True),
        sa.Column("outcome", sa.Text(), server_default="", nullable=False),
    ):
        op.add_column("calls", column)
    live = sa.text("phase <> 'over'")
    op.create_index("ix_calls_live", "calls", ["phase", "id"], sqlite_where=live, postgresql_where=live)
    op.create_index("ix_calls_answered", "calls", ["answered_at"])
    op.create_table(
        "call_events",
        sa.Column("id", IDENTITY, autoincrement=False, nullable=False),
        sa.Column("call_id", IDENTITY, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("n", sa.Integer(), server_default="0", nullable=False),
        sa.Column("actor_id", IDENTITY, nullable=True),
        sa.Column("take", sa.Integer(), server_default="0", nullable=False),
        sa.Column("leg", sa.Text(), server_default="", nullable=False),
        sa.Column("status", sa.Text(), server_default="", nullable=False),
        sa.Column("seconds", sa.Integer(), nullable=True),
        sa.Column("ref", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name=op.f("fk_call_events_call_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call_events")),
        sa.UniqueConstraint("call_id", "key", name=op.f("uq_call_events_call_id_key")),
    )
