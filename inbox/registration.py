"""A patient comes into the practice's records: person, record number, addresses, those who act for them, consents.

Refuses an address that could never be reached, and a record number that a living record holds already.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Literal

import msgspec

from inbox.actors import Actor
from inbox.errors import Invalid
from inbox.store import contacts
from inbox.store import patients as store
from inbox.store.database import Transaction
from patients import addresses, phones
from patients.record import fold

#: The system of the practice's own record numbers.
OWN = "MRN"
ADULT = 18


class Proxy(msgspec.Struct, frozen=True):
    """Someone who acts for the patient from `address`. `role` is a code (parent, spouse, caregiver); `scope` holds
    scheduling, billing, clinical, with commas."""

    name: str
    role: str
    scope: str
    address: str
    proof: str = ""


class NewPatient(msgspec.Struct, frozen=True):
    """What a clerk writes down. `phones` and `emails` best first; `consents` are (channel, purpose) that the patient
    gave on paper for the first address of that channel; `verified`: somebody checked that the addresses are theirs."""

    number: str
    given: str
    family: str
    birth_on: date | None = None
    sex: Literal["male", "female", "other", "unknown"] = "unknown"
    language: str = "en"
    preferred_name: str = ""
    location: str | None = None
    needs: tuple[str, ...] = ()
    preferences: dict[str, str] = {}
    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    proxies: tuple[Proxy, ...] = ()
    consents: tuple[tuple[str, str], ...] = ()
    verified: bool = True


def register(unit: Transaction, new: NewPatient, *, actor: Actor | None) -> int:
    """Writes a new record and answers its id. Raises Invalid naming the field."""
    points = [*(("phone", _phone(text)) for text in new.phones), *(("email", _email(text)) for text in new.emails)]
    if store.by_identifier(unit, OWN, new.number) is not None:
        raise Invalid(fields={"number": "another record has it"})
    patient_id = store.add(
        unit,
        given=new.given,
        family=new.family,
        search_name=fold(f"{new.preferred_name} {new.given} {new.family}"),
        preferred_name=new.preferred_name,
        birth_on=new.birth_on,
        sex=new.sex,
        language=new.language,
        needs=list(new.needs),
        preferences=new.preferences,
        location=new.location,
    )
    store.add_identifier(unit, patient_id=patient_id, system=OWN, value=new.number)
    contact_ids = [_reach(unit, new, patient_id, kind, value, rank) for rank, (kind, value) in enumerate(points, 1)]
    for proxy in new.proxies:
        _let_act(unit, new, patient_id, proxy)
    _grant(unit, new, patient_id, dict(zip(reversed([kind for kind, _ in points]), reversed(contact_ids), strict=True)))
    unit.record("patient.registered", actor_id=actor.id if actor else None, patient_id=patient_id)
    return patient_id


def _reach(unit: Transaction, new: NewPatient, patient_id: int, kind: str, value: str, rank: int) -> int:
    contact = contacts.find_or_add(unit, kind, value)
    store.link(unit, contact_id=contact.id, patient_id=patient_id, proxy_id=None, verified=new.verified, rank=rank)
    return contact.id


def _let_act(unit: Transaction, new: NewPatient, patient_id: int, proxy: Proxy) -> None:
    """A parent's right ends at the latest with the eighteenth birthday (domain.md §1)."""
    ends = _majority(new.birth_on) if proxy.role == "parent" and new.birth_on else None
    proxy_id = store.add_proxy(
        unit,
        patient_id=patient_id,
        name=proxy.name,
        role=proxy.role,
        scope=proxy.scope,
        valid_to=ends,
        proof=proxy.proof,
    )
    kind, value = ("email", _email(proxy.address)) if "@" in proxy.address else ("phone", _phone(proxy.address))
    contact = contacts.find_or_add(unit, kind, value)
    store.link(unit, contact_id=contact.id, patient_id=patient_id, proxy_id=proxy_id, verified=new.verified, rank=9)


def _grant(unit: Transaction, new: NewPatient, patient_id: int, first_of: dict[str, int]) -> None:
    """`first_of`: the best address of each kind."""
    for channel, purpose in new.consents:
        contact_id = first_of.get("email" if channel == "mail" else "phone")
        if contact_id is None:
            raise Invalid(fields={"consents": f"there is no address for {channel}"})
        contacts.add_consent(
            unit,
            contact_id=contact_id,
            patient_id=patient_id,
            channel=channel,
            purpose=purpose,
            kind="grant",
            method="paper",
            source="patient",
            evidence={"form": "registration"},
        )


def _phone(text: str) -> str:
    found = phones.normalise(text)
    if found.e164 is None:
        raise Invalid(fields={"phones": found.why})
    return found.e164


def _email(text: str) -> str:
    found = addresses.normalise(text)
    if found.value is None:
        raise Invalid(fields={"emails": found.why})
    return found.value


def _majority(birth_on: date) -> datetime:
    day = 28 if (birth_on.month, birth_on.day) == (2, 29) else birth_on.day
    return datetime.combine(date(birth_on.year + ADULT, birth_on.month, day), time(), UTC)
