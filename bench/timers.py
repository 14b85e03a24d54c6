"""A million promises armed and two hundred due each second: how late the loop is, and whether each fired once."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import func, select, text

from bench import seed
from bench.figures import Figure, percentiles
from bench.options import Options
from bench.storage import Storages
from inbox import watch
from inbox.house import House
from inbox.settings import read
from inbox.store import tables as t

ARMED, QUICK_ARMED = 1_000_000, 20_000
SECONDS, A_SECOND = 30, 200
#: What is copied of a conversation for its promises, and the columns that name a copied row.
COPIED = {"conversations": ("id",), "clocks": ("id", "conversation_id"), "clock_entries": ("id", "clock_id")}
LATE_BAR = 1.0


def measure(storages: Storages, options: Options) -> list[Figure]:
    """On each storage."""
    armed, seconds = (QUICK_ARMED, 5) if options.quick else (ARMED, SECONDS)
    return [figure for name in storages.names for figure in _measure(storages, name, armed, seconds)]


def _measure(storages: Storages, storage: str, armed: int, seconds: int) -> Iterator[Figure]:
    with storages.fresh(storage) as environment:
        house = House(read(environment))
        try:
            count = _copy(house, armed)
            begins = _arm(house, seconds)
            _run(house, begins + timedelta(seconds=seconds + 1))
            late, fired, due = _came(house)
        finally:
            house.close()
    note = f"{fired:,} fired of {due:,} due, {A_SECOND} a second, {count:,} armed"
    yield Figure("timers: lateness, p99", storage, percentiles(late)[1], "≤", LATE_BAR, "s", note)
    yield Figure("timers: fired once", storage, float(fired == due == len(late)), "≥", 1.0, "", note)


def _copy(house: House, armed: int) -> int:
    """One conversation's promises, doubled in the database until there are so many; answers how many."""
    seed._one_conversation(house)
    with house.database.transaction() as unit:
        unit.execute(text("UPDATE conversations SET receiving = false"))
        span = int(unit.scalar(text("SELECT max(id) FROM clock_entries"))) + 1_000
        while (count := int(unit.scalar(text("SELECT count(*) FROM clocks")))) < armed:
            for name, shifted in COPIED.items():
                unit.execute(text(_doubling(name, shifted)), {"span": span})
            span *= 2
        unit.execute(text("UPDATE id_blocks SET next = :next"), {"next": span * 2})
    return count


def _doubling(name: str, shifted: tuple[str, ...]) -> str:
    columns = [f'"{column.name}"' for column in t.metadata.tables[name].columns]
    copied = [f"{column} + :span" if column.strip('"') in shifted else column for column in columns]
    return f'INSERT INTO "{name}" ({", ".join(columns)}) SELECT {", ".join(copied)} FROM "{name}"'


def _arm(house: House, seconds: int) -> datetime:
    """All far away but those of the run, which come evenly; answers when it begins."""
    far, count = seed.MINUTE * 60 * 24 * 365, seconds * A_SECOND
    with house.database.transaction() as unit:
        unit.execute(text("UPDATE clocks SET due_at = due_at + :far, warn_at = warn_at + :far"), {"far": far})
        wanted = select(t.clocks.c.id).where(t.clocks.c.metric == "read").order_by(t.clocks.c.id).limit(count)
        ids = [row.id for row in unit.all(wanted)]
    seed._settle(house)
    begins = house.database.clock() + timedelta(seconds=10)
    first = int(begins.timestamp() * 1_000_000)
    rows = [{"which": one, "due": first + place * (1_000_000 // A_SECOND)} for place, one in enumerate(ids)]
    with house.database.transaction() as unit:
        # the ledger says when it began, and so when it is due
        unit.execute(text("UPDATE clocks SET due_at = :due, warn_at = NULL WHERE id = :which"), rows)
        began = (
            "UPDATE clock_entries SET at = :due - 300000000, target = :five WHERE clock_id = :which AND kind = 'start'"
        )
        five = '{"calendar":"always","metric":"read","seconds":300}'
        unit.execute(text(began), [row | {"five": five} for row in rows])
    return begins


def _run(house: House, until: datetime) -> None:
    """Until the last was due and nothing is left."""
    while (fired := watch.tick(house)) or house.database.clock() < until:
        if not fired:
            time.sleep(0.05)


def _came(house: House) -> tuple[list[float], int, int]:
    """How late each was in seconds, how many firings were noted, and how many were due."""
    with house.database.snapshot() as reading:
        wanted = select(t.clocks.c.due_at, t.firings.c.at).join(t.firings, t.firings.c.ref == t.clocks.c.id)
        late = [(row.at - row.due_at).total_seconds() for row in reading.all(wanted)]
        fired = int(reading.scalar(select(func.count()).select_from(t.firings)))
        now = reading.now
        due = int(reading.scalar(select(func.count()).select_from(t.clocks).where(t.clocks.c.due_at < now)))
    return late, fired, due
