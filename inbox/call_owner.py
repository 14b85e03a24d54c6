"""Whose a call makes its conversation, and what it does to its people's availability."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row

from channels.voice_course import Course, Step
from inbox.store import accounts, work
from inbox.store import calls as store
from inbox.store.database import Transaction


def follow_lead(unit: Transaction, row: Row[Any], before: Course, actor_id: int) -> dict[str, Any]:
    """Who speaks with the patient has the conversation, unless a person gave it to somebody else before the call."""
    was_lead = before.lead is not None and before.answered_at and row.owner_id == before.lead.actor_id
    if row.owner_id == actor_id:
        return {}
    if row.owner_id is not None and not was_lead and not store.given_by_machine(unit, row.id):
        return {}
    work.end_assignment(unit, row.id, "took the call")
    work.assign(unit, conversation_id=row.id, team=row.team, actor_id=actor_id, by_id=actor_id, why=["took the call"])
    vis = {"team": row.team, "owner": row.owner_id, "clinical": row.clinical, "sensitive": row.sensitive}
    unit.record(
        "conversation.assigned",
        actor_id=actor_id,
        conversation_id=row.id,
        patient_id=row.subject_patient_id,
        details={"to": actor_id, "team": row.team, "vis": [vis, vis | {"owner": actor_id}]},
    )
    return {"owner_id": actor_id}


def set_availability(unit: Transaction, steps: Sequence[Step], before: Course, after: Course) -> None:
    """On a call one is busy, after it one writes it up; then as before. Who had not declared to be available is left
    alone: their `taken` says so."""
    ours = {step.actor_id for step in steps if step.kind == "taken" and step.status == "available"}
    now = _states(after)
    for actor_id, state in sorted(now.items()):
        if actor_id in ours and _states(before).get(actor_id) != state:
            accounts.set_availability(unit, actor_id, state)
            details = {"availability": state, "cause": "call"}
            unit.record("availability.declared", actor_id=actor_id, details=details)
    for actor_id in sorted(_states(before).keys() - now.keys()):
        if actor_id in ours:
            accounts.set_availability(unit, actor_id, "available")
            details = {"availability": "available", "cause": "call"}
            unit.record("availability.declared", actor_id=actor_id, details=details)


def _states(course: Course) -> dict[int, str]:
    if course.phase == "wrapping" and course.last_actor_id is not None:
        return {course.last_actor_id: "after_call"}
    return {take.actor_id: "busy" for take in course.takes}
