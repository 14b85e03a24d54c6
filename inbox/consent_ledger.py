"""A patient's whole consent ledger: everything taken back at once, and every entry with its evidence for whoever asks.

Refuses to change an entry: taking back is one more.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from inbox.actors import Actor, Permission
from inbox.errors import Invalid
from inbox.person import editable
from inbox.record import row_of
from inbox.store import contacts
from inbox.store import record as records
from inbox.store.database import Reading, Transaction
from patients.consent import EVERY_CHANNEL


class Revocation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the patient said, and where it can be found again."""

    evidence: str


class Entry(msgspec.Struct, frozen=True):
    """One line of the ledger; `said` is its evidence in words or the id of the message that says it."""

    id: int
    at: datetime
    address: str
    channel: str
    purpose: str
    kind: str
    tier: str
    method: str
    source: str
    said: str
    by: str
    expires_at: datetime | None


def revoke_all(unit: Transaction, *, actor: Actor, patient_id: int, revocation: Revocation) -> int:
    """The patient wants nothing more from us, anywhere: one entry for each of their addresses. Answers how many. What
    others agreed to for an address they share ends too, rather than that one word too many leaves."""
    editable(unit, actor, patient_id, Permission.CONSENT)
    said = revocation.evidence.strip()
    if not 3 <= len(said) <= 400:
        raise Invalid(fields={"evidence": "say what was signed or said, and where it can be found"})
    points = {point.id for point in records.addresses(unit, patient_id) if point.relationship != "proxy"}
    entries = [_revoke(unit, actor, patient_id, contact_id, said) for contact_id in sorted(points)]
    details = {"entries": entries, "contacts": sorted(points)}
    unit.record("consent.revoked_all", actor_id=actor.id, patient_id=patient_id, details=details)
    return len(entries)


def entries(reading: Reading, *, actor: Actor, patient_id: int) -> tuple[Entry, ...]:
    """Every line, oldest first. Raises NotFound out of scope."""
    row_of(reading, actor, patient_id)
    return tuple(_entry(row) for row in records.whole_ledger(reading, patient_id))


def _revoke(unit: Transaction, actor: Actor, patient_id: int, contact_id: int, said: str) -> int:
    return contacts.add_consent(
        unit,
        contact_id=contact_id,
        patient_id=patient_id,
        channel=EVERY_CHANNEL,
        purpose="",
        kind="revoke_all",
        method="staff",
        source="patient",
        evidence={"said": said},
        actor_id=actor.id,
    )


def _entry(row: Any) -> Entry:
    said = "; ".join(f"{name}: {value}" for name, value in sorted(row.evidence.items()))
    names = ("id", "at", "channel", "purpose", "kind", "tier", "method", "source", "expires_at")
    return Entry(**{name: getattr(row, name) for name in names}, address=row.value, said=said, by=row.by or "")
