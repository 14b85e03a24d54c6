"""How urgent a conversation is. Machines only raise; lowering is a person with a reason, red-flagged work a nurse."""

from __future__ import annotations

from inbox import note
from inbox.actors import Actor, Permission, may
from inbox.errors import Forbidden, Invalid
from inbox.practice import Practice
from inbox.promise import Ledger
from inbox.store import threads, work
from inbox.store.database import Transaction
from inbox.working import journal, opened, vis_of
from slas import promises


def set_priority(
    unit: Transaction, practice: Practice, *, actor: Actor, conversation_id: int, priority: int, why: str
) -> int:
    """Sets it; answers the new version."""
    row = opened(unit, actor, conversation_id, Permission.WORK)
    if not 0 <= priority <= 4:
        raise Invalid(fields={"priority": "0 (emergent) to 4 (informational)"})
    if priority > row.priority:
        needed = Permission.LOWER_RED_FLAG if row.flagged else Permission.LOWER_PRIORITY
        if not may(actor, needed, vis_of(row)):
            raise Forbidden("Only a nurse lowers red-flagged work." if row.flagged else "Your role cannot lower it.")
        if len(why.strip()) < 3:
            raise Invalid(fields={"why": "say why it is less urgent"})
    ledger = Ledger(unit, practice, row.id)
    chosen = ledger.choose(reason=row.reason, priority=priority, channel=row.channel)
    if priority < row.priority:
        lines = promises.on_priority_raised(ledger.clocks, chosen, at=unit.now)
    else:
        lines = promises.on_policy_changed(ledger.clocks, chosen, at=unit.now, cause="priority.lowered")
    first = ledger.record(lines, chosen=chosen)
    verb = "priority.raised" if priority < row.priority else "priority.lowered"
    journal(unit, verb, row, actor, **{"from": row.priority, "to": priority})
    note.keep_reason(unit, row, actor=actor, act=f"Priority {verb.partition('.')[2]}", why=why)
    values = {"priority": priority, **first.values()}
    if priority <= 1 and work.end_snooze(unit, row.id, "urgent"):
        values["snoozed_until"] = None
        journal(unit, "snooze.ended", row, actor, cause="urgent")
    return threads.change(unit, row, values)
