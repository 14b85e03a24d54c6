"""SQL of one conversation: its head in one statement, and a statement for each kind of thing in it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, and_, bindparam, func, literal_column, select

from inbox.actors import Actor
from inbox.store import sight
from inbox.store.database import Reading
from inbox.store.tables import (
    actors,
    arrivals,
    attachments,
    calls,
    clock_entries,
    clocks,
    closures,
    contact_links,
    contact_points,
    escalations,
    messages,
    next_steps,
    notes,
    patients,
    proxies,
    secure_texts,
)
from inbox.store.tables import conversations as c

#: A conversation shows its newest messages and notes, so many of each.
NEWEST = 300


def head(reading: Reading, actor: Actor, conversation_id: int) -> Row[Any] | None:
    """The conversation with its patient, sender, owner and open next step; None when this person may not see it."""
    in_quarantine = select(arrivals.c.id).where(
        arrivals.c.conversation_id == c.c.id, arrivals.c.state == literal_column("'quarantined'")
    )
    wanted = select(
        c,
        patients.c.given,
        patients.c.family,
        patients.c.suffix,
        patients.c.preferred_name,
        contact_points.c.value.label("address"),
        contact_points.c.kind.label("address_kind"),
        actors.c.name.label("owner_name"),
        proxies.c.role.label("proxy_role"),
        proxies.c.scope.label("proxy_scope"),
        next_steps.c.what,
        next_steps.c.owner_id.label("step_owner_id"),
        next_steps.c.team.label("step_team"),
        next_steps.c.due_at.label("step_due_at"),
        in_quarantine.exists().label("quarantined"),
    ).select_from(
        c.outerjoin(patients, patients.c.id == c.c.subject_patient_id)
        .outerjoin(contact_points, contact_points.c.id == c.c.sender_contact_id)
        .outerjoin(actors, actors.c.id == c.c.owner_id)
        .outerjoin(proxies, proxies.c.id == c.c.sender_proxy_id)
        .outerjoin(next_steps, and_(next_steps.c.id == c.c.next_step_id, next_steps.c.done_at.is_(None)))
    )
    return reading.one(wanted.where(c.c.id == conversation_id, sight.visible(actor)))


def newest_messages(
    reading: Reading, conversation_id: int, *, before: datetime | None = None, limit: int = NEWEST
) -> list[Row[Any]]:
    """The newest `limit` messages, of the moment `before` or earlier, oldest first, without the HTML itself."""
    wanted = select(*_said).outerjoin(secure_texts, secure_texts.c.message_id == messages.c.id)
    wanted = wanted.where(messages.c.conversation_id == conversation_id)
    if before is not None:
        wanted = wanted.where(messages.c.at <= before)
    found = reading.all(wanted.order_by(messages.c.at.desc(), messages.c.id.desc()).limit(limit))
    return list(reversed(found))


def first_inbound(reading: Reading, conversation_id: int) -> Row[Any] | None:
    """The message that a conversation began with, as far as a patient wrote it."""
    wanted = select(messages).where(messages.c.conversation_id == conversation_id, messages.c.direction == "in")
    return reading.one(wanted.order_by(messages.c.at, messages.c.id).limit(1))


def files(reading: Reading, message_ids: Collection[int]) -> dict[int, list[Row[Any]]]:
    """The attachments of each message."""
    of_message: dict[int, list[Row[Any]]] = {}
    for file in reading.all(_files, {"ids": list(message_ids)}):
        of_message.setdefault(file.message_id, []).append(file)
    return of_message


def newest_notes(
    reading: Reading, conversation_id: int, *, before: datetime | None = None, limit: int = NEWEST
) -> list[Row[Any]]:
    """The newest `limit` notes, of the moment `before` or earlier, oldest first."""
    wanted = select(notes, actors.c.name.label("author_name")).join(actors, actors.c.id == notes.c.author_id)
    wanted = wanted.where(notes.c.conversation_id == conversation_id)
    if before is not None:
        wanted = wanted.where(notes.c.at <= before)
    return list(reversed(reading.all(wanted.order_by(notes.c.at.desc(), notes.c.id.desc()).limit(limit))))


def promises(reading: Reading, conversation_id: int) -> Sequence[Row[Any]]:
    """The clocks in the order they started."""
    wanted = select(clocks).where(clocks.c.conversation_id == conversation_id)
    return reading.all(wanted.order_by(clocks.c.started_at, clocks.c.id))


def ledger(reading: Reading, conversation_id: int) -> dict[int, list[Row[Any]]]:
    """The ledger rows of each clock, oldest first."""
    wanted = select(clock_entries).join(clocks, clocks.c.id == clock_entries.c.clock_id)
    found = reading.all(wanted.where(clocks.c.conversation_id == conversation_id).order_by(clock_entries.c.id))
    of_clock: dict[int, list[Row[Any]]] = {}
    for entry in found:
        of_clock.setdefault(entry.clock_id, []).append(entry)
    return of_clock


def legs(reading: Reading, conversation_id: int) -> Sequence[Row[Any]]:
    """The calls, oldest first."""
    return reading.all(
        select(calls).where(calls.c.conversation_id == conversation_id).order_by(calls.c.ringing_at, calls.c.id)
    )


def raised(reading: Reading, conversation_id: int) -> Sequence[Row[Any]]:
    """The escalations, oldest first."""
    wanted = select(escalations).where(escalations.c.conversation_id == conversation_id)
    return reading.all(wanted.order_by(escalations.c.raised_at, escalations.c.id))


def ending(reading: Reading, conversation_id: int) -> Row[Any] | None:
    """The live closure."""
    live = closures.c.reopened_at.is_(None)
    return reading.one(select(closures).where(closures.c.conversation_id == conversation_id, live))


def behind_address(reading: Reading, contact_id: int | None) -> Sequence[Row[Any]]:
    """The patients whom live links name behind an address, one row each."""
    shown = (patients.c.id, patients.c.given, patients.c.family, patients.c.suffix, patients.c.preferred_name)
    wanted = select(*shown, func.min(contact_links.c.relationship).label("relationship"))
    wanted = wanted.join(contact_links, contact_links.c.patient_id == patients.c.id)
    live = (contact_links.c.contact_id == contact_id, contact_links.c.valid_to.is_(None))
    return reading.all(wanted.where(*live, patients.c.survivor_id.is_(None)).group_by(*shown).order_by(patients.c.id))


def names(reading: Reading, ids: Iterable[int | None]) -> dict[int, str]:
    """What these people are called."""
    wanted = sorted({one for one in ids if one is not None})
    return {row.id: row.name for row in reading.all(select(actors.c.id, actors.c.name).where(actors.c.id.in_(wanted)))}


def some_messages(reading: Reading, ids: Sequence[int]) -> dict[int, tuple[Row[Any], list[Row[Any]]]]:
    """Messages by id with what their conversation's visibility depends on, and their files."""
    found = {row.id: (row, list[Row[Any]]()) for row in reading.all(_messages, {"ids": list(ids)})}
    for file in reading.all(_files, {"ids": list(found)}) if found else ():
        found[file.message_id][1].append(file)
    return found


_said = (
    *(column for column in messages.c if column.name != "html"),
    messages.c.html.is_not(None).label("has_html"),
    secure_texts.c.id.is_not(None).label("is_secure"),
    secure_texts.c.opened_at,
    secure_texts.c.body.label("letter"),
)
_messages = (
    select(
        *_said,
        c.c.team,
        c.c.owner_id,
        c.c.clinical,
        c.c.sensitive,
    )
    .join(c, c.c.id == messages.c.conversation_id)
    .outerjoin(secure_texts, secure_texts.c.message_id == messages.c.id)
    .where(messages.c.id.in_(bindparam("ids", expanding=True)))
)
_files = (
    select(attachments)
    .where(attachments.c.message_id.in_(bindparam("ids", expanding=True)))
    .order_by(attachments.c.message_id, attachments.c.id)
)
