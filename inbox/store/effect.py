"""SQL of a rehearsal: the first message of each conversation, what routed it then, how far the rehearsal has come."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Row, and_, delete, func, insert, select

from inbox.actors import Actor
from inbox.store.database import Reading, Transaction
from inbox.store.sight import texts_visible
from inbox.store.tables import conversations as c
from inbox.store.tables import messages, watermarks


def count(reading: Reading, since: datetime) -> int:
    """How many conversations began with a patient's message since then."""
    return int(reading.scalar(select(func.count()).select_from(c).join(messages, _first).where(c.c.opened_at >= since)))


def any_conversation(reading: Reading) -> bool:
    """Whether there ever was one."""
    return reading.scalar(select(c.c.id).limit(1)) is not None


def newest_first_messages(reading: Reading, since: datetime, limit: int) -> Sequence[Row[Any]]:
    """The newest conversations with the words they began with."""
    return reading.all(_wanted(since).order_by(c.c.id.desc()).limit(limit))


def first_messages(reading: Reading, since: datetime, after: int, limit: int) -> Sequence[Row[Any]]:
    """The next conversations by id with the words they began with."""
    wanted = _wanted(since).where(c.c.id > after)
    return reading.all(wanted.order_by(c.c.id).limit(limit))


def _wanted(since: datetime) -> Any:
    return (
        select(
            c.c.id,
            c.c.opened_at,
            c.c.team,
            c.c.owner_id,
            c.c.clinical,
            c.c.sensitive,
            c.c.patient_choice,
            c.c.language,
            messages.c.channel,
            messages.c.line,
            messages.c.subject,
            messages.c.body,
            messages.c.reply_text,
            messages.c.machine,
        )
        .join(messages, _first)
        .where(c.c.opened_at >= since)
    )


_first = and_(messages.c.conversation_id == c.c.id, messages.c.sequence == 1, messages.c.direction == "in")


def traces(reading: Reading, since: datetime) -> Sequence[Row[Any]]:
    """Why each conversation since then went where it went, and whether it was clinical or flagged."""
    return reading.all(select(c.c.routed_because, c.c.clinical, c.c.flagged).where(c.c.opened_at >= since))


def past_messages(reading: Reading, actor: Actor, limit: int, message_id: int | None = None) -> Sequence[Row[Any]]:
    """The newest messages of patients that this actor may read, or one of them."""
    wanted = select(
        messages.c.id,
        messages.c.conversation_id,
        messages.c.channel,
        messages.c.line,
        messages.c.at,
        messages.c.subject,
        messages.c.body,
        messages.c.reply_text,
        c.c.language,
        c.c.subject_patient_id,
    ).join(c, c.c.id == messages.c.conversation_id)
    clinical = messages.c["class"] == "clinical"
    wanted = wanted.where(messages.c.direction == "in", messages.c.machine.is_(None), texts_visible(actor, clinical))
    if message_id is not None:
        wanted = wanted.where(messages.c.id == message_id)
    return reading.all(wanted.order_by(messages.c.id.desc()).limit(limit))


def visibilities(reading: Reading, ids: Sequence[int]) -> Sequence[Row[Any]]:
    """What seeing these conversations depends on now."""
    return reading.all(select(c.c.id, c.c.team, c.c.owner_id, c.c.clinical, c.c.sensitive).where(c.c.id.in_(ids)))


def progress(reading: Reading, configuration_id: int) -> Any:
    """How far the rehearsal of a draft is; None where nobody asked for one."""
    value = reading.scalar(select(watermarks.c.value).where(watermarks.c.name == _name(configuration_id)))
    return msgspec.json.decode(value) if value else None


def keep_progress(unit: Transaction, configuration_id: int, value: object) -> None:
    """In the place of what was there."""
    name = _name(configuration_id)
    unit.execute(delete(watermarks).where(watermarks.c.name == name))
    unit.execute(insert(watermarks).values(name=name, value=msgspec.json.encode(value).decode(), at=unit.now))


def _name(configuration_id: int) -> str:
    return f"effect:{configuration_id}"
