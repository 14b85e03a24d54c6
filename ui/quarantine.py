"""Arrivals in quarantine, as people see them."""

from __future__ import annotations

from typing import Any

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromQuery

from inbox import quarantine as arrivals
from inbox.errors import NotFound
from inbox.house import House
from ui.guards import Caller
from ui.screen import AnyRequest, note_access, show


@get("/quarantine", sync_to_thread=True)
def quarantine(
    request: AnyRequest,
    house: NamedDependency[House],
    caller: NamedDependency[Caller],
    after: FromQuery[str | None] = None,
    raw: FromQuery[int] = 0,
) -> Response[str]:
    """What waits for a person, oldest first, with the first words where the role may read them; `raw` names an arrival
    to show as it came, as plain text."""
    with house.database.snapshot() as reading:
        now = reading.now
        found = arrivals.page(reading, actor=caller.actor, after=after)
        opened = arrivals.raw(reading, actor=caller.actor, arrival_id=raw) if raw else None
    shown = [one.id for one in found.items if one.preview]
    if shown:
        note_access(
            request,
            house,
            caller,
            object="quarantine",
            object_id=None,
            patient_id=None,
            conversation_id=None,
            how="listed",
            ids=shown,
        )
    if opened is not None:
        seen: dict[str, Any] = {"object": "quarantine", "object_id": opened.id, "patient_id": None, "how": "opened"}
        note_access(request, house, caller, **seen, conversation_id=opened.conversation_id)
    context: dict[str, Any] = {"page": found, "raw": _raw(house, opened)}
    return show(request, house, caller, "quarantine.html", now=now, seq=found.head, current="quarantine", **context)


def _raw(house: House, opened: arrivals.Raw | None) -> dict[str, Any] | None:
    if opened is None:
        return None
    try:
        body = house.files.read(opened.blob) if opened.blob else opened.body
    except (OSError, ValueError):
        raise NotFound("Its bytes are not there any more.") from None
    return {"id": opened.id, "text": arrivals.text(body), "cut": len(body) > arrivals.SHOWN}


HANDLERS = [quarantine]
