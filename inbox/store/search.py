"""SQL of the search: people, conversations and words within the viewer's sight. Each row is judged by `store/sight`
before it counts; the index only proposes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    and_,
    false,
    func,
    literal,
    literal_column,
    or_,
    select,
    union,
)

from inbox.actors import Actor
from inbox.store import search_filters as filters
from inbox.store import search_index as index
from inbox.store import search_newest as newest
from inbox.store import search_people as people
from inbox.store import search_reach as reach
from inbox.store import sight
from inbox.store.database import Reading
from inbox.store.search_filters import Asked, Query
from inbox.store.search_index import Words
from inbox.store.tables import (
    actors,
    messages,
    notes,
)
from inbox.store.tables import conversations as c
from patients.words import Term

#: Above every id.
END = 2**62
#: So many conversations of one person are looked through for words.
OF_SENDER, MESSAGES_OF_SENDER = 500, 1_500


class Said(msgspec.Struct, frozen=True):
    """Hits newest first, and below which id to look further; None at the end. `cut`: older conversations of the person
    were not looked through. `short`: beginnings of more words than were looked for."""

    rows: tuple[Row[Any], ...]
    floor: int | None
    cut: bool = False
    short: tuple[str, ...] = ()


def staff(reading: Reading) -> Sequence[Row[Any]]:
    """Who works or worked here."""
    return reading.all(select(actors.c.id, actors.c.name))


def conversations(reading: Reading, actor: Actor, asked: Asked, *, before: int, limit: int) -> list[int]:
    """Ids of visible conversations, newest first, by whom they are about, who writes, their subject or number."""
    within = [c.c.id < before, *filters.of_conversations(reading, actor, asked)]
    parts = [
        select(c.c.id).where(condition, *within).order_by(c.c.id.desc()).limit(limit).subquery()
        for condition in _about(reading, actor, asked.query)
    ]
    every = union(*(select(part) for part in parts)).subquery("every")
    return [row.id for row in reading.all(select(every.c.id).order_by(every.c.id.desc()).limit(limit))]


def words(reading: Reading, actor: Actor, asked: Asked, *, before: int, limit: int) -> Said:
    """Messages and notes below `before` that the viewer may read and that hold the words, newest first."""
    where = _where(reading, actor, asked)
    begun = {kind.table.name: newest.begun_by(reading, kind.index, _words(asked)) for kind in (_MESSAGE, _NOTE)}
    found = [
        _gathered(_of_kind(reading, actor, one, kind, before, inside, begun[kind.table.name], limit), limit)
        for one, inside in where
        for kind in (_MESSAGE, _NOTE)
    ]
    short = {term.typed for one in begun.values() for term in one if len(one[term]) > newest.BEGUN}
    cut = any(inside is not None and len(inside) > OF_SENDER for _, inside in where)
    floor = max((one.floor for one in found if one.floor is not None), default=None)
    # a text may hold the name of whom it is about
    rows = sorted({row.id: row for one in found for row in one.rows}.values(), key=lambda row: -row.id)
    kept = [row for row in rows if floor is None or row.id >= floor]
    if len(kept) > limit:
        return Said(tuple(kept[:limit]), kept[limit - 1].id, cut, tuple(sorted(short)))
    return Said(tuple(kept), floor, cut, tuple(sorted(short)))


def _words(asked: Asked) -> Words:
    return Words(asked.query.wanted, asked.query.unwanted)


def words_of(reading: Reading, actor: Actor, asked: Asked, ids: Sequence[int]) -> list[Row[Any]]:
    """Those among these messages and notes that hold the words and that the viewer may read."""
    wanted, found = _words(asked), list[Row[Any]]()
    for kind in (_MESSAGE, _NOTE):
        hits = index.among(reading, kind.index, wanted, ids)
        within = filters.of_words(reading, actor, asked, kind.table)
        found += _readable(reading, actor, kind, hits, within)
    return found


def _where(reading: Reading, actor: Actor, asked: Asked) -> list[tuple[Asked, list[int] | None]]:
    """The words to look for, each with the conversations to look in (None: all). A name beside words is that of whom
    they are about, or one more word."""
    query = asked.query
    if query.sender:
        return [(asked, _conversations_of(reading, actor, query.sender))]
    found: list[tuple[Asked, list[int] | None]] = [(asked, reach.few(reading, actor))]
    for name, rest in people.named_beside(reading, query.wanted):
        spoken = msgspec.structs.replace(asked, query=msgspec.structs.replace(query, wanted=rest))
        found.append((spoken, _conversations_of(reading, actor, name)))
    return found


def back_to(reading: Reading, floor: int) -> datetime | None:
    """When the first message was written that stands above the floor of a look."""
    first = select(messages.c.at).where(messages.c.id >= floor).order_by(messages.c.id).limit(1)
    return reading.scalar(first)  # type: ignore[no-any-return]  # the column holds moments


def _conversations_of(reading: Reading, actor: Actor, sender: Sequence[Term]) -> list[int]:
    """The newest of a person; one more than OF_SENDER tells that there are more."""
    found = set[int]()
    # one by one: no index answers an OR of them
    for way in people.ways_of(reading, sender):
        theirs = select(c.c.id).where(sight.person_visible(actor), way).order_by(c.c.id.desc()).limit(OF_SENDER + 1)
        found.update(row.id for row in reading.all(theirs))
    return sorted(found, reverse=True)[: OF_SENDER + 1]


def _gathered(portions: Iterator[tuple[Sequence[Row[Any]], int | None]], limit: int) -> Said:
    rows: list[Row[Any]] = []
    floor: int | None = None
    for readable, looked in portions:
        rows, floor = [*rows, *readable], looked
        if len(rows) > limit:
            break
    return Said(tuple(rows[:limit]), rows[limit - 1].id) if len(rows) > limit else Said(tuple(rows), floor)


def _of_kind(
    reading: Reading,
    actor: Actor,
    asked: Asked,
    kind: _Kind,
    before: int,
    inside: list[int] | None,
    begun: newest.Begun,
    limit: int,
) -> Iterator[tuple[Sequence[Row[Any]], int | None]]:
    """Portions of hits with those of them that the viewer may read, and below which id nobody looked."""
    wanted = _words(asked)
    conditions = filters.of_words(reading, actor, asked, kind.table)
    if inside is None:
        portions = newest.newest(reading, kind.index, wanted, begun, before=before)
    else:
        ids, end = _written_in(reading, kind, inside[:OF_SENDER], before)
        portions = iter([(newest.within(reading, kind.index, wanted, ids), end)])
    for hits, floor in portions:
        readable = _readable(reading, actor, kind, hits, conditions, limit + 1)
        yield readable, floor


def _written_in(reading: Reading, kind: _Kind, inside: list[int], before: int) -> tuple[list[int], int | None]:
    """The newest messages or notes of these conversations, and the last of them when there are more."""
    rows = kind.table.c
    wanted = select(rows.id).where(index.one_of(reading, rows.conversation_id, inside), rows.id < before)
    ids = [row.id for row in reading.all(wanted.order_by(rows.id.desc()).limit(MESSAGES_OF_SENDER))]
    return ids, ids[-1] if len(ids) == MESSAGES_OF_SENDER else None


def _readable(
    reading: Reading,
    actor: Actor,
    kind: _Kind,
    ids: Sequence[int],
    within: Sequence[ColumnElement[bool]],
    limit: int | None = None,
) -> Sequence[Row[Any]]:
    if not ids:
        return ()
    rows = kind.table.c
    wanted = kind.shown.where(index.one_of(reading, rows.id, ids), kind.readable(actor), *within)
    return reading.all(wanted.order_by(rows.id.desc()).limit(limit))


class _Kind(msgspec.Struct, frozen=True):
    """Messages or notes: where their words are, what a hit shows, and who may read one."""

    table: Any
    index: index.Index
    shown: Select[Any]
    readable: Callable[[Actor], ColumnElement[bool]]


def _message_readable(actor: Actor) -> ColumnElement[bool]:
    return sight.texts_visible(actor, messages.c["class"] == literal_column("'clinical'"))


def _note_readable(actor: Actor) -> ColumnElement[bool]:
    clinical = notes.c["class"] == literal_column("'clinical'")
    return or_(and_(clinical, sight.notes_visible(actor)), and_(~clinical, sight.texts_visible(actor)))


_MESSAGE = _Kind(
    messages,
    index.MESSAGES,
    select(
        messages.c.id,
        literal("message").label("kind"),
        *(messages.c[name] for name in ("conversation_id", "at", "direction", "channel", "subject", "author_kind")),
        messages.c["class"].label("klass"),
        messages.c.author_name.label("author"),
        func.coalesce(messages.c.reply_text, messages.c.body).label("text"),
    ).join(c, c.c.id == messages.c.conversation_id),
    _message_readable,
)
_NOTE = _Kind(
    notes,
    index.NOTES,
    select(
        notes.c.id,
        literal("note").label("kind"),
        *(notes.c[name] for name in ("conversation_id", "at")),
        *(literal(value).label(name) for name, value in (("direction", ""), ("channel", ""), ("subject", ""))),
        literal("staff").label("author_kind"),
        notes.c["class"].label("klass"),
        actors.c.name.label("author"),
        notes.c.body.label("text"),
    )
    .join(c, c.c.id == notes.c.conversation_id)
    .join(actors, actors.c.id == notes.c.author_id),
    _note_readable,
)


def _about(reading: Reading, actor: Actor, query: Query) -> list[ColumnElement[bool]]:
    """Ways to find a conversation, each with the sight that it takes; a list of none finds nothing."""
    number = c.c.id == query.number if query.number is not None else None
    if not query.wanted:
        narrowed = [sight.visible(actor)] if query.narrowed and number is None else []
        return [and_(sight.visible(actor), number)] if number is not None else narrowed or [false()]
    words = Words(query.wanted, query.unwanted)
    named = people.ways_of(reading, query.wanted, query.unwanted)
    subject = c.c.id.in_(index.holding(reading, index.SUBJECTS, words))
    ways = [and_(sight.person_visible(actor), way) for way in named]
    ways.append(and_(sight.texts_visible(actor), subject))
    (typed, *others) = (term.typed for term in query.wanted)
    if not others and typed.isascii() and typed.isdigit() and len(typed) < 19:
        ways.append(and_(sight.visible(actor), c.c.id == int(typed)))
    return ways
