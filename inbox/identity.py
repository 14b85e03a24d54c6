"""A person says whom a conversation is about. From then on this address counts as that patient's, or as that of whoever
acts for them: who writes and whom it is about are never inferred from each other.
"""

from __future__ import annotations

from sqlalchemy import select

from inbox import returning
from inbox.actors import Actor, Permission
from inbox.errors import Invalid
from inbox.store import contacts, proxies, threads
from inbox.store.database import Transaction
from inbox.store.tables import patients
from inbox.working import journal, opened


def confirm(unit: Transaction, *, actor: Actor, conversation_id: int, patient_id: int | None) -> int:
    """Ties the conversation to a patient (or, with None, back to *unidentified*); answers the new version."""
    row = opened(unit, actor, conversation_id, Permission.CONFIRM_IDENTITY)
    if patient_id is None:
        journal(unit, "subject.unset", row, actor, was=row.subject_patient_id)
        nobody = {"subject_patient_id": None, "original_patient_id": None, "subject_certainty": "unknown"}
        return threads.change(unit, row, nobody | {"sender_proxy_id": None})
    known = unit.one(select(patients.c.id).where(patients.c.id == patient_id, patients.c.survivor_id.is_(None)))
    if known is None:
        raise Invalid(fields={"patient_id": "there is no such patient"})
    if row.sender_contact_id is not None:
        contacts.verify_link(unit, contact_id=row.sender_contact_id, patient_id=patient_id)
    marks = [mark for mark in row.marks if mark != "about_whom"]
    unit.record(
        "subject.confirmed",
        actor_id=actor.id,
        conversation_id=row.id,
        patient_id=patient_id,
        details={"patient": patient_id, "was": row.subject_patient_id},
    )
    subject = {"subject_patient_id": patient_id, "original_patient_id": None, "subject_certainty": "confirmed"}
    writer = proxies.behind(unit, row.sender_contact_id, patient_id)
    marks += returning.marks(unit, patient_id=patient_id, conversation_id=row.id, actor_id=actor.id)
    values = subject | {"sender_proxy_id": writer, "marks": sorted(set(marks))}
    return threads.change(unit, row, values)
