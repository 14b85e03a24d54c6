"""Which conversations some words find, for lists that are narrowed by a search; and a query made ready to be asked."""

from __future__ import annotations

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from inbox import practice
from inbox.actors import Actor
from inbox.search_query import parse
from inbox.store import search as store
from inbox.store.database import Reading
from inbox.store.search_filters import Asked, Query
from patients.words import Term, fold_words

#: A list narrowed by words holds the newest of what they find.
MOST = 500


def conversations(reading: Reading, actor: Actor, text: str) -> tuple[int, ...]:
    """Ids of conversations that the viewer may know about and that the words find: by whom they are about, who writes,
    their subject or number, or what was said; at most the newest MOST each way. Raises Invalid as `parse` does."""
    asked = ask(reading, parse(text))
    found = store.conversations(reading, actor, asked, before=store.END, limit=MOST)
    said = store.words(reading, actor, asked, before=store.END, limit=MOST).rows if asked.query.wanted else ()
    return tuple(dict.fromkeys([*found, *(row.conversation_id for row in said)]))


def ask(reading: Reading, query: Query) -> Asked:
    """The query with its days at the clinic and its colleagues found."""
    zone = ZoneInfo(practice.read(reading).zone)
    authors = _called(reading, query.author) if query.author else None
    return Asked(query, _midnight(query.since, zone), _midnight(query.until, zone), authors)


def _midnight(day: date | None, zone: ZoneInfo) -> datetime | None:
    return None if day is None else datetime.combine(day, time(), zone)


def _called(reading: Reading, terms: tuple[Term, ...]) -> tuple[int, ...]:
    """Colleagues, each word the beginning of one of their names."""
    words = [word for term in terms for word in term.words]
    return tuple(
        row.id
        for row in store.staff(reading)
        if all(any(name.startswith(word) for name in fold_words(row.name)) for word in words)
    )
