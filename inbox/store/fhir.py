"""SQL of what a patient's compartment holds, and whose compartment a resource is in. Narrowed to the viewer's sight."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Row, or_, select

from inbox.actors import Actor
from inbox.store import record, sight
from inbox.store.database import Reading
from inbox.store.tables import (
    actors,
    closures,
    consents,
    contact_links,
    contact_points,
    episodes,
    messages,
    moves,
    patient_identifiers,
    patients,
    proxies,
)
from inbox.store.tables import conversations as c

#: As many of one kind are answered at once.
MOST = 1_000


def people(
    reading: Reading, actor: Actor, fitting: Sequence[ColumnElement[bool]], *, after: int, limit: int
) -> Sequence[Row[Any]]:
    """Visible patients in the order of their ids, merged ones too."""
    wanted = select(patients).where(patients.c.id > after, record.visible(actor), *fitting)
    return reading.all(wanted.order_by(patients.c.id).limit(limit))


def with_number(system: str | None, value: str) -> ColumnElement[bool]:
    """Patients with this living number."""
    of = patient_identifiers
    wanted = select(of.c.patient_id).where(of.c.value == value, of.c.live)
    return patients.c.id.in_(wanted if system is None else wanted.where(of.c.system == system))


def at_address(kind: str, value: str) -> ColumnElement[bool]:
    """Patients whose own address it is now."""
    own = (contact_links.c.valid_to.is_(None), contact_links.c.proxy_id.is_(None))
    wanted = select(contact_links.c.patient_id).join(contact_points, contact_points.c.id == contact_links.c.contact_id)
    return patients.c.id.in_(wanted.where(contact_points.c.kind == kind, contact_points.c.value == value, *own))


def is_one(patient_id: int) -> ColumnElement[bool]:
    """This patient."""
    return patients.c.id == patient_id


def born(on: date) -> ColumnElement[bool]:
    """Patients with this birth date."""
    return patients.c.birth_on == on


def called(search_names: Sequence[str]) -> ColumnElement[bool]:
    """Patients in use with one of these folded names."""
    return patients.c.search_name.in_(search_names)


def any_of(conditions: Sequence[ColumnElement[bool]]) -> ColumnElement[bool]:
    """Records in use that fit one of them."""
    return or_(*conditions) & patients.c.survivor_id.is_(None)


def merged_into(reading: Reading, patient_id: int) -> list[int]:
    """The records that this one replaced."""
    found = reading.all(select(patients.c.id).where(patients.c.survivor_id == patient_id).order_by(patients.c.id))
    return [row.id for row in found]


def requests(reading: Reading, actor: Actor, patient_id: int) -> Sequence[Row[Any]]:
    """Conversations of which the viewer may see the person, newest first, with their owner's name and live closure."""
    live = (closures.c.conversation_id == c.c.id) & closures.c.reopened_at.is_(None)
    wanted = select(c, actors.c.name.label("owner_name"), closures.c.outcome)
    wanted = wanted.outerjoin(actors, actors.c.id == c.c.owner_id).outerjoin(closures, live)
    wanted = wanted.where(c.c.subject_patient_id == patient_id, sight.person_visible(actor))
    return reading.all(wanted.order_by(c.c.id.desc()).limit(MOST))


def said(reading: Reading, actor: Actor, patient_id: int) -> Sequence[Row[Any]]:
    """Messages of those conversations, newest first, with what their visibility depends on."""
    vis = (c.c.team, c.c.owner_id, c.c.clinical, c.c.sensitive, c.c.subject_patient_id)
    wanted = select(messages, *vis).join(c, c.c.id == messages.c.conversation_id)
    wanted = wanted.where(c.c.subject_patient_id == patient_id, sight.person_visible(actor))
    return reading.all(wanted.order_by(messages.c.at.desc(), messages.c.id.desc()).limit(MOST))


def care(reading: Reading, patient_id: int) -> Sequence[Row[Any]]:
    """Episodes, oldest first."""
    return reading.all(select(episodes).where(episodes.c.patient_id == patient_id).order_by(episodes.c.id).limit(MOST))


def merges(reading: Reading, patient_id: int) -> Sequence[Row[Any]]:
    """Merges of this record into another or of another into it, undone ones too."""
    either = or_(moves.c.from_id == patient_id, moves.c.to_id == patient_id)
    wanted = select(moves, actors.c.name.label("by_name")).outerjoin(actors, actors.c.id == moves.c.by_id)
    return reading.all(wanted.where(moves.c.kind == "patient", either).order_by(moves.c.id).limit(MOST))


def patient_of(reading: Reading, kind: str, resource_id: int) -> int | None:
    """In whose compartment a resource is."""
    through = select(c.c.subject_patient_id).join(messages, messages.c.conversation_id == c.c.id)
    own = select(c.c.subject_patient_id).where(c.c.id == resource_id)
    asked = {
        "RelatedPerson": [select(proxies.c.patient_id).where(proxies.c.id == resource_id)],
        "Communication": [own, through.where(messages.c.id == resource_id)],
        "Task": [own],
        "EpisodeOfCare": [select(episodes.c.patient_id).where(episodes.c.id == resource_id)],
        "Consent": [_patient_of_consent(resource_id)],
        "Provenance": [select(moves.c.to_id).where(moves.c.kind == "patient", moves.c.id == resource_id)],
    }
    found = (reading.scalar(one) for one in asked.get(kind, []))
    return next((int(one) for one in found if one is not None), None)


def _patient_of_consent(resource_id: int) -> Any:
    """A line names its patient, or is of whoever has the address."""
    return select(consents.c.patient_id).where(consents.c.id == resource_id)
