"""SQL of what the operators of a search leave over, of conversations as a whole and of single messages and notes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

import msgspec
from sqlalchemy import ColumnElement, Table, and_, false, literal, literal_column, or_, select, true

from inbox.actors import Actor
from inbox.store import search_people as people
from inbox.store import sight
from inbox.store.database import Reading
from inbox.store.tables import attachments, calls, messages, notes
from inbox.store.tables import conversations as c
from patients.words import Term


class Query(msgspec.Struct, frozen=True):
    """All `wanted` terms and none of the `unwanted`, within what the operators leave; None and () mean any. `since` is
    the first day, `until` the day after the last."""

    wanted: tuple[Term, ...] = ()
    unwanted: tuple[Term, ...] = ()
    sender: tuple[Term, ...] = ()
    author: tuple[Term, ...] = ()
    queue: str | None = None
    states: tuple[str, ...] = ()
    channel: str | None = None
    reason: str | None = None
    since: date | None = None
    until: date | None = None
    has: tuple[str, ...] = ()
    number: int | None = None

    @property
    def narrowed(self) -> bool:
        """Whether an operator says anything, so that words are not needed."""
        return msgspec.structs.replace(self, wanted=(), unwanted=()) != Query()


class Asked(msgspec.Struct, frozen=True):
    """A query with its days as moments and its authors as ids (None: anybody)."""

    query: Query
    since: datetime | None = None
    until: datetime | None = None
    authors: tuple[int, ...] | None = None


def of_conversations(reading: Reading, actor: Actor, asked: Asked) -> list[ColumnElement[bool]]:
    """Conditions over conversations. Only those who may read them know that words or files are there."""
    query, found = asked.query, [c.c.merged_into.is_(None), *_of_both(reading, actor, asked.query)]
    if asked.since is not None:
        found.append(c.c.last_at >= asked.since)
    if asked.until is not None:
        found.append(c.c.opened_at < asked.until)
    if query.channel is not None:
        found.append(c.c.channel == query.channel)
    if asked.authors is not None:
        found += [_holding(messages, messages.c.author_id.in_(asked.authors)), sight.texts_visible(actor)]
    if query.has:
        found += [*(_CONVERSATIONS_WITH[thing](actor) for thing in query.has), sight.texts_visible(actor)]
    return found


def of_words(reading: Reading, actor: Actor, asked: Asked, rows: Table) -> list[ColumnElement[bool]]:
    """Conditions over messages or notes, whichever `rows` are, beside their conversations."""
    query, found = asked.query, _of_both(reading, actor, asked.query)
    if query.number is not None:
        found.append(c.c.id == query.number)
    if asked.since is not None:
        found.append(rows.c.at >= asked.since)
    if asked.until is not None:
        found.append(rows.c.at < asked.until)
    if query.channel is not None:
        found.append((messages if rows is messages else c).c.channel == query.channel)
    if asked.authors is not None:
        found.append(rows.c.author_id.in_(asked.authors))
    with_things = _MESSAGES_WITH if rows is messages else _NOTES_WITH
    return [*found, *(with_things[thing] for thing in query.has)]


def _of_both(reading: Reading, actor: Actor, query: Query) -> list[ColumnElement[bool]]:
    found = [_STATES[state](actor) for state in query.states]
    if query.queue is not None:
        found.append(c.c.team == query.queue)
    if query.reason is not None:
        found.append(or_(c.c.reason == query.reason, c.c.reason.startswith(f"{query.reason}.", autoescape=True)))
    if query.sender:
        found.append(and_(sight.person_visible(actor), people.sent_by(reading, query.sender)))
    return found


def _holding(what: Table, *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    return select(literal(1)).where(what.c.conversation_id == c.c.id, *conditions).correlate(c).exists()


_STATES: dict[str, Callable[[Actor], ColumnElement[bool]]] = {
    "open": lambda _: c.c.state != literal_column("'closed'"),
    "closed": lambda _: c.c.state == literal_column("'closed'"),
    "waiting": lambda _: c.c.state == literal_column("'waiting'"),
    "urgent": lambda _: c.c.priority <= 1,
    "unread": lambda _: c.c.unread,
    "mine": lambda actor: c.c.owner_id == actor.id,
}
_administrative = notes.c["class"] != literal_column("'clinical'")
_CONVERSATIONS_WITH: dict[str, Callable[[Actor], ColumnElement[bool]]] = {
    "attachment": lambda _: _holding(messages, messages.c.id == attachments.c.message_id),
    "voicemail": lambda _: _holding(calls, calls.c.recording.is_not(None)),
    "note": lambda actor: _holding(notes, or_(_administrative, sight.notes_visible(actor))),
}
_attached = select(attachments.c.id).where(attachments.c.message_id == messages.c.id)
_recorded = select(calls.c.id).where(calls.c.id == messages.c.call_id, calls.c.recording.is_not(None))
_MESSAGES_WITH: dict[str, ColumnElement[bool]] = {
    "attachment": select(attachments.c.id)
    .where(attachments.c.message_id == messages.c.id)
    .correlate(messages)
    .exists(),
    "voicemail": _recorded.correlate(messages).exists(),
    "note": false(),
}
_NOTES_WITH: dict[str, ColumnElement[bool]] = {"attachment": false(), "voicemail": false(), "note": true()}
