"""Arrivals that could not be understood and wait for a person, and how many were refused at the doors.
Reads only; refuses bodies to those who may only know the reason.
"""

from __future__ import annotations

from datetime import datetime

import msgspec


class Quarantined(msgspec.Struct, frozen=True):
    """An arrival in quarantine. `size` in bytes; `preview` at most 4 KiB of text without control characters, "" where
    the viewer may not read it."""

    id: int
    door: str
    channel: str
    received_at: datetime
    reason: str
    size: int
    conversation_id: int | None
    preview: str


class Refused(msgspec.Struct, frozen=True):
    """Refusals of the last day at one door, counted up to 1,000."""

    door: str
    reason: str
    count: int


class Page(msgspec.Struct, frozen=True):
    """Oldest first; `next` goes back as `after`; `may_replay` says whether this viewer may."""

    items: tuple[Quarantined, ...]
    next: str | None
    refused: tuple[Refused, ...]
    may_replay: bool
    head: int
