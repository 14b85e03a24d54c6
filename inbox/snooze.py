"""Hidden until a time or the patient's next message. It stops no clock, and urgent or unowned work cannot be hidden."""

from __future__ import annotations

from datetime import datetime

from inbox.actors import Actor, Permission
from inbox.errors import Conflict, Invalid
from inbox.store import threads, work
from inbox.store.database import Transaction
from inbox.working import journal, opened


def snooze(unit: Transaction, *, actor: Actor, conversation_id: int, until: datetime) -> int:
    """Hides it; answers the new version. Raises Conflict for work that may not be hidden, Invalid for the time."""
    row = opened(unit, actor, conversation_id, Permission.WORK)
    if until.tzinfo is None or until <= unit.now:
        raise Invalid(fields={"until": "a moment in the future with a time zone (RFC 3339)"})
    if row.state == "closed":
        raise Conflict("It is closed.", state="closed")
    if row.priority <= 1 or row.flagged or row.owner_id is None:
        raise Conflict("Urgent, red-flagged or unassigned work cannot be snoozed. Take it or hand it over.")
    if row.due_at is not None and until > row.due_at:
        raise Invalid(fields={"until": f"not later than the next promise, {row.due_at.isoformat()}"})
    work.end_snooze(unit, row.id, "moved")
    work.snooze(unit, conversation_id=row.id, until=until, by_id=actor.id)
    journal(unit, "conversation.snoozed", row, actor, until=until.isoformat())
    return threads.change(unit, row, {"snoozed_until": until})


def wake(unit: Transaction, *, actor: Actor, conversation_id: int) -> int:
    """Shows it again now."""
    row = opened(unit, actor, conversation_id, Permission.WORK)
    if not work.end_snooze(unit, row.id, "by hand"):
        raise Conflict("It is not snoozed.")
    journal(unit, "snooze.ended", row, actor, cause="by hand")
    return threads.change(unit, row, {"snoozed_until": None})
