"""The one place that begins and commits. `transaction()` writes and publishes what was journaled after the commit;
`snapshot()` reads one consistent state. Slow work never happens inside either.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from threading import Lock
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from sqlalchemy import (
    Connection,
    CursorResult,
    Executable,
    Row,
    Table,
    UpdateBase,
    create_engine,
    make_url,
)
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.sql.visitors import iterate

from inbox.clock import Clock, utc_now
from inbox.store import engines, journal, rows
from inbox.store.ids import RESERVE, Ids, peek, reserve
from inbox.store.tables import metadata

T = TypeVar("T")
#: As many rows as `each` holds.
AT_ONCE = 1_000


class Reading:
    """A consistent view of the database: every statement sees the same moment."""

    def __init__(self, connection: Connection, now: datetime) -> None:
        self.connection, self.now = connection, now

    def execute(self, statement: Executable, parameters: Any = None) -> CursorResult[Any]:
        """Runs one statement, once for each row of parameters."""
        # a list of one would take the drivers' slower road for many
        alone = isinstance(parameters, list) and len(parameters) == 1
        return self.connection.execute(statement, parameters[0] if alone else parameters)

    def one(self, statement: Executable, parameters: Any = None) -> Row[Any] | None:
        """The first row or None."""
        return self.execute(statement, parameters).first()

    def all(self, statement: Executable, parameters: Any = None) -> Sequence[Row[Any]]:
        """All rows."""
        return self.execute(statement, parameters).all()

    def each(self, statement: Executable, parameters: Any = None) -> Iterator[Row[Any]]:
        """All rows in turn, for whoever makes something of each: few of them exist at once."""
        for some in self.execute(statement, parameters).partitions(AT_ONCE):
            yield from some

    def scalar(self, statement: Executable, parameters: Any = None) -> Any:
        """The first column of the first row or None."""
        return self.execute(statement, parameters).scalar()


class Transaction(Reading):
    """A unit of work: its changes, their journal entries and what to wake once it is committed."""

    def __init__(self, connection: Connection, now: datetime, ids: Ids) -> None:
        super().__init__(connection, now)
        self._ids = ids
        self._own: Iterator[int] | None = None
        self.entries: list[journal.Entry] = []
        self.work: list[tuple[int, str]] = []
        #: What a group of like work asked once for all of it, by question; empty for everything else.
        self.foreseen: dict[tuple[str | int, ...], Any] = {}
        self._later: dict[tuple[Table, frozenset[str]], list[dict[str, Any]]] = {}

    def execute(self, statement: Executable, parameters: Any = None) -> CursorResult[Any]:
        """Runs one statement; what was put off for a table that it names runs first."""
        if self._later and not _tables(statement).isdisjoint({table for table, _ in self._later}):
            self.flush()
        return super().execute(statement, parameters)

    def insert_later(self, table: Table, added: Sequence[dict[str, Any]]) -> None:
        """Rows that nobody needs at once: one statement adds all of a transaction that set the same columns."""
        for row in added:
            self._later.setdefault((table, frozenset(row)), []).append(row)

    @contextmanager
    def part(self) -> Iterator[None]:
        """A part of the work that may fail by itself: what it raises takes back its changes and entries only."""
        self.flush()
        entries, work, own = len(self.entries), len(self.work), self._own
        try:
            with self.connection.begin_nested():
                yield
                self.flush()
        except BaseException:
            del self.entries[entries:], self.work[work:]
            self._later.clear()
            self._own = own  # what was reserved within the part went back with it
            raise

    def flush(self) -> None:
        """Inserts what was put off."""
        later, self._later = self._later, {}
        in_order = sorted(later, key=lambda key: _PARENTS_FIRST[key[0]])
        rows.add_all(self.connection, [(key[0], later[key]) for key in in_order])

    def new_id(self) -> int:
        """A fresh id, unique over all tables."""
        taken = self._ids.take() if self._own is None else next(self._own, None)
        return taken if taken is not None else self._more()

    def outrank(self) -> None:
        """Ids taken from here on are above all that any process took before. To be asked under the lock of what they
        continue: a ledger is read in the order of its ids, whoever wrote which part of it."""
        if self._own is not None or self._ids.outrank(peek(self.connection)):
            return
        if self.connection.dialect.name == "sqlite":
            self._reserve_own()
        else:
            self._ids.renew()

    def _more(self) -> int:
        if self.connection.dialect.name == "sqlite":
            return next(self._reserve_own())
        while (taken := self._ids.take()) is None:
            self._ids.top_up()
        return taken

    def _reserve_own(self) -> Iterator[int]:
        # SQLite's one writer cannot reserve beside this transaction; numbers of its own go back with it
        first = reserve(self.connection, RESERVE)
        self._own = iter(range(first, first + RESERVE))
        return self._own

    def record(
        self,
        verb: str,
        *,
        actor_id: int | None,
        conversation_id: int | None = None,
        patient_id: int | None = None,
        details: Mapping[str, Any] | None = None,
        at: datetime | None = None,
    ) -> None:
        """Notes a change for the journal: `noun.verb` in the past tense; ids, field names and codes, never words."""
        self.entries.append(
            journal.Entry(at or self.now, actor_id, verb, conversation_id, patient_id, dict(details or {}))
        )


class Database:
    """One database: an engine that writes, an engine that reads, and the ids of this process."""

    def __init__(self, url: str, *, clock: Clock = utc_now) -> None:
        self.url, self.clock = url, clock
        self.is_sqlite = make_url(url).get_backend_name() == "sqlite"
        self._writer, self._reader = engines.sqlite(url) if self.is_sqlite else engines.postgres(url)
        # SQLite has one writer: waiting here costs a third of spinning on its busy timeout
        self._turn: Lock | None = Lock() if self.is_sqlite else None
        # a transaction that needs fresh ids may not have to wait for a second connection of its own pool
        self._numbers = self._writer if self.is_sqlite else create_engine(url, pool_pre_ping=True, pool_size=1)
        self._ids = Ids(self._reserve)
        #: Told after each commit: the journal's new head, and the jobs (id, queue) that the transaction added.
        self.published: list[Callable[[int], None]] = []
        self.woken: list[Callable[[list[tuple[int, str]]], None]] = []

    @contextmanager
    def transaction(self, *, ids: int | None = None) -> Iterator[Transaction]:
        """Commits on leaving, rolls back on an exception, then tells the live hub the newest `seq`."""
        self._ids.top_up(*([ids] if ids else []))
        with self._writing() as connection:
            unit = Transaction(connection, self.clock(), self._ids)
            yield unit
            unit.flush()
            head = journal.append(connection, unit.entries) if unit.entries else None
        if unit.work:
            for wake in self.woken:
                wake(unit.work)
        if head is not None:
            for tell in self.published:
                tell(head)

    @contextmanager
    def snapshot(self) -> Iterator[Reading]:
        """Reads one moment; cannot write."""
        with self._reader.connect() as connection, connection.begin():
            yield Reading(connection, self.clock())

    def write(self, work: Callable[..., T], *arguments: Any, attempts: int = 4, **named: Any) -> T:
        """Runs `work(transaction, …)` and repeats it when a rival took a unique place first or the engine gave up on
        a deadlock: the second run finds the rival's row. Only for work that may be run again from its start."""
        for attempt in range(1, attempts + 1):
            try:
                with self.transaction() as unit:
                    return work(unit, *arguments, **named)
            except DBAPIError as error:
                if attempt == attempts or not _worth_another_try(error):
                    raise
        raise AssertionError("unreachable: the last attempt returns or raises")

    def close(self) -> None:
        """Gives all connections back."""
        for engine in (self._writer, self._reader, self._numbers):
            engine.dispose()

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        if self._turn is None:
            with self._writer.begin() as connection:
                yield connection
        else:
            with self._turn, self._writer.begin() as connection:
                yield connection

    def _reserve(self, count: int) -> int:
        if self._turn is not None:
            with self._writing() as connection:
                return reserve(connection, count)
        with self._numbers.begin() as connection:
            return reserve(connection, count)


_PARENTS_FIRST: dict[Any, int] = {table: place for place, table in enumerate(metadata.sorted_tables)}
_known_tables: WeakKeyDictionary[Executable, frozenset[Any]] = WeakKeyDictionary()


def _tables(statement: Executable) -> frozenset[Any]:
    """The tables that a statement names anywhere in it, and those that the rows it writes refer to."""
    known = _known_tables.get(statement)
    if known is None:
        named = {part for part in iterate(statement) if isinstance(part, Table)}  # type: ignore[arg-type]  # every statement of ours is a clause
        written = statement.table if isinstance(statement, UpdateBase) else None
        known = frozenset(named | {key.column.table for key in getattr(written, "foreign_keys", ())})
        _known_tables[statement] = known
    return known


def _worth_another_try(error: DBAPIError) -> bool:
    state = getattr(error.orig, "sqlstate", None)
    return isinstance(error, IntegrityError) or state in {"40001", "40P01"}
