"""The search: people, conversations and words over all time, within the viewer's sight, newest first.

Refuses to let a text that a role may not read matter in any way: not as a hit, not in a count, not in a highlight.
"""

from __future__ import annotations

from datetime import datetime
from time import perf_counter
from typing import Any

import msgspec

from inbox import matching, patient_list, worklist
from inbox.actors import Actor
from inbox.errors import Invalid
from inbox.highlight import Piece, excerpt, pieces
from inbox.search_query import parse
from inbox.store import journal
from inbox.store import search as store
from inbox.store import worklist as rows
from inbox.store.database import Reading
from inbox.store.search_filters import Asked, Query
from inbox.worklist import Row

PEOPLE, LARGEST, EXCERPT = 8, 100, 180
#: New hits are counted up to here, in so many lines of the journal.
CAP, LOOKED_THROUGH = 100, 2_000


class Person(msgspec.Struct, frozen=True):
    """A patient whom the words name."""

    summary: patient_list.Summary
    name: tuple[Piece, ...]


class Conversation(msgspec.Struct, frozen=True):
    """A conversation by whom it is about, who writes, its subject or number."""

    row: Row
    name: tuple[Piece, ...]
    subject: tuple[Piece, ...]


class Words(msgspec.Struct, frozen=True):
    """A message or note that holds the words; `row` is its conversation, `author` empty for the patient."""

    id: int
    kind: str
    row: Row
    at: datetime
    channel: str
    direction: str
    author: str
    text: tuple[Piece, ...]


class Results(msgspec.Struct, frozen=True):
    """What was found. `next` goes back as `after` for more of one group: conversations or words. `more_people`: there
    are more than shown. `newest` is what `newer` counts from, `took` seconds. What the look for words left out: all
    before `back_to` (None: nothing), all but the newest `of_person` conversations of a person (0: none), and all but
    the first by the alphabet of the many words that begin as `too_short` do."""

    people: tuple[Person, ...]
    conversations: tuple[Conversation, ...]
    words: tuple[Words, ...]
    next: dict[str, str]
    more_people: bool
    newest: int
    took: float
    back_to: datetime | None = None
    of_person: int = 0
    too_short: tuple[str, ...] = ()


def search(reading: Reading, *, actor: Actor, text: str, after: str | None = None, limit: int = 20) -> Results:
    """The first of each group, or with `after` the next of one. Raises Invalid as `search_query.parse` does, and for a
    cursor that is none."""
    begun, query, limit = perf_counter(), parse(text), max(1, min(limit, LARGEST))
    asked = matching.ask(reading, query)
    group, before = _cursor(after)
    people = _people(reading, actor, query) if group is None else patient_list.Patients((), None)
    about = _conversations(reading, actor, asked, before, limit) if group in (None, "c") else []
    said = _said(reading, actor, asked, before, limit) if group in (None, "w") else store.Said((), None)
    shown = about[:limit]
    found = _rows(reading, actor, [*shown, *(row.conversation_id for row in said.rows)])
    following = {"conversations": f"c.{shown[-1]}"} if len(about) > limit else {}
    following |= {"words": f"w.{said.floor}"} if said.floor is not None else {}
    return Results(
        people=tuple(_person(one, query) for one in people.items),
        conversations=tuple(_conversation(found[one], query) for one in shown if one in found),
        words=tuple(_words(row, found[row.conversation_id], query) for row in said.rows),
        next=following,
        more_people=people.next is not None,
        newest=journal.head(reading.connection),
        took=perf_counter() - begun,
        back_to=store.back_to(reading, said.floor) if said.floor is not None and len(said.rows) < limit else None,
        of_person=store.OF_SENDER if said.cut else 0,
        too_short=said.short,
    )


def newer(reading: Reading, *, actor: Actor, text: str, since: int) -> int:
    """How many messages and notes that fit were written after `since`, the `newest` of a search; at most CAP."""
    asked = matching.ask(reading, parse(text))
    lines = journal.after(reading.connection, since, LOOKED_THROUGH)
    written = [line.details[name] for line in lines for name in ("message", "note") if name in line.details]
    return len(store.words_of(reading, actor, asked, sorted(set(written))[-CAP:])) if asked.query.wanted else 0


def ids(results: Results) -> list[int]:
    """The conversations shown by name, for the access log."""
    shown = [*(one.row for one in results.conversations), *(one.row for one in results.words)]
    return list(dict.fromkeys(row.id for row in shown if row.sight.person))


def _people(reading: Reading, actor: Actor, query: Query) -> patient_list.Patients:
    """Patients for words alone or for `from:`; the other operators speak of conversations."""
    alone = msgspec.structs.replace(query, sender=(), number=None)
    terms = query.sender or query.wanted
    if not terms or alone.narrowed:
        return patient_list.Patients((), None)
    return patient_list.fitting(reading, actor=actor, wanted=terms, unwanted=query.unwanted, limit=PEOPLE)


def _conversations(reading: Reading, actor: Actor, asked: Asked, before: int, limit: int) -> list[int]:
    """One more than asked for tells that there are more."""
    query = asked.query
    if not (query.wanted or query.narrowed):
        return []
    return store.conversations(reading, actor, asked, before=before, limit=limit + 1)


def _said(reading: Reading, actor: Actor, asked: Asked, before: int, limit: int) -> store.Said:
    if not asked.query.wanted:
        return store.Said((), None)
    return store.words(reading, actor, asked, before=before, limit=limit)


def _rows(reading: Reading, actor: Actor, wanted: list[int]) -> dict[int, Row]:
    shown = rows.rows_of_ids(reading, actor, list(dict.fromkeys(wanted))) if wanted else ()
    return {row.id: row for row in worklist.rows(reading, actor, shown)}


def _person(one: patient_list.Summary, query: Query) -> Person:
    return Person(one, pieces(one.name, query.sender or query.wanted, beginnings=True))


def _conversation(row: Row, query: Query) -> Conversation:
    named = pieces(row.name, query.sender or query.wanted, beginnings=True)
    return Conversation(row, named, pieces(row.subject, query.wanted))


def _words(said: Any, row: Row, query: Query) -> Words:
    text = excerpt(said.text, query.wanted, EXCERPT)
    if not any(piece.hit for piece in text) and said.subject:
        text = excerpt(f"{said.subject}: {said.text}", query.wanted, EXCERPT)
    return Words(
        id=said.id,
        kind=said.kind,
        row=row,
        at=said.at,
        channel=said.channel,
        direction=said.direction,
        author="" if said.author_kind == "patient" else said.author,
        text=text,
    )


def _cursor(after: str | None) -> tuple[str | None, int]:
    if not after:
        return None, store.END
    group, _, place = after.partition(".")
    if group not in ("c", "w") or not (place.isascii() and place.isdigit() and len(place) < 19):
        raise Invalid("This page does not exist.", fields={"after": "send back `next` as it came"})
    return group, int(place)
