"""Who saw and who changed what, as one list in time; and whether the journal's chain still holds.

Refuses other people's acts to those who may only see their own.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from inbox import access
from inbox.access import Sighting
from inbox.actors import MATRIX, Actor, Permission
from inbox.errors import Forbidden, Invalid
from inbox.store import audit as store
from inbox.store import journal
from inbox.store.database import Reading


class Line(msgspec.Struct, frozen=True):
    """One act: `kind` seen or changed; `what` the object that was shown, or the journal's verb; `how` and `ids` (the
    conversations a list named) for what was seen, `details` for what changed."""

    kind: str
    id: int
    at: datetime
    actor_id: int | None
    actor: str
    what: str
    object_id: int | None
    patient_id: int | None
    conversation_id: int | None
    how: str = ""
    why: str = ""
    address: str = ""
    ids: tuple[int, ...] = ()
    details: dict[str, Any] = {}


class Asked(msgspec.Struct, frozen=True):
    """The question: acts in [since, until), about a patient, by a person, or both; without either, everybody's."""

    since: datetime
    until: datetime
    patient_id: int | None = None
    actor_id: int | None = None


class Page(msgspec.Struct, frozen=True):
    """Oldest first; `next` goes back as `after`."""

    items: tuple[Line, ...]
    next: str | None


class Chain(msgspec.Struct, frozen=True):
    """How many journal rows were checked, and the `seq` of the first whose link does not hold."""

    checked: int
    broken_at: int | None


def page(reading: Reading, *, actor: Actor, asked: Asked, after: str | None = None, limit: int = 100) -> Page:
    """A page of the report for this person. Raises Forbidden, Invalid for a cursor that is none."""
    skipped = _skipped(after)
    found = report(reading, _permitted(actor, asked))
    rest = [line for line in found if _place(line) > skipped]
    items = tuple(rest[:limit])
    return Page(items, ".".join(str(part) for part in _place(items[-1])) if len(rest) > limit else None)


def newest(reading: Reading, *, actor: Actor, asked: Asked, limit: int = 200) -> tuple[tuple[Line, ...], int]:
    """The last acts that this person may see, newest first, and how many there are in all: everybody their own,
    others' as the matrix says. Raises Forbidden."""
    found = report(reading, asked if asked.actor_id == actor.id else _permitted(actor, asked))
    return tuple(reversed(found[-limit:])) if limit else (), len(found)


def report(reading: Reading, asked: Asked) -> list[Line]:
    """All acts asked for, oldest first."""
    changes = [
        _changed(row) for row in store.changes(reading, asked.since, asked.until, asked.patient_id, asked.actor_id)
    ]
    return sorted([*_sightings(reading, asked), *changes], key=_place)


def verify(reading: Reading, since: int | datetime = 0) -> Chain:
    """Walks the journal's hash chain behind a `seq`, or from the first row of a moment on."""
    start = since if isinstance(since, int) else store.seq_before(reading, since)
    return Chain(*journal.first_broken(reading.connection, start))


def _permitted(actor: Actor, asked: Asked) -> Asked:
    reach = MATRIX[Permission.AUDIT][actor.role]
    if reach == "A":
        return asked
    if reach != "O" or asked.actor_id not in (None, actor.id):
        raise Forbidden("Your role sees its own acts only." if reach == "O" else "Your role does not show the audit.")
    return msgspec.structs.replace(asked, actor_id=actor.id)


def _sightings(reading: Reading, asked: Asked) -> list[Line]:
    if asked.patient_id is None and asked.actor_id is None:
        rows = store.sightings(reading, asked.since, asked.until)
        return [_seen(row, row.actor_name, tuple(row.ids)) for row in rows]
    found = access.who_saw(
        reading, since=asked.since, until=asked.until, patient_id=asked.patient_id, actor_id=asked.actor_id
    )
    return [_seen(seen, seen.actor, seen.ids) for seen in found]


def _seen(row: Sighting | Any, name: str, ids: tuple[int, ...]) -> Line:
    return Line(
        kind="seen",
        id=row.id,
        at=row.at,
        actor_id=row.actor_id,
        actor=name,
        what=row.object,
        object_id=row.object_id,
        patient_id=row.patient_id,
        conversation_id=row.conversation_id,
        how=row.how,
        why=row.why,
        address=row.address,
        ids=ids,
    )


def _changed(row: Any) -> Line:
    return Line(
        kind="changed",
        id=row.seq,
        at=row.at,
        actor_id=row.actor_id,
        actor=row.actor_name,
        what=row.verb,
        object_id=None,
        patient_id=row.patient_id,
        conversation_id=row.conversation_id,
        details=row.details,
    )


def _place(line: Line) -> tuple[int, int, int]:
    return int(line.at.timestamp() * 1_000_000), int(line.kind == "changed"), line.id


def _skipped(after: str | None) -> tuple[int, ...]:
    if after is None:
        return ()
    parts = after.split(".")
    if len(parts) != 3 or not all(part.isascii() and part.isdigit() and len(part) < 19 for part in parts):
        raise Invalid(fields={"after": "send back `next` as it came"})
    return tuple(int(part) for part in parts)
