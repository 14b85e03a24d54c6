"""SQL behind the figures of phone calls and complaints: calls that rang, who said they were there, who answered and who
closed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, false, literal_column, select, true, union

from inbox.actors import MATRIX, Actor, Permission
from inbox.store.database import Reading
from inbox.store.metrics import OF_CASE, Asked, at_, narrowed
from inbox.store.tables import calls, closures, journal, messages
from inbox.store.tables import conversations as c

_OF_CALL = (
    calls.c.direction,
    calls.c.agent_id,
    *(at_(calls.c[name]) for name in ("ringing_at", "queued_at", "answered_at", "ended_at", "wrapped_at")),
    calls.c.result,
)
#: Spelled as its partial index spells it.
_DECLARED = journal.c.verb == literal_column("'availability.declared'")


def rung(reading: Reading, actor: Actor, asked: Asked) -> Iterator[Row[Any]]:
    """The calls that rang in [since, until) by `now`, each behind its conversation, oldest first."""
    span = (calls.c.ringing_at >= asked.since, calls.c.ringing_at < asked.until, calls.c.ringing_at <= asked.now)
    wanted = select(*OF_CASE, *_OF_CALL).join(calls, calls.c.conversation_id == c.c.id)
    return reading.each(wanted.where(*span, *narrowed(actor, asked)).order_by(calls.c.ringing_at, calls.c.id))


def declared(reading: Reading, actor: Actor, asked: Asked, *, before: timedelta) -> Iterator[Row[Any]]:
    """Who said when whether work may be given to them, from so long `before` the span on, in order: those whose
    figures this person reads."""
    of = {"A": true(), "O": journal.c.actor_id == actor.id}.get(MATRIX[Permission.METRICS][actor.role], false())
    span = and_(journal.c.at >= asked.since - before, journal.c.at < asked.until, journal.c.at <= asked.now)
    wanted = select(journal.c.actor_id, at_(journal.c.at), journal.c.details).where(_DECLARED, span, of)
    return reading.each(wanted.order_by(journal.c.seq))


def closers(reading: Reading, conversation_ids: Sequence[int]) -> dict[int, int | None]:
    """Who closed each of these last."""
    wanted = select(closures.c.conversation_id, closures.c.closed_by).where(_of(closures.c, conversation_ids))
    return {row.conversation_id: row.closed_by for row in reading.all(wanted.order_by(closures.c.id))}


def answerers(reading: Reading, conversation_ids: Sequence[int]) -> dict[int, set[int]]:
    """Which people wrote to the patient in each of these, or spoke with them."""
    wrote = select(messages.c.conversation_id, messages.c.author_id).where(_of(messages.c, conversation_ids))
    spoke = select(calls.c.conversation_id, calls.c.agent_id).where(_of(calls.c, conversation_ids))
    found: dict[int, set[int]] = {}
    by_hand = (messages.c.direction == "out", messages.c.author_id.is_not(None))
    led = (calls.c.answered_at.is_not(None), calls.c.agent_id.is_not(None))
    both = union(wrote.where(*by_hand), spoke.where(*led))
    for conversation, person in map(tuple, reading.all(both)):
        found.setdefault(conversation, set()).add(person)
    return found


def _of(columns: Any, conversation_ids: Sequence[int]) -> ColumnElement[bool]:
    condition: ColumnElement[bool] = columns.conversation_id.in_(sorted(conversation_ids))
    return condition
