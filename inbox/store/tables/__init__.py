"""Every table, its constraints and the class of each column, a file per room. Changing one means a migration in
`migrations/`."""

from inbox.store.tables.conversations import attachments, attempts, conversations, messages, notes, receipts
from inbox.store.tables.desk import bulk_acts, bulk_rows, drafts, remarks, saved_views, templates, uploads
from inbox.store.tables.doors import arrivals, jobs
from inbox.store.tables.links import secure_texts, surveys
from inbox.store.tables.moves import disclosures, duplicate_candidates, duplicate_verdicts, moves
from inbox.store.tables.patients import (
    consents,
    contact_links,
    contact_points,
    episode_statuses,
    episodes,
    patient_identifiers,
    patients,
    proxies,
    verifications,
)
from inbox.store.tables.people import actor_teams, actors, failed_sign_ins, idempotency, sessions, tokens, walls
from inbox.store.tables.practice import configurations, id_blocks, meta, watermarks
from inbox.store.tables.records import access, access_leaves, access_seals, glasses, journal
from inbox.store.tables.schema import metadata
from inbox.store.tables.voice import call_events, calls
from inbox.store.tables.work import (
    assignments,
    clock_entries,
    clocks,
    closures,
    escalations,
    firings,
    next_steps,
    snoozes,
)

__all__ = [
    "access",
    "access_leaves",
    "access_seals",
    "actor_teams",
    "actors",
    "arrivals",
    "assignments",
    "attachments",
    "attempts",
    "bulk_acts",
    "bulk_rows",
    "call_events",
    "calls",
    "clock_entries",
    "clocks",
    "closures",
    "configurations",
    "consents",
    "contact_links",
    "contact_points",
    "conversations",
    "disclosures",
    "drafts",
    "duplicate_candidates",
    "duplicate_verdicts",
    "episode_statuses",
    "episodes",
    "escalations",
    "failed_sign_ins",
    "firings",
    "glasses",
    "id_blocks",
    "idempotency",
    "jobs",
    "journal",
    "messages",
    "meta",
    "metadata",
    "moves",
    "next_steps",
    "notes",
    "patient_identifiers",
    "patients",
    "proxies",
    "receipts",
    "remarks",
    "saved_views",
    "secure_texts",
    "sessions",
    "snoozes",
    "surveys",
    "templates",
    "tokens",
    "uploads",
    "verifications",
    "walls",
    "watermarks",
]
