"""Patients, the addresses they are reached at, who speaks for them, and what they agreed to."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, Index, Table, UniqueConstraint, text

from inbox.store.columns import Boolean, Date, Identity, Integer, Json, Moment, Text, column
from inbox.store.tables.schema import key, metadata, where

patients = Table(
    "patients",
    metadata,
    key(),
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
    column("address", Json, tag="phi", server_default="{}"),
    column("location", Text, nullable=True),
    column("survivor_id", Identity, ForeignKey("patients.id"), nullable=True),
    column("version", Integer, server_default="1"),
    column("created_at", Moment),
    CheckConstraint("survivor_id <> id", name="survivor"),
    CheckConstraint("sex IN ('male','female','other','unknown')", name="sex"),
    Index("ix_patients_search_name", "search_name"),
    Index("ix_patients_birth_on", "birth_on"),
)

patient_identifiers = Table(
    "patient_identifiers",
    metadata,
    key(),
    column("patient_id", Identity, ForeignKey("patients.id"), index=True),
    column("original_patient_id", Identity, nullable=True),
    column("system", Text),
    column("value", Text, tag="phi"),
    column("live", Boolean, server_default=text("true")),
    Index("ix_patient_identifiers_value", text("lower(value)")),
    Index("uq_patient_identifiers_live", "system", "value", unique=True, **where("live")),
)

contact_points = Table(
    "contact_points",
    metadata,
    key(),
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
    key(),
    column("patient_id", Identity, ForeignKey("patients.id"), index=True),
    column("original_patient_id", Identity, nullable=True),
    column("name", Text, tag="phi"),
    column("role", Text, tag="phi"),
    column("scope", Text, tag="phi"),
    column("valid_from", Moment),
    column("valid_to", Moment, nullable=True),
    column("proof", Text, tag="phi", server_default=""),
    column("by_id", Identity, nullable=True),
    column("warned_at", Moment, nullable=True),
    column("ended_at", Moment, nullable=True),
    CheckConstraint("scope <> ''", name="scope"),
    Index("ix_proxies_running", "valid_to", **where("ended_at IS NULL AND valid_to IS NOT NULL")),
)

contact_links = Table(
    "contact_links",
    metadata,
    key(),
    column("contact_id", Identity, ForeignKey("contact_points.id")),
    column("patient_id", Identity, ForeignKey("patients.id"), index=True),
    column("original_patient_id", Identity, nullable=True),
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
        **where("valid_to IS NULL"),
    ),
    CheckConstraint("relationship IN ('self','proxy','shared','unknown')", name="relationship"),
    CheckConstraint("(relationship = 'proxy') = (proxy_id IS NOT NULL)", name="proxy"),
)

consents = Table(
    "consents",
    metadata,
    key(),
    column("contact_id", Identity, ForeignKey("contact_points.id"), index=True),
    column("patient_id", Identity, ForeignKey("patients.id"), nullable=True),
    column("channel", Text),
    column("purpose", Text),
    column("kind", Text),
    column("tier", Text, server_default="express"),
    column("method", Text),
    column("source", Text),
    column("evidence", Json, tag="clinical", server_default="{}"),
    column("at", Moment),
    column("actor_id", Identity, nullable=True),
    column("expires_at", Moment, nullable=True),
    CheckConstraint("kind IN ('grant','revoke','revoke_all')", name="kind"),
)

#: Which questions somebody answered before they were told anything; never the answers (privacy.md section 5).
verifications = Table(
    "verifications",
    metadata,
    key(),
    column("conversation_id", Identity, ForeignKey("conversations.id"), index=True),
    column("patient_id", Identity, ForeignKey("patients.id")),
    column("call_id", Identity, nullable=True),
    column("proxy_id", Identity, nullable=True),
    column("kinds", Json, server_default="[]"),
    column("passed", Boolean),
    column("by_id", Identity, ForeignKey("actors.id")),
    column("at", Moment),
    column("until", Moment),
    column("ended_at", Moment, nullable=True),
    column("end_cause", Text, server_default=""),
)

episodes = Table(
    "episodes",
    metadata,
    key(),
    column("patient_id", Identity, ForeignKey("patients.id"), index=True),
    column("original_patient_id", Identity, nullable=True),
    column("kind", Text),
    column("status", Text),
    column("opened_at", Moment),
    column("expected_return_on", Date, nullable=True),
    CheckConstraint("kind IN ('request','treatment','membership','program')", name="kind"),
    CheckConstraint("status IN ('planned','waitlist','active','onhold','finished','cancelled')", name="status"),
)

#: One status after the other, without a gap or an overlap: the live one has no end.
episode_statuses = Table(
    "episode_statuses",
    metadata,
    key(),
    column("episode_id", Identity, ForeignKey("episodes.id")),
    column("status", Text),
    column("from_at", Moment),
    column("to_at", Moment, nullable=True),
    column("cause", Text, server_default=""),
    column("by_id", Identity, nullable=True),
    CheckConstraint("to_at IS NULL OR to_at >= from_at", name="forward"),
    Index("uq_episode_statuses_live", "episode_id", unique=True, **where("to_at IS NULL")),
)
