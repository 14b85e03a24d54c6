"""The records that only grow: what changed, and who saw what (privacy.md section 6)."""

from __future__ import annotations

from sqlalchemy import Index, Table

from inbox.store.columns import Identity, Integer, Json, Moment, Text, column
from inbox.store.tables.schema import key, metadata

journal = Table(
    "journal",
    metadata,
    column("seq", Identity, primary_key=True, autoincrement=False),
    column("at", Moment),
    column("actor_id", Identity, nullable=True),
    column("verb", Text),
    column("conversation_id", Identity, nullable=True),
    column("patient_id", Identity, nullable=True),
    column("details", Json),
    column("previous", Text),
    column("hash", Text),
    Index("ix_journal_conversation", "conversation_id", "seq"),
    Index("ix_journal_at", "at"),
)

access = Table(
    "access",
    metadata,
    key(),
    column("at", Moment),
    column("actor_id", Identity, nullable=True),
    column("role", Text),
    column("object", Text),
    column("object_id", Identity, nullable=True),
    column("patient_id", Identity, nullable=True),
    column("conversation_id", Identity, nullable=True),
    column("how", Text),
    column("why", Text, tag="phi", server_default=""),
    column("outcome", Text, server_default="shown"),
    column("ids", Json, server_default="[]"),
    column("device", Text, server_default=""),
    column("address", Text, server_default=""),
    Index("ix_access_patient", "patient_id", "at"),
    Index("ix_access_actor", "actor_id", "at"),
    Index("ix_access_conversation", "conversation_id", "at"),
    Index("ix_access_at", "at", "id"),
)

access_seals = Table(
    "access_seals",
    metadata,
    column("n", Identity, primary_key=True, autoincrement=False),
    column("at", Moment),
    column("upto", Moment),
    column("rows", Integer),
    column("root", Text),
    column("journal_seq", Identity),
    column("journal_hash", Text),
    column("previous", Text),
    column("signature", Text),
)

access_leaves = Table(
    "access_leaves",
    metadata,
    column("access_id", Identity, primary_key=True, autoincrement=False),
    column("n", Identity, index=True),
    column("leaf", Text),
)
