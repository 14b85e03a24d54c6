"""What it does to a conversation that the patient is answered, that an answer is planned, or was taken back."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row

from inbox.house import House
from inbox.promise import Ledger
from inbox.store import threads, work
from inbox.store.database import Transaction
from slas import promises
from slas.hours import business_days


def answer(
    unit: Transaction, house: House, row: Row[Any], *, actor_id: int, message_id: int, counted: bool = False
) -> int:
    """The reply clocks are met, the patient owes the next action, and whoever answers an unowned request has it.
    Answers the new next step. `counted`: the message has its place in the sequence already."""
    ledger = Ledger(unit, house.configuration.practice(), row.id)
    ledger.act(promises.on_reply, at=unit.now)
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
    was = {"state": row.state, "needs_reply": row.needs_reply, "step": row.next_step_id}
    return {"before": was, "step": step_id}


def unanswer(unit: Transaction, house: House, row: Row[Any], *, message: Row[Any], details: dict[str, Any]) -> None:
    """As if never answered: promises owed again from their start, state and next step as they were, unless the patient
    wrote since and they have moved on. `details` are those of the journal line that queued it."""
    ledger = Ledger(unit, house.configuration.practice(), row.id)
    ledger.go_back(message.at)
    first = ledger.act(promises.on_reply_undone, at=unit.now, replied_at=message.at)
    was, step_id = details.get("before", {}), details.get("step")
    last = threads.last_said(unit, row.id)
    values: dict[str, Any] = {**first.values(), "needs_reply": row.needs_reply or was.get("needs_reply", True)}
    values["last_message_id"] = last.id if last is not None else None
    if step_id is not None and row.next_step_id == step_id:
        threads.end_step(unit, row.id)
        threads.revive_step(unit, was["step"])
        values |= {"next_step_id": was["step"], "state": was["state"]}
    threads.change(unit, row, values)


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
    work.assign(unit, conversation_id=row.id, team=row.team, actor_id=actor_id, by_id=actor_id, why=["answered it"])
    unit.record(
        "conversation.assigned",
        actor_id=actor_id,
        conversation_id=row.id,
        patient_id=row.subject_patient_id,
        details={"to": actor_id, "team": row.team},
    )
