"""The search for patients, and one patient's record."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody

from inbox import consent_ledger, duplicates, history, patient_list, record
from inbox.actors import Actor, Permission, may
from inbox.house import House
from inbox.store import journal
from ui import tables
from ui.api import gate
from ui.guards import Caller
from ui.screen import AnyRequest, is_piece, note_access, note_patients, show


class Sought(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whom to look for, in words that stand in no address; `about` as in the list."""

    q: str
    after: str | None = None
    about: int | None = None


@get("/patients", sync_to_thread=True)
def people(
    request: AnyRequest,
    house: NamedDependency[House],
    caller: NamedDependency[Caller],
    after: FromQuery[str | None] = None,
    about: FromQuery[int | None] = None,
) -> Response[str]:
    """Patients this person may see, by name; with `about`, to choose the one whom that conversation is about."""
    return _people(request, house, caller, Sought("", after, about), "patients.html")


@post("/patients", sync_to_thread=True, status_code=200)
def search(
    request: AnyRequest, data: JSONBody[Sought], house: NamedDependency[House], caller: NamedDependency[Caller]
) -> Response[str]:
    """Those of them whom the words fit, as a piece."""
    gate.check_body(data)
    return _people(request, house, caller, data, "fragments/patients.html")


def _people(request: AnyRequest, house: House, caller: Caller, sought: Sought, template: str) -> Response[str]:
    with house.database.snapshot() as reading:
        now, seq = reading.now, journal.head(reading.connection)
        found = patient_list.page(reading, actor=caller.actor, q=sought.q, after=sought.after)
    note_patients(request, house, caller, [one.id for one in found.items], "searched" if sought.q else "listed")
    place: dict[str, Any] = {"current": "patients", "found": found, "q": sought.q, "about": sought.about}
    return show(request, house, caller, template, now=now, seq=seq, **place)


@get("/patients/{patient_id:int}", sync_to_thread=True)
def patient(
    request: AnyRequest,
    patient_id: FromPath[int],
    house: NamedDependency[House],
    caller: NamedDependency[Caller],
    channel: FromQuery[str] = "",
    reason: FromQuery[str] = "",
    year: FromQuery[str] = "",
    after: FromQuery[str] = "",
) -> Response[str]:
    """The record with all that was said, narrowed as asked; a piece is the next page of it. Opening it is logged."""
    actor = caller.actor
    asked = history.Asked(channel, reason, int(year[:5]) if year.isascii() and year.isdigit() else 0)
    with house.database.snapshot() as reading:
        now = reading.now
        found = record.record(reading, actor=actor, patient_id=patient_id, now=now)
        told = history.history(reading, actor=actor, patient_id=patient_id, asked=asked, after=after)
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
    context: dict[str, Any] = {"record": found, "history": told, "asked": asked, "may_edit": _may(actor)}
    template = "fragments/history.html" if is_piece(request) else "patient.html"
    return show(request, house, caller, template, now=now, seq=found.head, current="patients", **context)


@get("/patients/{patient_id:int}/consents.csv", sync_to_thread=True)
def consents(
    request: AnyRequest, patient_id: FromPath[int], house: NamedDependency[House], caller: NamedDependency[Caller]
) -> Response[str]:
    """Every entry of the consent ledger with its evidence, as a file. Taking it is logged."""
    with house.database.snapshot() as reading:
        found = consent_ledger.entries(reading, actor=caller.actor, patient_id=patient_id)
    about: dict[str, Any] = {"object": "patient", "object_id": patient_id, "patient_id": patient_id}
    note_access(request, house, caller, **about, conversation_id=None, how="exported")
    rows = tuple(tuple(_cell(value) for value in msgspec.structs.astuple(one)) for one in found)
    body = tables.text(tables.Table(consent_ledger.Entry.__struct_fields__, rows))
    saved = f'attachment; filename="consents-{patient_id}.csv"'
    return Response(body, media_type="text/csv", headers={"content-disposition": saved})


def _cell(value: Any) -> str | int:
    """A moment as RFC 3339, nothing as nothing."""
    return value.isoformat() if isinstance(value, datetime) else value if value is not None else ""


@get("/patients/duplicates", sync_to_thread=True)
def likely(request: AnyRequest, house: NamedDependency[House], caller: NamedDependency[Caller]) -> Response[str]:
    """Records that may be one human, side by side, and what was merged lately. Looking is logged."""
    with house.database.snapshot() as reading:
        now, seq = reading.now, journal.head(reading.connection)
        pairs = duplicates.queue(reading, actor=caller.actor)
        merged = duplicates.undoable(reading, actor=caller.actor)
    note_patients(request, house, caller, sorted({one for pair in pairs for one in (pair.a_id, pair.b_id)}), "listed")
    context: dict[str, Any] = {
        "pairs": pairs,
        "merged": merged,
        "may_merge": may(caller.actor, Permission.MERGE_PATIENTS),
    }
    return show(request, house, caller, "duplicates.html", now=now, seq=seq, current="patients", **context)


def _may(actor: Actor) -> dict[str, bool]:
    """What this person may try to change; the use cases decide again."""
    asked = {"person": Permission.EDIT_PERSON, "consent": Permission.CONSENT, "merge": Permission.MERGE_PATIENTS}
    return {act: may(actor, permission) for act, permission in asked.items()}


HANDLERS = [people, search, likely, patient, consents]
