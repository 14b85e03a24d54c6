"""One patient's record and everything said, at fifty and at five thousand messages: what opening the page asks of the
database and the use cases."""

from __future__ import annotations

import time
from collections.abc import Callable

from sqlalchemy import text

from bench import seed
from bench.figures import Figure, percentiles
from bench.options import Options
from bench.storage import Storages
from inbox import accounts, history, record
from inbox.actors import Actor
from inbox.house import House
from inbox.registration import NewPatient, register
from inbox.settings import read
from inbox.store import accounts as actors

SIZES = (50, 5_000)
BAR = 200.0


def measure(storages: Storages, options: Options) -> list[Figure]:
    """On each storage, at each size."""
    return [figure for name in storages.names for size in SIZES for figure in _measure(storages, name, size)]


def _measure(storages: Storages, storage: str, size: int) -> list[Figure]:
    with storages.fresh(storage) as environment:
        house = House(read(environment))
        try:
            viewer, patient_id = _filled(house, size)
            next_page = _page(house, viewer, patient_id).next or ""
            acts: dict[str, Callable[[], object]] = {
                "record opens": lambda: _page(house, viewer, patient_id),
                "older page": lambda: _page(house, viewer, patient_id, after=next_page),
            }
            return [_timed(name, storage, size, act) for name, act in acts.items()]
        finally:
            house.close()


def _filled(house: House, size: int) -> tuple[Actor, int]:
    """A supervisor, and a patient about whom all conversations are."""
    with house.database.transaction() as unit:
        patient_id = register(unit, NewPatient("B-1", "Ada", "Bench"), actor=None)
        given = accounts.add(
            unit, email="s@clinic.example", name="S", role="supervisor", teams=[], password=None, by=None
        )
        viewer = actors.actor(unit, given)
    assert viewer is not None
    seed.fill(house, size // seed.MESSAGES_EACH)
    with house.database.transaction() as unit:
        about = "UPDATE conversations SET subject_patient_id = :patient, subject_certainty = 'confirmed'"
        unit.execute(text(about), {"patient": patient_id})
    seed._settle(house)
    return viewer, patient_id


def _page(house: House, viewer: Actor, patient_id: int, after: str = "") -> history.History:
    """What the page of a record asks."""
    with house.database.snapshot() as reading:
        record.record(reading, actor=viewer, patient_id=patient_id, now=reading.now)
        return history.history(reading, actor=viewer, patient_id=patient_id, after=after)


def _timed(name: str, storage: str, size: int, act: Callable[[], object]) -> Figure:
    times = []
    for _ in range(25):
        begun = time.perf_counter()
        act()
        times.append((time.perf_counter() - begun) * 1000)
    middle, late = percentiles(times[5:])
    note = f"p99 {late:.1f} ms, {size:,} messages of one patient"
    return Figure(f"timeline: {name}", storage, middle, "≤", BAR, "ms", note)
