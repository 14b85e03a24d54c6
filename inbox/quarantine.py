"""Arrivals that could not be understood and wait for a person, and how many were refused at the doors.
Reads only; refuses bodies to those who may only know the reason.
"""

from __future__ import annotations

import unicodedata
from datetime import datetime, timedelta
from typing import Any

import msgspec

from inbox.actors import MATRIX, Actor, Permission, Vis, can_see, may
from inbox.errors import Forbidden, Invalid, NotFound
from inbox.store import journal
from inbox.store import quarantine as store
from inbox.store.database import Reading


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


REFUSED_FOR = timedelta(days=1)


def page(reading: Reading, *, actor: Actor, after: str | None = None, limit: int = 50) -> Page:
    """What waits in quarantine for this person. An arrival that became no conversation is nobody's team's: every role
    that may read quarantine in its own teams sees that it waits, and those who see all teams read it. Raises Forbidden
    for roles without sight of quarantine, Invalid for a cursor that is none."""
    reaches = {MATRIX[permission][actor.role] for permission in (_READ, _REPLAY)}
    if reaches <= {"N", "R"}:
        raise Forbidden("Your role does not show quarantined arrivals.")
    if after is not None and not (after.isascii() and after.isdigit() and len(after) < 19):
        raise Invalid(fields={"after": "send back `next` as it came"})
    found = store.waiting(
        reading, actor, after=int(after or 0), limit=limit + 1, include_homeless="A" in reaches or "T" in reaches
    )
    items = tuple(_quarantined(actor, row) for row in found[:limit])
    refused = tuple(Refused(row.door, row.reason, row.n) for row in store.refusals(reading, reading.now - REFUSED_FOR))
    following = str(items[-1].id) if len(found) > limit else None
    return Page(items, following, refused, may(actor, _REPLAY), journal.head(reading.connection))


class Raw(msgspec.Struct, frozen=True):
    """The bytes of an arrival as they came: `body`, or the key of a large one in `inbox.files`."""

    id: int
    conversation_id: int | None
    body: bytes
    blob: str


def raw(reading: Reading, *, actor: Actor, arrival_id: int) -> Raw:
    """What came, for whoever may read it; show it as `text` alone. Raises NotFound."""
    row = store.one(reading, arrival_id)
    if row is None or not _may_read(actor, row):
        raise NotFound("There is no such arrival.")
    return Raw(row.id, row.conversation_id, row.body or b"", row.blob or "")


def text(body: bytes) -> str:
    """As much of it as a page shows, harmless: bytes that are none become a sign, controls and direction marks go."""
    return preview(body, SHOWN)


SHOWN = 65_536
_READ, _REPLAY = Permission.QUARANTINE_READ, Permission.QUARANTINE_REPLAY


def _quarantined(actor: Actor, row: Any) -> Quarantined:
    return Quarantined(
        id=row.id,
        door=row.door,
        channel=row.channel,
        received_at=row.received_at,
        reason=row.reason,
        size=row.size,
        conversation_id=row.conversation_id,
        preview=preview(row.start or b"") if _may_read(actor, row) else "",
    )


def _may_read(actor: Actor, row: Any) -> bool:
    """Nobody classified it yet, so its words count as clinical."""
    if row.team is None:
        return MATRIX[_READ][actor.role] == "A"
    vis = Vis(row.team, row.owner_id, clinical=True, sensitive=row.sensitive)
    return may(actor, _READ, vis) and can_see(actor, vis).texts


def preview(start: bytes, most: int = store.PREVIEW_BYTES) -> str:
    """The first 4 KiB as text: bytes that are none become a sign, controls and direction marks go, lines stay."""
    text = start[:most].decode("utf-8", "replace").replace("\r\n", "\n")
    return "".join(sign for sign in text if sign in "\n\t" or unicodedata.category(sign) not in {"Cc", "Cf", "Cs"})
