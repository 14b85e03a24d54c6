"""Arrivals in quarantine, as people see them."""

from __future__ import annotations

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromQuery

from inbox import quarantine as arrivals
from inbox.house import House
from ui.guards import Caller
from ui.screen import AnyRequest, note_access, show


@get("/quarantine", sync_to_thread=True)
def quarantine(
    request: AnyRequest,
    house: NamedDependency[House],
    caller: NamedDependency[Caller],
    after: FromQuery[str | None] = None,
) -> Response[str]:
    """What waits for a person, oldest first, with the first words where the role may read them."""
    with house.database.snapshot() as reading:
        now = reading.now
        found = arrivals.page(reading, actor=caller.actor, after=after)
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
    return show(request, house, caller, "quarantine.html", now=now, seq=found.head, current="quarantine", page=found)


HANDLERS = [quarantine]
