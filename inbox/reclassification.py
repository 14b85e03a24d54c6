"""What a more urgent or clinical message changes in a conversation. Machines only raise."""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import Row

from inbox import triage
from inbox.practice import Practice
from inbox.promise import Ledger
from inbox.store import work
from inbox.store.database import Transaction
from inbox.triage import Read
from slas import promises

#: The reason of a request whose words said nothing yet, such as a ringing phone; the first words that do replace it.
UNTOLD = "admin_other"


def raised(unit: Transaction, practice: Practice, ledger: Ledger, read: Read, row: Row[Any]) -> dict[str, Any]:
    """What changes in the row; nothing for thanks and for machines' mail."""
    if read.parked or read.owed_nothing:
        return {}
    values = _urgency(unit, ledger, read, row)
    fresh = [msgspec.to_builtins(flag) for flag in read.verdict.red_flags]
    if fresh:
        values |= {"red_flags": [*row.red_flags, *fresh], "flagged": row.flagged or read.flagged}
    understood = not read.verdict.unclassified or read.inbound.chosen_reason == read.verdict.reason
    told = row.reason == UNTOLD and understood and read.verdict.reason != UNTOLD
    if told:
        values["reason"] = read.verdict.reason
    if (read.clinical and not row.clinical) or (read.flagged and not row.flagged) or (told and row.owner_id is None):
        values |= _reclassify(unit, practice, read, row)
    new = [reason for reason in read.verdict.reasons if reason not in row.reasons]
    if new:
        values["reasons"] = [*row.reasons, *new]
        values["because"] = [*row.because, *read.verdict.because]
    return values


def _urgency(unit: Transaction, ledger: Ledger, read: Read, row: Row[Any]) -> dict[str, Any]:
    if read.verdict.priority >= row.priority:
        return {}
    chosen = ledger.choose(reason=row.reason, priority=read.verdict.priority, channel=read.inbound.channel)
    ledger.record(promises.on_priority_raised(ledger.clocks, chosen, at=read.at), chosen=chosen)
    details = {"from": row.priority, "to": read.verdict.priority}
    unit.record("priority.raised", actor_id=None, conversation_id=row.id, details=details)
    return {"priority": read.verdict.priority}


def _reclassify(unit: Transaction, practice: Practice, read: Read, row: Row[Any]) -> dict[str, Any]:
    """It became clinical or urgent: the team that may handle it takes over, journaled with both visibilities."""
    routed = triage.route(practice, read)
    values: dict[str, Any] = {"clinical": row.clinical or read.clinical}
    if routed.team != row.team:
        work.end_assignment(unit, row.id, "reclassified")
        work.assign(unit, conversation_id=row.id, team=routed.team, actor_id=None, by_id=None, why=list(routed.trace))
        values |= {"team": routed.team, "owner_id": None, "routed_because": [*row.routed_because, *routed.trace]}
    before = {"team": row.team, "owner": row.owner_id, "clinical": row.clinical, "sensitive": row.sensitive}
    after = before | {
        "team": routed.team,
        "owner": values.get("owner_id", row.owner_id),
        "clinical": values["clinical"],
    }
    unit.record("conversation.reclassified", actor_id=None, conversation_id=row.id, details={"vis": [before, after]})
    return values
