"""One patient over the years: everything said on every channel that the viewer may see, narrowed as they ask.

Refuses a patient out of the viewer's sight as if there were none, and blanks each text above it.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from inbox import practice
from inbox.actors import Actor, Sight, Vis, can_see
from inbox.errors import Invalid, NotFound
from inbox.store import history as store
from inbox.store import record as records
from inbox.store.database import Reading
from inbox.store.history import Narrow
from inbox.worklist import reason_label, shorten

CHANNELS = ("sms", "whatsapp", "voice", "mail", "webform", "chat", "social")
SNIPPET = 400


class Line(msgspec.Struct, frozen=True):
    """A message or note with its first words, "" above the viewer's sight; `reason` is that of its conversation."""

    id: int
    kind: str
    conversation_id: int
    channel: str
    direction: str
    author: str
    text: str
    subject: str
    reason: str
    at: datetime


class Episode(msgspec.Struct, frozen=True):
    """Care that spans requests: request, treatment, membership or program."""

    id: int
    kind: str
    status: str
    opened_at: datetime
    expected_return_on: date | None


class History(msgspec.Struct, frozen=True):
    """Newest first; `next` goes back as `after`. `channels`, `reasons` (code, label) and `years` are what there is."""

    items: tuple[Line, ...]
    next: str | None
    channels: tuple[str, ...]
    reasons: tuple[tuple[str, str], ...]
    years: tuple[int, ...]
    episodes: tuple[Episode, ...]


class Asked(msgspec.Struct, frozen=True):
    """What a person narrows it to; "" and 0 mean all."""

    channel: str = ""
    reason: str = ""
    year: int = 0


ALL = Asked()


def history(
    reading: Reading, *, actor: Actor, patient_id: int, asked: Asked = ALL, after: str = "", limit: int = 50
) -> History:
    """A page of it. Raises NotFound out of scope, Invalid for a year, channel or cursor that is none."""
    if records.one(reading, actor, patient_id) is None:
        raise NotFound("There is no such patient.")
    narrow = _narrow(asked, ZoneInfo(practice.read(reading).zone))
    found = store.said(reading, actor, patient_id, narrow, after=_place(after), limit=limit + 1)
    items = tuple(_line(actor, row) for row in found[:limit])
    spread = store.spread(reading, actor, patient_id)
    years = {year for row in spread for year in range(row.first.year, row.last.year + 1)}
    return History(
        items=items,
        next=_cursor(items[-1]) if len(found) > limit else None,
        channels=tuple(one for one in CHANNELS if any(row.channel == one for row in spread)),
        reasons=tuple((code, reason_label(code)) for code in sorted({row.reason for row in spread})),
        years=tuple(sorted(years, reverse=True)),
        episodes=tuple(_episode(row) for row in store.episodes_of(reading, patient_id)),
    )


def _narrow(asked: Asked, zone: ZoneInfo) -> Narrow:
    fields = {}
    if asked.channel and asked.channel not in CHANNELS:
        fields["channel"] = f"one of {', '.join(CHANNELS)}"
    if asked.year and not 1970 <= asked.year < 9999:
        fields["year"] = "a year"
    if fields:
        raise Invalid(fields=fields)
    since = datetime(asked.year, 1, 1, tzinfo=zone).astimezone(UTC) if asked.year else None
    until = datetime(asked.year + 1, 1, 1, tzinfo=zone).astimezone(UTC) if asked.year else None
    return Narrow(asked.channel, asked.reason[:80], since, until)


def sight_of(actor: Actor, row: Any) -> tuple[Sight, bool]:
    """What a person sees of one entry of a timeline, whose class may be stricter than its conversation's, and whether
    that holds its words."""
    clinical = row.clinical or row.class_ == "clinical"
    seen = can_see(actor, Vis(row.team, row.owner_id, clinical, row.sensitive))
    return seen, seen.notes if row.kind == "note" and row.class_ == "clinical" else seen.texts


def _line(actor: Actor, row: Any) -> Line:
    seen, readable = sight_of(actor, row)
    return Line(
        id=row.id,
        kind=row.kind,
        conversation_id=row.conversation_id,
        channel=row.channel,
        direction=row.direction,
        author=row.author if seen.person else "",
        text=shorten(row.text, SNIPPET) if readable else "",
        subject=row.subject if readable else "",
        reason=row.reason,
        at=row.at,
    )


def _episode(row: Any) -> Episode:
    return Episode(row.id, row.kind, row.status, row.opened_at, row.expected_return_on)


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _cursor(last: Line) -> str:
    return f"{(last.at - _EPOCH) // timedelta(microseconds=1)}.{last.id}"


def _place(after: str) -> tuple[datetime, int] | None:
    moment, _, last = after.partition(".")
    if not after:
        return None
    if not all(part.isascii() and part.isdigit() and len(part) < 18 for part in (moment, last)):
        raise Invalid(fields={"after": "send back `next` as it came"})
    return _EPOCH + timedelta(microseconds=int(moment)), int(last)
