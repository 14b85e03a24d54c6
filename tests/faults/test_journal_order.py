"""Writers whose transactions overlap, and a reader with a cursor: it misses nothing, because sequence order is commit
order. On PostgreSQL, where writers run at the same time."""

import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from threading import Event, Thread

import pytest
from sqlalchemy import Connection, func, insert, select, text

from inbox.store import journal
from inbox.store import tables as t
from inbox.store.journal import Entry
from tests.conftest import FreshDatabase
from tests.faults.clinic import Clinic, opened, together
from tests.faults.waiting import pause

WRITERS, EACH = 8, 40


@pytest.fixture
def grown(fresh_database: FreshDatabase, tmp_path: Path) -> Iterator[Clinic]:
    with opened(fresh_database("postgres"), tmp_path) as made:
        yield made


def missed(clinic: Clinic) -> tuple[int, int]:
    """How many entries a reader that follows by its cursor never saw, of how many."""
    database, seen, over = clinic.house.database, set[int](), Event()

    def follow() -> None:
        cursor = 0
        while True:
            last = over.is_set()
            with database.snapshot() as reading:
                lines = journal.after(reading.connection, cursor, 500)
            seen.update(line.seq for line in lines)
            cursor = lines[-1].seq if lines else cursor
            if last and not lines:
                return

    def write(writer: int) -> None:
        chance = random.Random(writer)
        for number in range(EACH):
            with database.transaction() as unit:
                unit.record("test.written", actor_id=None, details={"writer": writer, "number": number})
                pause(chance.uniform(0, 0.004))

    reader = Thread(target=follow)
    reader.start()
    together(WRITERS, write)
    over.set()
    reader.join()
    with database.snapshot() as reading:
        there = {row.seq for row in reading.all(select(t.journal.c.seq))}
    return len(there - seen), len(there)


def test_a_cursor_misses_nothing(grown: Clinic) -> None:
    lost, written = missed(grown)
    assert (lost, written >= WRITERS * EACH) == (0, True), f"{lost} of {written}"
    with grown.house.database.snapshot() as reading:
        assert journal.first_broken(reading.connection)[1] is None


def test_a_plain_sequence_misses(grown: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    with grown.house.database.transaction() as unit:
        head = journal.head(unit.connection)
        unit.execute(text(f"CREATE SEQUENCE plain START {head + 1}"))

    def append(connection: Connection, entries: Sequence[Entry]) -> int:
        seq = int(connection.execute(select(func.nextval("plain"))).scalar_one())
        one = {name: getattr(entries[0], name) for name in Entry.__struct_fields__}
        connection.execute(insert(t.journal), [{"seq": seq, "previous": "", "hash": "", **one}])
        pause(random.uniform(0, 0.01))
        return seq

    monkeypatch.setattr(journal, "append", append)
    assert missed(grown)[0] > 0
