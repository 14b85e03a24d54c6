"""What staff keep right about a patient: language, needs, preferences, addresses, what they agreed to.

Refuses a stale look with the version of now, so that nobody's change is lost, and an address nobody could reach.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec
from sqlalchemy import Row

from inbox.actors import Actor, Permission, may
from inbox.errors import Conflict, Forbidden, Invalid, NotFound
from inbox.store import contacts, history
from inbox.store import patients as patients_store
from inbox.store import record as store
from inbox.store.database import Transaction
from patients import addresses, phones
from patients.record import fold

NEEDS = ("interpreter", "tty", "large_print", "wheelchair", "easy_language")
PREFERENCES = ("contact", "times", "clinician", "pharmacy", "name", "pronouns")
CHANNELS = ("sms", "whatsapp", "voice", "mail")
PURPOSES = ("care", "reminders", "marketing", "unencrypted_ack")
LONGEST = 120


class Changes(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is to hold from now on; what is left out stays. `version` is that of the look the change was made upon."""

    version: int
    language: str | None = None
    needs: tuple[str, ...] | None = None
    preferences: dict[str, str] | None = None
    preferred_name: str | None = None


class Address(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A phone number or an e-mail address of the patient; `confidential`: used alone, never as a fallback."""

    value: str
    confidential: bool = False


class Agreement(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A grant or its end. `evidence` says what was signed or said, where it can be found again."""

    contact_id: int
    channel: str
    purpose: str
    kind: Literal["grant", "revoke"]
    evidence: str


def edit(unit: Transaction, *, actor: Actor, patient_id: int, changes: Changes) -> int:
    """Answers the new version. Raises Conflict with the version of now, Invalid naming each field."""
    row = editable(unit, actor, patient_id, Permission.EDIT_PERSON)
    _refuse_nonsense(changes)
    if changes.preferences is not None:
        merged = {name: value for name, value in {**row.preferences, **changes.preferences}.items() if value}
        changes = msgspec.structs.replace(changes, preferences=merged)
    wanted = {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in msgspec.structs.asdict(changes).items()
        if name != "version" and value is not None and getattr(row, name) != value
    }
    if "preferred_name" in wanted:
        wanted["search_name"] = fold(f"{wanted['preferred_name']} {row.given} {row.family}")
    if not history.change(unit, patient_id, changes.version, wanted):
        raise Conflict(
            "Somebody changed this record meanwhile. Look at it in another tab; saving again puts yours over it.",
            version=row.version,
        )
    fields = sorted(wanted.keys() - {"search_name"})
    unit.record("patient.changed", actor_id=actor.id, patient_id=patient_id, details={"fields": fields})
    return changes.version + 1


def add_address(unit: Transaction, *, actor: Actor, patient_id: int, address: Address) -> int:
    """Ties an address to the patient, verified by whoever writes it down; answers the contact point's id."""
    editable(unit, actor, patient_id, Permission.EDIT_PERSON)
    kind, value = normalised(address.value)
    point = contacts.find_or_add(unit, kind, value)
    if point.state != "valid":
        contacts.mark(unit, point.id, "valid")  # a new owner: what an earlier one agreed to was taken back for good
    contacts.verify_link(unit, contact_id=point.id, patient_id=patient_id)
    if address.confidential:
        patients_store.set_confidential(unit, contact_id=point.id, patient_id=patient_id)
    details = {"contact": point.id, "kind": kind, "confidential": address.confidential}
    unit.record("contact.linked", actor_id=actor.id, patient_id=patient_id, details=details)
    return point.id


def end_address(unit: Transaction, *, actor: Actor, patient_id: int, contact_id: int) -> int:
    """The patient is not reached there any more; the link ends, it does not vanish."""
    editable(unit, actor, patient_id, Permission.EDIT_PERSON)
    if not patients_store.end_link(unit, contact_id=contact_id, patient_id=patient_id):
        raise NotFound("There is no such address.")
    unit.record("contact.ended", actor_id=actor.id, patient_id=patient_id, details={"contact": contact_id})
    return contact_id


def agree(unit: Transaction, *, actor: Actor, patient_id: int, agreement: Agreement) -> int:
    """One more line of the consent ledger; answers its id."""
    editable(unit, actor, patient_id, Permission.CONSENT)
    points = {point.id: point for point in store.addresses(unit, patient_id)}
    _refuse_baseless(agreement, points)
    entry = contacts.add_consent(
        unit,
        contact_id=agreement.contact_id,
        patient_id=patient_id,
        channel=agreement.channel,
        purpose=agreement.purpose,
        kind=agreement.kind,
        method="staff",
        source="patient",
        evidence={"said": agreement.evidence.strip()},
        actor_id=actor.id,
    )
    verb = "consent.granted" if agreement.kind == "grant" else "consent.revoked"
    details = {"entry": entry, "contact": agreement.contact_id, "channel": agreement.channel}
    unit.record(verb, actor_id=actor.id, patient_id=patient_id, details=details)
    return entry


def editable(unit: Transaction, actor: Actor, patient_id: int, permission: Permission) -> Row[Any]:
    """The record in use, which this person may change. Raises NotFound, Forbidden, Conflict naming the survivor."""
    row = store.one(unit, actor, patient_id)
    if row is None:
        raise NotFound("There is no such patient.")
    if not may(actor, permission):
        raise Forbidden(f"Your role does not allow this: {permission.value}.")
    if row.survivor_id is not None:
        raise Conflict("This record was merged into another. Change that one.", survivor=row.survivor_id)
    return row


def _refuse_nonsense(changes: Changes) -> None:
    fields = {}
    if changes.language is not None and not (changes.language.isalpha() and len(changes.language) == 2):
        fields["language"] = "two letters (ISO 639-1)"
    if unknown := [one for one in changes.needs or () if one not in NEEDS]:
        fields["needs"] = f"unknown: {', '.join(unknown)}; of {', '.join(NEEDS)}"
    for name, value in (changes.preferences or {}).items():
        if name not in PREFERENCES or len(value) > LONGEST:
            fields[f"preferences.{name}"[:60]] = f"one of {', '.join(PREFERENCES)}, up to {LONGEST} characters"
    if len(changes.preferred_name or "") > LONGEST:
        fields["preferred_name"] = f"up to {LONGEST} characters"
    if fields:
        raise Invalid(fields=fields)


def _refuse_baseless(agreement: Agreement, points: dict[int, Any]) -> None:
    fields = {}
    point = points.get(agreement.contact_id)
    if point is None:
        fields["contact_id"] = "not an address of this patient"
    elif agreement.channel not in CHANNELS or (agreement.channel == "mail") != (point.kind == "email"):
        fields["channel"] = "does not go to this address"
    if agreement.purpose not in PURPOSES:
        fields["purpose"] = f"one of {', '.join(PURPOSES)}"
    if not 3 <= len(agreement.evidence.strip()) <= 400:
        fields["evidence"] = "say what was signed or said, and where it can be found"
    if fields:
        raise Invalid(fields=fields)


def normalised(text: str) -> tuple[str, str]:
    """The kind and value of an address as it is stored. Raises Invalid."""
    if "@" in text:
        mail = addresses.normalise(text)
        if mail.value is None:
            raise Invalid(fields={"value": mail.why})
        return "email", mail.value
    phone = phones.normalise(text)
    if phone.e164 is None:
        raise Invalid(fields={"value": phone.why})
    return "phone", phone.e164
