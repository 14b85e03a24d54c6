"""SQL of the index of words (migration 0003): which rows hold some words, on FTS5 and on PostgreSQL.

Says nothing about who may see a row: `store/search` asks that of the rows themselves. Terms are quoted; none is syntax.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    any_,
    cast,
    column,
    func,
    literal,
    literal_column,
    select,
    table,
)
from sqlalchemy.dialects.postgresql import ARRAY, TSQUERY

from inbox.store.database import Reading
from patients.words import Term


class Index(msgspec.Struct, frozen=True):
    """A table of words and the column searched in it."""

    table: str
    column: str = "words"


MESSAGES, NOTES = Index("messages_words"), Index("notes_words")
SENDERS, SUBJECTS = Index("conversations_words", "sender"), Index("conversations_words", "subject")
PATIENTS, ADDRESSES = Index("patients_words"), Index("contact_points_words")


class Words(msgspec.Struct, frozen=True):
    """All of `wanted` and none of `unwanted`."""

    wanted: tuple[Term, ...]
    unwanted: tuple[Term, ...] = ()


def holding(reading: Reading, index: Index, words: Words) -> Select[int]:
    """The ids of all rows with these words, in no order: for IN."""
    key, held = held_by(reading, index, words)
    return select(key.label("id")).where(held)


def among(reading: Reading, index: Index, words: Words, ids: Sequence[int]) -> list[int]:
    """Those of the rows that hold these words, newest first."""
    key, held = held_by(reading, index, words)
    wanted = select(key.label("id")).where(held, one_of(reading, key, ids)).order_by(key.desc())
    return [row.id for row in reading.all(wanted)] if ids else []


def one_of(reading: Reading, key: ColumnElement[int], ids: Sequence[int]) -> ColumnElement[bool]:
    """As `key.in_(ids)` with one parameter for all: a thousand take the drivers longer than the database."""
    if reading.connection.dialect.name == "sqlite":
        return key.in_(select(column("value")).select_from(func.json_each(str(list(ids)))))
    return key == any_(literal(list(ids), ARRAY(BigInteger())))


def held_by(reading: Reading, index: Index, words: Words) -> tuple[ColumnElement[int], ColumnElement[bool]]:
    """The key of the index and the condition that a row of it holds these words."""
    if reading.connection.dialect.name == "sqlite":
        rows = table(index.table, column("rowid", BigInteger()))
        return rows.c.rowid, matches(index, fts5(words, index.column))
    rows = table(index.table, column("id", BigInteger()), column(index.column))
    return rows.c.id, holds(rows.c[index.column], words)


def matches(index: Index, expression: str) -> ColumnElement[bool]:
    """The condition of FTS5 over its own table."""
    match: ColumnElement[bool] = literal_column(index.table).op("MATCH")(literal(expression))
    return match


def holds(vector: ColumnElement[str], words: Words) -> ColumnElement[bool]:
    """The condition of PostgreSQL over a tsvector."""
    return vector.op("@@")(cast(literal(tsquery(words)), TSQUERY))


def fts5(words: Words, column: str, begun: Mapping[Term, Sequence[str]] = {}) -> str:
    """As an FTS5 expression; each term is a string, which FTS5 parts into words by itself, unless all the words that it
    begins are in `begun`."""
    wanted = " AND ".join(_fts5_term(term, begun) for term in words.wanted)
    unwanted = " OR ".join(_fts5_term(term, begun) for term in words.unwanted)
    return f"{column} : (({wanted})" + (f" NOT ({unwanted}))" if unwanted else ")")


def tsquery(words: Words) -> str:
    """As a tsquery of quoted lexemes, past PostgreSQL's own reading of words."""
    wanted = " & ".join(map(_tsquery_term, words.wanted))
    unwanted = " | ".join(map(_tsquery_term, words.unwanted))
    return f"{wanted} & !({unwanted})" if unwanted else wanted


def _fts5_term(term: Term, begun: Mapping[Term, Sequence[str]]) -> str:
    if begun.get(term):
        spelled = " OR ".join(f'"{word}"' for word in begun[term])
        return f"({spelled})"
    return f'"{" ".join(term.words)}"' + (" *" if term.prefix else "")


def _tsquery_term(term: Term) -> str:
    lexemes = [f"'{word}'" for word in term.words]
    return f"({' <-> '.join(lexemes)}{':*' if term.prefix else ''})"
