"""SQL of the index of words (migration 0003): which rows hold some words, newest first, on FTS5 and on PostgreSQL.

Says nothing about who may see a row: `store/search` asks that of the rows themselves. Terms are quoted; none is syntax.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec
from sqlalchemy import BigInteger, ColumnElement, Select, cast, column, literal, literal_column, select, table
from sqlalchemy.dialects.postgresql import TSQUERY

from inbox.store.database import Reading
from patients.words import Term


class Index(msgspec.Struct, frozen=True):
    """A table of words and the column searched in it."""

    table: str
    column: str = "words"


MESSAGES, NOTES = Index("messages_words"), Index("notes_words")
SENDERS, SUBJECTS = Index("conversations_words", "sender"), Index("conversations_words", "subject")
PATIENTS, ADDRESSES = Index("patients_words"), Index("contact_points_words")

#: The rows looked at for one page: a few first, since a common word fills the page with these.
PORTIONS = (200, 2_000, 6_000)
#: PostgreSQL keeps no order in its index, so of the newest rows each is asked first, of more for a common word.
NEWEST = (3_000, 30_000)


class Words(msgspec.Struct, frozen=True):
    """All of `wanted` and none of `unwanted`."""

    wanted: tuple[Term, ...]
    unwanted: tuple[Term, ...] = ()


def holding(reading: Reading, index: Index, words: Words) -> Select[int]:
    """The ids of all rows with these words, in no order: for IN."""
    key, held = _held(reading, index, words)
    return select(key.label("id")).where(held)


def newest(reading: Reading, index: Index, words: Words, *, before: int) -> Iterator[tuple[list[int], bool]]:
    """Ids below `before` with these words, newest first, in growing portions; each comes with whether it was the
    last."""
    # the beginning of a word costs the union of all that begin so, each time it is asked
    sizes = PORTIONS[any(term.prefix for term in words.wanted) :]
    walks = list(NEWEST) if reading.connection.dialect.name == "postgresql" else []
    for size in sizes:
        walk = walks.pop(0) if walks else 0
        wanted = _of_newest(index, words, before, walk) if walk else _of_all(reading, index, words, before)
        ids = [row.id for row in reading.all(wanted.limit(size))]
        yield ids, not walk and len(ids) < size
        # a word that filled its portion is common: a longer walk is far below reading all that hold it
        walks = walks if len(ids) == size else []
        before = ids[-1] if ids else before


def among(reading: Reading, index: Index, words: Words, ids: Sequence[int]) -> list[int]:
    """Those of the rows that hold these words, newest first."""
    key, held = _held(reading, index, words)
    wanted = select(key.label("id")).where(held, key.in_(ids)).order_by(key.desc())
    return [row.id for row in reading.all(wanted)] if ids else []


def _of_all(reading: Reading, index: Index, words: Words, before: int) -> Select[int]:
    key, held = _held(reading, index, words)
    if reading.connection.dialect.name == "sqlite":
        return select(key.label("id")).where(held, key < before).order_by(key.desc())
    # walking the key backwards would look tempting to the planner, and take minutes over a rare word
    every = select(key.label("id")).where(held).cte("hits").prefix_with("MATERIALIZED", dialect="postgresql")
    return select(every.c.id).where(every.c.id < before).order_by(every.c.id.desc())


def _of_newest(index: Index, words: Words, before: int, walk: int) -> Select[int]:
    some = table(index.table, column("id", BigInteger()), column(index.column))
    last = select(some.c.id, some.c[index.column]).where(some.c.id < before).order_by(some.c.id.desc()).limit(walk)
    newest = last.subquery("newest")
    held = newest.c[index.column].op("@@")(cast(literal(tsquery(words)), TSQUERY))
    return select(newest.c.id).where(held).order_by(newest.c.id.desc())


def _held(reading: Reading, index: Index, words: Words) -> tuple[ColumnElement[int], ColumnElement[bool]]:
    if reading.connection.dialect.name == "sqlite":
        rows = table(index.table, column("rowid", BigInteger()))
        match: ColumnElement[bool] = literal_column(index.table).op("MATCH")(literal(fts5(words, index.column)))
        return rows.c.rowid, match
    rows = table(index.table, column("id", BigInteger()), column(index.column))
    return rows.c.id, rows.c[index.column].op("@@")(cast(literal(tsquery(words)), TSQUERY))


def fts5(words: Words, column: str) -> str:
    """As an FTS5 expression; each term is a string, which FTS5 parts into words by itself."""
    wanted = " AND ".join(map(_fts5_term, words.wanted))
    unwanted = " OR ".join(map(_fts5_term, words.unwanted))
    return f"{column} : (({wanted})" + (f" NOT ({unwanted}))" if unwanted else ")")


def tsquery(words: Words) -> str:
    """As a tsquery of quoted lexemes, past PostgreSQL's own reading of words."""
    wanted = " & ".join(map(_tsquery_term, words.wanted))
    unwanted = " | ".join(map(_tsquery_term, words.unwanted))
    return f"{wanted} & !({unwanted})" if unwanted else wanted


def _fts5_term(term: Term) -> str:
    return f'"{" ".join(term.words)}"' + (" *" if term.prefix else "")


def _tsquery_term(term: Term) -> str:
    lexemes = [f"'{word}'" for word in term.words]
    return f"({' <-> '.join(lexemes)}{':*' if term.prefix else ''})"
