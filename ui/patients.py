"""The search for patients, and one patient's record."""

from __future__ import annotations

from typing import Any

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from inbox import record
from inbox.house import House
from inbox.store import journal
from ui.guards import Caller
from ui.screen import AnyRequest, note_access, note_patients, show


@get("/patients", sync_to_thread=True)
def search(
    request: AnyRequest,
    house: NamedDependency[House],
    caller: NamedDependency[Caller],
    q: FromQuery[str] = "",
    after: FromQuery[str | None] = None,
    about: FromQuery[int | None] = None,
) -> Response[str]:
    """Patients this person may see, by name; with `about`, to choose the one whom that conversation is about."""
    with house.database.snapshot() as reading:
        now, seq = reading.now, journal.head(reading.connection)
        found = record.patients(reading, actor=caller.actor, q=q, after=after)
    note_patients(request, house, caller, [one.id for one in found.items], "searched" if q else "listed")
    place: dict[str, Any] = {"current": "patients", "found": found, "q": q, "about": about}
    return show(request, house, caller, "patients.html", now=now, seq=seq, **place)


@get("/patients/{patient_id:int}", sync_to_thread=True)
def patient(
    request: AnyRequest, patient_id: FromPath[int], house: NamedDependency[House], caller: NamedDependency[Caller]
) -> Response[str]:
    """The plain record; opening it is logged."""
    with house.database.snapshot() as reading:
        now = reading.now
        found = record.record(reading, actor=caller.actor, patient_id=patient_id, now=now)
    note_access(
        request,
        house,
        caller,
        object="patient",
        object_id=found.id,
        patient_id=found.id,
        conversation_id=None,
        how="opened",
    )
    return show(request, house, caller, "patient.html", now=now, seq=found.head, current="patients", record=found)


HANDLERS = [search, patient]
