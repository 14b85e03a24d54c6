"""What a conversation is about, corrected by a person: clocks follow, the journal keeps the machine's guess.

Refuses an unknown reason, and to let anybody but a nurse take the clinical class away.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row

from inbox.actors import Actor, Permission, may
from inbox.errors import Conflict, Forbidden, Invalid
from inbox.practice import Practice
from inbox.promise import Ledger
from inbox.store import threads, work
from inbox.store.database import Transaction
from inbox.working import journal, opened, vis_of
from routing.reasons import is_clinical, is_known
from slas import promises

#: Clinical work is read the same day at the latest (domain.md §5).
SAME_DAY = 2


def correct(
    unit: Transaction,
    practice: Practice,
    *,
    actor: Actor,
    conversation_id: int,
    reason: str,
    version: int | None = None,
) -> int:
    """Sets the reason; answers the new version. Work that becomes clinical goes to nursing and is due the same day."""
    row = opened(unit, actor, conversation_id, Permission.WORK, version=version)
    if not is_known(reason):
        raise Invalid(fields={"reason": "no such reason"})
    if row.state == "closed":
        raise Conflict("It is closed. Reopen it first.", state="closed")
    if reason == row.reason:
        return int(row.version)
    clinical = _clinical(row, actor, reason)
    priority = min(row.priority, SAME_DAY) if clinical else row.priority
    journal(unit, "reason.corrected", row, actor, **{"from": row.reason, "to": reason})
    values = {"reason": reason, "reasons": [reason, *_others(row, reason)], "clinical": clinical, "priority": priority}
    values |= _promised(unit, practice, row, reason, priority)
    if clinical and not row.clinical:
        values |= _to_nursing(unit, row, actor)
    return threads.change(unit, row, values)


def _clinical(row: Row[Any], actor: Actor, reason: str) -> bool:
    wanted = is_clinical(reason) or row.flagged
    if row.clinical and not wanted and not may(actor, Permission.REPLY_CLINICAL, vis_of(row)):
        raise Forbidden("Only a nurse says that clinical work is not clinical.")
    return wanted


def _others(row: Row[Any], reason: str) -> list[str]:
    return [one for one in row.reasons if one not in (reason, row.reason)]


def _promised(unit: Transaction, practice: Practice, row: Row[Any], reason: str, priority: int) -> dict[str, Any]:
    """New targets from the original start, by the policy that fits what it is really about."""
    ledger = Ledger(unit, practice, row.id)
    chosen = ledger.choose(reason=reason, priority=priority, channel=row.channel)
    lines = promises.on_policy_changed(ledger.clocks, chosen, at=unit.now, cause="reason.corrected")
    return ledger.record(lines, chosen=chosen).values()


def _to_nursing(unit: Transaction, row: Row[Any], actor: Actor) -> dict[str, Any]:
    """Clinical work is nursing's, whoever had it; a nurse who has it keeps it."""
    owner_id = row.owner_id if row.owner_id == actor.id and actor.role == "nurse" else None
    before = {"team": row.team, "owner": row.owner_id, "clinical": row.clinical, "sensitive": row.sensitive}
    after = before | {"team": "nursing", "owner": owner_id, "clinical": True}
    if (row.team, row.owner_id) != ("nursing", owner_id):
        work.end_assignment(unit, row.id, "reclassified")
        why = [f"{actor.id}: corrected the reason"]
        work.assign(unit, conversation_id=row.id, team="nursing", actor_id=owner_id, by_id=actor.id, why=why)
    journal(unit, "conversation.reclassified", row, actor, vis=[before, after])
    return {"team": "nursing", "owner_id": owner_id}
