"""One line of a list: what it shows of a conversation, within its viewer's sight. Refuses to show a word that the role
may not read: such fields are empty and `sight` says so.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from inbox.actors import Actor, Sight, Vis, can_see
from patients.record import PersonName, shown_name
from routing import reasons

SNIPPET = 140


class Person(msgspec.Struct, frozen=True):
    """Someone who works here."""

    id: int
    name: str
    initials: str


class Row(msgspec.Struct, frozen=True):
    """A conversation as a list shows it. `key` sorts rows within their view as text and is the page cursor; `at` is the
    last word in either direction; `due_state` is "running", "paused" or "breached"; `queue` is the team; `needs` is
    "first_reply", "next_reply" or nothing."""

    id: int
    version: int
    key: str
    name: str
    certainty: str
    channel: str
    reason: str
    reason_label: str
    subject: str
    snippet: str
    state: str
    priority: int
    flagged: bool
    owner: Person | None
    queue: str
    due_at: datetime | None
    due_metric: str | None
    due_started_at: datetime | None
    due_state: str | None
    at: datetime
    needs_reply: bool
    unread: bool
    snoozed_until: datetime | None
    quarantined: bool
    marks: tuple[str, ...]
    sight: Sight
    clinical: bool = False
    patient_id: int | None = None
    mentioned: tuple[int, ...] = ()
    reasons: tuple[str, ...] = ()
    needs: str = ""
    location: str | None = None
    language: str = ""
    opened_at: datetime | None = None


def reason_label(reason: str) -> str:
    """A taxonomy code as people say it: "appointment_change.cancel" reads "Change of appointment, cancel"."""
    base, _, sub = reason.partition(".")
    known = reasons.REASONS.get(base)
    name = known.en if known else base.replace("_", " ").capitalize()
    return f"{name}, {sub.replace('_', ' ')}" if sub else name


def person(actor_id: int | None, name: str | None) -> Person | None:
    """Someone who works here, None for nobody."""
    return None if actor_id is None else Person(actor_id, name or "", _initials(name or ""))


def of(actor: Actor, fields: Any, view: str, mentioned: tuple[int, ...]) -> Row:
    """The row of a view, from what `store/worklist` read, as this viewer may see it."""
    sight = can_see(actor, Vis(fields.team, fields.owner_id, fields.clinical, fields.sensitive))
    words = sight.texts and last_readable(actor, fields)
    return Row(
        id=fields.id,
        version=fields.version,
        key=key_of(view, fields),
        name=_name(fields) if sight.person else "",
        certainty=fields.subject_certainty,
        channel=fields.channel,
        reason=fields.reason,
        reason_label=reason_label(fields.reason),
        subject=fields.subject if sight.texts else "",
        snippet=shorten(fields.last_text or "", SNIPPET) if words else "",
        state=fields.state,
        priority=fields.priority,
        flagged=fields.flagged,
        owner=person(fields.owner_id, fields.owner_name),
        queue=fields.team,
        due_at=fields.due_at,
        due_metric=fields.due_metric,
        due_started_at=fields.clock_started_at,
        due_state=fields.clock_state,
        at=fields.last_at,
        needs_reply=fields.needs_reply,
        unread=fields.unread,
        snoozed_until=fields.snoozed_until,
        quarantined=bool(fields.quarantined),
        marks=tuple(fields.marks),
        sight=sight,
        clinical=fields.clinical,
        patient_id=fields.subject_patient_id if sight.person else None,
        mentioned=mentioned,
        reasons=tuple(fields.reasons),
        needs=_needs(fields),
        location=fields.location,
        language=fields.language,
        opened_at=fields.opened_at,
    )


def _needs(fields: Any) -> str:
    """Which reply is owed: the first one, as long as its promise stands, or the next one."""
    if not fields.needs_reply or fields.state != "open":
        return ""
    return "first_reply" if fields.first_owed else "next_reply"


def last_readable(actor: Actor, fields: Any) -> bool:
    """Whether the last message, whose class may be stricter than its conversation's, may be shown."""
    clinical = fields.clinical or fields.last_class == "clinical"
    return can_see(actor, Vis(fields.team, fields.owner_id, clinical, fields.sensitive)).texts


def shorten(text: str, length: int) -> str:
    """The first words on one line, at most `length` characters."""
    line = " ".join(text[: length * 4].split())
    return line if len(line) <= length else line[: length - 1].rstrip() + "…"


def _name(fields: Any) -> str:
    """The patient's name as certain as it is; for nobody's, what the sender calls themselves or their address."""
    if fields.subject_certainty == "unknown" or fields.subject_patient_id is None:
        return fields.sender_name or _shown_address(fields) or "Unidentified"
    name = PersonName(tuple(fields.given.split()), fields.family, fields.suffix, fields.preferred_name)
    return shown_name(name, fields.subject_certainty)


def _shown_address(fields: Any) -> str:
    """A chat session's id is half of a secret: its visitor is told apart by the first letters."""
    return f"Visitor {fields.address[:4]}" if fields.address_kind == "chat" else fields.address or ""


def _initials(name: str) -> str:
    words = [word for word in name.split() if word[0].isalpha()]
    return "".join(word[0].upper() for word in (words[:1] + words[1:][-1:]))


#: Newest first as ascending text: the distance to a moment that never comes.
FAR = 10**18


def key_of(view: str, fields: Any) -> str:
    """Text that sorts rows as their view does."""
    if view == "closed":
        return f"{FAR - fields.closed_rank:018d}.{FAR - fields.id:018d}"
    if view == "all":
        return f"{FAR - fields.id:018d}"
    return f"{fields.priority}.{fields.rank:018d}.{fields.id:018d}"
