"""Fills a database in bulk: one conversation goes through the real doors, and its rows are copied with new ids."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import urlencode

import psycopg
from sqlalchemy import Table, text

from channels.envelope import DoorRequest
from inbox import intake, worker
from inbox.actors import TEAMS
from inbox.house import House
from inbox.settings import DEMO_ACCOUNT_SID
from inbox.store import tables

MESSAGES_EACH = 5
#: One conversation in ten is still open, as in a clinic after some months.
OPEN_EVERY = 10
PENDING_JOBS = 2_000
CHUNK = 20_000
MINUTE = 60_000_000
COPIED = ("contact_points", "conversations", "arrivals", "messages", "next_steps", "assignments", "clocks")
COPIED += ("clock_entries", "jobs", "journal")

Record = dict[str, Any]
Change = Callable[[Record, int], None]


def fill(
    house: House, conversations: int, *, open_every: int = OPEN_EVERY, changes: Mapping[str, Change] | None = None
) -> None:
    """Adds `conversations` copies of one real conversation of five messages, one in `open_every` still open, and jobs
    that wait. `changes` by table, each called with a copied row and the place of its conversation, come last."""
    _one_conversation(house)
    patterns = {name: _rows_of(house, tables.metadata.tables[name]) for name in COPIED}
    ids = [row["id"] for rows in patterns.values() for row in rows if "id" in row]
    span = range(min(ids), max(ids) + 1)
    step, first = len(span), 1_000_000
    for name, pattern in patterns.items():
        table = tables.metadata.tables[name]
        made = (
            _copy(table, row, place, first + place * step - span.start, span, open_every, (changes or {}).get(name))
            for place in range(conversations)
            for row in pattern
        )
        _insert(house, table, made)
    _insert(house, tables.jobs, _waiting(patterns["jobs"][0], first + conversations * step))
    with house.database.transaction() as unit:
        unit.execute(text("UPDATE id_blocks SET next = :next"), {"next": first * 10 + conversations * step * 2})
    _settle(house)


def _one_conversation(house: House) -> None:
    for number in range(MESSAGES_EACH):
        fields = {"AccountSid": DEMO_ACCOUNT_SID, "MessageSid": f"SM{number:032d}", "From": "+14155550001"}
        fields |= {"To": "+14155550100", "Body": f"I need an appointment next week, please ({number})"}
        body = urlencode(fields).encode()
        url = f"{house.settings.public_url}/in/twilio/messages"
        intake.store(house, [intake.message(house, DoorRequest(url, {}, body))])
        worker.work_off(house, "inbound")


def _rows_of(house: House, table: Table) -> list[Record]:
    """The rows as the database keeps them: moments are numbers, JSON is text."""
    names = [column.name for column in table.columns]
    listed = ", ".join(f'"{name}"' for name in names)
    with house.database.snapshot() as reading:
        return [dict(zip(names, row, strict=True)) for row in reading.all(text(f'SELECT {listed} FROM "{table.name}"'))]


def _copy(
    table: Table, row: Record, place: int, shift: int, span: range, open_every: int, more: Change | None
) -> Record:
    copied = dict(row)
    for column in table.columns:
        name, value = column.name, copied[column.name]
        if (name in {"id", "ref"} or name.endswith("_id")) and isinstance(value, int) and value in span:
            copied[name] = value + shift
    change = _CHANGES.get(table.name)
    if change is not None:
        change(copied, place)
    if place % open_every:
        copied |= {name: value for name, value in _CLOSED.get(table.name, {}).items() if name in copied}
    if more is not None:
        more(copied, place)
    return copied


def _contact(row: Record, place: int) -> None:
    row["value"] = f"+1{2_000_000_000 + place}"


def _conversation(row: Record, place: int) -> None:
    row["team"] = TEAMS[place // OPEN_EVERY % len(TEAMS)]
    row["priority"] = 1 + place // 7 % 4
    row["opened_at"] -= place * MINUTE
    row["due_at"] = (row["due_at"] or row["opened_at"]) + place * MINUTE


def _external(row: Record, place: int) -> None:
    row["external_id"] = f"{row['external_id']}-{place}"


def _clock(row: Record, place: int) -> None:
    row["due_at"] += place * MINUTE


def _journal(row: Record, place: int) -> None:
    row["seq"] += (place + 1) * 1_000


_CHANGES: dict[str, Change] = {
    "contact_points": _contact,
    "conversations": _conversation,
    "arrivals": _external,
    "messages": _external,
    "clocks": _clock,
    "journal": _journal,
}
_PAST = int(time.time() * 1_000_000)
_CLOSED: dict[str, Record] = {
    "conversations": {"state": "closed", "closed_at": _PAST, "due_at": None, "due_metric": None, "receiving": False},
    "next_steps": {"done_at": _PAST},
    "assignments": {"ended_at": _PAST, "end_cause": "closed"},
    "clocks": {"state": "met", "met_at": _PAST},
}


def _waiting(job: Record, first: int) -> Iterator[Record]:
    for place in range(PENDING_JOBS):
        yield job | {"id": first + place, "state": "pending", "queue": "bulk", "claimed_until": None, "due_at": place}


def _insert(house: House, table: Table, rows: Iterator[Record]) -> None:
    names = [column.name for column in table.columns]
    listed = ", ".join(f'"{name}"' for name in names)
    values = ([row[name] for name in names] for row in rows)
    with house.database._writing() as connection:
        raw = connection.connection.driver_connection
        if isinstance(raw, psycopg.Connection):
            raw.execute("SET LOCAL statement_timeout = 0")
            with raw.cursor().copy(f'COPY "{table.name}" ({listed}) FROM STDIN') as copy:
                for value in values:
                    copy.write_row(value)
        else:
            assert raw is not None
            marks = ", ".join("?" * len(names))
            raw.executemany(f'INSERT INTO "{table.name}" ({listed}) VALUES ({marks})', values)


def _settle(house: House) -> None:
    """Lets PostgreSQL learn what is in the tables, as its own housekeeping would soon."""
    if not house.database.is_sqlite:
        with house.database._writer.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("SET statement_timeout = 0"))
            connection.execute(text("VACUUM ANALYZE"))
