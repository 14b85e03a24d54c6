"""Patients: the search, one record, what was said on every channel, what they consented to."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from inbox import patient_list, record
from inbox.house import House
from inbox.record_shape import Consent, Record, Timeline
from ui.guards import Caller
from ui.screen import AnyRequest, note_access, note_patients

PATIENT = "/patients/{patient_id:int}"


class Consents(msgspec.Struct, frozen=True):
    """What the ledger says now, by address, channel and purpose; all on one page."""

    items: tuple[Consent, ...]
    next: str | None = None


@get("/patients", sync_to_thread=True)
def patients(
    request: AnyRequest,
    house: NamedDependency[House],
    caller: NamedDependency[Caller],
    q: FromQuery[str] = "",
    after: FromQuery[str | None] = None,
) -> patient_list.Patients:
    """Those that the caller may see, or those of them whose name, address, number or birth date fits `q`."""
    with house.database.snapshot() as reading:
        found = patient_list.page(reading, actor=caller.actor, q=q, after=after)
    note_patients(request, house, caller, [one.id for one in found.items], "searched" if q else "listed")
    return found


@get(PATIENT, sync_to_thread=True)
def patient(
    request: AnyRequest, patient_id: FromPath[int], house: NamedDependency[House], caller: NamedDependency[Caller]
) -> Record:
    """The whole record."""
    return _read(request, house, caller, patient_id)


@get(f"{PATIENT}/timeline", sync_to_thread=True)
def timeline(
    request: AnyRequest,
    patient_id: FromPath[int],
    house: NamedDependency[House],
    caller: NamedDependency[Caller],
    after: FromQuery[str | None] = None,
) -> Timeline:
    """Messages and notes of all conversations, newest first."""
    with house.database.snapshot() as reading:
        found = record.timeline(reading, actor=caller.actor, patient_id=patient_id, after=after)
    _note(request, house, caller, patient_id, "opened")
    return found


@get(f"{PATIENT}/consents", sync_to_thread=True)
def consents(
    request: AnyRequest, patient_id: FromPath[int], house: NamedDependency[House], caller: NamedDependency[Caller]
) -> Consents:
    """Where the patient may be written to, for what, and since when."""
    return Consents(_read(request, house, caller, patient_id).consents)


def _read(request: AnyRequest, house: House, caller: Caller, patient_id: int) -> Record:
    with house.database.snapshot() as reading:
        found = record.record(reading, actor=caller.actor, patient_id=patient_id, now=reading.now)
    _note(request, house, caller, patient_id, "opened")
    return found


def _note(request: AnyRequest, house: House, caller: Caller, patient_id: int, how: str) -> None:
    what: dict[str, Any] = {"object": "patient", "object_id": patient_id, "patient_id": patient_id}
    note_access(request, house, caller, **what, conversation_id=None, how=how)


HANDLERS = [patients, patient, timeline, consents]
