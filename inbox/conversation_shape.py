"""What one conversation consists of when it is read: plain values, blank where the viewer may not look.

Refuses to know where they come from: `inbox/conversation` fills them.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from inbox.actors import Sight
from inbox.worklist import Person


class Entry(msgspec.Struct, frozen=True):
    """One row of a clock's ledger."""

    at: datetime
    kind: str
    cause: str


class Clock(msgspec.Struct, frozen=True):
    """One promise. `target` in words ("1 business day", "15 min around the clock")."""

    id: int
    metric: str
    state: str
    policy: str
    started_at: datetime
    due_at: datetime
    met_at: datetime | None
    breached_at: datetime | None
    warn_at: datetime | None
    target: str
    ledger: tuple[Entry, ...]
    stopped_at: datetime | None = None


class Attachment(msgspec.Struct, frozen=True):
    """A file of a message. `size` in bytes; `url` is our own address, "" when nothing may be fetched; `inline` belongs
    into the page of a mail."""

    id: int
    filename: str
    content_type: str
    size: int
    sha256: str
    state: str
    url: str
    inline: bool = False


class Message(msgspec.Struct, frozen=True):
    """Words that reached or left us. `author_kind` is patient, staff or automatic; `klass` is phi or clinical;
    `reply_text` is the text without quoted history, None where nothing was cut; `html` says that an original exists.
    `send_at`: it leaves then. `is_secure`: the text waits behind a link, which the patient opened at `opened_at`.
    `dmarc`: what our own mail server said of the sender (RFC 8601 §2.7.1), "" where it said nothing."""

    id: int
    direction: str
    channel: str
    text: str
    subject: str
    status: str
    external_id: str | None
    client_id: str | None
    at: datetime
    received_at: datetime
    author: str
    author_kind: str
    reply_text: str | None
    html: bool
    error: str
    error_code: str
    attachments: tuple[Attachment, ...]
    machine: str | None
    klass: str
    send_at: datetime | None = None
    is_secure: bool = False
    opened_at: datetime | None = None
    dmarc: str = ""


class Note(msgspec.Struct, frozen=True):
    """Internal words; `mentions` are ids of people, `to` their names."""

    id: int
    author: str
    text: str
    at: datetime
    klass: str
    mentions: tuple[int, ...]
    to: tuple[str, ...] = ()


class Event(msgspec.Struct, frozen=True):
    """A journal line; `text` in plain words, `details` holds ids and codes only."""

    seq: int
    at: datetime
    verb: str
    text: str
    actor: str
    details: dict[str, Any]


class Call(msgspec.Struct, frozen=True):
    """A voice leg group. `has_recording` only when the viewer may play it."""

    sid: str
    result: str
    ringing_at: datetime
    ended_at: datetime | None
    seconds: int | None
    recording_seconds: int | None
    has_recording: bool
    id: int = 0
    direction: str = "in"


class NextStep(msgspec.Struct, frozen=True):
    """What happens next, who does it (a person or the team) and until when."""

    id: int
    what: str
    owner: Person | None
    team: str
    due_at: datetime


class Closure(msgspec.Struct, frozen=True):
    """The live ending. Seconds are None where nobody answered; business seconds leave out waiting and closed time."""

    id: int
    closed_at: datetime
    closed_by: str
    outcome: str
    resolved: bool
    disposition: str
    waiver: str | None
    confirmation_message_id: int | None
    response_wall_seconds: int | None
    response_business_seconds: int | None
    resolution_wall_seconds: int
    resolution_business_seconds: int


class Escalation(msgspec.Struct, frozen=True):
    """A raised hand. `to` is a person's name or the kind of receiver; `acked_by` a name, None while unanswered."""

    id: int
    cause: str
    tier: int
    raised_at: datetime
    to: str
    acked_by: str | None
    acked_at: datetime | None
    next_tier_at: datetime | None


class Patient(msgspec.Struct, frozen=True):
    """Whom the conversation is about, as far as it is known; `name` reads "Probably …" until confirmed."""

    id: int
    name: str
    certainty: str


class Sender(msgspec.Struct, frozen=True):
    """Who writes: an address and its kind (phone, email, chat, social), the name they gave, their role as a proxy
    ("mother of Leo Ruiz") and what they act in."""

    address: str
    kind: str
    name: str
    proxy: str = ""
    scope: tuple[str, ...] = ()


class Candidate(msgspec.Struct, frozen=True):
    """A patient linked to the sender's address, shown as first name and initial."""

    id: int
    name: str
    initials: str
    relationship: str = "unknown"


class Reach(msgspec.Struct, frozen=True):
    """Whether a reply may leave on this channel to this address, and why not. `basis` says what allows it; `barred`:
    whoever uses the address may not be told of this request."""

    channel: str
    to: str
    ok: bool
    why: str
    window_expires_at: datetime | None = None
    basis: str = ""
    barred: bool = False


class Part(msgspec.Struct, frozen=True):
    """How much of the timeline a view holds: the newest `limit` messages and notes and `lines` journal lines, of the
    moment `before` or earlier; `without` names verbs that the reader leaves out."""

    limit: int = 300
    lines: int = 500
    before: datetime | None = None
    without: frozenset[str] = frozenset()


class View(msgspec.Struct, frozen=True):
    """The whole conversation. `base_seq` is the journal seq of its newest line, `head` that of the journal: both of
    this snapshot. `permissions` says which acts the viewer may try: reply, note, close, assign, work, lower, identify,
    edit, consent."""

    id: int
    version: int
    state: str
    reason: str
    reason_label: str
    reasons: tuple[str, ...]
    patient_choice: str
    priority: int
    clinical: bool
    flagged: bool
    red_flags: tuple[Any, ...]
    because: tuple[Any, ...]
    routed_because: tuple[Any, ...]
    marks: tuple[str, ...]
    subject: str
    language: str
    owner: Person | None
    queue: str
    patient: Patient | None
    sender: Sender | None
    candidates: tuple[Candidate, ...]
    next_step: NextStep | None
    clocks: tuple[Clock, ...]
    messages: tuple[Message, ...]
    notes: tuple[Note, ...]
    events: tuple[Event, ...]
    calls: tuple[Call, ...]
    escalations: tuple[Escalation, ...]
    closure: Closure | None
    snoozed_until: datetime | None
    channel: str
    line: str
    location: str | None
    opened_at: datetime
    closed_at: datetime | None
    merged_into: int | None
    related_id: int | None
    reachability: tuple[Reach, ...]
    sight: Sight
    permissions: dict[str, bool]
    head: int
    base_seq: int
    sensitive: bool = False
    quarantined: bool = False
