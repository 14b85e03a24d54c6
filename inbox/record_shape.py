"""The shapes of a patient's record: what is known of them, how they are reached, who acts, what they allowed."""

from __future__ import annotations

from datetime import date, datetime

import msgspec

from inbox.row import Row


class Identifier(msgspec.Struct, frozen=True):
    """A number that a system knows the patient by."""

    system: str
    value: str


class ContactPoint(msgspec.Struct, frozen=True):
    """An address and how the patient is tied to it; `shared_by` counts the patients who use it now."""

    id: int
    kind: str
    value: str
    state: str
    relationship: str
    verified_at: datetime | None
    confidential: bool
    rank: int
    shared_by: int


class Proxy(msgspec.Struct, frozen=True):
    """Someone acting for the patient; `scope` holds scheduling, billing, clinical. `proof` is what was shown for it,
    `address` where they are reached while they act."""

    id: int
    name: str
    role: str
    scope: tuple[str, ...]
    valid_from: datetime
    valid_to: datetime | None
    proof: str = ""
    address: str = ""


class Consent(msgspec.Struct, frozen=True):
    """What the ledger says now for one address, channel and purpose: allowed or not, since when, from where."""

    contact_id: int
    address: str
    channel: str
    purpose: str
    allowed: bool
    kind: str
    source: str
    at: datetime


class Moment(msgspec.Struct, frozen=True):
    """One line of the timeline: a message or note with its first words, empty above the viewer's sight."""

    id: int
    kind: str
    conversation_id: int
    channel: str
    direction: str
    author: str
    text: str
    at: datetime


class Timeline(msgspec.Struct, frozen=True):
    """Newest first; `next` goes back as `after`."""

    items: tuple[Moment, ...]
    next: str | None


class Record(msgspec.Struct, frozen=True):
    """All that is known of one patient. `open` and `earlier` are the conversations that the viewer may see."""

    id: int
    version: int
    name: str
    given: str
    middle: str
    family: str
    suffix: str
    preferred_name: str
    initials: str
    birth_on: date | None
    age: int | None
    sex: str
    language: str
    zone: str | None
    needs: tuple[str, ...]
    preferences: dict[str, str]
    location: str | None
    survivor_id: int | None
    identifiers: tuple[Identifier, ...]
    contact_points: tuple[ContactPoint, ...]
    proxies: tuple[Proxy, ...]
    consents: tuple[Consent, ...]
    open: tuple[Row, ...]
    earlier: tuple[Row, ...]
    timeline: tuple[Moment, ...]
    head: int
