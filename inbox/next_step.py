"""What happens next, who does it and by when. An open conversation always has exactly one."""

from __future__ import annotations

from datetime import datetime

from inbox.actors import TEAMS, Actor, Permission
from inbox.errors import Conflict, Invalid
from inbox.house import House
from inbox.promise import Ledger
from inbox.store import accounts, threads
from inbox.store.database import Transaction
from inbox.working import journal, opened
from slas import promises

LONGEST = 500


def plan(
    unit: Transaction,
    house: House,
    *,
    actor: Actor,
    conversation_id: int,
    what: str,
    due_at: datetime,
    owner_id: int | None = None,
    team: str | None = None,
    waiting: bool | None = None,
) -> int:
    """Replaces the next step; `waiting` says whether the patient or a third party owes it. Answers the new version."""
    row = opened(unit, actor, conversation_id, Permission.WORK)
    if fields := _faults(unit, what, due_at, owner_id, team):
        raise Invalid(fields=fields)
    if row.state == "closed":
        raise Conflict("It is closed. Reopen it first.", state="closed")
    waits = row.state == "waiting" if waiting is None else waiting
    threads.end_step(unit, row.id)
    step_id = threads.add_step(
        unit,
        conversation_id=row.id,
        what=what,
        team=team or row.team,
        owner_id=owner_id if owner_id is not None else row.owner_id,
        due_at=due_at,
        check_back=waits,
    )
    ledger = Ledger(unit, house.configuration.practice(), row.id)
    ledger.act(promises.on_step_done, at=unit.now, cause="next_step.planned")
    if not waits:
        ledger.record(promises.on_planned(at=unit.now, due_at=due_at), priority=row.priority)
    first = ledger.act(promises.on_waiting if waits else promises.on_active, at=unit.now)
    journal(unit, "next_step.planned", row, actor, step=step_id, due=due_at.isoformat())
    state = "waiting" if waits else "open"
    return threads.change(unit, row, {"next_step_id": step_id, "state": state, **first.values()})


def _faults(unit: Transaction, what: str, due_at: datetime, owner_id: int | None, team: str | None) -> dict[str, str]:
    fields = {}
    if not what.strip() or len(what) > LONGEST:
        fields["what"] = f"1 to {LONGEST} characters"
    if due_at.tzinfo is None or due_at <= unit.now:
        fields["due_at"] = "a moment in the future with a time zone (RFC 3339)"
    if team is not None and team not in TEAMS:
        fields["team"] = f"one of {', '.join(TEAMS)}"
    if owner_id is not None and accounts.actor(unit, owner_id) is None:
        fields["owner"] = "nobody active has this id"
    return fields
