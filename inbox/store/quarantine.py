"""SQL of what waits in quarantine and what was refused, read from the arrivals' own indexes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, literal_column, or_, select

from inbox.actors import Actor
from inbox.store import sight
from inbox.store.database import Reading
from inbox.store.tables import arrivals
from inbox.store.tables import conversations as c

#: Refusals are counted up to here: a flood must not slow the page that reports it.
REFUSED_CAP = 1000
#: Of a body no more than this leaves the database for a preview.
PREVIEW_BYTES = 4096

_in_quarantine = arrivals.c.state == literal_column("'quarantined'")


def waiting(reading: Reading, actor: Actor, *, after: int, limit: int, include_homeless: bool) -> Sequence[Row[Any]]:
    """Quarantined arrivals behind `after`, oldest first, with what their conversation's visibility depends on: those of
    visible conversations and, if asked, those that became none."""
    shown = [arrivals.c[name] for name in ("id", "door", "channel", "received_at", "reason", "size", "conversation_id")]
    start = func.substr(arrivals.c.body, 1, PREVIEW_BYTES).label("start")
    wanted = select(*shown, start, c.c.team, c.c.owner_id, c.c.clinical, c.c.sensitive).select_from(
        arrivals.outerjoin(c, c.c.id == arrivals.c.conversation_id)
    )
    seen = sight.visible(actor) & c.c.id.is_not(None)
    allowed = or_(seen, c.c.id.is_(None)) if include_homeless else seen
    return reading.all(
        wanted.where(_in_quarantine, arrivals.c.id > after, allowed).order_by(arrivals.c.id).limit(limit)
    )


def one(reading: Reading, arrival_id: int) -> Row[Any] | None:
    """A quarantined arrival with its bytes and what its conversation's visibility depends on."""
    shown = [arrivals.c[name] for name in ("id", "body", "blob", "conversation_id")]
    wanted = select(*shown, c.c.team, c.c.owner_id, c.c.clinical, c.c.sensitive).select_from(
        arrivals.outerjoin(c, c.c.id == arrivals.c.conversation_id)
    )
    return reading.one(wanted.where(arrivals.c.id == arrival_id, _in_quarantine))


def refusals(reading: Reading, since: datetime) -> Sequence[Row[Any]]:
    """Refusals per door and reason since a moment, of the newest REFUSED_CAP."""
    newest = select(arrivals.c.door, arrivals.c.reason, arrivals.c.received_at)
    newest = newest.where(arrivals.c.state == literal_column("'refused'"))
    some = newest.order_by(arrivals.c.id.desc()).limit(REFUSED_CAP).subquery()
    counted = select(some.c.door, some.c.reason, func.count().label("n")).where(some.c.received_at >= since)
    return reading.all(counted.group_by(some.c.door, some.c.reason).order_by(some.c.door, some.c.reason))


def count(reading: Reading, actor: Actor) -> int:
    """How many arrivals wait in quarantine: those of visible conversations and those that became none."""
    wanted = select(func.count()).select_from(arrivals.outerjoin(c, c.c.id == arrivals.c.conversation_id))
    return int(reading.scalar(wanted.where(_in_quarantine, or_(c.c.id.is_(None), sight.visible(actor)))))
