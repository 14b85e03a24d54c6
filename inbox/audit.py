"""Who saw and who changed what, as one list in time; and whether the journal's chain and the log's seals still hold.

Refuses other people's acts to those who may only see their own.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

import msgspec
from sqlalchemy import Row

from inbox import seal
from inbox.actors import MATRIX, Actor, Permission
from inbox.errors import Forbidden, Invalid
from inbox.keys import Keys
from inbox.seal import Anchor, Sealed
from inbox.store import audit as store
from inbox.store import journal, seals
from inbox.store.database import Reading

#: Above every id.
LAST = 2**63 - 1


class Line(msgspec.Struct, frozen=True):
    """One act: `kind` seen or changed; `what` the object that was shown, or the journal's verb; `how` and `ids` (the
    conversations a list named, or whom a push reached) for what was seen, with the `role` held then and whether it was
    shown or denied; `details` for what changed."""

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
    role: str = ""
    outcome: str = ""
    device: str = ""
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
    """How many journal rows were checked, the `seq` of the first whose link does not hold, and the seals over the
    access log."""

    checked: int
    broken_at: int | None
    access: Sealed

    @property
    def holds(self) -> bool:
        """Whether nothing was changed or cut, as far as can be seen."""
        return self.broken_at is None and self.access.fault is None


#: Where a line stands: its moment, seen (0) before changed (1), its id.
Place = tuple[datetime, int, int]
#: Rows are read so many at a time: no report is in memory whole.
BATCH = 1_000


def page(reading: Reading, *, actor: Actor, asked: Asked, after: str | None = None, limit: int = 100) -> Page:
    """A page of the report for this person. Raises Forbidden, Invalid for a cursor that is none."""
    found = tuple(islice(report(reading, _permitted(actor, asked), after=_read(after)), limit + 1))
    return Page(found[:limit], _write(_place(found[limit - 1])) if len(found) > limit else None)


def newest(reading: Reading, *, actor: Actor, asked: Asked, limit: int = 200) -> tuple[tuple[Line, ...], bool]:
    """The last acts that this person may see, newest first, and whether there are more: everybody their own, others' as
    the matrix says. Raises Forbidden."""
    permitted = asked if asked.actor_id == actor.id else _permitted(actor, asked)
    found = tuple(islice(report(reading, permitted, backwards=True), limit + 1))
    return found[:limit], len(found) > limit


def report(reading: Reading, asked: Asked, *, after: Place | None = None, backwards: bool = False) -> Iterator[Line]:
    """All acts asked for, oldest first or newest first, read as they are taken."""
    span = (asked.since, asked.until, asked.patient_id, asked.actor_id)
    theirs = frozenset[int]() if asked.patient_id is None else store.conversations_of(reading, asked.patient_id)
    seen = [_sightings(reading, asked, theirs, one, after, backwards) for one in store.sightings(*span)]
    changed = [_changes(reading, one, after, backwards) for one in store.changes(*span)]
    return heapq.merge(*seen, *changed, key=_place, reverse=backwards)


def verify(reading: Reading, keys: Keys, since: int | datetime = 0, anchor: Anchor | None = None) -> Chain:
    """Walks the journal's hash chain behind a `seq`, or from the first row of a moment on, and the seals since."""
    start = since if isinstance(since, int) else store.seq_before(reading, since)
    first = 0 if isinstance(since, int) else seals.before(reading, since)
    checked, broken = journal.first_broken(reading.connection, start)
    return Chain(checked, broken, seal.verify(reading, keys, after=first, anchor=anchor))


def _permitted(actor: Actor, asked: Asked) -> Asked:
    reach = MATRIX[Permission.AUDIT][actor.role]
    if reach == "A":
        return asked
    if reach != "O" or asked.actor_id not in (None, actor.id):
        raise Forbidden("Your role sees its own acts only." if reach == "O" else "Your role does not show the audit.")
    return msgspec.structs.replace(asked, actor_id=actor.id)


def _rows(
    reading: Reading, source: store.Source, kind: int, after: Place | None, backwards: bool
) -> Iterator[Row[Any]]:
    place = None if after is None else (after[0], after[2] if after[1] == kind else (-1 if kind else LAST))
    while found := store.some(reading, source, place, BATCH, backwards=backwards):
        yield from found
        last = found[-1]._mapping
        place = (last["at"], last["seq"] if kind else last["id"])


def _changes(reading: Reading, source: store.Source, after: Place | None, backwards: bool) -> Iterator[Line]:
    return (_changed(row) for row in _rows(reading, source, 1, after, backwards))


def _sightings(
    reading: Reading, asked: Asked, theirs: frozenset[int], source: store.Source, after: Place | None, backwards: bool
) -> Iterator[Line]:
    """A list counts for a patient when it showed one of the conversations that are theirs now; a push for a person when
    it reached them."""
    for row in _rows(reading, source, 0, after, backwards):
        is_direct = row.patient_id == asked.patient_id or row.conversation_id in theirs
        if asked.patient_id is not None and not is_direct and theirs.isdisjoint(row.ids):
            continue
        if asked.actor_id is not None and row.actor_id is None and asked.actor_id not in row.ids:
            continue
        yield _seen(row)


def _seen(row: Row[Any]) -> Line:
    return Line(
        kind="seen",
        id=row.id,
        at=row.at,
        actor_id=row.actor_id,
        actor=row.actor_name,
        what=row.object,
        object_id=row.object_id,
        patient_id=row.patient_id,
        conversation_id=row.conversation_id,
        how=row.how,
        why=row.why,
        role=row.role,
        outcome=row.outcome,
        device=row.device,
        address=row.address,
        ids=tuple(row.ids),
    )


def _changed(row: Row[Any]) -> Line:
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


def _place(line: Line) -> Place:
    return line.at, int(line.kind == "changed"), line.id


def _write(place: Place) -> str:
    return f"{int(place[0].timestamp() * 1_000_000)}.{place[1]}.{place[2]}"


def _read(after: str | None) -> Place | None:
    if after is None:
        return None
    parts = after.split(".")
    if len(parts) != 3 or not all(part.isascii() and part.isdigit() and len(part) < 19 for part in parts):
        raise Invalid(fields={"after": "send back `next` as it came"})
    try:
        return datetime.fromtimestamp(0, UTC) + timedelta(microseconds=int(parts[0])), int(parts[1]), int(parts[2])
    except OverflowError:
        raise Invalid(fields={"after": "send back `next` as it came"}) from None
