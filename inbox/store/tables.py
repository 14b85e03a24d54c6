"""Every table, its constraints and the class of each column. Changing one means a migration in `migrations/`.

Ids come from one space for all tables (`inbox/store/ids`), so an insert knows its id before it runs.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, MetaData, Table, UniqueConstraint, text

from inbox.store.columns import Boolean, Date, Identity, Integer, Json, LargeBinary, Moment, Text, column

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

#: Rows without a deadline sort last on both engines; an index helps only a query that spells it exactly so.
DUE_ORDER = text("coalesce(due_at, 253402300799000000)")


def _where(condition: str) -> dict[str, Any]:
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}


def _key() -> Column[Any]:
    return column("id", Identity, primary_key=True, autoincrement=False)


meta = Table(
    "meta",
    metadata,
    column("key", Text, primary_key=True),
    column("value", Text),
)

configurations = Table(
    "configurations",
    metadata,
    _key(),
    column("kind", Text),
    column("version", Integer),
    column("body", Json),
    column("at", Moment),
    column("actor_id", Identity, nullable=True),
    UniqueConstraint("kind", "version"),
)

# People who work here, and how they come in

actors = Table(
    "actors",
    metadata,
    _key(),
    column("email", Text, unique=True),
    column("name", Text),
    column("role", Text),
    column("password_hash", Text, nullable=True),
    column("version", Integer, server_default="1"),
    column("active", Boolean, server_default=text("true")),
    column("availability", Text, server_default="off"),
    column("availability_at", Moment, nullable=True),
    column("languages", Json, server_default='["en"]'),
    column("capacity", Integer, server_default="100"),
    column("created_at", Moment),
    CheckConstraint(
        "role IN ('front_desk','agent','nurse','supervisor','manager','compliance','admin','service')", name="role"
    ),
    CheckConstraint("availability IN ('available','busy','break','after_call','off')", name="availability"),
)

actor_teams = Table(
    "actor_teams",
    metadata,
    column("actor_id", Identity, ForeignKey("actors.id"), primary_key=True),
    column("team", Text, primary_key=True),
)

sessions = Table(
    "sessions",
    metadata,
    column("id_hash", Text, primary_key=True),
    column("actor_id", Identity, ForeignKey("actors.id"), index=True),
    column("created_at", Moment),
    column("active_at", Moment),
    column("mfa_at", Moment, nullable=True),
    column("revoked_at", Moment, nullable=True),
    column("actor_version", Integer),
    column("address", Text),
    column("agent", Text),
)

tokens = Table(
    "tokens",
    metadata,
    _key(),
    column("actor_id", Identity, ForeignKey("actors.id")),
    column("label", Text),
    column("token_hash", Text, unique=True),
    column("created_at", Moment),
    column("expires_at", Moment),
    column("used_at", Moment, nullable=True),
    column("revoked_at", Moment, nullable=True),
)

failed_sign_ins = Table(
    "failed_sign_ins",
    metadata,
    _key(),
    column("account_hash", Text),
    column("address", Text),
    column("at", Moment),
    Index("ix_failed_sign_ins_account", "account_hash", "at"),
    Index("ix_failed_sign_ins_address", "address", "at"),
)

idempotency = Table(
    "idempotency",
    metadata,
    column("actor_id", Identity, primary_key=True),
    column("key", Text, primary_key=True),
    column("digest", Text),
    column("status", Integer),
    column("body", Text, tag="clinical"),
    column("at", Moment),
)

# Patients

patients = Table(
    "patients",
    metadata,
    _key(),
    column("given", Text, tag="phi"),
    column("middle", Text, tag="phi", server_default=""),
    column("family", Text, tag="phi"),
    column("suffix", Text, tag="phi", server_default=""),
    column("preferred_name", Text, tag="phi", server_default=""),
    column("search_name", Text, tag="phi"),
    column("birth_on", Date, tag="phi", nullable=True),
    column("sex", Text, tag="phi", server_default="unknown"),
    column("birth_order", Integer, tag="phi", nullable=True),
    column("language", Text, tag="phi", server_default="en"),
    column("zone", Text, tag="phi", nullable=True),
    column("needs", Json, tag="phi", server_default="[]"),
    column("preferences", Json, tag="phi", server_default="{}"),
    column("location", Text, nullable=True),
    column("survivor_id", Identity, ForeignKey("patients.id"), nullable=True),
    column("version", Integer, server_default="1"),
    column("created_at", Moment),
    CheckConstraint("survivor_id <> id", name="survivor"),
    CheckConstraint("sex IN ('male','female','other','unknown')", name="sex"),
    Index("ix_patients_search_name", "search_name"),
)

patient_identifiers = Table(
    "patient_identifiers",
    metadata,
    _key(),
    column("patient_id", Identity, ForeignKey("patients.id"), index=True),
    column("system", Text),
    column("value", Text, tag="phi"),
    column("live", Boolean, server_default=text("true")),
    Index("uq_patient_identifiers_live", "system", "value", unique=True, **_where("live")),
)

contact_points = Table(
    "contact_points",
    metadata,
    _key(),
    column("kind", Text),
    column("value", Text, tag="phi"),
    column("state", Text, server_default="valid"),
    column("created_at", Moment),
    UniqueConstraint("kind", "value"),
    CheckConstraint("kind IN ('phone','email','chat','social')", name="kind"),
    CheckConstraint("state IN ('valid','invalid','reassigned')", name="state"),
)

proxies = Table(
    "proxies",
    metadata,
    _key(),
    column("patient_id", Identity, ForeignKey("patients.id"), index=True),
    column("name", Text, tag="phi"),
    column("role", Text, tag="phi"),
    column("scope", Text, tag="phi"),
    column("valid_from", Moment),
    column("valid_to", Moment, nullable=True),
    column("proof", Text, tag="phi", server_default=""),
    CheckConstraint("scope <> ''", name="scope"),
)

contact_links = Table(
    "contact_links",
    metadata,
    _key(),
    column("contact_id", Identity, ForeignKey("contact_points.id")),
    column("patient_id", Identity, ForeignKey("patients.id"), index=True),
    column("relationship", Text, tag="phi"),
    column("proxy_id", Identity, ForeignKey("proxies.id"), nullable=True),
    column("verified_at", Moment, nullable=True),
    column("confidential", Boolean, server_default=text("false")),
    column("rank", Integer, server_default="1"),
    column("valid_from", Moment),
    column("valid_to", Moment, nullable=True),
    Index(
        "uq_contact_links_live",
        "contact_id",
        "patient_id",
        text("coalesce(proxy_id, 0)"),
        unique=True,
        **_where("valid_to IS NULL"),
    ),
    CheckConstraint("relationship IN ('self','proxy','shared','unknown')", name="relationship"),
    CheckConstraint("(relationship = 'proxy') = (proxy_id IS NOT NULL)", name="proxy"),
)

consents = Table(
    "consents",
    metadata,
    _key(),
    column("contact_id", Identity, ForeignKey("contact_points.id"), index=True),
    column("patient_id", Identity, ForeignKey("patients.id"), nullable=True),
    column("channel", Text),
    column("purpose", Text),
    column("kind", Text),
    column("tier", Text, server_default="express"),
    column("method", Text),
    column("source", Text),
    column("evidence", Json, server_default="{}"),
    column("at", Moment),
    column("actor_id", Identity, nullable=True),
    column("expires_at", Moment, nullable=True),
    CheckConstraint("kind IN ('grant','revoke','revoke_all')", name="kind"),
)

episodes = Table(
    "episodes",
    metadata,
    _key(),
    column("patient_id", Identity, ForeignKey("patients.id"), index=True),
    column("kind", Text),
    column("status", Text),
    column("opened_at", Moment),
    column("expected_return_on", Date, nullable=True),
    CheckConstraint("kind IN ('request','treatment','membership','program')", name="kind"),
    CheckConstraint("status IN ('planned','waitlist','active','onhold','finished','cancelled')", name="status"),
)

# Arrivals: what reached a door, before anyone understood it

arrivals = Table(
    "arrivals",
    metadata,
    _key(),
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
        **_where("state IN ('accepted','received','quarantined')"),
    ),
    Index("ix_arrivals_state", "state", "id"),
    Index("ix_arrivals_quarantined", "conversation_id", **_where("state = 'quarantined'")),
)

jobs = Table(
    "jobs",
    metadata,
    _key(),
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
    Index("ix_jobs_pending", "queue", "due_at", "id", **_where("state = 'pending'")),
    Index("ix_jobs_running", "claimed_until", **_where("state = 'running'")),
    Index("ix_jobs_lane", "lane", "id", **_where("state IN ('pending','running') AND lane IS NOT NULL")),
    Index("ix_jobs_dead", "id", **_where("state = 'dead'")),
    Index("ix_jobs_ref", "kind", "ref"),
)

# Conversations and what is said in them

conversations = Table(
    "conversations",
    metadata,
    _key(),
    column("subject_patient_id", Identity, ForeignKey("patients.id"), nullable=True),
    column("subject_certainty", Text, server_default="unknown"),
    column("sender_contact_id", Identity, ForeignKey("contact_points.id"), nullable=True),
    column("sender_proxy_id", Identity, ForeignKey("proxies.id"), nullable=True),
    column("sender_name", Text, tag="phi", server_default=""),
    column("account", Text),
    column("channel", Text),
    column("line", Text),
    column("state", Text),
    column("subject", Text, tag="phi", server_default=""),
    column("reason", Text),
    column("reasons", Json),
    column("patient_choice", Text, server_default=""),
    column("priority", Integer),
    column("clinical", Boolean),
    column("sensitive", Boolean, server_default=text("false")),
    column("red_flags", Json, server_default="[]", tag="clinical"),
    column("flagged", Boolean, server_default=text("false")),
    column("because", Json, server_default="[]", tag="clinical"),
    column("routed_because", Json, server_default="[]"),
    column("marks", Json, server_default="[]"),
    column("language", Text, server_default=""),
    column("team", Text),
    column("owner_id", Identity, ForeignKey("actors.id"), nullable=True),
    column("location", Text, nullable=True),
    column("episode_id", Identity, ForeignKey("episodes.id"), nullable=True),
    column("next_step_id", Identity, nullable=True),
    column("receiving", Boolean, server_default=text("false")),
    column("version", Integer, server_default="1"),
    column("merged_into", Identity, ForeignKey("conversations.id"), nullable=True),
    column("related_id", Identity, nullable=True),
    column("arrival_id", Identity, nullable=True),
    column("opened_at", Moment),
    column("closed_at", Moment, nullable=True),
    column("last_at", Moment),
    column("last_inbound_at", Moment, nullable=True),
    column("last_message_id", Identity, nullable=True),
    column("last_sequence", Integer, server_default="0"),
    column("needs_reply", Boolean, server_default=text("true")),
    column("unread", Boolean, server_default=text("true")),
    column("due_at", Moment, nullable=True),
    column("due_metric", Text, nullable=True),
    column("snoozed_until", Moment, nullable=True),
    CheckConstraint("state IN ('open','waiting','closed')", name="state"),
    CheckConstraint("state = 'closed' OR next_step_id IS NOT NULL", name="next_step"),
    CheckConstraint("priority BETWEEN 0 AND 4", name="priority"),
    CheckConstraint("subject_certainty IN ('confirmed','probable','unknown')", name="certainty"),
    CheckConstraint("subject_certainty <> 'confirmed' OR subject_patient_id IS NOT NULL", name="confirmed"),
    CheckConstraint("merged_into <> id", name="merged"),
    Index("uq_conversations_receiving", "account", "sender_contact_id", unique=True, **_where("receiving")),
    Index("ix_conversations_worklist", "team", "priority", DUE_ORDER, "id", **_where("state <> 'closed'")),
    Index("ix_conversations_open", "priority", DUE_ORDER, "id", **_where("state <> 'closed'")),
    Index("ix_conversations_owner", "owner_id", "priority", DUE_ORDER, "id", **_where("state <> 'closed'")),
    Index("ix_conversations_waiting", "state", "priority", DUE_ORDER, "id", **_where("state = 'waiting'")),
    Index(
        "ix_conversations_unidentified",
        "subject_certainty",
        "priority",
        DUE_ORDER,
        "id",
        **_where("state <> 'closed' AND subject_certainty = 'unknown'"),
    ),
    Index("ix_conversations_due", "due_at", "id", **_where("state <> 'closed' AND due_at IS NOT NULL")),
    Index("ix_conversations_patient", "subject_patient_id", "id"),
    Index("ix_conversations_sender", "sender_contact_id", "id"),
    Index("ix_conversations_closed", "closed_at", "id", **_where("state = 'closed'")),
    Index("ix_conversations_closed_team", "team", "closed_at", "id", **_where("state = 'closed'")),
    Index("ix_conversations_closed_owner", "owner_id", "closed_at", "id", **_where("state = 'closed'")),
    Index("ix_conversations_opened", "opened_at", "id"),
    Index("ix_conversations_arrival", "arrival_id"),
)

messages = Table(
    "messages",
    metadata,
    _key(),
    column("conversation_id", Identity, ForeignKey("conversations.id")),
    column("sequence", Integer),
    column("direction", Text),
    column("channel", Text),
    column("contact_id", Identity, ForeignKey("contact_points.id"), nullable=True),
    column("account", Text),
    column("line", Text),
    column("author_id", Identity, ForeignKey("actors.id"), nullable=True),
    column("author_kind", Text),
    column("author_name", Text, tag="phi", server_default=""),
    column("subject", Text, tag="clinical", server_default=""),
    column("body", Text, tag="clinical"),
    column("reply_text", Text, tag="clinical", nullable=True),
    column("html", Text, tag="clinical", nullable=True),
    column("class", Text),
    column("machine", Text, nullable=True),
    column("external_id", Text, nullable=True),
    column("client_id", Text, nullable=True, unique=True),
    column("mail_id", Text, nullable=True),
    column("status", Text),
    column("status_rank", Integer, server_default="0"),
    column("error_code", Text, server_default=""),
    column("error", Text, server_default=""),
    column("at", Moment),
    column("received_at", Moment),
    column("arrival_id", Identity, nullable=True),
    column("call_id", Identity, nullable=True),
    column("consent_id", Identity, nullable=True),
    column("exempt_reason", Text, nullable=True),
    column("template", Text, server_default=""),
    column("send_at", Moment, nullable=True),
    column("sha256", Text),
    CheckConstraint("direction IN ('in','out')", name="direction"),
    CheckConstraint("author_kind IN ('patient','staff','automatic')", name="author"),
    CheckConstraint("class IN ('phi','clinical')", name="class"),
    CheckConstraint("direction = 'in' OR consent_id IS NOT NULL OR exempt_reason IS NOT NULL", name="consent"),
    Index("uq_messages_external", "channel", "external_id", unique=True, **_where("external_id IS NOT NULL")),
    Index("ix_messages_timeline", "conversation_id", "at", "id"),
    Index("ix_messages_mail", "mail_id", **_where("mail_id IS NOT NULL")),
    Index("ix_messages_contact", "contact_id", "at"),
    Index("ix_messages_unsent", "id", **_where("status IN ('queued','sending','unknown','failed','dead')")),
)

attachments = Table(
    "attachments",
    metadata,
    _key(),
    column("message_id", Identity, ForeignKey("messages.id"), index=True),
    column("filename", Text, tag="phi"),
    column("content_type", Text),
    column("size", Integer),
    column("sha256", Text),
    column("inline", Boolean),
    column("content_id", Text, server_default=""),
    column("blob", Text, nullable=True),
    column("url", Text, tag="phi", server_default=""),
    column("state", Text),
    CheckConstraint("state IN ('stored','missing','refused')", name="state"),
)

attempts = Table(
    "attempts",
    metadata,
    _key(),
    column("message_id", Identity, ForeignKey("messages.id"), index=True),
    column("n", Integer),
    column("started_at", Moment),
    column("outcome", Text, nullable=True),
    column("external_id", Text, nullable=True, index=True),
    column("http_status", Integer, nullable=True),
    column("code", Text, server_default=""),
    column("settled_at", Moment, nullable=True),
    UniqueConstraint("message_id", "n"),
)

receipts = Table(
    "receipts",
    metadata,
    _key(),
    column("message_id", Identity, ForeignKey("messages.id"), index=True),
    column("status", Text),
    column("code", Text),
    column("at", Moment),
)

calls = Table(
    "calls",
    metadata,
    _key(),
    column("sid", Text, unique=True),
    column("conversation_id", Identity, ForeignKey("conversations.id"), index=True),
    column("direction", Text),
    column("ringing_at", Moment),
    column("queued_at", Moment, nullable=True),
    column("answered_at", Moment, nullable=True),
    column("ended_at", Moment, nullable=True),
    column("agent_id", Identity, nullable=True),
    column("result", Text, server_default=""),
    column("seconds", Integer, nullable=True),
    column("digits", Text, tag="phi", server_default=""),
    column("recording", Text, tag="clinical", nullable=True),
    column("recording_sid", Text, nullable=True),
    column("recording_seconds", Integer, nullable=True),
    column("consent_announced_at", Moment, nullable=True),
    CheckConstraint("recording IS NULL OR consent_announced_at IS NOT NULL", name="announced"),
)

notes = Table(
    "notes",
    metadata,
    _key(),
    column("conversation_id", Identity, ForeignKey("conversations.id"), index=True),
    column("author_id", Identity, ForeignKey("actors.id")),
    column("body", Text, tag="clinical"),
    column("class", Text),
    column("mentions", Json, server_default="[]"),
    column("client_id", Text, nullable=True, unique=True),
    column("at", Moment),
    CheckConstraint("class IN ('phi','clinical')", name="class"),
    Index("ix_notes_mentions", "conversation_id", **_where("mentions <> '[]'")),
)

# Work: who has it, what is next, what is promised

assignments = Table(
    "assignments",
    metadata,
    _key(),
    column("conversation_id", Identity, ForeignKey("conversations.id")),
    column("actor_id", Identity, ForeignKey("actors.id"), nullable=True),
    column("team", Text),
    column("by_id", Identity, nullable=True),
    column("why", Json, server_default="[]"),
    column("at", Moment),
    column("lease_until", Moment, nullable=True),
    column("ended_at", Moment, nullable=True),
    column("end_cause", Text, server_default=""),
    Index("uq_assignments_live", "conversation_id", unique=True, **_where("ended_at IS NULL")),
    Index("ix_assignments_actor", "actor_id", **_where("ended_at IS NULL")),
)

snoozes = Table(
    "snoozes",
    metadata,
    _key(),
    column("conversation_id", Identity, ForeignKey("conversations.id")),
    column("until", Moment),
    column("wake_on", Text, server_default="time"),
    column("by_id", Identity),
    column("at", Moment),
    column("ended_at", Moment, nullable=True),
    column("end_cause", Text, server_default=""),
    Index("uq_snoozes_live", "conversation_id", unique=True, **_where("ended_at IS NULL")),
    Index("ix_snoozes_due", "until", **_where("ended_at IS NULL")),
)

next_steps = Table(
    "next_steps",
    metadata,
    _key(),
    column("conversation_id", Identity, ForeignKey("conversations.id")),
    column("what", Text, tag="phi"),
    column("owner_id", Identity, nullable=True),
    column("team", Text),
    column("due_at", Moment),
    column("check_back", Boolean, server_default=text("false")),
    column("done_at", Moment, nullable=True),
    column("at", Moment),
    Index("uq_next_steps_live", "conversation_id", unique=True, **_where("done_at IS NULL")),
    Index("ix_next_steps_due", "due_at", **_where("done_at IS NULL")),
)

escalations = Table(
    "escalations",
    metadata,
    _key(),
    column("conversation_id", Identity, ForeignKey("conversations.id"), index=True),
    column("cause", Text),
    column("ref", Identity, nullable=True),
    column("tier", Integer),
    column("raised_at", Moment),
    column("to_kind", Text),
    column("to_id", Identity, nullable=True),
    column("acked_by", Identity, nullable=True),
    column("acked_at", Moment, nullable=True),
    column("next_tier_at", Moment, nullable=True),
    Index("ix_escalations_due", "next_tier_at", **_where("acked_at IS NULL AND next_tier_at IS NOT NULL")),
    Index("ix_escalations_open", "conversation_id", **_where("acked_at IS NULL")),
)

clocks = Table(
    "clocks",
    metadata,
    _key(),
    column("conversation_id", Identity, ForeignKey("conversations.id"), index=True),
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
    CheckConstraint("metric IN ('read','first_response','next_response','resolution','callback')", name="metric"),
    Index(
        "uq_clocks_live",
        "conversation_id",
        "metric",
        unique=True,
        **_where("state IN ('running','paused') OR (state = 'breached' AND met_at IS NULL AND stopped_at IS NULL)"),
    ),
    Index("ix_clocks_due", "due_at", "id", **_where("state = 'running'")),
    Index("ix_clocks_warn", "warn_at", "id", **_where("state = 'running' AND warned_at IS NULL")),
    Index("ix_clocks_started", "started_at", "metric"),
)

clock_entries = Table(
    "clock_entries",
    metadata,
    _key(),
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
    _key(),
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
    Index("uq_closures_live", "conversation_id", unique=True, **_where("reopened_at IS NULL")),
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

# The three records: what changed, who saw what, what left (privacy.md §6)

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
    _key(),
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
)

id_blocks = Table(
    "id_blocks",
    metadata,
    column("name", Text, primary_key=True),
    column("next", Identity),
)

watermarks = Table(
    "watermarks",
    metadata,
    column("name", Text, primary_key=True),
    column("value", Text),
    column("at", Moment),
)
