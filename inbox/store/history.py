"""SQL of all that was said about one patient, over every channel, request and year; narrowed before it is limited."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Row, Select, and_, func, literal, or_, select, union_all, update

from inbox.actors import Actor
from inbox.store import sight
from inbox.store.database import Reading, Transaction
from inbox.store.tables import actors, episodes, messages, notes, patients
from inbox.store.tables import conversations as c


class Narrow(msgspec.Struct, frozen=True):
    """What a history is narrowed to: a channel, a reason with its sub-reasons, moments in [since, until)."""

    channel: str = ""
    reason: str = ""
    since: datetime | None = None
    until: datetime | None = None


def said(
    reading: Reading, actor: Actor, patient_id: int, narrow: Narrow, *, after: tuple[datetime, int] | None, limit: int
) -> Sequence[Row[Any]]:
    """Messages and, unless a channel is asked for, notes of the patient's visible conversations, newest first."""
    parts = [_messages(narrow)] if narrow.channel else [_messages(narrow), _notes()]
    limited = []
    for of, wanted in zip((messages, notes), parts, strict=False):
        wanted = wanted.where(c.c.subject_patient_id == patient_id, sight.person_visible(actor), *_within(of, narrow))
        if after is not None:
            wanted = wanted.where(or_(of.c.at < after[0], and_(of.c.at == after[0], of.c.id < after[1])))
        limited.append(select(wanted.order_by(of.c.at.desc(), of.c.id.desc()).limit(limit).subquery()))
    every = union_all(*limited).subquery()
    return reading.all(select(every).order_by(every.c.at.desc(), every.c.id.desc()).limit(limit))


def spread(reading: Reading, actor: Actor, patient_id: int) -> Sequence[Row[Any]]:
    """Reasons and channels of what was said in the patient's visible conversations, with the first and last moment of
    each: what there is to narrow to."""
    moments = (func.min(messages.c.at).label("first"), func.max(messages.c.at).label("last"))
    wanted = select(c.c.reason, messages.c.channel, *moments).join(c, c.c.id == messages.c.conversation_id)
    wanted = wanted.where(c.c.subject_patient_id == patient_id, sight.person_visible(actor))
    return reading.all(wanted.group_by(c.c.reason, messages.c.channel))


def episodes_of(reading: Reading, patient_id: int) -> Sequence[Row[Any]]:
    """Care that spans requests, newest first."""
    wanted = select(episodes).where(episodes.c.patient_id == patient_id)
    return reading.all(wanted.order_by(episodes.c.opened_at.desc(), episodes.c.id.desc()))


def change(unit: Transaction, patient_id: int, version: int, values: dict[str, Any]) -> bool:
    """Changes a patient's own row and raises its version; False when somebody was first."""
    same = and_(patients.c.id == patient_id, patients.c.version == version)
    return unit.execute(update(patients).where(same).values(version=version + 1, **values)).rowcount == 1


def _messages(narrow: Narrow) -> Select[Any]:
    of = messages
    text = func.coalesce(of.c.reply_text, of.c.body).label("text")
    shown = (literal("message").label("kind"), of.c.channel, of.c.direction, of.c.author_name.label("author"), text)
    wanted = select(*_common(of), *shown, of.c.subject).join(c, c.c.id == of.c.conversation_id)
    return wanted.where(of.c.channel == narrow.channel) if narrow.channel else wanted


def _notes() -> Select[Any]:
    of = notes
    fixed = (literal("note").label("kind"), literal("").label("channel"), literal("").label("direction"))
    shown = (*fixed, actors.c.name.label("author"), of.c.body.label("text"), literal("").label("subject"))
    wanted = select(*_common(of), *shown).join(c, c.c.id == of.c.conversation_id)
    return wanted.join(actors, actors.c.id == of.c.author_id)


def _common(of: Any) -> list[Any]:
    vis = [c.c.team, c.c.owner_id, c.c.clinical, c.c.sensitive, c.c.reason]
    return [of.c.id, of.c.conversation_id, of.c.at, of.c["class"].label("class_"), *vis]


def _within(of: Any, narrow: Narrow) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if narrow.reason:
        found.append(or_(c.c.reason == narrow.reason, c.c.reason.startswith(f"{narrow.reason}.", autoescape=True)))
    if narrow.since is not None:
        found.append(of.c.at >= narrow.since)
    if narrow.until is not None:
        found.append(of.c.at < narrow.until)
    return found
