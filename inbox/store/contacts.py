"""SQL of contact points, their links to patients, and the consent ledger."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Row, and_, bindparam, exists, func, insert, literal_column, or_, select, update

from inbox.store.columns import Moment
from inbox.store.database import Reading, Transaction
from inbox.store.tables import consents, contact_links, contact_points, conversations, messages, patients, proxies


class Contact(msgspec.Struct, frozen=True):
    """One address, whoever uses it."""

    id: int
    kind: str
    value: str
    state: str = "valid"
    #: Nobody had written from here before this transaction.
    fresh: bool = False


def find(reading: Reading, kind: str, value: str) -> Contact | None:
    """The contact point with this address."""
    row = reading.one(_by_value, {"kind": kind, "value": value})
    return Contact(row.id, row.kind, row.value, row.state) if row else None


def foresee(unit: Transaction, addresses: Sequence[tuple[str, str]]) -> None:
    """Answers `find_or_add` for these kinds and values beforehand."""
    unit.foreseen.update({("contact", *address): None for address in addresses})
    for row in unit.all(_by_values, {"values": [value for _, value in addresses]}):
        if (row.kind, row.value) in addresses:
            unit.foreseen["contact", row.kind, row.value] = Contact(row.id, row.kind, row.value, row.state)


def find_or_add(unit: Transaction, kind: str, value: str) -> Contact:
    """The contact point with this address; a rival's insert surfaces as IntegrityError and the work runs again."""
    question = ("contact", kind, value)
    found = unit.foreseen.pop(question) if question in unit.foreseen else find(unit, kind, value)
    if found:
        return found
    contact = Contact(unit.new_id(), kind, value, fresh=True)
    row = {"id": contact.id, "kind": kind, "value": value, "state": "valid", "created_at": unit.now}
    unit.insert_later(contact_points, [row])
    return contact


def get(reading: Reading, contact_id: int) -> Contact | None:
    """A contact point by id."""
    row = reading.one(select(contact_points).where(contact_points.c.id == contact_id))
    return Contact(row.id, row.kind, row.value, row.state) if row else None


def candidates(reading: Reading, contact_ids: list[int]) -> list[Row[Any]]:
    """The patients that live links name behind these addresses, and whether a person confirmed one of them from this
    address before (or verified the link)."""
    return list(reading.all(_candidates, {"contacts": contact_ids, "now": reading.now}))


def link(unit: Transaction, *, contact_id: int, patient_id: int, relationship: str = "self", verified: bool) -> int:
    """A new live link."""
    link_id = unit.new_id()
    unit.execute(
        insert(contact_links).values(
            id=link_id,
            contact_id=contact_id,
            patient_id=patient_id,
            relationship=relationship,
            verified_at=unit.now if verified else None,
            valid_from=unit.now,
        )
    )
    return link_id


def verify_link(unit: Transaction, *, contact_id: int, patient_id: int) -> None:
    """A person confirmed that this address is this patient's; makes the link when there is none, "shared" where others
    are reached there. Whoever acted for the patient from it and does so no more does not become the patient by it."""
    both = and_(contact_links.c.contact_id == contact_id, contact_links.c.patient_id == patient_id)
    live = contact_links.c.valid_to.is_(None)
    changed = unit.execute(update(contact_links).where(both, live).values(verified_at=unit.now))
    acted = select(contact_links.c.id).where(both, contact_links.c.proxy_id.is_not(None)).limit(1)
    if changed.rowcount == 0 and unit.one(acted) is None:
        relationship = "shared" if patients_of(unit, contact_id) else "self"
        link(unit, contact_id=contact_id, patient_id=patient_id, relationship=relationship, verified=True)


def end_links(unit: Transaction, contact_id: int) -> int:
    """Wrong number: every link of this address ends, none vanishes."""
    live = and_(contact_links.c.contact_id == contact_id, contact_links.c.valid_to.is_(None))
    return unit.execute(update(contact_links).where(live).values(valid_to=unit.now)).rowcount


def patients_of(reading: Reading, contact_id: int) -> list[int]:
    """Whom live links name behind an address, themselves or through somebody who acts for them."""
    live = (contact_links.c.contact_id == contact_id, contact_links.c.valid_to.is_(None))
    found = reading.all(select(contact_links.c.patient_id).distinct().where(*live).order_by(contact_links.c.patient_id))
    return [int(row.patient_id) for row in found]


def mark(unit: Transaction, contact_id: int, state: str) -> None:
    """valid, invalid or reassigned."""
    unit.execute(update(contact_points).where(contact_points.c.id == contact_id).values(state=state))


def add_consent(
    unit: Transaction,
    *,
    contact_id: int,
    patient_id: int | None,
    channel: str,
    purpose: str,
    kind: str,
    method: str,
    source: str,
    evidence: dict[str, Any],
    actor_id: int | None = None,
) -> int:
    """One line of the ledger; lines are never changed."""
    entry_id = unit.new_id()
    unit.execute(
        insert(consents).values(
            id=entry_id,
            contact_id=contact_id,
            patient_id=patient_id,
            channel=channel,
            purpose=purpose,
            kind=kind,
            method=method,
            source=source,
            evidence=evidence,
            at=unit.now,
            actor_id=actor_id,
        )
    )
    return entry_id


def ledger(reading: Reading, contact_id: int) -> list[Row[Any]]:
    """The consent entries of one address, oldest first."""
    return list(reading.all(select(consents).where(consents.c.contact_id == contact_id).order_by(consents.c.id)))


def last_heard(reading: Reading, contact_id: int) -> datetime | None:
    """When anybody last wrote from here, on any channel."""
    written = (messages.c.contact_id == contact_id, messages.c.direction == literal_column("'in'"))
    found = reading.scalar(select(func.max(messages.c.at)).where(*written))
    return found if isinstance(found, datetime) else None


def of_patient(reading: Reading, patient_id: int) -> list[Row[Any]]:
    """The live addresses of a patient with their links, best first."""
    wanted = (
        select(contact_points, contact_links.c.relationship, contact_links.c.verified_at, contact_links.c.confidential)
        .join(contact_links, contact_links.c.contact_id == contact_points.c.id)
        .where(contact_links.c.patient_id == patient_id, contact_links.c.valid_to.is_(None))
        .order_by(contact_links.c.rank, contact_links.c.id)
    )
    return list(reading.all(wanted))


_by_value = select(contact_points).where(
    contact_points.c.kind == bindparam("kind"), contact_points.c.value == bindparam("value")
)
_by_values = select(contact_points).where(contact_points.c.value.in_(bindparam("values", expanding=True)))
_confirmed = exists().where(
    conversations.c.sender_contact_id == contact_links.c.contact_id,
    conversations.c.subject_patient_id == contact_links.c.patient_id,
    conversations.c.subject_certainty == literal_column("'confirmed'"),
)
_candidates = (
    select(
        contact_links.c.contact_id,
        contact_links.c.patient_id,
        contact_links.c.proxy_id,
        contact_links.c.relationship,
        contact_links.c.confidential,
        or_(contact_links.c.verified_at.is_not(None), _confirmed).label("confirmed_before"),
        patients.c.given,
        patients.c.family,
        patients.c.birth_on,
        patients.c.language,
        patients.c.location,
        patients.c.zone,
    )
    .join(patients, and_(patients.c.id == contact_links.c.patient_id, patients.c.survivor_id.is_(None)))
    .outerjoin(proxies, proxies.c.id == contact_links.c.proxy_id)
    .where(contact_links.c.contact_id.in_(bindparam("contacts", expanding=True)), contact_links.c.valid_to.is_(None))
    .where(or_(proxies.c.valid_to.is_(None), proxies.c.valid_to > bindparam("now", type_=Moment)))
    .order_by(contact_links.c.rank, contact_links.c.id)
)
