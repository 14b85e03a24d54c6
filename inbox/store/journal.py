"""The journal's SQL: appending in commit order with a hash chain, and reading on from a cursor.

`append` is the last thing a transaction does: its lock orders `seq` like the commits, so a reader's cursor never skips
a row. Nothing may wait after it, hence no foreign keys.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, bindparam, select, text

from inbox.store import rows
from inbox.store.tables import journal

#: Advisory lock number of the journal on PostgreSQL; SQLite has one writer anyway.
LOCK = 7_301
GENESIS = "0" * 64

_tip = select(journal.c.seq, journal.c.hash).order_by(journal.c.seq.desc()).limit(1)
_after = select(journal).where(journal.c.seq > bindparam("since")).order_by(journal.c.seq).limit(bindparam("most"))
_lock = text(f"SELECT pg_advisory_xact_lock({LOCK})")


class Entry(msgspec.Struct, frozen=True):
    """One change: who, what, about which conversation and patient; `details` holds ids, field names and codes."""

    at: datetime
    actor_id: int | None
    verb: str
    conversation_id: int | None
    patient_id: int | None
    details: dict[str, Any]


class Line(msgspec.Struct, frozen=True):
    """An entry as it stands in the journal."""

    seq: int
    at: datetime
    actor_id: int | None
    verb: str
    conversation_id: int | None
    patient_id: int | None
    details: dict[str, Any]


def append(connection: Connection, entries: Sequence[Entry]) -> int:
    """Writes the entries behind the tip and answers the new head."""
    if connection.dialect.name == "postgresql":
        connection.execute(_lock)
    tip = connection.execute(_tip).first()
    seq, previous = (tip.seq, tip.hash) if tip else (0, GENESIS)
    links = []
    for entry in entries:
        seq += 1
        digest = link(previous, seq, entry)
        links.append(
            {
                "seq": seq,
                "at": entry.at,
                "actor_id": entry.actor_id,
                "verb": entry.verb,
                "conversation_id": entry.conversation_id,
                "patient_id": entry.patient_id,
                "details": entry.details,
                "previous": previous,
                "hash": digest,
            }
        )
        previous = digest
    rows.add(connection, journal, links)
    return seq


def link(previous: str, seq: int, entry: Entry) -> str:
    """SHA-256 over the previous link and the row's canonical bytes (sorted keys)."""
    moment = int(entry.at.timestamp() * 1_000_000)
    row = [seq, moment, entry.actor_id, entry.verb, entry.conversation_id, entry.patient_id, entry.details]
    return hashlib.sha256(previous.encode() + msgspec.json.encode(row, order="sorted")).hexdigest()


def head(connection: Connection) -> int:
    """The newest `seq`, 0 for an empty journal."""
    row = connection.execute(_tip).first()
    return int(row.seq) if row else 0


def newest(connection: Connection) -> Row[Any, Any] | None:
    """The newest `seq` and its `hash`."""
    return connection.execute(_tip).first()


def hash_at(connection: Connection, seq: int) -> str:
    """The link of a row; that of an empty journal for 0, empty for a row that is not there."""
    if seq == 0:
        return GENESIS
    return str(connection.execute(select(journal.c.hash).where(journal.c.seq == seq)).scalar() or "")


def after(connection: Connection, since: int, limit: int) -> list[Line]:
    """The next lines above `since`, in order."""
    return [_line(row) for row in connection.execute(_after, {"since": since, "most": limit})]


def of_conversation(
    connection: Connection,
    conversation_id: int,
    limit: int = 500,
    *,
    before: datetime | None = None,
    without: Collection[str] = (),
) -> list[Line]:
    """A conversation's lines, oldest first; the newest `limit` of them, of the moment `before` or earlier, without
    some verbs."""
    wanted = select(journal).where(journal.c.conversation_id == conversation_id)
    if before is not None:
        wanted = wanted.where(journal.c.at <= before)
    if without:
        wanted = wanted.where(journal.c.verb.not_in(sorted(without)))
    rows = connection.execute(wanted.order_by(journal.c.seq.desc()).limit(limit)).all()
    return [_line(row) for row in reversed(rows)]


def newest_of(connection: Connection, conversation_id: int, verb: str | None = None) -> Line | None:
    """A conversation's newest line, or its newest with this verb."""
    wanted = select(journal).where(journal.c.conversation_id == conversation_id)
    if verb is not None:
        wanted = wanted.where(journal.c.verb == verb)
    row = connection.execute(wanted.order_by(journal.c.seq.desc()).limit(1)).first()
    return None if row is None else _line(row)


def of_verb(connection: Connection, verb: str, since: datetime) -> list[Line]:
    """The lines of a verb since a moment, oldest first."""
    wanted = select(journal).where(journal.c.verb == verb, journal.c.at >= since)
    return [_line(row) for row in connection.execute(wanted.order_by(journal.c.seq))]


def first_broken(connection: Connection, since: int = 0) -> tuple[int, int | None]:
    """Walks the chain: how many rows were checked and the first `seq` whose link does not hold, or None."""
    checked, previous = 0, None
    rows = connection.execute(select(journal).where(journal.c.seq > since).order_by(journal.c.seq))
    expected = since + 1
    for row in rows:
        line = _line(row)
        before = previous if previous is not None else (GENESIS if since == 0 else row.previous)
        entry = Entry(line.at, line.actor_id, line.verb, line.conversation_id, line.patient_id, line.details)
        if row.seq != expected or row.previous != before or row.hash != link(before, row.seq, entry):
            return checked, int(row.seq)
        checked, previous, expected = checked + 1, row.hash, row.seq + 1
    return checked, None


def _line(row: Any) -> Line:
    return Line(row.seq, row.at, row.actor_id, row.verb, row.conversation_id, row.patient_id, row.details)
