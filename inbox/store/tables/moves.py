"""What was joined, parted and put right: each act a row that its undoing ends, which pairs of records people judged,
and what reached somebody it was not for."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, Index, Table

from inbox.store.columns import Identity, Integer, Json, Moment, Text, column
from inbox.store.tables.schema import key, metadata, where

#: `from_id` and `to_id` are conversations of a merge or split, patients of a patient merge, and of a subject's move the
#: patients before and after, its conversation in `conversation_id`.
moves = Table(
    "moves",
    metadata,
    key(),
    column("kind", Text),
    column("conversation_id", Identity, nullable=True),
    column("from_id", Identity, nullable=True),
    column("to_id", Identity),
    column("reason", Text, tag="phi"),
    column("by_id", Identity, ForeignKey("actors.id")),
    column("second_id", Identity, nullable=True),
    column("at", Moment),
    column("before", Json, tag="clinical", server_default="{}"),
    column("client_id", Text, nullable=True, unique=True),
    column("undone_at", Moment, nullable=True),
    column("undone_by", Identity, nullable=True),
    column("undo_reason", Text, tag="phi", server_default=""),
    CheckConstraint("kind IN ('merge','split','subject','patient')", name="kind"),
    CheckConstraint("from_id <> to_id", name="apart"),
    Index(
        "uq_moves_live", "kind", "from_id", unique=True, **where("undone_at IS NULL AND kind IN ('merge','patient')")
    ),
    Index("ix_moves_to", "kind", "to_id"),
)

disclosures = Table(
    "disclosures",
    metadata,
    key(),
    column("at", Moment),
    column("patient_id", Identity, ForeignKey("patients.id"), nullable=True, index=True),
    column("conversation_id", Identity, ForeignKey("conversations.id")),
    column("move_id", Identity, ForeignKey("moves.id")),
    column("recipient", Text, tag="phi"),
    column("recipients", Json, server_default="[]"),
    column("description", Text),
    column("purpose", Text),
    column("basis", Text),
    column("by_id", Identity, ForeignKey("actors.id")),
)

#: `a_id` is below `b_id`. What a person said of a pair holds until it ends or, put off, until `until`.
duplicate_verdicts = Table(
    "duplicate_verdicts",
    metadata,
    key(),
    column("a_id", Identity, ForeignKey("patients.id")),
    column("b_id", Identity, ForeignKey("patients.id"), index=True),
    column("verdict", Text),
    column("into_id", Identity, nullable=True),
    column("reason", Text, tag="phi", server_default=""),
    column("by_id", Identity, ForeignKey("actors.id")),
    column("at", Moment),
    column("until", Moment, nullable=True),
    column("ended_at", Moment, nullable=True),
    CheckConstraint("a_id < b_id", name="ordered"),
    CheckConstraint("verdict IN ('different','later','proposed')", name="verdict"),
    Index("uq_duplicate_verdicts_live", "a_id", "b_id", unique=True, **where("ended_at IS NULL")),
)

#: Pairs that an import met and a person has to judge; `a_id` is below `b_id`, `score` the points of the matching.
duplicate_candidates = Table(
    "duplicate_candidates",
    metadata,
    column("a_id", Identity, ForeignKey("patients.id"), primary_key=True, autoincrement=False),
    column("b_id", Identity, ForeignKey("patients.id"), primary_key=True, autoincrement=False),
    column("score", Integer),
    column("at", Moment),
    CheckConstraint("a_id < b_id", name="ordered"),
    Index("ix_duplicate_candidates_score", "score"),
)
