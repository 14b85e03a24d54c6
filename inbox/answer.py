"""What it does to a conversation that the patient is answered, that an answer is planned, or was taken back."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Row

from inbox.house import House
from inbox.promise import Ledger
from inbox.store import threads, work
from inbox.store.database import Transaction
from slas import promises
from slas.hours import business_days

#: Why somebody has a request that nobody had when they answered it.
TOOK = "answered it"


class Queued(msgspec.Struct, frozen=True):
    """What the journal tells of a reply: how things stood before it, the next step it made, and since when another
    reply answers the patient, None when none does."""

    was: dict[str, Any] = {}
    step_id: int | None = None
    next_at: datetime | None = None


def answer(
    unit: Transaction, house: House, row: Row[Any], *, actor_id: int, message_id: int, counted: bool = False
) -> int:
    """The reply clocks are met, the patient owes the next action, and whoever answers an unowned request has it.
    Answers the new next step. `counted`: the message has its place in the sequence already."""
    ledger = Ledger(unit, house.configuration.practice(), row.id)
    ledger.act(promises.on_reply, at=unit.now)
    chosen = ledger.choose(reason=row.reason, priority=row.priority, channel=row.channel)
    ledger.record(promises.on_told(chosen, at=unit.now), chosen=chosen, priority=row.priority)
    ledger.act(promises.on_read, at=unit.now)
    first = ledger.act(promises.on_waiting, at=unit.now, cause="reply.queued")
    check_back = business_days(ledger.calendar, unit.now, 2) if row.priority > 1 else unit.now + timedelta(hours=4)
    step_id = _step(unit, row, "Check back with the patient", check_back, actor_id, waits=True)
    values: dict[str, Any] = {
        "state": "waiting",
        "next_step_id": step_id,
        "needs_reply": False,
        "unread": False,
        "last_at": unit.now,
        "last_message_id": message_id,
        "last_sequence": row.last_sequence + (0 if counted else 1),
        **first.values(),
    }
    if row.owner_id is None:
        _take(unit, row, actor_id)
        values["owner_id"] = actor_id
    threads.change(unit, row, values)
    return step_id


def plan(unit: Transaction, row: Row[Any], *, actor_id: int, at: datetime) -> int | None:
    """A reply will leave at `at`: nobody is answered yet, so the promises run on. Answers the next step while the
    clinic owes one."""
    values: dict[str, Any] = {"last_sequence": row.last_sequence + 1}
    if row.state == "open":
        what = "A planned reply leaves: see that it did"
        values["next_step_id"] = _step(unit, row, what, at, actor_id, waits=False)
    threads.change(unit, row, values)
    return values.get("next_step_id")


def before(row: Row[Any], step_id: int | None) -> dict[str, Any]:
    """What the journal keeps, so that taking back can put it as it was: codes and ids."""
    was = {"state": row.state, "needs_reply": row.needs_reply, "step": row.next_step_id, "owner": row.owner_id}
    return {"before": was, "step": step_id}


def unanswer(
    unit: Transaction, house: House, row: Row[Any], *, message: Row[Any], reply: Queued, actor_id: int
) -> None:
    """As if never answered: promises owed again from their start, state, next step and owner as they were, unless the
    patient wrote since and they have moved on. Another reply that stands answers in its place, from its own moment."""
    ledger = Ledger(unit, house.configuration.practice(), row.id)
    ledger.go_back(message.at)
    first = ledger.act(promises.on_reply_undone, at=unit.now, replied_at=message.at)
    owes = reply.next_at is None and reply.was.get("needs_reply", True)
    last = threads.last_said(unit, row.id)
    values: dict[str, Any] = {"needs_reply": row.needs_reply or owes, "last_message_id": last.id if last else None}
    if reply.next_at is not None:
        first = ledger.act(promises.on_reply, at=reply.next_at)
        if row.state == "waiting":
            first = ledger.act(promises.on_waiting, at=unit.now, cause="reply.queued")
    if reply.step_id is not None and row.next_step_id == reply.step_id:
        threads.end_step(unit, row.id)
        threads.revive_step(unit, reply.was["step"])
        values |= {"next_step_id": reply.was["step"], "state": reply.was["state"]}
        if reply.was["state"] == "open":
            first = ledger.act(promises.on_active, at=unit.now, cause="reply.undone")
    if reply.next_at is None and reply.was.get("owner", row.owner_id) is None and work.is_held_for(unit, row.id, TOOK):
        _let_go(unit, row, actor_id)
        values["owner_id"] = None
    threads.change(unit, row, values | first.values())


def _step(unit: Transaction, row: Row[Any], what: str, due_at: datetime, actor_id: int, *, waits: bool) -> int:
    threads.end_step(unit, row.id)
    return threads.add_step(
        unit,
        conversation_id=row.id,
        what=what,
        team=row.team,
        owner_id=row.owner_id or actor_id,
        due_at=due_at,
        check_back=waits,
    )


def _take(unit: Transaction, row: Row[Any], actor_id: int) -> None:
    work.end_assignment(unit, row.id, "taken by replying")
    work.assign(unit, conversation_id=row.id, team=row.team, actor_id=actor_id, by_id=actor_id, why=[TOOK])
    unit.record(
        "conversation.assigned",
        actor_id=actor_id,
        conversation_id=row.id,
        patient_id=row.subject_patient_id,
        details={"to": actor_id, "team": row.team},
    )


def _let_go(unit: Transaction, row: Row[Any], actor_id: int) -> None:
    work.end_assignment(unit, row.id, "reply taken back")
    why = ["the reply was taken back"]
    work.assign(unit, conversation_id=row.id, team=row.team, actor_id=None, by_id=actor_id, why=why)
    before = {"team": row.team, "owner": row.owner_id, "clinical": row.clinical, "sensitive": row.sensitive}
    unit.record(
        "conversation.assigned",
        actor_id=actor_id,
        conversation_id=row.id,
        patient_id=row.subject_patient_id,
        details={"to": None, "team": row.team, "vis": [before, before | {"owner": None}]},
    )
