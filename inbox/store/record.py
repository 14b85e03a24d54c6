"""SQL of patients: whom a person may see at all, the list by name, and what a record holds."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    and_,
    exists,
    false,
    func,
    literal,
    literal_column,
    or_,
    select,
    tuple_,
    union_all,
)

from inbox.actors import MATRIX, Actor, Permission
from inbox.store import sight
from inbox.store.database import Reading
from inbox.store.tables import (
    actors,
    consents,
    contact_links,
    contact_points,
    messages,
    notes,
    patient_identifiers,
    patients,
    proxies,
)
from inbox.store.tables import conversations as c


def visible(actor: Actor) -> ColumnElement[bool]:
    """Patients whom the viewer may see: those with a conversation in which they may see the person, and those whom no
    conversation is about yet. Who sees all persons does not see those of sensitive conversations alone, and who needs
    a reason sees those they gave one for. A merged record is seen by who may see what came from it."""
    reach = MATRIX[Permission.SEE_PERSON][actor.role]
    about = c.c.subject_patient_id == patients.c.id
    if reach == "R" and actor.glasses:
        return exists().where(about, sight.person_visible(actor))
    if reach not in ("A", "T") or (reach == "T" and not actor.teams):
        return false()
    came = c.c.original_patient_id == patients.c.id
    free = or_(
        patients.c.survivor_id.is_(None), exists().where(came, sight.person_visible(actor)), ~exists().where(came)
    )
    return or_(exists().where(about, sight.person_visible(actor)), and_(~exists().where(about), free))


def page(
    reading: Reading, actor: Actor, fitting: Sequence[ColumnElement[bool]], *, after: int, limit: int
) -> Sequence[Row[Any]]:
    """Visible patients by name behind the patient `after` (0: from the start), within what `search_people` found."""
    shown = [patients.c[name] for name in ("id", "given", "family", "suffix", "preferred_name", "birth_on", "language")]
    open_now = select(func.count()).where(
        c.c.subject_patient_id == patients.c.id, c.c.state != literal_column("'closed'"), sight.person_visible(actor)
    )
    wanted = select(*shown, open_now.correlate(patients).scalar_subquery().label("open"))
    wanted = wanted.where(patients.c.survivor_id.is_(None), visible(actor), *fitting)
    if after:
        place = select(patients.c.search_name).where(patients.c.id == after).scalar_subquery()
        wanted = wanted.where(tuple_(patients.c.search_name, patients.c.id) > tuple_(place, literal(after)))
    return reading.all(wanted.order_by(patients.c.search_name, patients.c.id).limit(limit))


def one(reading: Reading, actor: Actor, patient_id: int) -> Row[Any] | None:
    """The patient's own row; None when this person may not see them."""
    return reading.one(select(patients).where(patients.c.id == patient_id, visible(actor)))


def beneath(patient_id: int) -> Select[tuple[int]]:
    """The ids of a record and of all that were merged into it, directly or through others."""
    tree = select(patients.c.id).where(patients.c.id == patient_id).cte("tree", recursive=True)
    return select(tree.union(select(patients.c.id).where(patients.c.survivor_id == tree.c.id)).c.id)


def survivor(reading: Reading, patient_id: int) -> int | None:
    """The record that this one was merged into."""
    found = reading.scalar(select(patients.c.survivor_id).where(patients.c.id == patient_id))
    return int(found) if found is not None else None


def identifiers(reading: Reading, patient_id: int) -> Sequence[Row[Any]]:
    """The live numbers."""
    wanted = select(patient_identifiers).where(patient_identifiers.c.patient_id == patient_id)
    return reading.all(wanted.where(patient_identifiers.c.live).order_by(patient_identifiers.c.id))


def addresses(reading: Reading, patient_id: int) -> Sequence[Row[Any]]:
    """The live links with their contact points, and how many patients use each now."""
    others = contact_links.alias("others")
    users = select(func.count(others.c.patient_id.distinct())).where(
        others.c.contact_id == contact_points.c.id, others.c.valid_to.is_(None)
    )
    shown = [contact_links.c[name] for name in ("relationship", "verified_at", "confidential", "rank")]
    wanted = select(
        contact_points.c.id,
        contact_points.c.kind,
        contact_points.c.value,
        contact_points.c.state,
        *shown,
        users.correlate(contact_points).scalar_subquery().label("shared_by"),
    ).join(contact_links, contact_links.c.contact_id == contact_points.c.id)
    live = (contact_links.c.patient_id == patient_id, contact_links.c.valid_to.is_(None))
    return reading.all(wanted.where(*live).order_by(contact_links.c.rank, contact_links.c.id))


def acting_for(reading: Reading, patient_id: int) -> Sequence[Row[Any]]:
    """The proxies, ended ones too."""
    return reading.all(select(proxies).where(proxies.c.patient_id == patient_id).order_by(proxies.c.id))


def consent_entries(reading: Reading, patient_id: int) -> Sequence[Row[Any]]:
    """The consent ledger of the patient's addresses, oldest first."""
    theirs = select(contact_links.c.contact_id).where(
        contact_links.c.patient_id == patient_id, contact_links.c.valid_to.is_(None)
    )
    wanted = select(consents, contact_points.c.value).join(contact_points)
    mine = or_(consents.c.patient_id.is_(None), consents.c.patient_id.in_(beneath(patient_id)))
    return reading.all(wanted.where(consents.c.contact_id.in_(theirs), mine).order_by(consents.c.at, consents.c.id))


def whole_ledger(reading: Reading, patient_id: int) -> Sequence[Row[Any]]:
    """Every consent entry of the patient or of an address that is theirs now, with that address and who wrote it."""
    theirs = select(contact_links.c.contact_id).where(
        contact_links.c.patient_id == patient_id, contact_links.c.valid_to.is_(None), contact_links.c.proxy_id.is_(None)
    )
    said = or_(
        consents.c.patient_id.in_(beneath(patient_id)),
        and_(consents.c.patient_id.is_(None), consents.c.contact_id.in_(theirs)),
    )
    wanted = select(consents, contact_points.c.value, actors.c.name.label("by")).join(contact_points)
    wanted = wanted.outerjoin(actors, actors.c.id == consents.c.actor_id)
    return reading.all(wanted.where(said).order_by(consents.c.at, consents.c.id))


def timeline(
    reading: Reading, actor: Actor, patient_id: int, *, after: tuple[datetime, int] | None, limit: int
) -> Sequence[Row[Any]]:
    """Messages and notes of the patient's visible conversations, newest first."""
    said = _said(actor, patient_id, messages, after).order_by(messages.c.at.desc(), messages.c.id.desc()).limit(limit)
    noted = _noted(actor, patient_id, notes, after).order_by(notes.c.at.desc(), notes.c.id.desc()).limit(limit)
    every = union_all(*(select(part.subquery()) for part in (said, noted))).subquery()
    return reading.all(select(every).order_by(every.c.at.desc(), every.c.id.desc()).limit(limit))


def _said(actor: Actor, patient_id: int, of: Any, after: tuple[datetime, int] | None) -> Select[Any]:
    text = func.coalesce(of.c.reply_text, of.c.body).label("text")
    shown = (literal("message").label("kind"), of.c.channel, of.c.direction, of.c.author_name.label("author"), text)
    return _of_patient(
        select(*_common(of), *shown).join(c, c.c.id == of.c.conversation_id), actor, patient_id, of, after
    )


def _noted(actor: Actor, patient_id: int, of: Any, after: tuple[datetime, int] | None) -> Select[Any]:
    kind, channel, direction = (literal(word).label(name) for word, name in _NOTE)
    shown = (kind, channel, direction, actors.c.name.label("author"), of.c.body.label("text"))
    wanted = select(*_common(of), *shown).join(c, c.c.id == of.c.conversation_id)
    return _of_patient(wanted.join(actors, actors.c.id == of.c.author_id), actor, patient_id, of, after)


_NOTE = (("note", "kind"), ("", "channel"), ("", "direction"))


def _common(of: Any) -> list[Any]:
    vis = [c.c.team, c.c.owner_id, c.c.clinical, c.c.sensitive]
    return [of.c.id, of.c.conversation_id, of.c.at, of.c["class"].label("class_"), *vis]


def _of_patient(
    wanted: Select[Any], actor: Actor, patient_id: int, of: Any, after: tuple[datetime, int] | None
) -> Select[Any]:
    wanted = wanted.where(c.c.subject_patient_id == patient_id, sight.person_visible(actor))
    if after is None:
        return wanted
    moment, last = after
    return wanted.where(or_(of.c.at < moment, and_(of.c.at == moment, of.c.id < last)))
