"""What reached a door before anyone understood it, and the work that is owed."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Index, Table

from inbox.store.columns import Identity, Integer, Json, LargeBinary, Moment, Text, column
from inbox.store.tables.schema import key, metadata, where

arrivals = Table(
    "arrivals",
    metadata,
    key(),
    column("door", Text),
    column("channel", Text),
    column("account", Text),
    column("external_id", Text),
    column("url", Text, tag="phi"),
    column("headers", Json, tag="phi"),
    column("body", LargeBinary, tag="clinical", nullable=True),
    column("blob", Text, nullable=True),
    column("sha256", Text),
    column("size", Integer),
    column("received_at", Moment),
    column("state", Text),
    column("reason", Text, server_default=""),
    column("parser_version", Integer, server_default="0"),
    column("conversation_id", Identity, nullable=True),
    column("message_id", Identity, nullable=True),
    column("handled_at", Moment, nullable=True),
    CheckConstraint("state IN ('accepted','received','duplicate','quarantined','refused')", name="state"),
    Index(
        "uq_arrivals_external",
        "channel",
        "account",
        "external_id",
        unique=True,
        **where("state IN ('accepted','received','quarantined')"),
    ),
    Index("ix_arrivals_state", "state", "id"),
    Index("ix_arrivals_quarantined", "conversation_id", **where("state = 'quarantined'")),
)

jobs = Table(
    "jobs",
    metadata,
    key(),
    column("kind", Text),
    column("queue", Text),
    column("lane", Text, nullable=True),
    column("state", Text, server_default="pending"),
    column("due_at", Moment),
    column("tries", Integer, server_default="0"),
    column("wakes", Integer, server_default="0"),
    column("claimed_by", Text, nullable=True),
    column("claimed_until", Moment, nullable=True),
    column("fence", Integer, server_default="0"),
    column("last_error", Text, server_default=""),
    column("ref", Identity),
    CheckConstraint("state IN ('pending','running','done','dead','cancelled')", name="state"),
    Index("ix_jobs_pending", "queue", "due_at", "id", **where("state = 'pending'")),
    Index("ix_jobs_running", "claimed_until", **where("state = 'running'")),
    Index("ix_jobs_lane", "lane", "id", **where("state IN ('pending','running') AND lane IS NOT NULL")),
    Index("ix_jobs_dead", "id", **where("state = 'dead'")),
    Index("ix_jobs_ref", "kind", "ref"),
)
