"""Work: who has it, what is next, what is promised, how it ended."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, Index, Table, text

from inbox.store.columns import Boolean, Identity, Integer, Json, Moment, Text, column
from inbox.store.tables.schema import key, metadata, where

assignments = Table(
    "assignments",
    metadata,
    key(),
    column("conversation_id", Identity, ForeignKey("conversations.id")),
    column("actor_id", Identity, ForeignKey("actors.id"), nullable=True),
    column("team", Text),
    column("by_id", Identity, nullable=True),
    column("why", Json, server_default="[]"),
    column("at", Moment),
    column("lease_until", Moment, nullable=True),
    column("ended_at", Moment, nullable=True),
    column("end_cause", Text, server_default=""),
    Index("uq_assignments_live", "conversation_id", unique=True, **where("ended_at IS NULL")),
    Index("ix_assignments_conversation", "conversation_id", "team"),
    Index("ix_assignments_lease", "lease_until", **where("ended_at IS NULL AND lease_until IS NOT NULL")),
    Index("ix_assignments_actor", "actor_id", **where("ended_at IS NULL")),
)

snoozes = Table(
    "snoozes",
    metadata,
    key(),
    column("conversation_id", Identity, ForeignKey("conversations.id")),
    column("until", Moment),
    column("wake_on", Text, server_default="time"),
    column("by_id", Identity),
    column("at", Moment),
    column("ended_at", Moment, nullable=True),
    column("end_cause", Text, server_default=""),
    Index("uq_snoozes_live", "conversation_id", unique=True, **where("ended_at IS NULL")),
    Index("ix_snoozes_due", "until", **where("ended_at IS NULL")),
)

next_steps = Table(
    "next_steps",
    metadata,
    key(),
    column("conversation_id", Identity, ForeignKey("conversations.id")),
    column("what", Text, tag="phi"),
    column("owner_id", Identity, nullable=True),
    column("team", Text),
    column("due_at", Moment),
    column("check_back", Boolean, server_default=text("false")),
    column("done_at", Moment, nullable=True),
    column("at", Moment),
    Index("uq_next_steps_live", "conversation_id", unique=True, **where("done_at IS NULL")),
    Index("ix_next_steps_due", "due_at", **where("done_at IS NULL")),
)

escalations = Table(
    "escalations",
    metadata,
    key(),
    column("conversation_id", Identity, ForeignKey("conversations.id"), index=True),
    column("origin_id", Identity, nullable=True),
    column("cause", Text),
    column("ref", Identity, nullable=True),
    column("tier", Integer),
    column("raised_at", Moment),
    column("to_kind", Text),
    column("to_id", Identity, nullable=True),
    column("acked_by", Identity, nullable=True),
    column("acked_at", Moment, nullable=True),
    column("next_tier_at", Moment, nullable=True),
    Index("ix_escalations_due", "next_tier_at", **where("acked_at IS NULL AND next_tier_at IS NOT NULL")),
    Index("ix_escalations_open", "conversation_id", **where("acked_at IS NULL")),
)

clocks = Table(
    "clocks",
    metadata,
    key(),
    column("conversation_id", Identity, ForeignKey("conversations.id"), index=True),
    column("origin_id", Identity, nullable=True),
    column("metric", Text),
    column("policy", Text),
    column("target", Json),
    column("calendar", Json),
    column("priority", Integer),
    column("started_at", Moment),
    column("warn_at", Moment, nullable=True),
    column("due_at", Moment),
    column("state", Text),
    column("met_at", Moment, nullable=True),
    column("breached_at", Moment, nullable=True),
    column("stopped_at", Moment, nullable=True),
    column("warned_at", Moment, nullable=True),
    column("generation", Integer, server_default="1"),
    column("retry_at", Moment, nullable=True),
    CheckConstraint("state IN ('running','paused','met','breached','stopped')", name="state"),
    CheckConstraint(
        "metric IN ('read','first_response','next_response','resolution','callback','next_step','update')",
        name="metric",
    ),
    Index(
        "uq_clocks_live",
        "conversation_id",
        "metric",
        unique=True,
        **where("state IN ('running','paused') OR (state = 'breached' AND met_at IS NULL AND stopped_at IS NULL)"),
    ),
    Index("ix_clocks_due", "due_at", "id", **where("state = 'running'")),
    Index("ix_clocks_warn", "warn_at", "id", **where("state = 'running' AND warned_at IS NULL")),
    Index("ix_clocks_started", "started_at", "metric"),
)

clock_entries = Table(
    "clock_entries",
    metadata,
    key(),
    column("clock_id", Identity, ForeignKey("clocks.id"), index=True),
    column("at", Moment),
    column("kind", Text),
    column("cause", Text),
    column("target", Json, nullable=True),
    CheckConstraint("kind IN ('start','pause','resume','meet','breach','stop')", name="kind"),
)

firings = Table(
    "firings",
    metadata,
    column("kind", Text, primary_key=True),
    column("ref", Identity, primary_key=True),
    column("generation", Integer, primary_key=True),
    column("at", Moment),
)

closures = Table(
    "closures",
    metadata,
    key(),
    column("conversation_id", Identity, ForeignKey("conversations.id")),
    column("closed_at", Moment, index=True),
    column("closed_by", Identity, nullable=True),
    column("reason", Text),
    column("channel", Text),
    column("team", Text),
    column("outcome", Text),
    column("resolved", Boolean),
    column("disposition", Text, tag="clinical", server_default=""),
    column("confirmation_message_id", Identity, nullable=True),
    column("waiver", Text, nullable=True),
    column("client_id", Text, nullable=True, unique=True),
    column("response_wall_seconds", Integer, nullable=True),
    column("response_business_seconds", Integer, nullable=True),
    column("resolution_wall_seconds", Integer),
    column("resolution_business_seconds", Integer),
    column("since_reopen_seconds", Integer, nullable=True),
    column("reopened_at", Moment, nullable=True),
    column("reopened_by", Identity, nullable=True),
    column("reopen_cause", Text, server_default=""),
    Index("ix_closures_conversation", "conversation_id", "id"),
    Index("uq_closures_live", "conversation_id", unique=True, **where("reopened_at IS NULL")),
    CheckConstraint(
        "outcome IN ('resolved','partly','referred_on','declined','unreachable','not_resolved','duplicate','spam',"
        "'wrong_number','merged')",
        name="outcome",
    ),
    CheckConstraint(
        "confirmation_message_id IS NOT NULL OR waiver IS NOT NULL OR outcome IN ('merged','duplicate')",
        name="confirmation",
    ),
)
