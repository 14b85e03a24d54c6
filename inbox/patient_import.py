"""Patients from another system come in (domain.md §4): by their numbers first, by the scorer where it has no doubt, and
with doubt as records of their own that people compare. Taking the same rows in again changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from sqlalchemy.exc import DBAPIError

from inbox import patient_import_known as matching
from inbox.patient_import_batch import Dry, Line, Row, Written
from inbox.store.database import Database

#: Rows of one transaction: others write between two of them.
AT_ONCE = 300
#: Ids that a row may need: record, numbers, addresses, links, journal.
IDS = 8


def run(database: Database, rows: Iterable[Row], *, dry: bool = False) -> Iterator[Line]:
    """Takes the rows in, some hundred a transaction, and says of each what became of it, in order. `dry` writes nothing
    and says what would become of them."""
    taking, source = _Taking(database, dry), iter(rows)
    while some := list(islice(source, AT_ONCE)):
        yield from taking.all_of(some)


class _Taking:
    """An import under way."""

    def __init__(self, database: Database, dry: bool) -> None:
        self._database, self._dry = database, dry
        #: Records that a row gave its values: a later row of the same file only adds to them.
        self._met: frozenset[int] = frozenset()
        self._look()

    def _look(self) -> None:
        with self._database.snapshot() as reading:
            self._known = matching.everybody(reading)

    def all_of(self, rows: Sequence[Row]) -> list[Line]:
        """In one transaction; where it fails the halves are tried, so that one row takes no other with it."""
        if self._dry:
            return self._thought(rows)
        try:
            with self._database.transaction(ids=len(rows) * IDS) as unit:
                batch = Written(unit, self._known, rows, self._met)
                lines = [batch.take(row) for row in rows]
        except DBAPIError:
            self._look()  # what it held of these rows is not there
            if len(rows) == 1:
                return [Line(rows[0].place, "refused", ("row: the database does not take it",))]
            middle = len(rows) // 2
            return [*self.all_of(rows[:middle]), *self.all_of(rows[middle:])]
        self._met |= batch.met
        return lines

    def _thought(self, rows: Sequence[Row]) -> list[Line]:
        with self._database.snapshot() as reading:
            batch = Dry(reading, self._known, rows, self._met)
            lines = [batch.take(row) for row in rows]
        self._met |= batch.met
        return lines
