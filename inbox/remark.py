"""What happened on a day, written on the charts by those who lead: "phones down 40 minutes". Refuses long texts; the
journal knows that one was written, not its words.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from inbox.actors import Actor, Permission, may
from inbox.errors import Forbidden, Invalid, NotFound
from inbox.store import remarks as store
from inbox.store.database import Reading, Transaction

LONGEST = 60


class Remark(msgspec.Struct, frozen=True):
    """A remark on a moment."""

    id: int
    on_at: datetime
    words: str
    author: str


def between(reading: Reading, since: datetime, until: datetime) -> tuple[Remark, ...]:
    """Those on [since, until), oldest first."""
    return tuple(Remark(row.id, row.on_at, row.words, row.author) for row in store.between(reading, since, until))


def add(unit: Transaction, *, actor: Actor, on_at: datetime, words: str) -> int:
    """Writes a remark and answers its id. Raises Forbidden, Invalid."""
    _refuse_others(actor)
    words = " ".join(words.split())
    if not words or len(words) > LONGEST:
        raise Invalid(fields={"words": f"1 to {LONGEST} characters, without names of patients"})
    remark_id = unit.new_id()
    store.add(unit, id=remark_id, on_at=on_at, words=words, actor_id=actor.id, at=unit.now)
    unit.record("remark.added", actor_id=actor.id, details={"remark": remark_id})
    return remark_id


def remove(unit: Transaction, *, actor: Actor, remark_id: int) -> None:
    """Takes a remark off the charts; the row stays. Raises Forbidden, NotFound."""
    _refuse_others(actor)
    if not store.remove(unit, remark_id):
        raise NotFound("There is no such remark.")
    unit.record("remark.removed", actor_id=actor.id, details={"remark": remark_id})


def _refuse_others(actor: Actor) -> None:
    if not may(actor, Permission.REMARK):
        raise Forbidden("Supervisors and managers write on the charts.")
