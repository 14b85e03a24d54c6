"""What a patient opens from a link: a message that its channel must not carry, and the question afterwards."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, Table

from inbox.store.columns import Identity, Integer, Json, Moment, Text, column
from inbox.store.tables.schema import key, metadata

secure_texts = Table(
    "secure_texts",
    metadata,
    key(),
    column("message_id", Identity, ForeignKey("messages.id"), unique=True),
    column("conversation_id", Identity, ForeignKey("conversations.id"), index=True),
    column("body", Text, tag="clinical"),
    column("token_hash", Text, unique=True),
    column("expires_at", Moment),
    column("tries", Integer, server_default="0"),
    column("opened_at", Moment, nullable=True),
    column("ended_at", Moment, nullable=True),
    column("end_cause", Text, server_default=""),
)

surveys = Table(
    "surveys",
    metadata,
    key(),
    column("closure_id", Identity, ForeignKey("closures.id"), unique=True),
    column("conversation_id", Identity, ForeignKey("conversations.id"), index=True),
    column("patient_id", Identity, ForeignKey("patients.id"), nullable=True, index=True),
    column("token_hash", Text, unique=True),
    column("asked_at", Moment),
    column("expires_at", Moment),
    column("score", Integer, nullable=True),
    column("tags", Json, server_default="[]"),
    column("words", Text, tag="clinical", server_default=""),
    column("answered_at", Moment, nullable=True),
    CheckConstraint("score IS NULL OR score BETWEEN 1 AND 5", name="score"),
)
