"""Records that may be one human: the queue, what people say of a pair, and merging with its undo."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from inbox import duplicates, patient_merge
from inbox.house import House
from inbox.store.database import Transaction
from ui.api.acting import Act
from ui.guards import Caller
from ui.screen import AnyRequest, note_patients

PATIENT = "/patients/{patient_id:int}"


class Pairs(msgspec.Struct, frozen=True):
    """Pairs to judge, all on one page, and merges of the last thirty days."""

    items: tuple[duplicates.Pair, ...]
    merged: tuple[duplicates.Done, ...]
    next: str | None = None


@get("/patients/duplicates", sync_to_thread=True)
def pairs(request: AnyRequest, house: NamedDependency[House], caller: NamedDependency[Caller]) -> Pairs:
    """Likeliest first; the caller sees both records of each."""
    with house.database.snapshot() as reading:
        found = duplicates.queue(reading, actor=caller.actor)
        merged = duplicates.undoable(reading, actor=caller.actor)
    note_patients(request, house, caller, sorted({one for pair in found for one in (pair.a_id, pair.b_id)}), "listed")
    return Pairs(found, merged)


@post(f"{PATIENT}/merge", sync_to_thread=True, status_code=200)
def join(
    patient_id: FromPath[int], data: JSONBody[patient_merge.PatientMerge], acting: NamedDependency[Act]
) -> Response[Any]:
    """Ends this record in the one named `into`. `merged` is false where a second person has to ask for it too."""
    return _done(
        acting, patient_id, data, patient_merge.merge, lambda result: {"merged": result > 0, "move": result or None}
    )


@post(f"{PATIENT}/unmerge", sync_to_thread=True, status_code=200)
def part(
    patient_id: FromPath[int], data: JSONBody[patient_merge.PatientUnmerge], acting: NamedDependency[Act]
) -> Response[Any]:
    """A merged record is in use again, with all that came with it."""
    return _done(acting, patient_id, data, patient_merge.unmerge, lambda result: {"version": result})


@post(f"{PATIENT}/duplicates", sync_to_thread=True, status_code=200)
def judge(patient_id: FromPath[int], data: JSONBody[duplicates.Verdict], acting: NamedDependency[Act]) -> Response[Any]:
    """Not the same, later, or undecided again."""
    return _done(acting, patient_id, data, duplicates.judge, lambda result: {"verdict": result or None})


def _done(
    acting: Act, patient_id: int, asked: object, use_case: Callable[..., int], told: Callable[[int], dict[str, Any]]
) -> Response[Any]:
    def work(unit: Transaction) -> int:
        return use_case(unit, actor=acting.caller.actor, patient_id=patient_id, asked=asked)

    result = acting.once(asked, work)
    return Response({"id": patient_id, **told(result)}) if acting.is_program else Response(None, status_code=204)


HANDLERS = [pairs]
ACTS = [join, part, judge]
