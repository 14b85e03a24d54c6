"""Ten thousand requests that wait, handed out to people who come: how many a second find somebody."""

from __future__ import annotations

import time

from sqlalchemy import text

from bench import seed
from bench.figures import Figure
from bench.options import Options
from bench.storage import Storages
from inbox import accounts, watch
from inbox.actors import TEAMS
from inbox.house import House
from inbox.settings import read
from inbox.store import waiting

SIZE, QUICK_SIZE = 10_000, 1_000
#: Enough for all that waits: twenty text messages each, whatever their team.
ROOM, EACH = 300, 20
BAR = 200.0


def measure(storages: Storages, options: Options) -> list[Figure]:
    """On each storage."""
    size = QUICK_SIZE if options.quick else SIZE
    return [_measure(storages, name, size) for name in storages.names]


def _measure(storages: Storages, storage: str, size: int) -> Figure:
    with storages.fresh(storage) as environment:
        house = House(read(environment))
        try:
            seed.fill(house, size, open_every=1)
            _hire(house, size // EACH + 1)
            seconds, given = _hand_out(house)
        finally:
            house.close()
    note = f"{given:,} of {size:,} found one of {size // EACH + 1} people in {seconds:.1f} s"
    return Figure("distribution", storage, given / seconds, "≥", BAR, "a second", note)


def _hire(house: House, count: int) -> None:
    """People of every team with room for all, and nothing due but the work itself."""
    with house.database.transaction() as unit:
        for number in range(count):
            email = f"one{number}@clinic.example"
            accounts.add(unit, email=email, name=email, role="nurse", teams=list(TEAMS), password=None, by=None)
        unit.execute(text("UPDATE actors SET availability = 'available', capacity = :room"), {"room": ROOM})
        unit.execute(text("UPDATE clocks SET state = 'met'"))
        unit.execute(text("UPDATE conversations SET owner_id = NULL"))


def _hand_out(house: House) -> tuple[float, int]:
    begun = time.perf_counter()
    while watch.tick(house):
        pass
    seconds = time.perf_counter() - begun
    with house.database.snapshot() as reading:
        held = waiting.loads(reading, [row.id for row in waiting.free(reading)])
    return seconds, sum(row.open for row in held)
