"""Merge, unmerge, split, move: whatever was put elsewhere says where it came from, each act is a row, and so is what people
said of two records that look alike.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

IDENTITY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
OF_CONVERSATIONS = ("messages", "notes", "calls", "clocks", "escalations")
OF_PATIENTS = ("conversations", "patient_identifiers", "proxies", "contact_links", "episodes")


def upgrade() -> None:
    for table in OF_CONVERSATIONS:
        op.add_column(table, sa.Column("origin_id", IDENTITY, nullable=True))
    for table in OF_PATIENTS:
        op.add_column(table, sa.Column("original_patient_id", IDENTITY, nullable=True))
    merged = sa.text("merged_into IS NOT NULL")
    op.create_index(
        "ix_conversations_merged", "conversations", ["merged_into"], sqlite_where=merged, postgresql_where=merged
    )
    _moves()
    _disclosures()
    _verdicts()


def _moves() -> None:
    op.create_table(
        "moves",
        sa.Column("id", IDENTITY, autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("conversation_id", IDENTITY, nullable=True),
        sa.Column("from_id", IDENTITY, nullable=True),
        sa.Column("to_id", IDENTITY, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by_id", IDENTITY, nullable=False),
        sa.Column("second_id", IDENTITY, nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("before", sa.Text(), server_default="{}", nullable=False),
        sa.Column("client_id", sa.Text(), nullable=True),
        sa.Column("undone_at", sa.BigInteger(), nullable=True),
        sa.Column("undone_by", IDENTITY, nullable=True),
        sa.Column("undo_reason", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint("kind IN ('merge','split','subject','patient')", name=op.f("ck_moves_kind")),
        sa.CheckConstraint("from_id <> to_id", name=op.f("ck_moves_apart")),
        sa.ForeignKeyConstraint(["by_id"], ["actors.id"], name=op.f("fk_moves_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_moves")),
        sa.UniqueConstraint("client_id", name=op.f("uq_moves_client_id")),
    )
    live = sa.text("undone_at IS NULL AND kind IN ('merge','patient')")
    unique = {"unique": True, "sqlite_where": live, "postgresql_where": live}
    op.create_index("uq_moves_live", "moves", ["kind", "from_id"], **unique)
    op.create_index("ix_moves_to", "moves", ["kind", "to_id"])


def _disclosures() -> None:
    op.create_table(
        "disclosures",
        sa.Column("id", IDENTITY, autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("patient_id", IDENTITY, nullable=True),
        sa.Column("conversation_id", IDENTITY, nullable=False),
        sa.Column("move_id", IDENTITY, nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("recipients", sa.Text(), server_default="[]", nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("by_id", IDENTITY, nullable=False),
        sa.ForeignKeyConstraint(["patient_id"], ["patients.id"], name=op.f("fk_disclosures_patient_id")),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"], name=op.f("fk_disclosures_conversation_id")),
        sa.ForeignKeyConstraint(["move_id"], ["moves.id"], name=op.f("fk_disclosures_move_id")),
        sa.ForeignKeyConstraint(["by_id"], ["actors.id"], name=op.f("fk_disclosures_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disclosures")),
    )
    op.create_index("ix_disclosures_patient_id", "disclosures", ["patient_id"])


def _verdicts() -> None:
    op.create_table(
        "duplicate_verdicts",
        sa.Column("id", IDENTITY, autoincrement=False, nullable=False),
        sa.Column("a_id", IDENTITY, nullable=False),
        sa.Column("b_id", IDENTITY, nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("into_id", IDENTITY, nullable=True),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("by_id", IDENTITY, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("a_id < b_id", name=op.f("ck_duplicate_verdicts_ordered")),
        sa.CheckConstraint("verdict IN ('different','later','proposed')", name=op.f("ck_duplicate_verdicts_verdict")),
        sa.ForeignKeyConstraint(["a_id"], ["patients.id"], name=op.f("fk_duplicate_verdicts_a_id")),
        sa.ForeignKeyConstraint(["b_id"], ["patients.id"], name=op.f("fk_duplicate_verdicts_b_id")),
        sa.ForeignKeyConstraint(["by_id"], ["actors.id"], name=op.f("fk_duplicate_verdicts_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duplicate_verdicts")),
    )
    live = sa.text("ended_at IS NULL")
    unique = {"unique": True, "sqlite_where": live, "postgresql_where": live}
    op.create_index("uq_duplicate_verdicts_live", "duplicate_verdicts", ["a_id", "b_id"], **unique)
    op.create_index("ix_duplicate_verdicts_b_id", "duplicate_verdicts", ["b_id"])
