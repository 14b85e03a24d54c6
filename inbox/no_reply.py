"""A person says that the patient's last words need no answer. Refuses while the first answer is still owed."""

from __future__ import annotations

from inbox.actors import Actor, Permission
from inbox.errors import Conflict
from inbox.practice import Practice
from inbox.promise import Ledger
from inbox.store import threads
from inbox.store.database import Transaction
from inbox.working import journal, opened
from slas import promises


def waive(unit: Transaction, practice: Practice, *, actor: Actor, conversation_id: int) -> int:
    """The next reply is no longer owed; what is open stays open. Answers the new version; a second time changes
    nothing."""
    row = opened(unit, actor, conversation_id, Permission.WORK)
    if row.state == "closed":
        raise Conflict("It is closed.", state="closed")
    ledger = Ledger(unit, practice, row.id)
    first = ledger.clocks.get("first_response")
    if first is not None and first.live:
        raise Conflict("Nobody has answered yet: answer, or resolve it and say why nobody is told.")
    if not row.needs_reply:
        return int(row.version)
    ledger.act(promises.on_read, at=unit.now)
    due = ledger.act(promises.on_no_answer_owed, at=unit.now)
    journal(unit, "answer.waived", row, actor)
    return threads.change(unit, row, {"needs_reply": False, "unread": False, **due.values()})
