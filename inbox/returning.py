"""Patients who were away for half a year: their episodes rest meanwhile and go on when they are back, and the
conversation says so. Known at once from an address that is theirs for certain, else when a person confirms who it is.
"""

from __future__ import annotations

from typing import Any

from inbox.store import episodes, threads
from inbox.store.database import Transaction
from patients.continuity import AWAY, lapsed

#: What the conversation bears from then on.
RETURNED = "returned"
BATCH = 50


def marks(unit: Transaction, *, patient_id: int, conversation_id: int, actor_id: int | None) -> list[str]:
    """What a conversation with this patient, known for certain from now on, bears; resting episodes go on."""
    if not lapsed(episodes.last_contact(unit, patient_id, besides=conversation_id), unit.now):
        return []
    resting = episodes.of_patient(unit, patient_id, "onhold")
    for row in resting:
        episodes.turn(unit, row, "active", cause="returned", by_id=actor_id)
    told: dict[str, Any] = {"episodes": [row.id for row in resting]}
    unit.record(
        "patient.returned", actor_id=actor_id, conversation_id=conversation_id, patient_id=patient_id, details=told
    )
    return [RETURNED]


def note(unit: Transaction, *, patient_id: int, conversation_id: int) -> None:
    """The same for a conversation that has just begun from an address that is the patient's for certain."""
    if found := marks(unit, patient_id=patient_id, conversation_id=conversation_id, actor_id=None):
        row = threads.lock(unit, conversation_id)
        threads.change(unit, row, {"marks": sorted({*row.marks, *found})})


def look(unit: Transaction) -> None:
    """Active episodes of patients who are silent for so long rest."""
    for row in episodes.silent(unit, unit.now - AWAY, BATCH):
        episodes.turn(unit, row, "onhold", cause="silence")
        unit.record("episode.rested", actor_id=None, patient_id=row.patient_id, details={"episode": row.id})
