"""The first human look at an unread message with sight of its words: the *read* promise is met."""

from __future__ import annotations

from inbox.actors import Actor, can_see
from inbox.errors import NotFound
from inbox.practice import Practice
from inbox.promise import Ledger
from inbox.store import threads
from inbox.store.database import Transaction
from inbox.working import journal, vis_of
from slas import promises


def read(unit: Transaction, practice: Practice, *, actor: Actor, conversation_id: int) -> bool:
    """Marks it read if this look counts; answers whether it was the first."""
    row = threads.lock(unit, conversation_id)
    sight = can_see(actor, vis_of(row))
    if not sight.operational:
        raise NotFound("There is no such conversation.")
    if not row.unread or not sight.texts or actor.role in {"compliance", "service", "manager"}:
        return False
    ledger = Ledger(unit, practice, row.id)
    first = ledger.act(promises.on_read, at=unit.now)
    threads.change(unit, row, {"unread": False, **first.values()})
    journal(unit, "conversation.read", row, actor)
    return True
