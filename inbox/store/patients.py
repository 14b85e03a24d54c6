"""SQL of patients, their record numbers, the people who act for them, and the links between patients and addresses."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, insert, select, update

from inbox.store.database import Reading, Transaction
from inbox.store.tables import contact_links, patient_identifiers, patients, proxies


def by_identifier(reading: Reading, system: str, value: str) -> int | None:
    """The patient with this live number."""
    wanted = select(patient_identifiers.c.patient_id).where(
        patient_identifiers.c.system == system,
        patient_identifiers.c.value == value,
        patient_identifiers.c.live,
    )
    found = reading.scalar(wanted)
    return int(found) if found is not None else None


def of_number(reading: Reading, system: str, value: str) -> Row[Any] | None:
    """The patient's row with this live number."""
    number = patient_identifiers.c
    wanted = select(patients).join(patient_identifiers, number.patient_id == patients.c.id)
    same = and_(number.system == system, number.value == value, number.live)
    return reading.one(wanted.where(same, patients.c.survivor_id.is_(None)))


def zone(reading: Reading, patient_id: int | None) -> str | None:
    """Where a patient lives by the clock (IANA), if the record says so."""
    found = reading.scalar(select(patients.c.zone).where(patients.c.id == patient_id))
    return str(found) if found else None


def add(
    unit: Transaction,
    *,
    given: str,
    family: str,
    search_name: str,
    preferred_name: str,
    birth_on: date | None,
    sex: str,
    language: str,
    needs: list[str],
    preferences: dict[str, str],
    location: str | None,
) -> int:
    """A new patient."""
    patient_id = unit.new_id()
    row: dict[str, Any] = {
        "id": patient_id,
        "given": given,
        "family": family,
        "search_name": search_name,
        "preferred_name": preferred_name,
        "birth_on": birth_on,
        "sex": sex,
        "language": language,
        "needs": needs,
        "preferences": preferences,
        "location": location,
        "created_at": unit.now,
    }
    unit.execute(insert(patients), [row])
    return patient_id


def add_identifier(unit: Transaction, *, patient_id: int, system: str, value: str) -> None:
    """A number that a system knows the patient by; two living records may not share one."""
    row = {"id": unit.new_id(), "patient_id": patient_id, "system": system, "value": value}
    unit.execute(insert(patient_identifiers), [row])


def add_proxy(
    unit: Transaction, *, patient_id: int, name: str, role: str, scope: str, valid_to: datetime | None, proof: str
) -> int:
    """Someone who may act for the patient from now on."""
    proxy_id = unit.new_id()
    row: dict[str, Any] = {
        "id": proxy_id,
        "patient_id": patient_id,
        "name": name,
        "role": role,
        "scope": scope,
        "valid_from": unit.now,
        "valid_to": valid_to,
        "proof": proof,
    }
    unit.execute(insert(proxies), [row])
    return proxy_id


def link(
    unit: Transaction, *, contact_id: int, patient_id: int, proxy_id: int | None, verified: bool, rank: int
) -> None:
    """A live link of an address to its patient, or to the patient that its user acts for."""
    row: dict[str, Any] = {
        "id": unit.new_id(),
        "contact_id": contact_id,
        "patient_id": patient_id,
        "relationship": "proxy" if proxy_id is not None else "self",
        "proxy_id": proxy_id,
        "verified_at": unit.now if verified else None,
        "rank": rank,
        "valid_from": unit.now,
    }
    unit.execute(insert(contact_links), [row])


def set_confidential(unit: Transaction, *, contact_id: int, patient_id: int) -> None:
    """The live link of this address to the patient is used alone, never as a fallback."""
    unit.execute(update(contact_links).where(_live(contact_id, patient_id)).values(confidential=True))


def end_link(unit: Transaction, *, contact_id: int, patient_id: int) -> bool:
    """The live links of this address to the patient end; False when there is none."""
    ended = update(contact_links).where(_live(contact_id, patient_id)).values(valid_to=unit.now)
    return unit.execute(ended).rowcount > 0


def _live(contact_id: int, patient_id: int) -> ColumnElement[bool]:
    return and_(
        contact_links.c.contact_id == contact_id,
        contact_links.c.patient_id == patient_id,
        contact_links.c.valid_to.is_(None),
    )
