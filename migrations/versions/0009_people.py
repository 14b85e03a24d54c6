"""Who acts for a patient and until when, which questions a caller answered, and what an episode was when."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

IDENTITY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("proxies", sa.Column("by_id", IDENTITY, nullable=True))
    op.add_column("proxies", sa.Column("warned_at", sa.BigInteger(), nullable=True))
    op.add_column("proxies", sa.Column("ended_at", sa.BigInteger(), nullable=True))
    running = sa.text("ended_at IS NULL AND valid_to IS NOT NULL")
    op.create_index("ix_proxies_running", "proxies", ["valid_to"], sqlite_where=running, postgresql_where=running)
    _verifications()
    _statuses()


def _verifications() -> None:
    op.create_table(
        "verifications",
        sa.Column("id", IDENTITY, autoincrement=False, nullable=False),
        sa.Column("conversation_id", IDENTITY, nullable=False),
        sa.Column("patient_id", IDENTITY, nullable=False),
        sa.Column("call_id", IDENTITY, nullable=True),
        sa.Column("proxy_id", IDENTITY, nullable=True),
        sa.Column("kinds", sa.Text(), server_default="[]", nullable=False),
        sa.Column("passed", sa.Boolean(), nullable=False),
        sa.Column("by_id", IDENTITY, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("end_cause", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversations.id"], name=op.f("fk_verifications_conversation_id")
        ),
        sa.ForeignKeyConstraint(["patient_id"], ["patients.id"], name=op.f("fk_verifications_patient_id")),
        sa.ForeignKeyConstraint(["by_id"], ["actors.id"], name=op.f("fk_verifications_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_verifications")),
    )
    op.create_index("ix_verifications_conversation_id", "verifications", ["conversation_id"])


def _statuses() -> None:
    op.create_table(
        "episode_statuses",
        sa.Column("id", IDENTITY, autoincrement=False, nullable=False),
        sa.Column("episode_id", IDENTITY, nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("from_at", sa.BigInteger(), nullable=False),
        sa.Column("to_at", sa.BigInteger(), nullable=True),
        sa.Column("cause", sa.Text(), server_default="", nullable=False),
        sa.Column("by_id", IDENTITY, nullable=True),
        sa.CheckConstraint("to_at IS NULL OR to_at >= from_at", name=op.f("ck_episode_statuses_forward")),
        sa.ForeignKeyConstraint(["episode_id"], ["episodes.id"], name=op.f("fk_episode_statuses_episode_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_episode_statuses")),
    )
    live = sa.text("to_at IS NULL")
    op.create_index(
        "uq_episode_statuses_live",
        "episode_statuses",
        ["episode_id"],
        unique=True,
        sqlite_where=live,
        postgresql_where=live,
    )
