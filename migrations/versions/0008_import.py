"""Patients come from files: where they live, finding them by birth date, and the pairs that an import left to people."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

IDENTITY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("patients", sa.Column("address", sa.Text(), server_default="{}", nullable=False))
    op.create_index("ix_patients_birth_on", "patients", ["birth_on"])
    op.create_table(
        "duplicate_candidates",
        sa.Column("a_id", IDENTITY, autoincrement=False, nullable=False),
        sa.Column("b_id", IDENTITY, autoincrement=False, nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("a_id < b_id", name=op.f("ck_duplicate_candidates_ordered")),
        sa.ForeignKeyConstraint(["a_id"], ["patients.id"], name=op.f("fk_duplicate_candidates_a_id")),
        sa.ForeignKeyConstraint(["b_id"], ["patients.id"], name=op.f("fk_duplicate_candidates_b_id")),
        sa.PrimaryKeyConstraint("a_id", "b_id", name=op.f("pk_duplicate_candidates")),
    )
    op.create_index("ix_duplicate_candidates_score", "duplicate_candidates", ["score"])
