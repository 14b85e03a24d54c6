"""SQL that finds the newest rows with some words at a bounded cost: rare words by the index, over all time; common ones
in the newest rows first, since an index keeps them in no order (PostgreSQL) or must read them all to see that nobody
said two of them in a row. How far it looked comes with the answer.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from typing import Any

from sqlalchemy import BigInteger, Select, column, func, select, table, text

from inbox.store.database import Reading
from inbox.store.search_index import MESSAGES, NOTES, Index, Words, among, fts5, holds, matches, tsquery
from patients.words import Term

#: Hits are judged in growing portions, since a common word fills the page with the first.
PORTIONS = (200, 1_000, 3_000)
#: A word in fewer rows is rare: all of them are read, in some milliseconds.
RARE = 10_000
#: And one that the newest rows do not hold at all is read in up to so many, on PostgreSQL.
LONG_AGO = 60_000
#: Of the newest rows so many are read for common words on PostgreSQL, each with its words.
WALKS = (2_000, 12_000)
#: And on SQLite those whose ids lie so near to the newest; about one id in eight is a message's.
SPANS = (100_000, 1_500_000)
#: The beginning of a word stands for so many words on SQLite, by the alphabet.
BEGUN = 100

#: The words of some rows as migration 0003 makes them on SQLite; the next word in use; a table that parts words alike.
MOST = 50_000
WRITTEN = {
    MESSAGES: "SELECT id, substr(subject || ' ' || coalesce(reply_text, body), 1, :most) AS words FROM messages "
    "WHERE id IN (SELECT value FROM json_each(:ids))",
    NOTES: "SELECT id, substr(body, 1, :most) AS words FROM notes WHERE id IN (SELECT value FROM json_each(:ids))",
}
TERMS = {
    MESSAGES: "SELECT term FROM messages_terms WHERE term >= ? LIMIT 1",
    NOTES: "SELECT term FROM notes_terms WHERE term >= ? LIMIT 1",
}
ASIDE = (
    "CREATE VIRTUAL TABLE some USING fts5(words, content='', columnsize=0, tokenize='unicode61 remove_diacritics 2')"
)

#: Ids of hits, newest first, and the id below which nobody looked; None at the end.
Portion = tuple[Sequence[int], int | None]
#: The words that some beginnings begin.
Begun = Mapping[Term, Sequence[str]]


def newest(reading: Reading, index: Index, words: Words, begun: Begun, *, before: int) -> Iterator[Portion]:
    """Hits below `before` in growing portions, to the end or until they would cost too much."""
    if reading.connection.dialect.name == "sqlite":
        return _on_sqlite(reading, index, words, begun, before)
    return _on_postgresql(reading, index, words, before)


def within(reading: Reading, index: Index, words: Words, ids: Sequence[int]) -> list[int]:
    """The hits among these rows, newest first."""
    if reading.connection.dialect.name != "sqlite":
        return among(reading, index, words, ids)
    # FTS5 finds a row of its own by looking for the next hit, which may be a million rows away
    rows = [(row.id, row.words) for row in reading.all(text(WRITTEN[index]), {"ids": str(list(ids)), "most": MOST})]
    with closing(sqlite3.connect(":memory:")) as aside:
        aside.execute(ASIDE)
        aside.executemany("INSERT INTO some(rowid, words) VALUES (?, ?)", rows)
        found = aside.execute("SELECT rowid FROM some WHERE some MATCH ?", (fts5(words, index.column),)).fetchall()
    return sorted((number for (number,) in found), reverse=True)


def _portions(ids: Sequence[int], floor: int | None) -> Iterator[Portion]:
    """The same hits, some at a time; what is beyond the last portion was not looked at."""
    at = 0
    for size in PORTIONS:
        some, at = ids[at : at + size], at + size
        yield some, some[-1] if at < len(ids) else floor
        if at >= len(ids):
            return


def _on_postgresql(reading: Reading, index: Index, words: Words, before: int) -> Iterator[Portion]:
    expected = {term: _expected(reading, index, term) for term in _singles(words)}
    if rare := tuple(term for term in expected if expected[term] < RARE):
        yield from _portions(_ids(reading, _of_all(index, words, rare, before)), None)
        return
    found = 0
    for walk in WALKS:
        floor = _behind(reading, index, before, walk)
        ids = _ids(reading, _of_newest(index, words, before, floor or 0))
        yield from _portions(ids, floor)
        if floor is None or len(ids) > sum(PORTIONS):
            return
        before, found = floor, found + len(ids)
    old = tuple(term for term in expected if expected[term] < LONG_AGO)
    if old and not found:
        yield from _portions(_ids(reading, _of_all(index, words, old, before)), None)


def _of_all(index: Index, words: Words, driving: tuple[Term, ...], before: int) -> Select[int]:
    """All that hold the driving words, and only then the rest: GIN would read each word of a beginning."""
    rows = table(index.table, column("id", BigInteger()), column(index.column))
    some = select(rows.c.id, rows.c[index.column]).where(holds(rows.c[index.column], Words(driving)))
    every = some.cte("hits").prefix_with("MATERIALIZED", dialect="postgresql")
    hits = select(every.c.id).where(holds(every.c[index.column], words), every.c.id < before)
    return hits.order_by(every.c.id.desc()).limit(sum(PORTIONS) + 1)


def _behind(reading: Reading, index: Index, before: int, walk: int) -> int | None:
    """The id of the last of the newest `walk` rows; None when there are fewer."""
    rows = table(index.table, column("id", BigInteger()))
    last = select(rows.c.id).where(rows.c.id < before).order_by(rows.c.id.desc()).offset(walk - 1).limit(1)
    found = reading.scalar(last)
    return None if found is None else int(found)


def _of_newest(index: Index, words: Words, before: int, floor: int) -> Select[int]:
    rows = table(index.table, column("id", BigInteger()), column(index.column))
    some = select(rows.c.id, rows.c[index.column]).where(rows.c.id < before, rows.c.id >= floor)
    every = some.cte("newest").prefix_with("MATERIALIZED", dialect="postgresql")
    return select(every.c.id).where(holds(every.c[index.column], words)).order_by(every.c.id.desc())


def _singles(words: Words) -> list[Term]:
    return [
        Term((word,), word, term.prefix and place == len(term.words) - 1)
        for term in words.wanted
        for place, word in enumerate(term.words)
    ]


def _expected(reading: Reading, index: Index, term: Term) -> int:
    """In about how many rows it is, by what the planner knows from a sample."""
    asked = f"EXPLAIN (FORMAT JSON) SELECT FROM {index.table} WHERE {index.column} @@ CAST(:words AS tsquery)"
    (plan,) = reading.scalar(text(asked), {"words": tsquery(Words((term,)))})
    return int(plan["Plan"]["Plan Rows"])


def _on_sqlite(reading: Reading, index: Index, words: Words, begun: Begun, before: int) -> Iterator[Portion]:
    expression = _expression(index, words, begun)
    rows = table(index.table, column("rowid", BigInteger()))
    hits = select(rows.c.rowid).where(matches(index, expression), rows.c.rowid < before)
    if _streams(words) or _rare_on_sqlite(reading, index, words):
        yield from _portions(_ids(reading, hits.order_by(rows.c.rowid.desc()).limit(sum(PORTIONS) + 1)), None)
        return
    written = table(index.table.removesuffix("_words"), column("id", BigInteger()))
    newest, oldest = (int(reading.scalar(select(end(written.c.id))) or 0) for end in (func.max, func.min))
    for span in SPANS:
        before = min(before, newest + 1)
        floor = before - span if before - span > oldest else 0
        # upwards: FTS5 begins at a lower bound, and would look for the next hit beyond it downwards
        ids = _ids(reading, hits.where(rows.c.rowid >= floor, rows.c.rowid < before).order_by(rows.c.rowid))[::-1]
        yield from _portions(ids, floor or None)
        if not floor or len(ids) > sum(PORTIONS):
            return
        before = floor


def _streams(words: Words) -> bool:
    """FTS5 hands out the rows of a single word, or of any of some, as it finds them."""
    (first, *others) = words.wanted
    return not others and not words.unwanted and len(first.words) == 1


def _rare_on_sqlite(reading: Reading, index: Index, words: Words) -> bool:
    singles = [
        Term((word,), word) for term in words.wanted for word in (term.words[:-1] if term.prefix else term.words)
    ]
    return any(_fewer(reading, index, fts5(Words((one,)), index.column), RARE) is not None for one in singles)


def _fewer(reading: Reading, index: Index, expression: str, most: int) -> set[int] | None:
    """All rows of the expression; None when there are more than `most`."""
    rows = table(index.table, column("rowid", BigInteger()))
    ids = _ids(reading, select(rows.c.rowid).where(matches(index, expression)).limit(most + 1))
    return set(ids) if len(ids) <= most else None


def _expression(index: Index, words: Words, begun: Begun) -> str:
    """For FTS5. What is to be left out is left out whole."""
    spelled = {
        term: found[:BEGUN] for term, found in begun.items() if len(found) <= BEGUN or term not in words.unwanted
    }
    return fts5(words, index.column, spelled)


def begun_by(reading: Reading, index: Index, words: Words) -> Begun:
    """On SQLite the words that each beginning begins: FTS5 reads all rows of all of them before it hands out the first,
    unless they are spelled out. More than BEGUN of one tell that there are more."""
    if reading.connection.dialect.name != "sqlite":
        return {}
    terms = (*words.wanted, *words.unwanted)
    return {term: _begins(reading, index, term.words[0]) for term in terms if term.prefix and len(term.words) == 1}


def _begins(reading: Reading, index: Index, start: str) -> list[str]:
    """By the alphabet."""
    found, at = list[str](), start
    while len(found) <= BEGUN:
        # one at a time: the next row is most often the same word in the next text
        word = reading.connection.exec_driver_sql(TERMS[index], (at,)).scalar()
        if word is None or not word.startswith(start):
            break
        found.append(word)
        at = f"{word}\x01"
    return found


def _ids(reading: Reading, wanted: Any) -> list[int]:
    return [row[0] for row in reading.all(wanted)]
