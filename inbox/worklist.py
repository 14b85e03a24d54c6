"""The inbox list: what is open (or closed) for one person, most urgent first, in pages. Refuses to show a word that the
viewer's role may not read: such fields are empty and `sight` says so.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from inbox.actors import Sight


class Person(msgspec.Struct, frozen=True):
    """Someone who works here."""

    id: int
    name: str
    initials: str


class Row(msgspec.Struct, frozen=True):
    """A conversation as a list shows it. `key` sorts rows within their view as text and is the page cursor; `at` is the
    last word in either direction; `due_state` is "running", "paused" or "breached"; `queue` is the team."""

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


class Page(msgspec.Struct, frozen=True):
    """One page; `next` goes back as `after`, None at the end; `head` is the journal's newest seq in this snapshot."""

    items: tuple[Row, ...]
    next: str | None
    head: int


class Filters(msgspec.Struct, frozen=True):
    """Narrows a view; None means any. `owner` and `patient` are ids, `queue` a team, `q` words of a name, an address
    or a text, searched only where the viewer may read them."""

    state: str | None = None
    queue: str | None = None
    owner: int | None = None
    patient: int | None = None
    reason: str | None = None
    priority: int | None = None
    q: str = ""
