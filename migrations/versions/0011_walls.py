"""Screens on walls, each with a token of its own; calls found by when they rang, and what people declared by when."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

IDENTITY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "walls",
        sa.Column("id", IDENTITY, autoincrement=False, nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("code_hash", sa.Text(), nullable=True),
        sa.Column("code_until", sa.BigInteger(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=True),
        sa.Column("made_by", IDENTITY, nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=True),
        sa.Column("seen_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["made_by"], ["actors.id"], name=op.f("fk_walls_made_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_walls")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_walls_code_hash")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_walls_token_hash")),
    )
    op.create_index("ix_calls_ringing", "calls", ["ringing_at"])
    declared = sa.text("verb = 'availability.declared'")
    op.create_index("ix_journal_declared", "journal", ["at"], sqlite_where=declared, postgresql_where=declared)
