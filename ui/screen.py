"""What every signed-in page shares: who looks, the clinic, the moment, the CSRF token, the cursor of its snapshot."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from litestar import MediaType, Request, Response

from inbox import access, phone
from inbox.house import House
from ui import guards, render

AnyRequest = Request[Any, Any, Any]


def show(
    request: AnyRequest,
    house: House,
    caller: guards.Caller,
    template: str,
    *,
    now: datetime,
    seq: int,
    current: str = "",
    **context: Any,
) -> Response[str]:
    """The page or piece `template`; `seq` is the journal head of the snapshot that `context` was read in."""
    practice = house.configuration.practice()
    if not is_piece(request):
        context["calls"] = _calls(request, house, caller)
    body = render.page(
        template,
        request=request,
        viewer=caller.actor,
        practice=practice,
        zone=practice.zone,
        csrf=guards.csrf_token(house, caller.session_id),
        preferences=caller.settings,
        availability=caller.availability,
        now=now,
        seq=seq,
        current=current,
        **context,
    )
    return Response(body, media_type=MediaType.HTML)


def whence(request: AnyRequest) -> dict[str, Any]:
    """From which device and address, as the access log keeps it."""
    return {"device": request.headers.get("user-agent", "")[:200], "address": guards.client_address(request)}


def _calls(request: AnyRequest, house: House, caller: guards.Caller) -> tuple[phone.Shown, ...]:
    """The calls that stand on every page of a person who speaks with patients; whom they name is noted."""
    with house.database.snapshot() as reading:
        standing = phone.standing(reading, house, actor=caller.actor)
    named = [one.conversation_id for one in standing if one.row is not None and one.row.sight.person]
    if named:
        what = {"object": "worklist", "object_id": None, "patient_id": None, "conversation_id": None}
        note_access(request, house, caller, how="listed", ids=named, **what)
    return standing


def is_piece(request: AnyRequest) -> bool:
    """Whether a script of ours asks for a part of the page only."""
    return request.headers.get("x-piece") == "1"


def note_patients(
    request: AnyRequest, house: House, caller: guards.Caller, patient_ids: list[int], how: access.How
) -> None:
    """The access rows of a list of patients, in one transaction, before anything is shown."""
    access.record_patients(
        house.database,
        actor=caller.actor,
        patient_ids=patient_ids,
        how=how,
        **whence(request),
    )


def note_words(request: AnyRequest, house: House, caller: guards.Caller, words: str, **what: Any) -> None:
    """The access row of a question asked in words, which are sealed; what a count answers is an answer too."""
    nobody = {"object_id": None, "patient_id": None, "conversation_id": None}
    asked = {**nobody, "how": "searched", "why": house.keys.seal(words), "about": words, **what}
    note_access(request, house, caller, **asked)


def note_access(request: AnyRequest, house: House, caller: guards.Caller, **what: Any) -> None:
    """The access row, before anything is shown; `what` as in `inbox.access.record`."""
    access.record(
        house.database,
        actor=caller.actor,
        **whence(request),
        **what,
    )
