"""A look at a conversation: its access row, and at the first human look at unread words the *read* promise met."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Row

from inbox import access
from inbox.actors import Actor, Sight, can_see
from inbox.errors import NotFound
from inbox.practice import Practice
from inbox.promise import Ledger
from inbox.store import journal as lines
from inbox.store import threads
from inbox.store.database import Database, Transaction
from inbox.working import journal, vis_of
from slas import promises


class Look(msgspec.Struct, frozen=True):
    """Whether it was the first look at new words, and when it was read before that; None never."""

    first: bool = False
    read_at: datetime | None = None


def opened(database: Database, practice: Practice, *, actor: Actor, conversation_id: int, **whence: Any) -> Look:
    """Before a conversation is shown: both in one transaction, so that whoever opens it waits for one commit, and what
    is shown afterwards is what the look left. `whence` is device and address. Raises NotFound out of scope, Unavailable
    when the access log cannot be written."""
    with database.snapshot() as snapshot:
        row = threads.get(snapshot, conversation_id)
    sight = can_see(actor, vis_of(row))
    if not sight.operational:
        raise NotFound("There is no such conversation.")
    looks: list[Look] = []

    def mark(unit: Transaction) -> None:
        before = lines.newest_of(unit.connection, conversation_id, "conversation.read")
        first = read(unit, practice, actor=actor, conversation_id=conversation_id)
        looks[:] = [Look(first, before.at if before else None)]

    access.record(
        database,
        actor=actor,
        object="conversation",
        object_id=conversation_id,
        patient_id=row.subject_patient_id if sight.person else None,
        conversation_id=conversation_id,
        how="opened",
        also=mark if _counts(row, sight, actor) else None,
        **whence,
    )
    return looks[0] if looks else Look()


def read(unit: Transaction, practice: Practice, *, actor: Actor, conversation_id: int) -> bool:
    """Marks it read if this look counts; answers whether it was the first."""
    row = threads.lock(unit, conversation_id)
    sight = can_see(actor, vis_of(row))
    if not sight.operational:
        raise NotFound("There is no such conversation.")
    if not _counts(row, sight, actor):
        return False
    ledger = Ledger(unit, practice, row.id)
    first = ledger.act(promises.on_read, at=unit.now)
    threads.change(unit, row, {"unread": False, **first.values()})
    journal(unit, "conversation.read", row, actor)
    return True


def _counts(row: Row[Any], sight: Sight, actor: Actor) -> bool:
    return bool(row.unread and sight.texts) and actor.role not in {"compliance", "service", "manager"}
