"""An address turned out to be somebody else's: every link to it ends, and every consent with it, so that nothing goes
there until a new owner agrees. Links and entries stay readable; none vanishes.
"""

from __future__ import annotations

from typing import Any

from inbox.actors import Actor, Permission
from inbox.errors import NotFound
from inbox.person import editable
from inbox.store import contacts
from inbox.store import record as records
from inbox.store.contacts import Contact
from inbox.store.database import Transaction
from patients.consent import EVERY_CHANNEL


def told(unit: Transaction, *, actor: Actor, patient_id: int, contact_id: int) -> int:
    """Staff heard that a stranger is reached there."""
    editable(unit, actor, patient_id, Permission.EDIT_PERSON)
    contact = contacts.get(unit, contact_id)
    if contact is None or contact_id not in {row.id for row in records.addresses(unit, patient_id)}:
        raise NotFound("There is no such address.")
    reassign(unit, contact, by=actor.id, method="staff", evidence={"patient": patient_id})
    return contact_id


def reassign(unit: Transaction, contact: Contact, *, by: int | None, method: str, evidence: dict[str, Any]) -> None:
    """Whoever was reached there is not any more; each of their records says so."""
    theirs: list[int | None] = [*contacts.patients_of(unit, contact.id)]
    contacts.end_links(unit, contact.id)
    contacts.mark(unit, contact.id, "reassigned")
    contacts.add_consent(
        unit,
        contact_id=contact.id,
        patient_id=None,
        channel=EVERY_CHANNEL,
        purpose="",
        kind="revoke_all",
        method=method,
        source="staff" if by is not None else "patient",
        evidence=evidence,
        actor_id=by,
    )
    ended = {"contact": contact.id, "channel": EVERY_CHANNEL}
    unit.record("consent.revoked", actor_id=by, details=ended)
    for patient_id in theirs or [None]:
        unit.record("contact.reassigned", actor_id=by, patient_id=patient_id, details={"contact": contact.id})
